"""The viewer's time line with lanes of notifications and stderr, and operations of several rounds."""

import copy

from viewer_browser import axe, browser, recorded, viewer, violations  # noqa: F401


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
