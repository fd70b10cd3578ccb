"""Paused, nothing on the page moves: not by a timer that runs, not by an answer that is on its way."""

import threading

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401
from viewer_growing import Growing


class Held:
    """Answers to questions with `part` in their address do not come before they are let go."""

    def __init__(self, double, part):
        self.part, self.arrived, self.let = part, threading.Event(), threading.Event()
        self.double, self.answer = double, double.answer
        double.answer = self.hold

    def hold(self, path, query):
        if self.part in path:
            self.arrived.set()
            assert self.let.wait(30)
        return self.answer(path, query)

    def end(self):
        self.let.set()
        self.double.answer = self.answer


def answered(viewer, part):  # noqa: F811
    return viewer.browser.js("return performance.getEntriesByType('resource')"
                             ".filter(e => e.name.includes(arguments[0])).length", part)


def drawn(viewer):  # noqa: F811
    """What is to be seen below the bar, when what was to be drawn is."""
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() =>"
                                " setTimeout(() => requestAnimationFrame(() => done(true)))))")
    return viewer.browser.js("return document.getElementById('page').innerText")


def check_held(viewer, growing, part, grow=6):  # noqa: F811
    """An answer that was asked for before the pause changes nothing until it is over."""
    before = drawn(viewer)
    count = answered(viewer, part)
    held = Held(viewer.double, part)
    try:
        growing.grow(grow)
        assert held.arrived.wait(20)
        viewer.press("x")
        viewer.wait_text("paused", ".bar")
        before = drawn(viewer)
    finally:
        held.end()
    viewer.browser.wait("performance.getEntriesByType('resource')"
                        ".filter(e => e.name.includes(arguments[0])).length > arguments[1]", part, count)
    assert drawn(viewer) == before
    viewer.press("x")
    viewer.browser.wait("document.getElementById('page').innerText !== arguments[0]", before)


# Of each view, the questions behind which it shows what is new.
QUESTIONS = [
    ("", ""), ("", "/exchanges"), ("messages", "/entries"), ("stats", "/stats"), ("tools", "/stats"),
    ("problems", "/violations"), ("exchanges&e=8", "/entries"), ("exchanges&l=on", "/entries"),
    ("exchanges&q=method:tools/*", "/exchanges"), ("exchanges&o=-start", "/exchanges"),
    ("exchanges&t=0-9000000", "/exchanges"),
]


def started(recorded, exchange):  # noqa: F811
    """How many entries there are when this exchange has been asked for."""
    session = recorded["demo"]
    asked = session.exchanges[exchange - 1]["request_seq"]
    return next(index for index, entry in enumerate(session.entries) if entry["seq"] == asked) + 1


@pytest.mark.parametrize("view, part", QUESTIONS)
def test_an_answer_on_its_way_changes_nothing(viewer, recorded, view, part):  # noqa: F811
    # What comes next are notifications, and the first errors after them.
    growing = Growing(viewer.double, recorded["demo"], started(recorded, 8))
    viewer.demo(f"v={view}" if view else "", ready=".grid")
    viewer.browser.wait("!document.getElementById('page').innerText.match(/Loading|Looking|looking/)")
    viewer.wait_text("exchanges", ".foot")
    # What is loaded beside the table is there too.
    if "l=on" in view:
        viewer.wait_text("notifications 0", ".lane-names")
    if "e=" in view:
        viewer.wait_text("build_report", ".row.is-message")
    check_held(viewer, growing, f"/api/sessions/{growing.id}{part}", grow=10)


def test_an_answer_on_its_way_changes_nothing_in_the_details(viewer, recorded):  # noqa: F811
    growing = Growing(viewer.double, recorded["demo"], started(recorded, 10))
    viewer.demo("i=10")
    viewer.wait_text("pending", ".details-title")
    answer = recorded["demo"].exchanges[9]["response_seq"]
    check_held(viewer, growing, f"/api/sessions/{growing.id}/messages/{answer}")
    viewer.wait_text("cannot divide 1 by zero", ".details")


