"""Columns have room for what they hold, the name longest; a table that has the focus is framed whole."""

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import SIZES, browser, recorded, viewer  # noqa: F401

CUT = """return [...document.querySelectorAll('.row:not([hidden]) .cell')].filter(cell =>
  cell.ariaColIndex === arguments[0] && cell.scrollWidth > cell.clientWidth).map(cell => cell.innerText)"""


def column(viewer, title):  # noqa: F811
    """Where a column stands, and how wide it is; None: it gave way."""
    return viewer.browser.js("""
        const head = [...document.querySelectorAll('.grid-head [role=columnheader]')]
          .find(e => e.innerText.trim() === arguments[0]);
        return head ? [head.ariaColIndex, head.clientWidth] : null""", title)


def cut(viewer, title):  # noqa: F811
    return viewer.browser.js(CUT, column(viewer, title)[0])


@pytest.mark.parametrize("view, title", [("", "Start"), ("v=messages", "Time")])
def test_the_time_of_the_day_is_whole(viewer, view, title):  # noqa: F811
    viewer.demo(view)
    viewer.wait_text("tools/call", ".row")
    # Also when it is asked for later.
    viewer.press("t")
    viewer.browser.wait("/\\d\\d:\\d\\d:\\d\\d\\.\\d{6}/.test(document.querySelector('.row').innerText)")
    assert cut(viewer, title) == []
    viewer.browser.js("localStorage.removeItem('mcptape.times')")


def test_the_day_in_the_list_is_whole(viewer, run):  # noqa: F811
    viewer.open("k=wall")
    viewer.wait_rows(8)
    assert cut(viewer, "Started") == []


def test_with_details_the_name_has_more_room_than_figures(viewer, run):  # noqa: F811
    viewer.demo("i=3")
    viewer.wait_text("#3", ".details-title")
    assert column(viewer, "What")[1] >= 240
    assert column(viewer, "Took") and column(viewer, "Start") and not column(viewer, "Asked")
    open_run(viewer, run, f"s={run.sessions[0].id}&i=1")
    viewer.wait_text("#1", ".details-title")
    assert column(viewer, "What")[1] >= 200
    # On a phone, without details, there is no room for wishes.
    viewer.browser.look(SIZES["narrow"])
    viewer.demo()
    viewer.wait_rows(23)
    assert column(viewer, "Took") and column(viewer, "What")[1] >= 130


def test_the_list_has_an_age_on_a_phone(viewer):  # noqa: F811
    viewer.browser.look(SIZES["narrow"])
    viewer.open()
    viewer.wait_rows(4)
    assert column(viewer, "Started") and column(viewer, "State") and column(viewer, "Errors")
    viewer.wait_text(" ago", ".row")
    assert cut(viewer, "Started") == []


def test_the_frame_of_the_focus_is_above_the_rows(viewer):  # noqa: F811
    viewer.open(f"s={viewer.double.sessions_by_name()['http-1']}")
    viewer.wait_text("tools/call", ".row")
    viewer.press("Escape")
    viewer.browser.wait("document.activeElement.className === 'grid'")
    frame = viewer.browser.js("""
        const style = getComputedStyle(document.querySelector('.grid-focus'));
        return [style.borderLeftWidth, style.position, Number(style.zIndex), style.pointerEvents,
          getComputedStyle(document.querySelector('.grid')).outlineStyle]""")
    highest = viewer.browser.js(
        "return Math.max(...[...document.querySelectorAll('.grid-wrap *:not(.grid-focus)')]"
        ".map(e => Number(getComputedStyle(e).zIndex) || 0))")
    assert frame == ["2px", "absolute", highest + 1, "none", "none"]
    viewer.browser.js("document.activeElement.blur()")
    assert viewer.browser.js("return getComputedStyle(document.querySelector('.grid-focus')).borderLeftWidth"
                             ) == "0px"
