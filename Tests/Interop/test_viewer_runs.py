"""The viewer's runs: what one client did over several servers, listed, on one time line, in one table."""

import re

import pytest

from viewer_browser import ROOT, SIZES, axe, browser, recorded, shared, viewer, violations  # noqa: F401
from viewer_double import runs_of_file

KINDS = ["servers", "person", "model", "client", "startup", "outside"]


@pytest.fixture(scope="session")
def recorded_run(binary, tmp_path_factory):
    """An agent over three servers: work side by side, a person and a model that are waited for, pauses."""
    if "run" not in shared:
        store = tmp_path_factory.mktemp("run") / "store"
        shared["run"] = runs_of_file(binary, ROOT / "recordings/runs/agent.mcptape.jsonl", store)[0]
    return shared["run"]


@pytest.fixture
def run(viewer, recorded_run):
    double = viewer.double
    double.runs = {recorded_run.id: recorded_run}
    newest_first = {session.id: session for session in reversed(recorded_run.sessions)}
    double.sessions = {**newest_first, **double.sessions}
    return recorded_run


def open_run(viewer, run, state=""):
    viewer.open(f"r={run.id}" + (f"&{state}" if state else ""), ready=".run .row:not([hidden])")


def wait_count(viewer, expression):
    """How many rows there are, in sight or not."""
    viewer.browser.wait(f"(count => {expression})(document.querySelector('.grid').ariaRowCount - 1)")


def test_sessions_of_a_run_stand_under_it(viewer, run):
    viewer.open()
    viewer.wait_rows(8)
    rows = viewer.rows()
    assert rows[0].startswith("▾ 3 sessions") and "notes, files, search mcp" in rows[0]
    assert [row.split()[0] for row in rows[1:4]] == ["search", "files", "notes"]
    assert rows[4].startswith("demo")
    viewer.wait_text("7 sessions, 1 run of several servers", ".foot")
    viewer.press("g", "Enter")
    viewer.wait_state(f"r={run.id}")
    viewer.wait_text("waiting for a person", ".breakdown")
    viewer.press("u")
    viewer.wait_rows(8)
    viewer.press("g", "j", "Enter")
    viewer.wait_text("search", ".bar")
    viewer.wait_state(f"s={run.sessions[2].id}")


def test_a_filter_leaves_of_a_run_what_matches(viewer, run):
    viewer.open("q=server:files")
    viewer.wait_rows(2)
    assert [row.split()[0] for row in viewer.rows()] == ["▾", "files"]
    assert "1 session " in viewer.rows()[0]


def test_sessions_are_shown_although_runs_do_not_come(viewer, run):
    viewer.double.list_runs = None
    viewer.double.answer = without_runs(viewer.double.answer)
    viewer.open()
    viewer.wait_rows(7)
    assert all("404" in line for line in viewer.browser.console())


def without_runs(answer):
    return lambda path, query: (404, {"error": "no"}) if "/runs" in path else answer(path, query)


def test_where_the_time_went(viewer, run):
    open_run(viewer, run)
    viewer.wait_text("outside MCP (model, host, user)", ".breakdown-legend")
    legend = viewer.text(".breakdown-legend")
    for words in ["in servers", "waiting for a person", "waiting for a model", "start-up", "notes", "files"]:
        assert words in legend
    widths = viewer.browser.js(
        "return [...document.querySelectorAll('.breakdown-bar .part')].map(e =>"
        " [e.className, e.getBoundingClientRect().width])")
    shown = dict.fromkeys(KINDS, 0)
    for name, width in widths:
        shown[name.removeprefix("part part-")] += width
    whole = sum(shown.values())
    for kind in KINDS:
        share = run.time[f"{kind}_us"] / run.time["total_us"]
        assert abs(shown[kind] / whole - share) < 0.02, kind


