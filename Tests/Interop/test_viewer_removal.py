"""Deleting from the viewer's page: it asks first, names what goes, and leaves the list where it was."""

import copy
import threading

import pytest

from program import wait_until

from test_viewer_runs import recorded_run, run  # noqa: F401
from viewer_browser import SIZES, axe, browser, recorded, viewer, violations  # noqa: F401

HOSTILE = "<img src=x onerror=window.hacked=1>\u202e\u001b[31m" + "long " * 60


def named(session, number, **facts):
    """A copy of a session under a name and an id of its own."""
    other = copy.copy(session)
    other.id = f"copy{number:04}copy"
    other.summary = {**session.summary, "session": other.id, "name": f"copy-{number}", **facts}
    return other


def deletions(viewer):  # noqa: F811
    """The ids that the page asked to delete; the double hears of nothing else under these paths."""
    return [path.rpartition("/")[2] for path in viewer.double.deleted]


@pytest.fixture
def many(viewer, recorded):  # noqa: F811
    """More sessions than are in sight, newest first."""
    sessions = [named(recorded["demo"], number) for number in range(120)]
    viewer.double.sessions = {session.id: session for session in sessions}
    return sessions


def selected_index(viewer):  # noqa: F811
    return viewer.browser.js("return +document.querySelector('.row[aria-selected=true]').dataset.index")


def test_a_session_is_deleted_by_keys_after_a_question(viewer, many):  # noqa: F811
    viewer.open()
    viewer.wait_text("120 sessions", ".foot")
    viewer.press("G", *["k"] * 5, "Delete")
    viewer.wait_text("Delete this session?", "dialog")
    words = viewer.text("dialog")
    assert "copy-114" in words and many[114].id in words and "49 messages" in words and "KiB" in words
    assert "This cannot be undone" in words
    top = viewer.browser.js("return document.querySelector('.grid').scrollTop")
    # Enter alone keeps it: the other button has to be chosen.
    viewer.press("Enter")
    viewer.browser.wait("!document.querySelector('dialog')")
    assert viewer.double.deleted == []
    viewer.press("D")
    viewer.wait_text("Delete this session?", "dialog")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    viewer.press("D")
    viewer.wait_text("Delete this session?", "dialog")
    viewer.press("ArrowRight", "Enter")
    viewer.wait_text("deleted copy-114: 49 messages", ".toast")
    viewer.wait_text("119 sessions", ".foot")
    assert deletions(viewer) == [many[114].id]
    assert "copy-114" not in "".join(viewer.rows())
    # The one behind it is selected now, and nothing has moved.
    viewer.wait_selected("copy-115")
    assert selected_index(viewer) == 114
    assert abs(viewer.browser.js("return document.querySelector('.grid').scrollTop") - top) <= 24


def test_a_session_is_deleted_by_the_mouse(viewer, many):  # noqa: F811
    viewer.open()
    viewer.wait_text("copy-3", ".row")
    viewer.browser.click(".row[data-index='3'] .row-act")
    viewer.wait_text("copy-3", "dialog")
    assert viewer.state() == ""
    viewer.browser.click(".removal-acts .is-error")
    viewer.wait_text("119 sessions", ".foot")
    assert deletions(viewer) == [many[3].id]
    assert viewer.state() == ""


def test_the_page_of_a_deleted_session_gives_way_to_the_list(viewer, many):  # noqa: F811
    viewer.open(f"s={many[7].id}")
    viewer.wait_text("server/discover", ".row")
    viewer.press("h")
    viewer.wait_text("delete this session", ".head-body")
    viewer.browser.click(".head-body button.wordy")
    viewer.wait_text("copy-7", "dialog")
    viewer.browser.click(".removal-acts .is-error")
    viewer.wait_text("119 sessions", ".foot")
    assert viewer.state() == ""
    assert deletions(viewer) == [many[7].id]
    # The key does the same.
    viewer.browser.js("location.hash = arguments[0]", f"#s={many[8].id}")
    viewer.wait_text("copy-8", ".bar")
    viewer.wait_text("server/discover", ".row")
    viewer.press("D")
    viewer.wait_text("copy-8", "dialog")
    viewer.press("Escape")
    viewer.press("h")


def test_all_sessions_of_a_run_are_named(viewer, run):  # noqa: F811
    viewer.open()
    viewer.wait_text("▾ 3 sessions", ".row")
    viewer.press("g", "D")
    viewer.wait_text("Delete 3 sessions?", "dialog")
    items = viewer.texts("dialog li")
    assert [item.split()[0] for item in items] == ["search", "files", "notes"]
    assert all("message" in item and " B" in item or "KiB" in item for item in items)
    assert "Together" in viewer.text("dialog")
    viewer.press("ArrowRight", "Enter")
    viewer.wait_text("deleted 3 sessions", ".toast")
    viewer.wait_rows(4)
    assert sorted(deletions(viewer)) == sorted(session.id for session in run.sessions)


