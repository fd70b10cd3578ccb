"""Damaged requests, and recordings that lack something: each has a behaviour that is documented."""

import json

import pytest

from test_http_replay import ask, served

ANSWERED = [
    ("c2s", '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}'),
    ("s2c", '{"jsonrpc":"2.0","id":1,"result":{"n":1}}'),
]


def write(path, lines, **session):
    """`lines` are directions with messages, or whole lines of a recording file."""
    text = [json.dumps({"mcptape": 1, "sessions": [{"id": "s1", "name": "bad", **session}]})]
    for number, line in enumerate(lines, 1):
        if isinstance(line, str):
            text.append(line)
        else:
            text.append(f'{{"seq":{number},"t":{number},"dir":"{line[0]}","msg":{line[1]}}}')
    path.write_text("\n".join([*text, ""]))
    return path


def replay(mcptape, path, *requests, status):
    outcome = mcptape.run("replay", path, input=b"".join(line + b"\n" for line in requests), status=status)
    return [json.loads(line) for line in outcome.output.splitlines()], outcome.complaint


CALL = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}'
DEEP = "[" * 100_000 + "]" * 100_000
DAMAGED = {
    "no jsonrpc": (b'{"id":7,"method":"tools/list"}', -32600),
    "no UTF-8": (b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\xff"}}', -32700),
    "too deep": (f'{{"jsonrpc":"2.0","id":7,"method":"a","params":{DEEP}}}'.encode(), -32600),
    "cut off": (b'{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{', -32700),
}


@pytest.mark.parametrize("request_, code", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_request_is_answered_and_counted(mcptape, tmp_path, request_, code):
    path = write(tmp_path / "bad.mcptape.jsonl", ANSWERED)
    answers, complaint = replay(mcptape, path, request_, CALL, status=3)
    assert [answer.get("error", {}).get("code") for answer in answers] == [code, None]
    assert answers[0]["id"] == 7 and answers[1]["result"] == {"n": 1}
    assert "has an id, but" in complaint and "1 not recorded" in complaint
    with served(mcptape, path, status=3) as port:
        status, _, body = ask(port, "POST", request_)
        assert (status, json.loads(body)["id"], json.loads(body)["error"]["code"]) == (400, 7, code)


@pytest.mark.parametrize("id_", ["null", "1.5", "1e2", '{"a":1}', '"7"', "true", "1" * 40])
def test_a_foreign_id_comes_back_as_it_was(mcptape, tmp_path, id_):
    """In the live request and in the recorded one: JSON-RPC allows strings, numbers and null."""
    path = write(tmp_path / "bad.mcptape.jsonl", ANSWERED)
    live = CALL.replace(b'"id":7', f'"id":{id_}'.encode())
    outcome = mcptape.run("replay", path, input=live + b"\n")
    assert outcome.text == f'{{"jsonrpc":"2.0","id":{id_},"result":{{"n":1}}}}\n'
    lines = [(way, message.replace('"id":1', f'"id":{id_}')) for way, message in ANSWERED]
    answers, _ = replay(mcptape, write(path, lines), CALL, status=0 if id_ != "null" else None)
    assert [answer["id"] for answer in answers] == [7]


def test_an_answer_in_a_gap_is_a_miss_that_says_so(mcptape, tmp_path):
    gap = '{"seq":2,"t":2,"gap":{"from":2,"to":3,"reason":"no_space","s2c_bytes":100}}'
    path = write(tmp_path / "bad.mcptape.jsonl", [ANSWERED[0], gap])
    answers, _ = replay(mcptape, path, CALL, status=3)
    assert answers[0]["error"]["data"]["reason"] == "lost_in_gap", answers


def test_an_interrupted_recording_has_no_answer_to_give(mcptape, tmp_path):
    path = write(tmp_path / "bad.mcptape.jsonl", ANSWERED[:1], end={"reason": "interrupted"})
    answers, _ = replay(mcptape, path, CALL, status=3)
    assert answers[0]["error"]["data"]["reason"] == "interrupted", answers


def test_a_request_that_was_never_answered_is_not_answered(mcptape, tmp_path):
    path = write(tmp_path / "bad.mcptape.jsonl", ANSWERED[:1], end={"reason": "client_closed"})
    answers, complaint = replay(mcptape, path, CALL, status=0)
    assert answers == [] and "was never answered in the recording, and so was not now" in complaint


def test_a_file_that_was_cut_off_is_not_played(mcptape, tmp_path):
    path = write(tmp_path / "bad.mcptape.jsonl", ANSWERED)
    path.write_bytes(path.read_bytes()[:-20])
    answers, complaint = replay(mcptape, path, CALL, status=74)
    assert answers == [] and "is damaged and is not played" in complaint


def test_a_redacted_argument_matches_any_value_of_its_type(mcptape, tmp_path):
    def call(token):
        return ANSWERED[0][1].replace('"a"', f'"a","arguments":{{"token":{token}}}')

    placeholder = '"[redacted:secret:9f2c41d07a3b]"'
    path = write(tmp_path / "bad.mcptape.jsonl", [("c2s", call(placeholder)), ANSWERED[1]])
    answers, complaint = replay(mcptape, path, call('"live"').encode(), status=0)
    assert answers[0]["result"] == {"n": 1} and "1 value not compared" in complaint
    answers, _ = replay(mcptape, path, call(5).encode(), status=3)
    assert answers[0]["error"]["code"] == 1001