def test_what_is_drawn_is_what_the_program_reckons(viewer, run):
    """The stretches on the time line, summed, are the figures of `stats`."""
    open_run(viewer, run)
    sums = viewer.browser.asynchronous("""
        Promise.all([import('/page/run-rows.js'), import('/page/run-line.js'), import('/page/api.js')])
          .then(async ([{ RunPart, RunRows }, { askedMethods, lineOf }, { Api, keepToken }]) => {
            const api = new Api(keepToken());
            const { run, sessions } = await api.run(arguments[0]);
            const began = Date.parse(sessions[0].started) * 1000;
            const exact = Number(/\\.(\\d{6})/.exec(sessions[0].started)[1].slice(3));
            const rows = new RunRows(sessions.map((session) => new RunPart(api, session, began + exact)));
            await rows.show({});
            const sums = {};
            for (const { from, to, kind } of lineOf(rows, run.duration_us, await askedMethods(rows))) {
              sums[kind] = (sums[kind] ?? 0) + to - from;
            }
            done(sums);
          }, (error) => done(String(error)))""", run.id)
    assert set(sums) <= set(KINDS), sums
    for kind in KINDS:
        # Sessions are laid side by side by their wall clock here, by the clock of the boot there.
        assert abs(sums.get(kind, 0) - run.time[f"{kind}_us"]) < 20_000, (kind, sums)


def test_exchanges_of_all_servers_are_one_table(viewer, run):
    open_run(viewer, run)
    viewer.wait_text("search", ".row")
    starts = [float(re.search(r" (\d+\.\d{6}) ", row).group(1)) for row in viewer.rows()]
    assert starts == sorted(starts) and len(starts) >= 18
    assert {row.split()[0] for row in viewer.rows()} == {"notes", "files", "search"}
    # The bands and their names.
    assert viewer.texts(".band-names li") == ["time", "notes", "files", "search"]
    viewer.browser.click(".grid-head [aria-colindex='1'] button")
    viewer.wait_state("o=server")
    viewer.browser.wait("document.querySelector('.row[data-index=\"0\"]').innerText.startsWith('files')")


def test_keys_and_links_of_a_run(viewer, run):
    open_run(viewer, run)
    wait_count(viewer, "count === 22")
    viewer.press("G", "Enter")
    viewer.wait_text("#", ".details-title")
    viewer.wait_state("i=")
    session = re.search(r"&s=(\w+)", viewer.state()).group(1)
    assert session in {one.id for one in run.sessions}
    viewer.press("k")
    viewer.browser.wait("document.querySelector('.details .tree-row, .details .text')")
    viewer.press("7")
    viewer.wait_text("messages of this exchange", ".details")
    links = viewer.browser.js(
        "return [...document.querySelectorAll('.near-row')].map(e => e.getAttribute('href'))")
    assert links and all(f"r={run.id}" in link and "v=messages" in link for link in links)
    viewer.press("Escape", "/", *"tool:sample", "Enter")
    viewer.wait_rows(2)
    viewer.wait_text("2 of 22 shown", ".foot")
    open_run(viewer, run, f"t=0-{run.summary['duration_us'] // 2}")
    wait_count(viewer, "count > 0 && count < 22")
    viewer.press("z")
    wait_count(viewer, "count === 22")
    # From the run to the session of the selected exchange.
    viewer.press("g", "r")
    viewer.wait_text("notes", ".bar")
    assert viewer.state().startswith("#s=")


def test_a_stretch_of_a_run_is_brushed(viewer, run):
    open_run(viewer, run)
    wait_count(viewer, "count === 22")
    viewer.browser.drag(".run-map .minimap-canvas", 0.0, 0.6)
    viewer.wait_state("t=0-")
    wait_count(viewer, "count > 0 && count < 22")
    viewer.press("Escape")
    wait_count(viewer, "count === 22")


def test_a_wrong_filter_and_an_unknown_run_are_said(viewer, run):
    viewer.open(f"r={run.id}&q=since:soon", ready=".run .filter-note:not([hidden])")
    viewer.wait_text("cannot read 'soon'", ".filter-note")
    viewer.open("r=nobody", ready=".notice h1")
    viewer.wait_text("there is no run nobody")
    assert all("400" in line or "404" in line for line in viewer.browser.console())


def test_a_run_that_goes_on(viewer, run):
    live = {**run.summary, "live": True, "exchanges": 23}
    open_run(viewer, run)
    viewer.wait_text("22 exchanges", ".foot")
    kept = run.summary
    run.summary = live
    try:
        viewer.double.change(run.sessions[1])
        viewer.wait_text("23 exchanges", ".foot")
        viewer.wait_text("● live", ".bar")
    finally:
        run.summary = kept


