"""The viewer's time line with lanes of notifications and stderr, and operations of several rounds."""

import copy
from urllib.parse import parse_qs, urlsplit

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_growing import Growing


def open_named(viewer, name, state=""):  # noqa: F811
    identity = viewer.double.sessions_by_name()[name]
    viewer.open(f"s={identity}" + (f"&{state}" if state else ""))
    return viewer.double.sessions[identity]


def test_lanes_are_switched_on_and_lead_to_their_messages(viewer, axe):  # noqa: F811
    session = open_named(viewer, "demo")
    viewer.press("l")
    viewer.wait_text("notifications 3", ".lane-names")
    marks = [entry for entry in session.entries if entry["kind"] == "notification"]
    assert len(marks) == 3
    assert violations(viewer.browser, axe) == []
    share = marks[-1]["t_us"] / session.summary["duration_us"]
    box = viewer.browser.js("const b = document.querySelector('.lanes canvas').getBoundingClientRect();"
                            " return [b.left, b.top, b.width]")
    viewer.browser.js(
        "document.querySelector('.lanes canvas').dispatchEvent(new PointerEvent('click',"
        " {clientX: arguments[0], clientY: arguments[1]}))", box[0] + share * box[2], box[1] + 8)
    viewer.wait_state(f"m={marks[-1]['seq']}")
    viewer.wait_text("notifications/progress", ".details-title")
    # It is remembered, and switched off again.
    open_named(viewer, "http-1")
    viewer.wait_text("stderr", ".lane-names")
    viewer.press("l")
    viewer.browser.wait("!document.querySelector('.lanes').checkVisibility()")


def test_a_lane_leads_to_all_of_its_kind(viewer):  # noqa: F811
    open_named(viewer, "demo")
    viewer.press("l")
    viewer.wait_text("notifications", ".lane-names")
    viewer.browser.click(".lane-names a")
    viewer.wait_state("q=kind:notification")
    viewer.wait_rows(3)
    viewer.press("[")
    viewer.wait_state("s=")
    viewer.browser.js("localStorage.removeItem('mcptape.lanes')")


def test_rounds_of_an_operation_are_marked(viewer):  # noqa: F811
    session = open_named(viewer, "features-2-modern")
    chains = {e["chain"] for e in session.exchanges if "chain" in e}
    assert chains
    viewer.wait_text("rounds", ".row")
    rows = {int(row.split()[0]): row for row in viewer.rows()}
    first = min(chains & set(rows))
    later = [e["exchange"] for e in session.exchanges if e.get("chain") == first and e["exchange"] != first]
    assert f"{len(later) + 1} rounds" in rows[first]
    assert "↻" in rows[later[0]] and "round 2" in rows[later[0]]


def test_what_belongs_together_stands_together(viewer):  # noqa: F811
    """Two operations whose rounds and questions came in turn."""
    session = copy.copy(viewer.double.sessions[viewer.double.sessions_by_name()["demo"]])
    one, two, three, four, five = (copy.copy(e) for e in session.exchanges[2:7])
    three.update(chain=3, exchange=5), one.update(chain=3), four.update(asker="server", parent=4)
    assert [e["exchange"] for e in (one, two, three, four, five)] == [3, 4, 5, 6, 7]
    session.exchanges = [*session.exchanges[:2], one, two, three, four, five, *session.exchanges[7:]]
    session.id = "gr0up1gr0up1"
    session.summary = {**session.summary, "session": session.id}
    viewer.double.sessions[session.id] = session
    viewer.open(f"s={session.id}")
    viewer.wait_text("↻", ".row")
    viewer.browser.wait("document.querySelector('.row[data-index=\"3\"]').innerText.trim().startsWith('5')")
    assert [int(row.split()[0]) for row in viewer.rows()[:8]] == [1, 2, 3, 5, 4, 6, 7, 8]
    assert "2 rounds" in viewer.rows()[2] and "↳" in viewer.rows()[5]
    # A link to one of them still finds it; sorted by number they stand as they came.
    viewer.open(f"s={session.id}&i=4&o=number", ready=".details-title span")
    viewer.wait_selected("4")
    assert [int(row.split()[0]) for row in viewer.rows()[:5]] == [1, 2, 3, 4, 5]


def asked_for(viewer, kind):  # noqa: F811
    """From which message on a lane asked for what it shows, each time."""
    asked = [parse_qs(urlsplit(path).query) for path in viewer.double.requests if "/entries?" in path]
    return [int(query["from"][0]) for query in asked if query.get("filter") == [f"kind:{kind}"]]


def test_a_lane_asks_only_for_what_is_new(viewer, recorded):  # noqa: F811
    session = recorded["demo"]
    places = [index for index, entry in enumerate(session.entries) if entry["kind"] == "notification"]
    seq = lambda index: session.entries[index]["seq"]  # noqa: E731
    start = places[0] - 2
    growing = Growing(viewer.double, session, start)
    viewer.demo("l=on")
    viewer.wait_text("notifications 0", ".lane-names")
    assert asked_for(viewer, "notification") == [1]
    assert asked_for(viewer, "stderr") == [1]
    # What comes first are messages of other kinds.
    growing.grow(2)
    wait_asked(viewer, 2)
    assert asked_for(viewer, "notification") == [1, seq(start - 1) + 1]
    growing.grow(len(places))
    viewer.wait_text("notifications 3", ".lane-names")
    assert asked_for(viewer, "notification") == [1, seq(start - 1) + 1, seq(start + 1) + 1]
    # Told of again without anything new, as a session is whose end was written.
    viewer.double.change(growing.session)
    # Nothing more came on standard error so far: there was nothing to ask for.
    assert asked_for(viewer, "stderr") == [1]
    line = session.entries[places[-1] + 1]
    assert line["kind"] == "stderr"
    growing.grow(2)
    wait_asked(viewer, 4)
    assert asked_for(viewer, "notification")[3] == line["seq"]
    viewer.wait_text("stderr 2", ".lane-names")
    assert asked_for(viewer, "stderr") == [1, seq(start - 1) + 1]
    viewer.wait_text("notifications 3", ".lane-names")


def wait_asked(viewer, times, of=""):  # noqa: F811
    viewer.browser.wait("performance.getEntriesByType('resource').filter(e => e.name.includes(arguments[0]))"
                        ".length === arguments[1]", f"{of}/entries?filter=kind%3Anotification", times)


def test_lanes_of_a_run_ask_about_the_session_that_changed(viewer, run):  # noqa: F811
    growing = Growing(viewer.double, run.sessions[0], len(run.sessions[0].entries) - 4)
    open_run(viewer, run, "l=on")
    viewer.wait_text("notifications", ".lane-names")
    viewer.double.requests.clear()
    growing.grow(2)
    wait_asked(viewer, 2, of=growing.id)
    last = growing.session.entries[-1]["seq"]
    growing.grow(2)
    wait_asked(viewer, 3, of=growing.id)
    asked = {path.split("/")[3] for path in viewer.double.requests if "/entries?filter=kind" in path}
    assert asked == {growing.id}
    assert asked_for(viewer, "notification")[-1] == last + 1