@pytest.mark.parametrize("part", ["", "/exchanges"])
def test_an_answer_on_its_way_changes_nothing_in_a_run(viewer, run, part):  # noqa: F811
    session = run.sessions[0]
    growing = Growing(viewer.double, session, len(session.entries) - 4)
    open_run(viewer, run)
    check_held(viewer, growing, f"/api/sessions/{growing.id}{part}", grow=4)


def test_an_answer_on_its_way_changes_nothing_in_the_list(viewer, recorded):  # noqa: F811
    growing = Growing(viewer.double, recorded["demo"], started(recorded, 9))
    viewer.open()
    viewer.wait_rows(4)
    check_held(viewer, growing, "/api/sessions")


def test_the_timer_of_a_run_waits(viewer, run):  # noqa: F811
    session = run.sessions[0]
    growing = Growing(viewer.double, session, len(session.entries) - 4)
    open_run(viewer, run)
    told = lambda: answered(viewer, f"/api/runs/{run.id}")  # noqa: E731
    shown = drawn(viewer)
    growing.grow(4)
    viewer.browser.wait("document.getElementById('page').innerText !== arguments[0]", shown)
    before = drawn(viewer)
    viewer.press("x")
    viewer.wait_text("paused", ".bar")
    count = told()
    # The run is asked about again half a second after what was shown: a timer that begins later ends later.
    viewer.browser.asynchronous("setTimeout(() => done(true), 500)")
    assert drawn(viewer) == before
    assert [path for path in viewer.double.requests if path == f"/api/runs/{run.id}"][1:] == []
    assert told() == count
    viewer.press("x")
    viewer.browser.wait("performance.getEntriesByType('resource')"
                        ".filter(e => e.name.includes(arguments[0])).length > arguments[1]",
                        f"/api/runs/{run.id}", count)


def test_who_looks_at_something_else_meanwhile_sees_it(viewer, recorded):  # noqa: F811
    """Only what moves by itself is held: a filter and another tab are answered."""
    growing = Growing(viewer.double, recorded["demo"], started(recorded, 9))
    viewer.demo()
    viewer.wait_rows(9)
    held = Held(viewer.double, f"/api/sessions/{growing.id}/exchanges")
    growing.grow(6)
    assert held.arrived.wait(20)
    viewer.press("x")
    viewer.wait_text("paused", ".bar")
    held.end()
    viewer.press("/", *"tool:weather", "Enter")
    viewer.browser.wait("[...document.querySelectorAll('.row')].filter(r => !r.hidden)"
                        ".every(r => r.innerText.includes('weather'))")
    viewer.browser.click("#tab-messages")
    viewer.wait_state("v=messages")
    viewer.wait_text("tools/call", ".row")
    viewer.press("x")


def test_esc_closes_the_details_while_an_answer_is_held(viewer, recorded):  # noqa: F811
    """What waits for the end of the pause is no search that could be ended."""
    growing = Growing(viewer.double, recorded["demo"], started(recorded, 9))
    viewer.demo("v=messages&q=kind:request")
    viewer.press("j", "Enter")
    viewer.browser.wait("document.querySelector('.details')?.hidden === false")
    part = f"/api/sessions/{growing.id}/entries"
    viewer.wait_text("messages", ".foot")
    count = answered(viewer, part)
    held = Held(viewer.double, part)
    growing.grow(6)
    assert held.arrived.wait(20)
    viewer.press("x")
    viewer.wait_text("paused", ".bar")
    held.end()
    viewer.browser.wait("performance.getEntriesByType('resource')"
                        ".filter(e => e.name.includes(arguments[0])).length > arguments[1]", part, count)
    drawn(viewer)
    viewer.press("Escape")
    viewer.browser.wait("document.querySelector('.details')?.hidden")
    assert "searched" not in viewer.text(".foot")
    viewer.press("x")
