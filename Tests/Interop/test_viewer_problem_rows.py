"""Problems: what a session ended with comes first, and a call in flight is none before it is slow."""

import copy

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401

GONE = "the server exited with status 3; its last line: no key in config.json"


@pytest.fixture
def demo(viewer, monkeypatch):  # noqa: F811
    """The session of the demo, to be changed."""
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    monkeypatch.setattr(session, "summary", copy.deepcopy(session.summary))
    monkeypatch.setattr(session, "exchanges", copy.deepcopy(session.exchanges))
    return session


ENDS = [({"reason": "server_exited", "exit_code": 3}, "✕ exit 3"),
        ({"reason": "not_started"}, "✕ not started"),
        ({"reason": "server_exited", "signal": 9}, "✕ signal 9")]


@pytest.mark.parametrize("end, word", ENDS)
def test_how_a_session_ended_comes_first(viewer, demo, end, word):  # noqa: F811
    demo.summary.update(end=end, diagnosis=GONE)
    viewer.demo("v=problems")
    viewer.wait_text("cannot divide 1 by zero", ".row")
    assert viewer.rows()[0].startswith(f"{word} end") and GONE in viewer.rows()[0]
    assert viewer.text(".foot strong").startswith(word.split(" ", 1)[1] + ", tool error 1")
    viewer.press("g", "Enter")
    viewer.wait_state("v=messages")


def test_an_end_without_a_diagnosis_is_said_too(viewer, demo):  # noqa: F811
    demo.summary.update(end={"reason": "server_exited", "exit_code": 3}, diagnosis=None)
    viewer.demo("v=problems")
    viewer.wait_text("the session ended: exit 3", ".row")


def test_a_session_of_a_run_says_its_diagnosis(viewer, run, monkeypatch):  # noqa: F811
    session = run.sessions[0]
    summary = {**session.summary, "end": {"reason": "server_exited", "exit_code": 3}}
    monkeypatch.setattr(session, "summary", summary)
    answer = viewer.double.of_session

    def told(one, rest, *facts):
        status, body = answer(one, rest, *facts)
        # Lists of sessions have none.
        return status, ({**body, "diagnosis": GONE} if rest == [] and one is session else body)

    viewer.double.of_session = told
    open_run(viewer, run, "v=problems")
    viewer.wait_text(GONE, ".row")
    assert summary["name"] in viewer.rows()[0] and "✕ exit 3" in viewer.rows()[0]


def last_of_many(session):
    """The newest exchange of the tool that was called most, made one that waits."""
    calls = [one for one in session.exchanges if one.get("name") == "divide"]
    assert len(calls) > 10
    waiting = calls[-1]
    longest = max(one["duration_us"] for one in calls[:-1])
    for name in ("duration_us", "response_seq", "response_bytes", "first_event_us", "error"):
        waiting.pop(name, None)
    waiting["status"] = "pending"
    session.summary.update(live=True, pending=1)
    session.summary.pop("end", None)
    return waiting, longest


def told(viewer):  # noqa: F811
    """The problems, when those of exchanges are there: they come together."""
    viewer.wait_text("Unknown tool: wether", ".row")
    return viewer.rows()


def test_a_call_in_flight_is_a_problem_when_it_is_slow(viewer, demo):  # noqa: F811
    waiting, longest = last_of_many(demo)
    # The session began just now: what waits does so since a moment in the future.
    demo.summary["started"] = "2999-01-01T00:00:00Z"
    demo.summary["duration_us"] = waiting["start_us"] + 1
    viewer.demo("v=problems")
    assert not any("waits for" in row for row in told(viewer)), viewer.rows()
    demo.summary["duration_us"] = waiting["start_us"] + 100 * longest
    viewer.double.change(demo)
    viewer.wait_text("waits for an answer for", ".row")
    assert any(row.startswith(f"… pending #{waiting['exchange']}") for row in viewer.rows())
