"""The viewer's runs: tools, figures and problems of all servers, and runs that have stretches of sessions."""

import pytest

from test_run_stretches import MINUTE, day
from test_viewer_runs import open_run, recorded_run, run, wait_count  # noqa: F401
from viewer_browser import SIZES, axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_double import runs_of_store

HOSTILE = "<img src=x onerror=window.hacked=1>\u202e"


def test_tabs_of_a_run_by_keys_mouse_and_link(viewer, run):  # noqa: F811
    open_run(viewer, run)
    assert viewer.texts(".session.run > .tools-line [role=tab]") == [
        "Exchanges", "Messages", "Tools", "Stats", "Problems"]
    viewer.press("[")
    viewer.wait_state("v=problems")
    viewer.press("]")
    viewer.browser.wait("!location.hash.includes('v=')")
    viewer.browser.click("#tab-stats")
    viewer.wait_state("v=stats")
    viewer.wait_text("tools/call", ".row")
    viewer.browser.js("history.back()")
    viewer.browser.wait("document.querySelector('#tab-exchanges').ariaSelected === 'true'")
    open_run(viewer, run, "v=tools")
    viewer.wait_text("never called", ".foot")
    # Where a filter means nothing it is one for the exchanges.
    viewer.press("/", *"tool:sample", "Enter")
    viewer.wait_rows(2)
    assert "v=" not in viewer.state()


def test_figures_of_a_run_are_by_server_and_lead_to_its_exchanges(viewer, run):  # noqa: F811
    # All rows are in sight.
    viewer.browser.look((1280, 1400))
    open_run(viewer, run, "v=stats")
    viewer.wait_text("tools/call", ".row")
    total = run.stats("")["total"]
    viewer.wait_text(f"{total['count']} operations", ".foot")
    viewer.browser.wait("[...document.querySelectorAll('.row')].filter(e => !e.hidden).length"
                        " === document.querySelector('.grid').ariaRowCount - 1")
    assert viewer.rows()[-1].split()[0] == "all", viewer.rows()
    rows = [row.replace("← ", "").split() for row in viewer.rows()[:-1]]
    assert {row[0] for row in rows} == {"notes", "files", "search"}
    figures = viewer.browser.asynchronous("""
        import('/page/format.js').then((format) => done(arguments[0].map((us) => format.duration(us))),
          (error) => done(String(error)))""", [total["p50_us"], total["p99_us"], total["max_us"]])
    # What the page counts is what the program counts.
    assert all(figure in viewer.rows()[-1] for figure in figures), (figures, viewer.rows()[-1])
    counted = {}
    for row in run.stats("")["rows"]:
        key = tuple(part for part in (row["method"], row.get("name")) if part)
        counted[key] = counted.get(key, 0) + row["count"]
    for key, count in counted.items():
        counts = [int(row[1 + len(key)]) for row in rows
                  if tuple(row[1 : 1 + len(key)]) == key and row[1 + len(key)].isdigit()]
        assert sum(counts) == count, (key, rows)
    viewer.press("g", "Enter")
    server = rows[0][0]
    viewer.wait_state(f"q=server:{server}")
    viewer.browser.wait("document.querySelector('#tab-exchanges').ariaSelected === 'true'")
    wait_count(viewer, "count > 0 && count < 22")
    # A table has its number of rows a frame before the rows.
    viewer.wait_text(server, ".row:not([hidden])")
    assert {row.split()[0] for row in viewer.rows()} == {server}


def test_tools_of_a_run_are_by_server(viewer, run):  # noqa: F811
    open_run(viewer, run, "v=tools")
    viewer.wait_text("never called", ".foot")
    rows = [row.split() for row in viewer.rows()]
    assert {row[0] for row in rows} == {"notes", "files", "search"}
    calls = {(row["server"], row["tool"]): row["calls"] for row in run.stats("")["tools"]}
    assert {(row[0], row[1]) for row in rows} == set(calls)
    viewer.press("g")
    viewer.browser.wait("document.querySelector('.aside-part .tree-row')")
    viewer.press("Enter")
    viewer.wait_state(f"q=server:{rows[0][0]}+tool:{rows[0][1]}")


def test_problems_of_a_run_name_their_server_and_open(viewer, run):  # noqa: F811
    files = run.sessions[1]
    failed = files.exchanges[1]
    kept = dict(failed)
    failed.update(status="error", error={"code": -32000, "message": HOSTILE})
    try:
        open_run(viewer, run, "v=problems")
        viewer.wait_rows(1)
        assert viewer.rows()[0].split()[:4] == ["files", "✕", "error", "#2"]
        assert "<img src=x onerror=window.hacked=1>⟨202E⟩" in viewer.rows()[0]
        assert viewer.browser.js("return window.hacked") is None
        viewer.press("g", "Enter")
        viewer.wait_text("#2", ".details-title")
        viewer.wait_state(f"s={files.id}")
        assert "v=problems" in viewer.state()
        viewer.press("Escape")
        viewer.browser.wait("document.querySelector('.details').hidden")
        assert "v=problems" in viewer.state()
    finally:
        failed.clear()
        failed.update(kept)


