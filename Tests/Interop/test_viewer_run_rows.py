"""The table of a run in a real browser: rows that unfold, what belongs together, lanes of each server."""

import json

import pytest

from test_viewer_rows import messages
from test_viewer_runs import open_run, wait_count
from viewer_browser import ROOT, SIZES, axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_double import runs_of_file

AGENT = ROOT / "recordings/runs/agent.mcptape.jsonl"
HOSTILE = "<img src=x onerror=window.hacked=1>\u202e"


def call(number, begin, end, tool):
    return [{"t": begin, "dir": "c2s", "msg": {"jsonrpc": "2.0", "id": number, "method": "tools/call",
                                               "params": {"name": tool}}},
            {"t": end, "dir": "s2c", "msg": {"jsonrpc": "2.0", "id": number, "result": {"content": []}}}]


def said(at, text):
    return {"t": at, "stderr": True, "text": text}


# Between the rounds of an operation of notes files is called; files and search also talk beside.
ADDED = {
    "files": [*call("between", 3_100_000, 3_150_000, "between"), said(100_000, "ready"),
              said(3_120_000, HOSTILE)],
    "search": [said(3_000_000, "looking"), {"t": 3_200_000, "dir": "s2c", "msg": {
        "jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "found"}}}],
}


@pytest.fixture(scope="module")
def lively(binary, tmp_path_factory):
    """The agent's run with more that its servers said."""
    folder = tmp_path_factory.mktemp("lively")
    head, *lines = map(json.loads, AGENT.read_text().splitlines())
    ids = {session["name"]: session["id"] for session in head["sessions"]}
    lines += [{**line, "session": ids[name]} for name, added in ADDED.items() for line in added]
    written = []
    for identity in ids.values():
        own = sorted((line for line in lines if line["session"] == identity), key=lambda line: line["t"])
        written += [{"seq": 0, **line} | {"seq": number} for number, line in enumerate(own, 1)]
    path = folder / "lively.mcptape.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in [head, *written]))
    return runs_of_file(binary, path, folder / "store")[0]


@pytest.fixture
def run(viewer, lively):  # noqa: F811
    viewer.double.runs = {lively.id: lively}
    viewer.double.sessions = {session.id: session for session in reversed(lively.sessions)}
    yield lively
    viewer.browser.js("localStorage.clear()")


def of(run, name):
    return next(session for session in run.sessions if session.summary["name"] == name)


def exchange(session, name, method="tools/call"):
    return next(e for e in session.exchanges if e["method"] == method and e.get("name", name) == name)


# -- rows that unfold


def test_an_exchange_of_a_run_unfolds_by_keys(viewer, run):  # noqa: F811
    files = of(run, "files")
    form = exchange(files, "form")
    open_run(viewer, run, f"s={files.id}&i={form['exchange']}")
    viewer.wait_text(f"#{form['exchange']}", ".details-title")
    viewer.press("Escape")
    viewer.browser.wait("document.querySelector('.details').hidden")
    viewer.press("ArrowRight")
    viewer.wait_state(f"e={files.id}@{form['exchange']}")
    viewer.wait_text("elicitation/create", ".row.is-message")
    assert [row.split()[:2] for row in messages(viewer)] == [
        ["→", "request"], ["←", "request"], ["→", "response"], ["←", "response"]]
    assert ["↳" in row for row in messages(viewer)] == [False, True, True, False]
    viewer.browser.wait("document.querySelector('.row[aria-selected=true] .has-fold.is-open')")
    viewer.press("j", "j", "Enter")
    viewer.wait_text("elicitation/create", ".details-title")
    asked = exchange(files, None, "elicitation/create")
    viewer.wait_state(f"s={files.id}&m={asked['request_seq']}")
    viewer.press("j")
    viewer.wait_state(f"m={asked['response_seq']}")
    # Back to the exchange that they belong to.
    viewer.press("ArrowLeft")
    viewer.browser.wait("!location.hash.includes('e=')")
    assert messages(viewer) == []
    viewer.wait_selected("files")
    assert " form " in " ".join(viewer.selected().split())


def test_an_exchange_of_a_run_unfolds_by_its_sign(viewer, run):  # noqa: F811
    open_run(viewer, run)
    wait_count(viewer, "count === 23")
    viewer.browser.drag(".row[data-index='1'] .has-fold", 0.06, 0.06)
    viewer.wait_text("response", ".row.is-message")
    viewer.wait_state("e=")
    assert viewer.browser.js("return document.querySelector('.details').hidden")
    # The rest of the row opens it.
    viewer.browser.click(".row[data-index='1']")
    viewer.wait_text("#1", ".details-title")
    viewer.browser.drag(".row[data-index='1'] .has-fold", 0.06, 0.06)
    viewer.browser.wait("!document.querySelector('.row.is-message:not([hidden])')")


def test_exchanges_of_the_same_number_unfold_each_for_itself(viewer, run):  # noqa: F811
    notes, files, _ = run.sessions
    open_run(viewer, run, f"e={files.id}@1&o=-duration&k=wall")
    viewer.wait_text("initialize", ".row.is-message")
    assert viewer.browser.js("return document.querySelectorAll('.has-fold.is-open').length") == 1
    assert all("initialize" in row for row in messages(viewer)[:1])
    # A message has the time of the run's day, not of its session's beginning.
    sent = files.entries[0]
    began = files.summary["started"][11:19]
    assert files.entries[0]["t_us"] < 100_000 and began in messages(viewer)[0], (sent, messages(viewer))
    open_run(viewer, run, f"e={files.id}@1,{notes.id}@1")
    viewer.browser.wait("document.querySelectorAll('.row.is-message:not([hidden])').length === 4")
    assert [row.split()[1] for row in messages(viewer)] == ["request", "response"] * 2
    assert "server/discover" in messages(viewer)[0] and "initialize" in messages(viewer)[2]
    # What names no exchange of the run unfolds nothing.
    open_run(viewer, run, f"e=x,<b>@1,1,{notes.id}@999,{notes.id}@")
    wait_count(viewer, "count === 23")
    assert messages(viewer) == []


def test_a_run_s_folds_stay_with_the_run(viewer, run):  # noqa: F811
    notes = run.sessions[0]
    open_run(viewer, run, f"e={notes.id}@1&o=-duration")
    viewer.wait_text("server/discover", ".row.is-message")
    viewer.press("g", "r")
    viewer.wait_state("#s=")
    assert "e=" not in viewer.state() and "o=" not in viewer.state()
    viewer.wait_text("run", ".bar .crumbs a[href^='#r=']")
    viewer.press("r")
    viewer.wait_state(f"r={run.id}")
    assert "e=" not in viewer.state()


def test_errors_and_calls_of_the_same_tool_are_sought_past_messages(viewer, run, monkeypatch):  # noqa: F811
    notes = run.sessions[0]
    monkeypatch.setitem(notes.exchanges[3], "status", "error")
    open_run(viewer, run, f"e={notes.id}@3,{notes.id}@4")
    viewer.browser.wait("document.querySelectorAll('.row.is-message:not([hidden])').length === 4")
    viewer.press("n")
    viewer.browser.wait(
        "document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText.includes('error')")
    viewer.press("j", "p")
    viewer.browser.wait(
        "document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText.includes('error')")
    viewer.press(",")
    viewer.browser.wait("document.querySelector('.row[aria-selected=true]:not([hidden])')"
                        "?.innerText.replace(/\\s+/g, ' ').includes('notes 3 ')")


# -- what belongs together


def test_rounds_and_questions_stand_together_in_a_run(viewer, run):  # noqa: F811
    viewer.browser.look((1280, 900))
    open_run(viewer, run)
    wait_count(viewer, "count === 23")
    viewer.wait_text("↻", ".row")
    rows = [row.split() for row in viewer.rows()]
    places = [(row[0], row[1]) for row in rows]
    first = places.index(("notes", "5"))
    # What files was asked between them stands below.
    assert places[first + 1] == ("notes", "6") and "2 rounds" in " ".join(rows[first])
    assert "↻" in rows[first + 1] and "round 2" in " ".join(rows[first + 1])
    assert places[first + 2] == ("files", "4") and "between" in rows[first + 2]
    asked = places.index(("files", "6"))
    assert places[asked - 1] == ("files", "5") and "↳" in rows[asked]
    # Sorted by the start they stand as they came.
    viewer.browser.click(".grid-head button[title='sort by Start']")
    viewer.wait_state("o=start")
    viewer.browser.wait("document.querySelector('.grid-head').innerText.includes('▲')")
    viewer.browser.wait(f"document.querySelector('.row[data-index=\"{first + 1}\"]').innerText"
                        ".replace(/\\s+/g, ' ').includes('between')")


# -- lanes


def lane_texts(viewer):  # noqa: F811
    return list(zip(viewer.texts(".lanes .band-names li"), viewer.texts(".lane-names li")))


def press_lane(viewer, index, share):  # noqa: F811
    """A click into a lane of the canvas, at a share of the time."""
    viewer.browser.js("""
        const canvas = document.querySelector('.lanes canvas');
        const box = canvas.getBoundingClientRect();
        const [lane, share] = arguments;
        const place = { clientX: box.left + share * box.width, clientY: box.top + lane * 16 + 8 };
        canvas.dispatchEvent(new PointerEvent('pointermove', place));
        canvas.dispatchEvent(new PointerEvent('click', place));""", index, share)


def test_lanes_of_a_run_say_whose_they_are(viewer, run, axe):  # noqa: F811
    open_run(viewer, run)
    viewer.press("l")
    viewer.wait_state("l=on")
    viewer.wait_text("stderr 1", ".lane-names")
    assert lane_texts(viewer) == [("files", "notifications 1"), ("files", "stderr 2"),
                                  ("search", "notifications 1"), ("search", "stderr 1")]
    assert violations(viewer.browser, axe) == []
    search = of(run, "search")
    mark = next(entry for entry in search.entries if entry["kind"] == "notification")
    began = [viewer.browser.asynchronous(
        "import('/page/format.js').then((format) => done(format.instant(arguments[0])))",
        session.summary["started"]) for session in run.sessions]
    at = began[2] - began[0] + mark["t_us"]
    press_lane(viewer, 2, at / run.summary["duration_us"])
    assert viewer.browser.js("return document.querySelector('.lanes canvas').title").startswith(
        f"search: message {mark['seq']}, ")
    viewer.wait_state(f"s={search.id}&m={mark['seq']}")
    viewer.wait_text("notifications/message", ".details-title")
    # It is as wide as what stands above it, and where that stands.
    edges = viewer.browser.js("return ['.run-map', '.lanes'].map((e) => { const box ="
                              " document.querySelector(e + ' canvas').getBoundingClientRect();"
                              " return [box.left, box.width]; })")
    assert edges[0] == edges[1]
    viewer.press("l")
    viewer.wait_state("l=off")
    viewer.browser.wait("!document.querySelector('.lanes').checkVisibility()")


def test_a_lane_of_a_run_leads_to_all_of_its_kind(viewer, run):  # noqa: F811
    open_run(viewer, run, "l=on")
    viewer.wait_text("stderr 2", ".lane-names")
    viewer.browser.click(".lane-names li:nth-child(2) a")
    viewer.wait_state(f"v=messages&q=session:{of(run, 'files').id}+kind:stderr")
    viewer.wait_rows(2)
    assert {row.split()[0] for row in viewer.rows()} == {"files"}
    assert viewer.browser.js("return window.hacked") is None


def test_lanes_of_many_servers_are_one_for_each_kind(viewer, run):  # noqa: F811
    search = of(run, "search")
    sessions = []
    for number in range(12):
        other = type(search).__new__(type(search))
        other.__dict__.update(search.__dict__)
        other.id = f"many{number:08}"
        other.found = {}
        other.summary = {**search.summary, "session": other.id, "name": f"server {number}"}
        sessions.append(other)
    viewer.double.sessions = {session.id: session for session in sessions}
    many = type(run).__new__(type(run))
    many.__dict__.update(run.__dict__)
    many.sessions = sessions
    many.summary = {**run.summary, "sessions": [session.id for session in sessions]}
    for session in sessions:
        words = ["kind:notification", "kind:stderr"]
        session.found = {word: search.matches(word) for word in words}
    viewer.double.runs = {run.id: many}
    open_run(viewer, many, "l=on")
    viewer.wait_text("stderr 12", ".lane-names")
    assert lane_texts(viewer) == [("12 sessions", "notifications 12"), ("12 sessions", "stderr 12")]
    mark = next(entry for entry in search.entries if entry["kind"] == "stderr")
    press_lane(viewer, 1, mark["t_us"] / max(search.summary["duration_us"], run.summary["duration_us"]))
    assert "server " in viewer.browser.js("return document.querySelector('.lanes canvas').title")


def test_a_run_without_marks_says_so(viewer, run, monkeypatch):  # noqa: F811
    for session in run.sessions:
        monkeypatch.setattr(session, "found", {"kind:notification": (set(), set()),
                                               "kind:stderr": (set(), set())})
    open_run(viewer, run, "l=on")
    viewer.wait_text("no notifications, no standard error", ".lane-names")


# -- order, columns, times


ORDERS = {"Server": "server", "number in its session": "number", "Status": "status",
          "method and name": "method", "Start": "start", "duration": "duration",
          "time to the first event": "first", "bytes asked": "in", "bytes answered": "out"}


def test_a_run_is_sorted_by_any_column(viewer, run):  # noqa: F811
    viewer.browser.look((1500, 900))
    open_run(viewer, run)
    wait_count(viewer, "count === 23")
    titles = viewer.browser.js(
        "return [...document.querySelectorAll('.grid-head button')].map(e => e.title.slice(8))")
    assert titles == list(ORDERS)
    shown = "new URLSearchParams(location.hash.slice(1)).get('o') === arguments[0]"
    for title, key in ORDERS.items():
        for order in (key, "-" + key):
            viewer.browser.click(f".grid-head button[title='sort by {title}']")
            viewer.browser.wait(shown, order)
    open_run(viewer, run, "o=-number")
    viewer.browser.wait("document.querySelector('.row[data-index=\"0\"]').innerText.replace(/\\s+/g, ' ')"
                        ".startsWith('notes 10 ')")
    assert [row.split()[1] for row in viewer.rows()[:3]] == ["10", "9", "8"]


def test_columns_of_a_run_are_hidden_and_its_times_chosen(viewer, run):  # noqa: F811
    open_run(viewer, run)
    wait_count(viewer, "count === 23")
    viewer.browser.click(".extra .menu summary")
    viewer.wait_text("bytes asked", ".extra .menu label")
    viewer.browser.js(
        "[...document.querySelectorAll('.extra .menu label')].find(e => e.innerText.includes('bytes asked'))"
        ".querySelector('input').click()")
    viewer.browser.wait("!document.querySelector('.grid-head').innerText.includes('Asked')")
    open_run(viewer, run)
    viewer.browser.wait("!document.querySelector('.grid-head').innerText.includes('Asked')")
    viewer.press("t")
    viewer.wait_state("k=wall")
    began = run.sessions[0].summary["started"][11:16]
    viewer.browser.wait(f"document.querySelector('.row').innerText.includes('{began}')")
    viewer.press("t")
    viewer.wait_state("k=delta")
    viewer.browser.wait("document.querySelector('.row[data-index=\"1\"]').innerText.includes('+')")


def test_exchanges_of_a_run_are_marked_and_compared_without_opening_them(viewer, run):  # noqa: F811
    notes, files, _ = run.sessions
    open_run(viewer, run, "o=server")
    wait_count(viewer, "count === 23")
    viewer.press("d")
    viewer.wait_text("select an exchange to compare", ".toast")
    viewer.press("g", "m")
    viewer.wait_text("marked #1", ".toast")
    viewer.wait_text("◆ 1", ".row[data-index='0']")
    assert viewer.browser.js("return document.querySelector('.details').hidden")
    viewer.press("G")
    viewer.wait_selected("search")
    viewer.press("d")
    viewer.wait_state(f"d=diff&c={files.id}@1")
    viewer.wait_text(f"{files.id} #1", ".diff-head")
    assert f"s={run.sessions[2].id}" in viewer.state()


# -- how it looks


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_a_run_s_table_unfolds_is_accessible_and_fits(viewer, run, axe, size, dark):  # noqa: F811
    viewer.browser.look(SIZES[size], dark)
    files = of(run, "files")
    form = exchange(files, "form")["exchange"]
    open_run(viewer, run, f"e={files.id}@{form},{files.id}@1&l=on")
    viewer.wait_text("stderr 2", ".lane-names")
    viewer.browser.wait("document.querySelector('.row.is-message')")
    assert violations(viewer.browser, axe) == []
    assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert viewer.browser.js("return document.querySelectorAll('*').length") < 500
    assert "\u202e" not in viewer.text() and viewer.browser.js("return window.hacked") is None


def test_what_is_unfolded_stays_while_a_run_goes_on(viewer, run, monkeypatch):  # noqa: F811
    notes, _, search = run.sessions
    open_run(viewer, run, f"e={notes.id}@1&l=on")
    viewer.wait_text("server/discover", ".row.is-message")
    viewer.wait_text("notifications 1", ".lane-names")
    last = search.entries[-1]
    more = [{**last, "seq": last["seq"] + by, "t_us": last["t_us"] + by, "kind": "notification",
             "method": "notifications/message"} for by in (1, 2)]
    known = search.matches("kind:notification")
    monkeypatch.setattr(search, "entries", [*search.entries, *more])
    side = last["dir"]
    said = {**search.summary["messages"], side: search.summary["messages"][side] + len(more)}
    monkeypatch.setattr(search, "summary", {**search.summary, "messages": said})
    monkeypatch.setitem(search.found, "kind:notification",
                        (known[0] | {entry["seq"] for entry in more}, known[1]))
    viewer.double.change(search)
    viewer.wait_text("notifications 3", ".lane-names")
    assert [row.split()[1] for row in messages(viewer)] == ["request", "response"]