def test_a_run_is_deleted_on_its_page(viewer, run):  # noqa: F811
    viewer.open(f"r={run.id}", ready=".run .row:not([hidden])")
    viewer.browser.click(".run-head .tool")
    viewer.wait_text("Delete 3 sessions?", "dialog")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    viewer.press("D")
    viewer.wait_text("Delete 3 sessions?", "dialog")
    viewer.press("ArrowRight", "Enter")
    viewer.wait_rows(4)
    assert viewer.state() == ""
    assert sorted(deletions(viewer)) == sorted(session.id for session in run.sessions)


def test_of_a_run_one_session_can_go(viewer, run):  # noqa: F811
    viewer.open()
    viewer.wait_text("▾ 3 sessions", ".row")
    viewer.press("g", "j", "D")
    viewer.wait_text("Delete this session?", "dialog")
    viewer.press("ArrowRight", "Enter")
    viewer.wait_rows(6)
    assert deletions(viewer) == [run.sessions[2].id]


def test_what_is_cancelled_half_way_leaves_the_rest(viewer, run):  # noqa: F811
    remove, first = viewer.double.remove, threading.Event()

    def held(path):
        answer = remove(path)
        assert first.wait(20)
        return answer

    viewer.double.remove = held
    viewer.open(f"r={run.id}", ready=".run .row:not([hidden])")
    viewer.press("D")
    viewer.wait_text("Delete 3 sessions?", "dialog")
    viewer.press("ArrowRight", "Enter")
    wait_until(lambda: viewer.double.deleted)
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    first.set()
    viewer.wait_text("deleted notes: ", ".toast")
    viewer.wait_rows(6)
    assert len(deletions(viewer)) == 1


@pytest.mark.parametrize("place", ["list", "session", "run"])
def test_one_question_is_asked_however_fast_the_key_repeats(viewer, run, place):  # noqa: F811
    serve, ready = viewer.double.serve_file, threading.Event()

    def held(handler, path):
        if path.endswith("/removal.js"):
            assert ready.wait(20)
        serve(handler, path)

    viewer.double.serve_file = held
    viewer.open({"list": "", "session": f"s={run.sessions[0].id}", "run": f"r={run.id}"}[place])
    viewer.browser.wait(
        "document.querySelector('.row-act, .run-head .tool:not([hidden]), .head-acts button')")
    viewer.press("g", "D", "D", "D")
    ready.set()
    viewer.wait_text("Delete", "dialog")
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    assert viewer.browser.js("return document.querySelectorAll('dialog').length") == 1
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    # It can be asked again.
    viewer.press("D")
    viewer.wait_text("Delete", "dialog")
    viewer.press("Escape")


def test_after_the_mouse_the_keys_are_for_the_list(viewer, many):  # noqa: F811
    viewer.open()
    viewer.wait_text("copy-3", ".row")
    viewer.browser.click(".row[data-index='3'] .row-act")
    viewer.wait_text("copy-3", "dialog")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    viewer.browser.wait("document.activeElement.matches('.grid')")
    viewer.press("g", "Enter")
    viewer.wait_state(f"s={many[0].id}")


def test_a_kept_session_is_named_as_one(viewer, recorded):  # noqa: F811
    kept, other = named(recorded["demo"], 1, kept=True), named(recorded["demo"], 2, kept=False)
    viewer.double.sessions = {one.id: one for one in (kept, other)}
    viewer.open()
    viewer.wait_rows(2)
    for keys, is_kept in ((["g", "D"], True), (["j", "D"], False)):
        viewer.press(*keys)
        viewer.wait_text("Delete this session?", "dialog")
        assert ("kept" in viewer.text("dialog li")) == is_kept
        viewer.press("Escape")
        viewer.browser.wait("!document.querySelector('dialog')")


def test_what_is_being_recorded_is_not_offered_and_a_refusal_is_said(viewer, recorded):  # noqa: F811
    live, other = named(recorded["demo"], 1, live=True), named(recorded["demo"], 2)
    viewer.double.sessions = {one.id: one for one in (live, other)}
    viewer.open()
    viewer.wait_rows(2)
    assert viewer.browser.js("return document.querySelectorAll('.row-act').length") == 1
    viewer.press("g", "D")
    viewer.wait_text("can be deleted when it has ended", ".toast")
    assert viewer.browser.js("return document.querySelector('dialog')") is None
    # It began to be written after the list was read.
    viewer.press("j", "D")
    viewer.wait_text("copy-2", "dialog")
    other.summary = {**other.summary, "live": True}
    viewer.press("ArrowRight", "Enter")
    viewer.wait_text("is being written: delete it when it has ended", "dialog [role=alert]")
    viewer.press("Escape")
    viewer.wait_rows(2)
    assert all("409" in line for line in viewer.browser.console())


