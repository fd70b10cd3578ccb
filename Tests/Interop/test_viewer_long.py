"""The viewer's page with a million exchanges, and with a session that is being written."""

import copy

import pytest

from long_session import LongSession
from told_exchanges import exchanges_of
from viewer_browser import browser, recorded, viewer  # noqa: F401

COUNT = 1_000_000


@pytest.fixture
def long(viewer, recorded):  # noqa: F811
    session = LongSession(recorded["demo"], "long1long1lo", COUNT)
    viewer.double.sessions[session.id] = session
    return session


def nodes(viewer):  # noqa: F811
    return viewer.browser.js("return document.querySelectorAll('*').length")


def test_a_million_rows_need_few_elements(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}", ready=".row:not(.waiting):not([hidden])")
    assert nodes(viewer) < 500
    viewer.press("G")
    viewer.wait_selected("1000000")
    viewer.wait_text("error", ".row[aria-selected=true]")
    rows = viewer.browser.js("return document.querySelector('.grid').getAttribute('aria-rowcount')")
    assert rows == str(COUNT + 1)
    assert nodes(viewer) < 500
    # Only what was looked at was asked for.
    assert long.asked < 10


def test_wheel_and_keys_move_by_real_rows(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}&i=500000", ready=".details-title span")
    viewer.wait_selected("500000")
    first = ("Math.min(...[...document.querySelectorAll('.row')].filter(r => !r.hidden)"
             ".map(r => +r.dataset.index))")
    before = viewer.browser.js(f"return {first}")
    viewer.browser.wheel(300, 400, 240)
    viewer.browser.wait(f"{first} === arguments[0]", before + 10)
    viewer.press("j")
    viewer.wait_selected("500001")
    viewer.press("Escape", "n")
    viewer.wait_selected("501000")


def test_a_stretch_of_a_long_session_is_found_by_halving(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}&t=700000000-700010000", ready=".row:not(.waiting):not([hidden])")
    viewer.wait_rows(10)
    assert viewer.rows()[0].startswith("700001")


def test_a_long_session_is_not_sorted_and_says_so(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}", ready=".row:not(.waiting):not([hidden])")
    viewer.browser.click(".grid-head [aria-colindex='5'] button")
    viewer.wait_text("sorting is for sessions of up to 20,000 exchanges", ".toast")


def test_messages_of_a_long_session_are_fetched_while_scrolling(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}&v=messages", ready=".row:not([hidden])")
    viewer.press("G")
    viewer.wait_selected("500")
    # The end that was looked at brings the next ones.
    viewer.wait_text("1,000 messages so far", ".foot")
    viewer.press("G")
    viewer.browser.wait("+document.querySelector('.row[aria-selected=true]')?.dataset.index >= 999")
    viewer.open(f"s={long.id}&v=messages&m=900001", ready=".details-title span")
    viewer.wait_selected("900001")
    viewer.press("g")
    viewer.wait_selected("1")


class Growing:
    """A copy of a session of which only the first entries are there yet."""

    def __init__(self, session, identity):
        self.whole = session
        self.session = copy.copy(session)
        self.session.id = identity
        self.session.found = {}
        self.session.summary = {**session.summary, "session": identity, "live": True}

    def grow(self, entries):
        session = self.session
        session.entries = self.whole.entries[:entries]
        session.exchanges = exchanges_of(session.entries)
        last = session.entries[-1]["t_us"]
        session.summary = {**session.summary, "exchanges": len(session.exchanges), "duration_us": last}
        return session


def test_a_new_session_and_its_exchanges_appear(viewer, recorded):  # noqa: F811
    viewer.open()
    viewer.wait_rows(4)
    growing = Growing(recorded["demo"], "grow1grow1gr")
    viewer.double.change(growing.grow(4))
    viewer.wait_rows(5)
    viewer.wait_text("● live", ".row")
    viewer.press("g", "Enter")
    viewer.wait_rows(2)
    viewer.wait_text("… pending", ".row")
    viewer.double.change(growing.grow(9))
    viewer.wait_rows(4)
    viewer.wait_text("4 exchanges", ".foot")
    assert "pending" not in viewer.rows()[1]


def test_what_grows_moves_nothing_unless_it_is_followed(viewer, recorded):  # noqa: F811
    viewer.browser.look((1280, 360))
    growing = Growing(recorded["demo"], "grow2grow2gr")
    viewer.double.change(growing.grow(40))
    viewer.open("s=grow2grow2gr&i=9", ready=".details .tree-row")
    viewer.wait_selected("9")
    top = viewer.browser.js("return document.querySelector('.grid').scrollTop")
    kept = viewer.browser.js("window.kept = document.querySelector('.details .tree-row'); return true")
    viewer.double.change(growing.grow(51))
    viewer.wait_text("23 exchanges", ".foot")
    assert viewer.browser.js("return document.querySelector('.grid').scrollTop") == top
    assert kept and viewer.browser.js("return window.kept.isConnected"), "the details were drawn anew"
    viewer.double.change(growing.grow(44))
    viewer.press("f")
    viewer.double.change(growing.grow(51))
    viewer.wait_text("23", ".row:not([hidden]) .cell:first-child")


def test_paused_nothing_moves_until_it_goes_on(viewer, recorded):  # noqa: F811
    growing = Growing(recorded["demo"], "grow3grow3gr")
    viewer.double.change(growing.grow(4))
    viewer.open("s=grow3grow3gr")
    viewer.wait_rows(2)
    viewer.press("x")
    viewer.double.change(growing.grow(9))
    viewer.wait_text("paused, this session changed since", ".live-state")
    assert len(viewer.rows()) == 2
    viewer.press("x")
    viewer.wait_rows(4)


# Shares of the strip's width whose upper edge has the notch of an error, and whose lower edge has a bar.
STRIP = """
    const canvas = document.querySelector('.minimap-canvas');
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const isDrawn = (x, y) => data[4 * (y * width + x) + 3] > 0;
    const filled = (y) => [...Array(20).keys()].filter((at) => {
      const left = Math.floor((at / 20) * width);
      return [...Array(Math.floor(width / 20)).keys()].some((x) => isDrawn(left + x, y));
    });
    return [filled(1), filled(height - 1)];"""


def test_the_strip_of_a_long_session_is_counted_not_sampled(viewer, long):  # noqa: F811
    viewer.open(f"s={long.id}", ready=".row:not(.waiting):not([hidden])")
    viewer.browser.wait("performance.getEntriesByType('resource').some(e => e.name.endsWith('/density'))")
    viewer.browser.wait("!document.querySelector('.minimap-label').innerText.includes('counting')")
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    bad, all_of_it = viewer.browser.js(STRIP)
    assert all_of_it == list(range(20))
    # A notch is a little wider than what it is of.
    assert bad in ([15, 16, 17, 18, 19], [14, 15, 16, 17, 18, 19])
    # A few pages of rows, and nothing to guess the rest from.
    assert long.asked < 10
    viewer.browser.drag(".minimap-canvas", 0.5, 0.6)
    viewer.wait_state("t=")
    viewer.wait_text("of 1,000,000 shown", ".foot")
    viewer.browser.wait("/^(49|50)\\d{4} /.test([...document.querySelectorAll('.row:not([hidden])')]"
                        ".find(e => e.dataset.index === '0')?.innerText.replace(/\\s+/g, ' ').trim() + ' ')")
