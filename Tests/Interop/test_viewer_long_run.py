"""The table of a run of half a million exchanges: what is looked at is fetched, and everything is there."""

import bisect

import pytest

from long_session import LongSession
from test_viewer_runs import recorded_run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401

COUNTS = {"long0long0lo": 300_000, "long1long1lo": 200_000}
# The second server begins so much later, in the middle between two exchanges of the first.
LATER = 7_000_500


class LongRun:
    def __init__(self, like, sessions):
        self.sessions = sessions
        self.id = sessions[0].id
        self.summary = {**like.summary, "run": self.id, "sessions": [one.id for one in sessions],
                        "exchanges": sum(one.count() for one in sessions), "errors": 500, "live": False,
                        "duration_us": 300_000_000}
        self.time = like.time

    def answer(self):
        return {"run": self.summary, "time": self.time, "sessions": [one.summary for one in self.sessions]}


@pytest.fixture
def long(viewer, recorded, recorded_run):  # noqa: F811
    sessions = [LongSession(recorded["demo"], identity, count) for identity, count in COUNTS.items()]
    for session, started, name in zip(sessions, ("00.000000", "07.000500"), ("first", "second")):
        session.summary = {**session.summary, "name": name, "started": f"2026-11-27T18:00:{started}Z"}
        viewer.double.sessions[session.id] = session
    run = LongRun(recorded_run, sessions)
    viewer.double.runs = {run.id: run}
    yield run
    viewer.browser.js("localStorage.clear()")


def open_long(viewer, run, state="", ready=".row:not(.waiting):not([hidden])"):  # noqa: F811
    viewer.open(f"r={run.id}" + (f"&{state}" if state else ""), ready=ready)


def place(session, number):
    """Where an exchange stands among those of both."""
    starts = [range(0, count * 1000, 1000) for count in COUNTS.values()]
    offsets = [0, LATER]
    at = starts[session][number - 1] + offsets[session]
    return sum(bisect.bisect_left(starts[one], at - offsets[one]) for one in (0, 1))


def selected(viewer, session, number):  # noqa: F811
    """Waits until a row is selected, at the place where it belongs. Beside details it has no number."""
    name = ("first", "second")[session]
    viewer.browser.wait(
        "[...document.querySelectorAll('.row[aria-selected=true]:not([hidden])')].some(e =>"
        " e.innerText.replace(/\\s+/g, ' ').startsWith(arguments[0]) && e.dataset.index === arguments[1])",
        f"{name} ", str(place(session, number)))


def asked(run):
    return sum(session.asked for session in run.sessions)


def test_a_run_of_any_length_is_there_to_its_end(viewer, long):  # noqa: F811
    open_long(viewer, long)
    assert viewer.browser.js("return document.querySelector('.grid').ariaRowCount") == "500001"
    assert viewer.browser.js("return document.querySelectorAll('*').length") < 500
    before = asked(long)
    viewer.press("G")
    selected(viewer, 0, 300_000)
    # Pages of both sessions that lead there, not those between.
    assert asked(long) - before < 60
    viewer.press("Enter")
    viewer.wait_state(f"s={long.id}&i=300000")
    viewer.wait_text("#300000", ".details-title")
    viewer.press("k")
    viewer.wait_state("i=299999")
    assert viewer.browser.js("return document.querySelectorAll('*').length") < 500


def test_a_link_into_a_long_run_finds_its_row(viewer, long):  # noqa: F811
    second = long.sessions[1]
    open_long(viewer, long, f"s={second.id}&i=150000", ready=".details-title span")
    selected(viewer, 1, 150_000)
    # Both stand there by turns, in the order of time.
    rows = [row.split() for row in viewer.rows()]
    assert [row[0] for row in rows[:4]] in (["first", "second"] * 2, ["second", "first"] * 2)
    starts = [float(next(word for word in row if word.count(".") == 1 and len(word) > 8)) for row in rows]
    assert starts == sorted(starts)
    viewer.press("Escape", "n")
    selected(viewer, 0, 158_000)
    viewer.press("n")
    selected(viewer, 1, 151_000)
    viewer.press("p")
    selected(viewer, 0, 158_000)


def test_a_row_of_a_long_run_unfolds_and_a_stretch_of_it_is_exact(viewer, long):  # noqa: F811
    second = long.sessions[1]
    open_long(viewer, long, f"e={second.id}@1&t={LATER}-{LATER + 5000}")
    viewer.wait_text("request", ".row.is-message")
    viewer.wait_rows(12)
    assert [row.split()[0] for row in viewer.rows() if "→" not in row and "←" not in row] == [
        "second", "first"] * 5
    viewer.wait_text("10 of 500,000 shown", ".foot")
    viewer.press("z")
    viewer.browser.wait("document.querySelector('.grid').ariaRowCount === '500001'")


def test_a_long_run_is_not_sorted_and_says_so(viewer, long):  # noqa: F811
    open_long(viewer, long)
    viewer.browser.click(".grid-head button[title='sort by duration']")
    viewer.wait_text("sorting is for runs of up to 20,000 exchanges", ".toast")
    assert "o=" not in viewer.state()
    viewer.press("/", *"status:error", "Enter")
    viewer.wait_text("500 of 500,000 shown", ".foot")
    viewer.browser.click(".grid-head button[title='sort by duration']")
    viewer.wait_state("o=duration")


def test_a_long_run_goes_on_under_one_s_eyes(viewer, long):  # noqa: F811
    first, second = long.sessions
    open_long(viewer, long, f"s={second.id}&i=150000", ready=".details-title span")
    selected(viewer, 1, 150_000)
    before = viewer.rows()
    first.number += 5
    first.summary = {**first.summary, "exchanges": first.number, "live": True}
    viewer.double.change(first)
    viewer.browser.wait("document.querySelector('.grid').ariaRowCount === '500006'")
    assert viewer.rows() == before
    selected(viewer, 1, 150_000)
    viewer.press("Escape", "G")
    viewer.browser.wait("[...document.querySelectorAll('.row[aria-selected=true]:not([hidden])')].some(e =>"
                        " e.innerText.replace(/\\s+/g, ' ').startsWith('first 300005 '))")


def test_a_long_run_is_found_without_what_was_counted(viewer, long):  # noqa: F811
    answer = viewer.double.answer
    viewer.double.answer = lambda path, query: (
        (404, {"error": "no"}) if path.endswith("/density") else answer(path, query))
    open_long(viewer, long)
    viewer.press("G")
    selected(viewer, 0, 300_000)
    assert all("404" in line for line in viewer.browser.console())


def test_problems_begin_with_the_first_exchanges(viewer, long):  # noqa: F811
    """Pages that were looked at long ago are forgotten, and asked for again."""
    open_long(viewer, long, "v=problems")
    viewer.wait_text("in the first 20,000 exchanges", ".foot")
    viewer.wait_text("#1000", ".row")
