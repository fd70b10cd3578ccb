"""Exchanges of a batch: their details have the messages that are theirs, and no other call's."""

import json

import pytest

from viewer_batches import BatchSession
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

RECORDING = ROOT / "recordings/revision-2025-03-26.mcptape.jsonl"


def request(identity, method, params):
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


def answer(identity, result):
    return {"jsonrpc": "2.0", "id": identity, "result": result}


@pytest.fixture
def batches(viewer, binary, tmp_path):  # noqa: F811
    """The recording, and a second batch: lists, two equal calls of which one fails, odd parameters."""
    lines = RECORDING.read_text().splitlines()
    last = json.loads(lines[-1])
    call = {"name": "shout", "arguments": {"text": "two"}}
    text = [{"type": "text", "text": "not so loud"}]
    asked = [request(20, "tools/list", {}), request(21, "tools/call", call),
             request(22, "prompts/list", {}), request(23, "odd", [7, "by place"])]
    answered = [answer(23, {}), answer(22, {"prompts": [{"name": "greet"}]}),
                answer(21, {"content": text, "isError": True}),
                answer(20, {"tools": [{"name": "shout", "inputSchema": {}}, {"name": "only_in_batch"}]})]
    for number, (sender, batch) in enumerate((("c2s", asked), ("s2c", answered)), 1):
        lines.append(json.dumps({"seq": last["seq"] + number, "t": last["t"] + number * 40, "dir": sender,
                                 "batch": True, "msg": batch}, separators=(",", ":")))
    path = tmp_path / "batches.mcptape.jsonl"
    path.write_text("\n".join(lines) + "\n")
    session = BatchSession(binary, path)
    viewer.double.sessions = {session.id: session}

    def opened(state, ready=".details-title"):
        viewer.open(f"s={session.id}&{state}", ready=ready)

    return opened


def test_the_details_have_the_message_of_the_batch(viewer, batches):  # noqa: F811
    batches("i=4")
    viewer.wait_text("result, as the model received it · one of 3 in a batch", ".details-body h3")
    assert "arguments · one of 3 in a batch" in [text.lower() for text in viewer.texts(".details-body h3")]
    body = viewer.text(".details-body")
    assert '"one"' in body and "ONE" in body and "TWO" not in body and "no arguments" not in body
    batches("i=4&d=response")
    viewer.wait_text("message 1 of 3 in a batch", ".details-body")
    assert "TWO" not in viewer.text(".details-body")
    batches("i=6&d=raw")
    viewer.wait_text("TWO", ".details-body pre")
    assert viewer.texts(".details-body pre") == [
        json.dumps(json.loads(RECORDING.read_text().splitlines()[line])["msg"][2], separators=(",", ":"))
        for line in (8, 9)]
    # What is searched is the message too.
    viewer.press("s", *"shout")
    viewer.wait_text("1 of 1", ".search-count")


def test_two_messages_of_one_batch_are_compared(viewer, batches):  # noqa: F811
    batches("i=6&d=diff", ready=".diff-sum")
    viewer.wait_text("the call before", ".diff-head")
    assert viewer.text(".diff-sum").startswith("≠ 2 changed")
    assert '"one"' in viewer.text(".diff-table") and '"TWO"' in viewer.text(".diff-table")


def test_timing_of_a_batch_has_its_two_messages(viewer, batches):  # noqa: F811
    batches("i=5&d=timing", ready=".near-row")
    assert ["batch" in text.split() for text in viewer.texts(".near-row")] == [True, True]


def test_parameters_by_position_are_a_tree(viewer, batches):  # noqa: F811
    batches("i=11")
    viewer.wait_text("by place", ".details-body .tree")
    assert "no arguments" not in viewer.text(".details-body")


def test_a_list_in_a_batch_is_read(viewer, batches):  # noqa: F811
    batches("v=tools", ready=".row:not([hidden])")
    viewer.wait_text("only_in_batch", ".row")
    assert "not offered" not in viewer.text(".stack")


def test_calls_in_batches_are_problems_too(viewer, batches):  # noqa: F811
    batches("v=problems", ready=".row:not([hidden])")
    viewer.wait_text("#6 #9", ".row")
    assert "tools/call shout: not so loud" in viewer.text(".grid")