def test_a_run_s_row_is_what_its_sessions_are(viewer, run):
    viewer.open()
    viewer.wait_text("▾ 3 sessions", ".row")
    one = run.sessions[1]
    kept = one.summary
    one.summary = {**kept, "exchanges": kept["exchanges"] + 100, "live": True, "errors": 7}
    try:
        viewer.double.requests.clear()
        viewer.double.change(one)
        viewer.wait_text("122", ".row.is-run")
        assert "● live" in viewer.rows()[0] and "✕ 7" in viewer.rows()[0]
        # No session is new: which runs there are was not asked again.
        assert not [path for path in viewer.double.requests if "/runs" in path]
    finally:
        one.summary = kept


HOSTILE = "<img src=x onerror=window.hacked=1>\u202e\u001b[31m" + "long " * 60


def test_hostile_names_of_runs_and_servers_stay_text(viewer, run):
    kept = run.summary, run.time, [session.summary for session in run.sessions]
    run.summary = {**run.summary, "client": HOSTILE, "servers": [HOSTILE] * 3,
                   "joined_by": [{"rule": "named", "text": HOSTILE}]}
    run.time = {**run.time, "servers": [{**row, "server": HOSTILE} for row in run.time["servers"]]}
    for session in run.sessions:
        session.summary = {**session.summary, "name": HOSTILE}
    try:
        for state, ready in (("", ".row.is-run"), (f"r={run.id}", ".run .row:not([hidden])")):
            viewer.open(state, ready=ready)
            viewer.wait_text("⟨202E⟩⟨1B⟩[31m")
            assert viewer.browser.js("return window.hacked") is None
            assert viewer.browser.js("return document.querySelectorAll('img, main script').length") == 0
            assert "\u202e" not in viewer.text() and "\u001b" not in viewer.text()
            assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0
        # Room is left for what the names are of.
        assert viewer.browser.js("return document.querySelector('.band-names').offsetWidth") <= 110
        assert len(viewer.texts(".run-line a")) == 3
        assert viewer.browser.js("return [...document.querySelectorAll('.run-line a')].every(e =>"
                                 " e.getBoundingClientRect().right < innerWidth)")
    finally:
        run.summary, run.time, summaries = kept
        for session, summary in zip(run.sessions, summaries, strict=True):
            session.summary = summary


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_runs_are_accessible_and_fit(viewer, run, axe, size, dark):  # noqa: F811
    viewer.browser.look(SIZES[size], dark)
    last = run.sessions[0]
    for state, ready in {"": ".row.is-run", f"r={run.id}": ".run .row",
                         f"r={run.id}&s={last.id}&i=3": ".details .text"}.items():
        viewer.open(state, ready=ready)
        assert violations(viewer.browser, axe) == [], state
        over = viewer.browser.js("return document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{state}: {over} px too wide"


def test_from_a_session_to_its_run_and_back(viewer, run):
    viewer.open(f"s={run.sessions[1].id}")
    viewer.wait_text("run", ".bar .crumbs a[href^='#r=']")
    viewer.press("r")
    viewer.wait_state(f"r={run.id}")
    viewer.wait_text("waiting for a person", ".breakdown")
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("r")
    viewer.wait_text("no other session belongs to its run", ".toast")


def test_details_in_a_run_compare_over_its_sessions(viewer, run):
    first, *_, last = run.sessions
    viewer.open(f"r={run.id}&s={last.id}&i=2", ready=".details-body > *")
    viewer.wait_text("#2", ".details-title")
    viewer.press("m")
    viewer.wait_text("marked #2", ".toast")
    viewer.browser.js("location.hash = arguments[0]", f"#r={run.id}&s={first.id}&i=3")
    viewer.wait_text("#3", ".details-title")
    viewer.press("d")
    viewer.wait_state(f"d=diff&c={last.id}@2")
    viewer.wait_text(f"{last.id} #2", ".diff-head")
    assert viewer.state().startswith(f"#r={run.id}&s={first.id}&i=3")
    viewer.press("s", *"name")
    viewer.wait_text("1 of", ".search-count")
    viewer.press("Escape", "Escape")
    viewer.browser.wait("document.querySelector('.details').hidden")
    assert "c=" not in viewer.state()