def test_where_nothing_can_be_deleted_nothing_offers_it(viewer, recorded):  # noqa: F811
    viewer.double.can_delete = False
    viewer.open()
    viewer.wait_rows(4)
    viewer.press("g", "D", "Delete", "?")
    viewer.wait_text("next, previous row", "dialog")
    assert "delete" not in viewer.text("dialog")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    assert viewer.browser.js("return document.querySelectorAll('.row-act').length") == 0
    viewer.demo()
    viewer.press("h", "D")
    viewer.wait_text("Four tools about weather", ".head-body")
    assert "delete" not in viewer.text(".head-body")
    viewer.press("h")


def test_what_somebody_else_deletes_leaves_the_list(viewer, many):  # noqa: F811
    viewer.open()
    viewer.wait_text("120 sessions", ".foot")
    viewer.press("G")
    viewer.wait_selected("copy-119")
    viewer.double.remove(f"/api/sessions/{many[2].id}")
    viewer.wait_text("119 sessions", ".foot")
    viewer.wait_selected("copy-119")


def test_what_somebody_else_deletes_of_a_run_leaves_its_rows(viewer, run):  # noqa: F811
    viewer.open()
    viewer.wait_text("▾ 3 sessions", ".row")
    viewer.double.remove(f"/api/sessions/{run.sessions[0].id}")
    viewer.wait_rows(6)
    assert "▾" not in "".join(viewer.rows())


def test_many_old_ones_that_somebody_else_deletes_leave_the_list(viewer, recorded):  # noqa: F811
    sessions = [named(recorded["demo"], number) for number in range(400)]
    viewer.double.sessions = {session.id: session for session in sessions}
    # Sorted, all of them are there.
    viewer.open("y=name")
    viewer.wait_text("400 sessions", ".foot")
    # As retention does it: all in one transaction.
    viewer.double.sessions = {session.id: session for session in sessions[:250]}
    with viewer.double.condition:
        viewer.double.revision += 1
        viewer.double.changed += [(viewer.double.revision, session.id) for session in sessions[250:]]
        viewer.double.condition.notify_all()
    viewer.wait_text("250 sessions", ".foot")
    assert all("404" in line for line in viewer.browser.console())


def test_the_page_of_a_run_shows_what_is_left_of_it(viewer, run):  # noqa: F811
    viewer.open(f"r={run.id}", ready=".run .row:not([hidden])")
    left, gone = copy.copy(run), run.sessions[2]
    left.sessions = run.sessions[:2]
    left.summary = {**run.summary, "sessions": [session.id for session in left.sessions]}
    viewer.double.runs = {left.id: left}
    del viewer.double.sessions[gone.id]
    viewer.double.change(gone, isGone=True)
    viewer.wait_text("2 sessions", ".foot")
    viewer.browser.wait("document.querySelectorAll('.run-line a').length === 2")
    viewer.browser.wait("[...document.querySelectorAll('.row:not([hidden])')]"
                        ".every(e => !e.innerText.startsWith('search'))")
    assert all("404" in line for line in viewer.browser.console())
    # And when nothing is left, that is said.
    viewer.double.runs = {}
    del viewer.double.sessions[run.sessions[1].id]
    viewer.double.change(run.sessions[1], isGone=True)
    viewer.wait_text("there is no run", ".notice")
    assert all("404" in line for line in viewer.browser.console())


@pytest.mark.parametrize("size", SIZES)
def test_hostile_names_in_the_question_stay_text(viewer, recorded, axe, size):  # noqa: F811
    viewer.browser.look(SIZES[size], dark=size == "narrow")
    session = named(recorded["demo"], 5, name=HOSTILE)
    viewer.double.sessions = {session.id: session}
    viewer.open()
    viewer.wait_rows(1)
    viewer.press("g", "D")
    viewer.wait_text("⟨202E⟩⟨1B⟩[31m", "dialog")
    assert violations(viewer.browser, axe) == []
    assert viewer.browser.js("return document.querySelectorAll('img, main script').length") == 0
    assert "\u202e" not in viewer.text("dialog") and "\u001b" not in viewer.text("dialog")
    assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0
    viewer.press("ArrowRight", "Enter")
    viewer.wait_text("deleted <img src=x", ".toast")
    viewer.wait_text("Nothing is recorded yet")
    assert viewer.browser.js("return window.hacked") is None
