"""The server went away, or was started anew: what is drawn stays, and the page says why."""

import pytest

from viewer_browser import browser, recorded, viewer  # noqa: F401

DOWN = "mcptape serve does not answer"
ANEW = "mcptape serve was started anew: type `mcptape open` for a new link"


def down(handler):
    """Takes the question and hangs up."""
    handler.close_connection = True


@pytest.fixture
def failing(viewer):  # noqa: F811
    """What the browser itself says of failed requests is no fault of the page."""
    yield viewer
    lines = viewer.browser.console()
    assert all("net::ERR" in line or "401" in line for line in lines), lines


def wake(double):
    """Ends the question that waits for changes."""
    with double.condition:
        double.revision += 1
        double.condition.notify_all()


def restart(double):
    double.token = "that of another start"
    wake(double)


def banner(viewer):  # noqa: F811
    viewer.browser.wait("document.querySelector('#page').previousElementSibling.checkVisibility()")
    return viewer.browser.js("return document.querySelector('#page').previousElementSibling.innerText")


def test_a_server_that_was_started_anew_leaves_what_is_drawn(failing):
    failing.demo()
    failing.wait_rows(23)
    rows = failing.rows()
    failing.double.serve = down
    wake(failing.double)
    failing.wait_text(DOWN, ".live-state")
    failing.double.token = "that of another start"
    del failing.double.serve
    assert banner(failing) == f"✕ {ANEW}"
    assert failing.text(".live-state") == ""
    # Whatever is pressed, what was read stays.
    failing.press("n", "Enter")
    failing.wait_state("i=")
    failing.press("Escape", "]")
    failing.wait_state("v=messages")
    failing.press("[", "u")
    failing.wait_text(ANEW, ".toast")
    assert "s=" in failing.state()
    assert failing.rows() == rows
    assert banner(failing) == f"✕ {ANEW}"
    assert "needs its link" not in failing.text()


def test_the_new_link_in_the_same_tab_goes_on(failing):
    failing.open()
    failing.wait_rows(4)
    restart(failing.double)
    assert banner(failing) == f"✕ {ANEW}"
    failing.browser.js("location.hash = arguments[0]", f"#token={failing.double.token}")
    failing.browser.wait("document.querySelector('#page').previousElementSibling?.hidden === true"
                         " && document.querySelector('.row:not([hidden])')")
    assert "token" not in failing.state()
    failing.press("j", "Enter")
    failing.wait_state("s=")


def test_without_a_server_the_view_in_sight_stays(failing):
    failing.demo()
    failing.wait_rows(23)
    failing.double.serve = down
    wake(failing.double)
    failing.wait_text(DOWN, ".live-state")
    failing.browser.click("#tab-tools")
    failing.wait_text(DOWN, ".toast")
    assert "module" not in failing.text()
    failing.browser.wait("!location.hash.includes('v=')")
    assert failing.browser.js(
        "return document.querySelector('[role=tab][aria-selected=true]').id") == "tab-exchanges"
    failing.wait_rows(23)
    failing.press("u")
    failing.wait_rows(23)
    # It comes back, and the tab is loaded then.
    del failing.double.serve
    wake(failing.double)
    failing.browser.wait("document.querySelector('.live-state').innerText === ''")
    failing.browser.click("#tab-tools")
    failing.wait_text("search_notes", ".row")


def test_without_a_server_the_list_stays(failing):
    failing.open()
    failing.wait_rows(4)
    rows = failing.rows()
    failing.double.serve = down
    failing.browser.js("location.hash = '#q=server:demo'")
    failing.wait_text(DOWN, ".toast")
    assert failing.rows() == rows
