"""What was selected, how far it was scrolled and what was marked is there again: Back, u, reload, a link."""

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401


class Copy:
    """A session under another id."""

    def __init__(self, session, number):
        self.session, self.id = session, f"copy{number:04}"
        self.summary = {**session.summary, "session": self.id, "name": f"copy-{number:03}"}

    def __getattr__(self, name):
        return getattr(self.session, name)


@pytest.fixture
def many(viewer):  # noqa: F811
    """Two pages of the list and a bit."""
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    viewer.double.sessions = {one.id: one for one in (Copy(session, number) for number in range(450))}
    return viewer


def scrolled(viewer):  # noqa: F811
    return viewer.browser.js("return document.querySelector('.grid').scrollTop")


def scroll(viewer, wanted):  # noqa: F811
    """Until the list is so long that it can be there."""
    viewer.browser.wait(
        "(grid => { grid.scrollTop = arguments[0]; return grid.scrollTop === arguments[0]; })"
        "(document.querySelector('.grid'))", wanted)


@pytest.mark.parametrize("way", ["u", "back", "reload"])
def test_the_list_is_as_it_was_left(many, way):
    many.open()
    many.wait_text("copy-000", ".row")
    scroll(many, 7200)
    many.wait_text("copy-310", ".row")
    many.browser.js("[...document.querySelectorAll('.row')]"
                    ".find(r => r.innerText.includes('copy-310')).click()")
    many.wait_state("s=copy0310")
    many.wait_text("server/discover", ".row")
    if way == "u":
        many.press("u")
    else:
        many.browser.js("history.back()")
    if way == "reload":
        many.wait_selected("copy-310")
        many.browser.call("POST", "/refresh", {})
    many.wait_selected("copy-310")
    assert abs(scrolled(many) - 7200) < 30
    many.press("j", "Enter")
    many.wait_state("s=copy0311")


@pytest.mark.parametrize("view", ["", "v=messages&q=kind:request"])
def test_a_selected_row_is_in_the_address(viewer, view):  # noqa: F811
    viewer.demo(view)
    viewer.wait_text("tools/call", ".row")
    viewer.press("g", "j", "j")
    viewer.wait_state("a=")
    viewer.browser.wait("!document.querySelector('.split').classList.contains('has-details')")
    selected = viewer.selected()
    viewer.browser.wait("location.hash.includes(arguments[0])", "a=" + selected.split()[0].lstrip("▸"))
    viewer.browser.call("POST", "/refresh", {})
    viewer.wait_selected(selected.split("\n")[0])
    assert viewer.selected() == selected
    # Opened, it is named as what is open; closed, as what is selected.
    viewer.press("Enter")
    viewer.browser.wait("!location.hash.includes('a=') && /[im]=/.test(location.hash)")
    viewer.press("Escape")
    viewer.wait_state("a=")
    assert viewer.selected() == selected


def test_a_selected_row_of_a_run_is_in_the_address(viewer, run):  # noqa: F811
    open_run(viewer, run)
    viewer.press("g", "j")
    viewer.wait_state("a=")
    selected = viewer.selected()
    viewer.browser.call("POST", "/refresh", {})
    viewer.browser.wait("document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText"
                        " === arguments[0]", selected)


def test_details_of_what_is_not_among_the_rows_say_so(viewer, run):  # noqa: F811
    viewer.demo("i=3&q=tool:divide")
    viewer.wait_text("#3 is not among the 14 rows shown", ".foot")
    viewer.wait_text("#3", ".details-title")
    assert viewer.selected() is None
    viewer.press("j")
    viewer.browser.wait("!document.querySelector('.foot').innerText.includes('not among')")
    first = run.sessions[0]
    viewer.open(f"r={run.id}&s={first.id}&i=1&q=kind:gap", ready=".run .foot")
    viewer.wait_text("#1 is not among the 0 rows shown", ".foot")


def test_the_mark_outlives_a_reload(viewer):  # noqa: F811
    viewer.demo("i=3")
    viewer.wait_text("#3", ".details-title")
    viewer.press("m")
    viewer.wait_text("marked #3", ".toast")
    viewer.browser.call("POST", "/refresh", {})
    viewer.wait_text("◆ 3", ".row")
    viewer.press("j", "d")
    viewer.wait_state("c=3")
    viewer.browser.js("sessionStorage.removeItem('mcptape.marked')")
