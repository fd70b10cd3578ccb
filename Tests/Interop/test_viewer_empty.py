"""A table without rows says what is true, and leads to where there is something."""

import copy

import pytest

from viewer_browser import browser, recorded, viewer  # noqa: F401


def test_a_filter_for_what_is_no_exchange_leads_to_messages(viewer):  # noqa: F811
    viewer.open(f"s={viewer.double.sessions_by_name()['http-1']}&q=method:notifications/initialized",
                ready=".grid-note:not([hidden]) a")
    viewer.wait_text("Nothing matches the filter. Look among the messages", ".grid-note")
    viewer.browser.click(".grid-note a")
    viewer.wait_state("v=messages")
    viewer.wait_state("q=method:notifications/initialized")
    viewer.wait_text("notifications/", ".row")


@pytest.mark.parametrize("isEmpty", [True, False])
def test_a_session_without_requests_says_what_is_true(viewer, monkeypatch, isEmpty):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    summary = copy.deepcopy(session.summary)
    summary.update(exchanges=0, errors=0, tool_errors=0, stderr_lines=0 if isEmpty else 1)
    summary["messages"] = {"c2s": 0, "s2c": 0}
    monkeypatch.setattr(session, "summary", summary)
    monkeypatch.setattr(session, "exchanges", [])
    monkeypatch.setattr(session, "entries", [] if isEmpty else session.entries[-1:])
    viewer.open(f"s={session.id}", ready=".grid-note:not([hidden])")
    if isEmpty:
        viewer.wait_text("Nothing was said in this session.", ".grid-note")
        assert "Messages" not in viewer.text(".grid-note")
    else:
        viewer.wait_text("No request was recorded in this session.", ".grid-note")
        viewer.browser.click(".grid-note a")
        viewer.wait_rows(1)
