"""A recording that is played while it is read: no client can tell; a bad file is still said at the start."""

import gzip
import json
import os
import random
import subprocess

import pytest

from program import DEADLINE

HEADER = {"id": "21vzhsa7kn31", "name": "large", "transport": "stdio", "capture": "payloads"}
COUNT = 5000
# A line of a type that nobody knows is kept, and makes that the file is read as a whole.
UNKNOWN = '{"of":"a later version"}'


def call(number):
    return {"method": "tools/call", "params": {"name": f"t{number % 7}", "arguments": {"a": number % 1000}}}


def conversation():
    """What both sides say: a handshake, calls two at a time, notifications, questions of the server."""
    yield "c2s", {"id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}}
    yield "s2c", {"id": 0, "result": {"protocolVersion": "2025-11-25"}}
    yield "c2s", {"method": "notifications/initialized"}
    for number in range(1, COUNT, 2):
        yield "c2s", {"id": number, **call(number)}
        if number % 50 == 1:
            yield "s2c", {"id": number, "method": "roots/list"}
            yield "c2s", {"id": number, "result": {"roots": []}}
        yield "c2s", {"id": number + 1, **call(number + 1)}
        yield "s2c", {"id": number + 1, "result": {"n": number + 1, "é": "x" * 60}}
        yield "s2c", {"id": number, "result": {"n": number}}
        if number % 40 == 1:
            yield "s2c", {"method": "notifications/message", "params": {"level": "info", "data": number}}


def text(*more):
    lines = [json.dumps({"mcptape": 1, "sessions": [HEADER]})]
    for number, (way, message) in enumerate(conversation(), 1):
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"), ensure_ascii=number % 3 == 0)
        lines.append(f'{{"seq":{number},"t":{number},"dir":"{way}","msg":{body}}}')
    return "\n".join([*lines, *more, ""])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The recording, the same in gzip, and the same with a line that makes that it is read as a whole."""
    directory = tmp_path_factory.mktemp("large")
    path = directory / "large.mcptape.jsonl"
    path.write_text(text())
    assert path.stat().st_size > 1 << 20
    packed = directory / "large.mcptape.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    whole = directory / "whole" / path.name
    whole.parent.mkdir()
    whole.write_text(text(UNKNOWN))
    return path, packed, whole


def requests(seed):
    """In order, or in none: then some were never recorded, and some come again."""
    said = [message for way, message in conversation() if way == "c2s"]
    if seed:
        dice = random.Random(seed)
        said = said[:3] + [dice.choice(said) for _ in range(40)]
        said.insert(20, {"id": "x", "method": "tools/call", "params": {"name": "nobody"}})
        said.insert(30, {"id": "y", "method": "prompts/list"})
        said.insert(35, {"method": "notifications/roots/list_changed"})
    return b"".join(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n" for message in said)


@pytest.mark.parametrize("seed", range(4))
def test_answers_and_report_are_those_of_the_file_read_as_a_whole(mcptape, tmp_path, files, seed):
    outcomes = []
    for path in files:
        report = tmp_path / "report.json"
        arguments = ["replay", path, "--report", report, "--all-played"]
        outcome = mcptape.run(*arguments, input=requests(seed), status=3 if seed else 0)
        told = [outcome.text, outcome.complaint, report.read_text()]
        outcomes.append([text.replace(str(path), "FILE") for text in told])
    assert outcomes[0] == outcomes[2]
    assert outcomes[1] == outcomes[2]
    assert len(outcomes[0][0].splitlines()) > 40
    left = json.loads(outcomes[0][2])["neverAsked"]
    assert len(left) > 4000 if seed else left == []


@pytest.mark.parametrize("line", ['{"seq":99999,"t":1,"dir":"s2c","msg":{"jsonrpc"', "no JSON"])
def test_a_damaged_line_at_the_end_is_said_before_the_first_answer(mcptape, tmp_path, line):
    path = tmp_path / "bad.mcptape.jsonl"
    path.write_text(text(line))
    outcome = mcptape.run("replay", path, input=requests(0), status=74)
    assert outcome.output == b""
    assert "is damaged and is not played" in outcome.complaint


def test_another_session_is_refused_as_ever(mcptape, files):
    for path in files:
        outcome = mcptape.run("replay", path, "--server", "other", input=b"", status=66)
        assert "has no such session; it holds large (21vzhsa7kn31)" in outcome.complaint


def test_a_file_that_is_cut_and_written_over_while_it_plays_plays_on(binary, tmp_path):
    path = tmp_path / "large.mcptape.jsonl"
    path.write_text(text())
    with subprocess.Popen(
        [binary, "replay", path, "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as replay:  # fmt: skip
        def ask(message):
            replay.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            replay.stdin.flush()
            return json.loads(replay.stdout.readline())

        assert ask({"id": "a", "method": "initialize"})["result"] == {"protocolVersion": "2025-11-25"}
        os.truncate(path, 200)
        path.write_text("something else")
        last = COUNT - 1
        assert ask({"id": "b", **call(last)}) == {"jsonrpc": "2.0", "id": "b", "result": {"n": last}}
        replay.stdin.close()
        assert replay.wait(DEADLINE) == 0
