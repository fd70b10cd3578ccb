"""Messages: lines are told from messages, answers say what they answer, marks mean the same everywhere."""

import copy

from test_viewer_runs import recorded_run, run  # noqa: F401
from viewer_browser import SIZES, browser, recorded, viewer  # noqa: F401

SPOKEN = {"request", "notification", "response", "batch"}


def cell(viewer, row, title):  # noqa: F811
    """What a cell of a row in sight shows, found by the row's beginning."""
    return viewer.browser.js("""
        const head = [...document.querySelectorAll('.grid-head [role=columnheader]')]
          .find(e => e.innerText.trim() === arguments[1]);
        const row = [...document.querySelectorAll('.row:not([hidden])')]
          .find(e => e.innerText.replace(/\\s+/g, ' ').includes(arguments[0]));
        return row && head ? [...row.children].find(e => e.ariaColIndex === head.ariaColIndex).innerText
          : null""", row, title)


def test_lines_and_messages_are_counted_apart(viewer):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["http-1"]]
    said = sum(entry["kind"] in SPOKEN for entry in session.entries)
    assert 0 < said < len(session.entries)
    viewer.open(f"s={session.id}&v=messages")
    viewer.wait_text(f"{len(session.entries)} lines ({said} messages) shown", ".foot")
    viewer.open(f"s={session.id}&v=messages&q=kind:request")
    viewer.wait_text("messages shown", ".foot")
    assert "lines" not in viewer.text(".foot")


def test_an_answer_says_what_it_answers(viewer):  # noqa: F811
    viewer.demo("v=messages&q=kind:response")
    viewer.wait_text("tools/call divide", ".row")
    viewer.browser.wait("![...document.querySelectorAll('.row:not([hidden])')]"
                        ".some(r => (r.innerText.match(/response/g) ?? []).length > 1)")


def test_a_stack_trace_keeps_its_indentation(viewer, monkeypatch):  # noqa: F811
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    entries = copy.deepcopy(session.entries)
    entries.append({"session": session.id, "seq": entries[-1]["seq"] + 1, "t_us": entries[-1]["t_us"] + 1,
                    "kind": "stderr", "stderr": True, "bytes": 30, "text": "    raise ValueError"})
    monkeypatch.setattr(session, "entries", entries)
    viewer.demo("v=messages")
    viewer.wait_text("tools/list", ".row")
    viewer.press("G")
    viewer.wait_text("raise ValueError", ".row")
    assert cell(viewer, "raise ValueError", "Payload") == "    raise ValueError"


def test_tool_errors_have_their_own_mark_everywhere(viewer, run, monkeypatch):  # noqa: F811
    viewer.demo("v=messages&q=status:tool_error")
    viewer.wait_text("⚠ tool error", ".row")
    viewer.demo("v=messages&q=status:error")
    viewer.wait_text("✕ error", ".row")
    viewer.demo("v=tools")
    viewer.wait_text("divide", ".row")
    assert cell(viewer, "divide", "Errors") == "⚠ 1"
    for session in run.sessions:
        monkeypatch.setattr(session, "summary", {**session.summary, "errors": 1, "tool_errors": 2})
    viewer.open()
    viewer.wait_text("▾ 3 sessions", ".row")
    assert "✕ 3 ⚠ 6" in viewer.rows()[0]
    assert "✕ 1 ⚠ 2" in viewer.rows()[1]


def test_on_a_phone_there_is_the_payload_and_a_word_for_colour(viewer, monkeypatch):  # noqa: F811
    viewer.browser.look(SIZES["narrow"])
    viewer.open(f"s={viewer.double.sessions_by_name()['http-1']}&v=messages")
    viewer.wait_text("POST /mcp", ".row")
    assert cell(viewer, "POST /mcp", "Payload").startswith("POST /mcp")
    viewer.demo("v=tools")
    viewer.wait_text("wether", ".row")
    assert cell(viewer, "wether", "Definition") == "not offered"


def test_columns_are_called_as_the_filter_calls_them(viewer):  # noqa: F811
    viewer.open()
    viewer.wait_rows(4)
    assert cell(viewer, "demo", "Server") == "demo"
    assert cell(viewer, "demo", "Says it is") == "mcptape-demo-server 1.0.0"
