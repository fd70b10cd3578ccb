"""The selected row of Stats and of Problems is in the address, as that of every other table is."""

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401


def selected(viewer):  # noqa: F811
    return " ".join((viewer.selected() or "").split())


def wait_selected(viewer, row):  # noqa: F811
    """Until this row is the selected one, and in sight."""
    viewer.browser.wait(
        "(row => row && !row.hidden && row.innerText.replace(/\\s+/g, ' ').trim() === arguments[0]"
        " && row.getBoundingClientRect().bottom <= innerHeight)"
        "(document.querySelector('.row[aria-selected=true]:not([hidden])'))", row)


def reload(viewer):  # noqa: F811
    viewer.browser.call("POST", "/refresh", {})


def wait_closed(viewer):  # noqa: F811
    viewer.browser.wait("document.querySelector('.details')?.hidden")


def violation(exchange, text):
    return {"rule": "duplicate_id", "exchange": exchange["exchange"], "seq": exchange["request_seq"],
            "t_us": exchange["start_us"] + 1, "text": text}


@pytest.mark.parametrize("kind", ["session", "run"])
@pytest.mark.parametrize("view", ["stats", "problems"])
def test_a_reload_and_a_link_keep_the_row(viewer, run, monkeypatch, kind, view):  # noqa: F811
    if kind == "run":
        # Numbers are of a session: the two are the same but for it.
        for one in run.sessions[:2]:
            found = {"violations": [violation(one.exchanges[1], "in flight already")], "is_whole": True}
            monkeypatch.setattr(one, "violations", found)
        open_run(viewer, run, f"v={view}")
    else:
        viewer.demo(f"v={view}")
    done = {"stats": ("operation", ".foot"), "problems": ("#", ".row")}[view]
    viewer.wait_text(*done)
    viewer.browser.wait("[...document.querySelectorAll('.row')].filter(r => !r.hidden).length > 1")
    viewer.press("g", "j")
    viewer.wait_state("a=")
    row, state = selected(viewer), viewer.state()
    reload(viewer)
    wait_selected(viewer, row)
    assert viewer.state() == state
    # To move is no place to come back to.
    length = viewer.browser.js("return history.length")
    viewer.press("k")
    viewer.browser.wait("location.hash !== arguments[0]", state)
    assert viewer.browser.js("return history.length") == length
    viewer.open(state.removeprefix("#"))
    wait_selected(viewer, row)


def test_back_from_what_a_row_counts_leads_to_the_row(viewer):  # noqa: F811
    viewer.demo("v=stats")
    viewer.wait_text("operations", ".foot")
    wanted = next(row for row in viewer.rows() if "divide" in row)
    viewer.browser.js("[...document.querySelectorAll('.row')]"
                      ".find(r => r.innerText.includes('divide')).click()")
    viewer.wait_state("q=tool:divide")
    assert "a=" not in viewer.state()
    viewer.browser.js("history.back()")
    viewer.wait_state("v=stats")
    viewer.wait_state("a=tools/call+divide")
    reload(viewer)
    wait_selected(viewer, wanted)
    # Sorted anew it is the same row, wherever it stands now.
    viewer.press("o")
    viewer.wait_state("y=")
    wait_selected(viewer, wanted)
    viewer.wait_state("a=tools/call+divide")


def test_of_several_problems_of_one_exchange_the_selected_one_is_kept(viewer, monkeypatch):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    first = next(one for one in session.exchanges if one["status"] == "tool_error")
    number = first["exchange"]
    found = {"violations": [violation(first, "its id was in flight already")], "is_whole": True}
    monkeypatch.setattr(session, "violations", found)
    viewer.demo("v=problems")
    viewer.wait_text("its id was in flight already", ".row")
    viewer.wait_text("tool error", ".row")
    row = next(row for row in viewer.rows() if "its id was in flight" in row).strip()
    viewer.browser.js("[...document.querySelectorAll('.row')]"
                      ".find(r => r.innerText.includes('its id was in flight')).click()")
    viewer.wait_state(f"i={number}")
    viewer.wait_text(f"#{number}", ".details-title")
    reload(viewer)
    viewer.wait_text(f"#{number}", ".details-title")
    wait_selected(viewer, row)
    # Back is the table without details; closed by the button, the row is still named.
    viewer.browser.js("history.back()")
    wait_closed(viewer)
    viewer.browser.js("history.forward()")
    viewer.wait_text(f"#{number}", ".details-title")
    wait_selected(viewer, row)
    viewer.browser.click(".details-actions button[title*='(Esc)']")
    wait_closed(viewer)
    viewer.wait_state("a=duplicate+id")
    reload(viewer)
    wait_selected(viewer, row)


def test_what_is_open_is_selected_among_the_problems(viewer):  # noqa: F811
    """From the table to the tab of problems the exchange that is open stays the one that one is at."""
    viewer.demo("i=10")
    viewer.wait_text("#10", ".details-title")
    viewer.browser.click("#tab-problems")
    viewer.wait_text("cannot divide 1 by zero", ".row")
    viewer.browser.wait("document.querySelector('.row[aria-selected=true]')?.innerText.includes('#10')")
    length = viewer.browser.js("return history.length")
    # With details open a click shows another one in the same place.
    viewer.browser.js("[...document.querySelectorAll('.row')]"
                      ".find(r => r.innerText.includes('#11')).click()")
    viewer.wait_text("#11", ".details-title")
    assert viewer.browser.js("return history.length") == length


def test_to_move_over_the_end_of_a_session_stays_among_its_problems(viewer, monkeypatch):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    monkeypatch.setattr(session, "summary", {
        **session.summary, "end": {"reason": "server_exited", "exit_code": 3}})
    viewer.demo("v=problems&i=10")
    viewer.wait_text("exit 3", ".row")
    viewer.wait_text("cannot divide 1 by zero", ".row")
    viewer.wait_text("#10", ".details-title")
    viewer.press("g")
    viewer.wait_state("a=exit+3+end")
    assert "v=problems" in viewer.state() and "exit 3" in selected(viewer)


def test_two_alike_about_one_exchange_are_told_apart(viewer, monkeypatch):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    one = violation(session.exchanges[1], "Mcp-Method differs")
    found = {"violations": [one, {**one, "text": "Mcp-Name differs"}], "is_whole": True}
    monkeypatch.setattr(session, "violations", found)
    viewer.demo("v=problems")
    viewer.wait_text("Mcp-Name differs", ".row")
    index = next(at for at, row in enumerate(viewer.rows()) if "Mcp-Name" in row)
    viewer.press("g", *"j" * index)
    viewer.browser.wait("document.querySelector('.row[aria-selected=true]')?.innerText.includes('Mcp-Name')")
    viewer.wait_state("a=")
    row = selected(viewer)
    reload(viewer)
    wait_selected(viewer, row)