def test_problems_say_of_how_much_they_are(viewer, run, monkeypatch):  # noqa: F811
    found = {"seq": 3, "t_us": 5, "rule": "duplicate_id", "exchange": 2, "text": HOSTILE}
    monkeypatch.setattr(run.sessions[1], "violations", {"violations": [found], "is_whole": False})
    open_run(viewer, run, "v=problems")
    viewer.wait_rows(1)
    assert viewer.rows()[0].split()[:5] == ["files", "⚑", "duplicate", "id", "#2"]
    assert "<img src=x onerror=window.hacked=1>⟨202E⟩" in viewer.rows()[0]
    viewer.wait_text("duplicate id 1 in the first 20,000 messages", ".foot")


def test_a_message_that_a_search_never_came_to_is_not_looked_for_for_ever(viewer):  # noqa: F811
    viewer.open()
    found = viewer.browser.asynchronous("""
        const entry = { seq: 1, t_us: 1, kind: "request", bytes: 2 };
        const api = { of: async () => ({ entries: [entry], next: 2 }) };
        const part = { id: "a", name: "a", offset: 0, end: 9, holds: () => true,
          firstSequence: () => 1 };
        import("/page/run-entries.js").then(async ({ RunEntryRows }) => {
          const rows = new RunEntryRows(api, () => [part]);
          await rows.show("");
          rows.stop();
          let asked = 0;
          rows.more = function more() {
            if ((asked += 1) > 9) throw new Error("it asks for more again and again");
            return RunEntryRows.prototype.more.call(this);
          };
          return rows.reach("a 99");
        }).then(done, (error) => done(String(error)));""")
    assert found is False


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_views_of_a_run_are_accessible_and_fit(viewer, run, axe, size, dark):  # noqa: F811
    viewer.browser.look(SIZES[size], dark)
    for view in ("messages", "tools", "stats", "problems"):
        viewer.open(f"r={run.id}&v={view}", ready=".run .row:not([hidden]), .run .grid-note:not([hidden])")
        assert violations(viewer.browser, axe) == [], view
        over = viewer.browser.js("return document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{view}: {over} px too wide"
        assert viewer.browser.js("return [...document.querySelectorAll('.tools-line [role=tab]')].every(e =>"
                                 " { const box = e.getBoundingClientRect();"
                                 " return box.left >= 0 && box.right <= innerWidth; })")


def test_hostile_servers_stay_text_in_every_view(viewer, run):  # noqa: F811
    kept = [session.summary for session in run.sessions]
    for session in run.sessions:
        session.summary = {**session.summary, "name": HOSTILE}
    try:
        for view in ("messages", "tools", "stats"):
            open_run(viewer, run, f"v={view}")
            viewer.wait_text("⟨202E⟩", ".row")
            assert viewer.browser.js("return window.hacked") is None
            assert viewer.browser.js("return document.querySelectorAll('img, main script').length") == 0
            assert "\u202e" not in viewer.text()
    finally:
        for session, summary in zip(run.sessions, kept, strict=True):
            session.summary = summary


# -- runs that have a stretch of a session


@pytest.fixture
def stretches(viewer, mcptape):  # noqa: F811
    """Two runs of one host: both servers in the morning, one of them again in the evening."""
    day(mcptape, 120 * MINUTE)
    evening, morning = runs_of_store(mcptape.binary, mcptape.store)
    viewer.double.runs = {evening.id: evening, morning.id: morning}
    viewer.double.sessions = {session.id: session for session in morning.sessions}
    return evening, morning


def test_a_run_shows_its_stretch_of_a_session_only(viewer, stretches):  # noqa: F811
    evening, morning = stretches
    assert evening.id == "gith00000000.120"
    open_run(viewer, evening)
    viewer.wait_rows(1)
    assert "evening" in viewer.rows()[0] and viewer.rows()[0].split()[1] == "3"
    # Its time begins with its stretch, not with the session two hours before.
    assert " 0.000000 " in viewer.rows()[0]
    viewer.wait_text("1 exchange", ".foot")
    assert viewer.texts(".band-names li") == ["time", "gith"]
    viewer.press("Enter")
    viewer.wait_text("#3", ".details-title")
    open_run(viewer, morning)
    viewer.wait_rows(3)
    assert [row.split()[1] for row in viewer.rows()] == ["1", "1", "2"]
    assert "evening" not in "".join(viewer.rows())
    viewer.press("/", *"tool:evening", "Enter")
    viewer.wait_text("Nothing matches the filter.")


def test_views_of_a_stretch_tell_of_it_only(viewer, stretches):  # noqa: F811
    evening, morning = stretches
    open_run(viewer, evening, "v=stats")
    viewer.wait_rows(2)
    assert "tools/call evening 1" in viewer.rows()[0]
    open_run(viewer, morning, "v=stats")
    viewer.wait_text("tools/call morning", ".row")
    assert "evening" not in "".join(viewer.rows())
    open_run(viewer, morning, "v=messages")
    viewer.wait_rows(6)
    assert "evening" not in "".join(viewer.rows())
    open_run(viewer, evening, "v=messages")
    viewer.wait_text("evening", ".row")
    assert "morning" not in "".join(viewer.rows())
    # The call of the evening took 4 s.
    open_run(viewer, morning, "v=problems")
    viewer.wait_rows(2)
    assert all("took 2.00 s or longer once: 2.00 s" in row for row in viewer.rows())


def test_a_session_that_is_in_two_runs_goes_whole_and_that_is_said(viewer, stretches):  # noqa: F811
    viewer.open()
    viewer.wait_text("▾ 2 sessions", ".row")
    viewer.press("g", "D")
    viewer.wait_text("A session goes whole, with what of it belongs to other runs.", "dialog")
    viewer.press("Escape")
