"""Recorded times: answers keep their gaps, and one exchange does not wait for another."""

import json
import time

import pytest

from prepared_peers import sdk_peer
from test_http_replay import INITIALIZE, ask, python, run_client, served


def call(tool, number):
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool}}
    return json.dumps(message).encode()


@pytest.fixture
def recording(tmp_path):
    """A slow call of 600 ms and a fast one of 20 ms in the middle of it."""
    path = tmp_path / "two.mcptape.jsonl"
    messages = [
        (0, "c2s", INITIALIZE), (1, "s2c", b'{"jsonrpc":"2.0","id":0,"result":{}}'),
        (100, "c2s", call("slow", 1)), (110, "c2s", call("fast", 2)),
        (130, "s2c", b'{"jsonrpc":"2.0","id":2,"result":{"n":2}}'),
        (700, "s2c", b'{"jsonrpc":"2.0","id":1,"result":{"n":1}}'),
    ]  # fmt: skip
    lines = [b'{"mcptape":1,"sessions":[{"id":"s1","name":"two"}]}\n']
    for number, (at, direction, message) in enumerate(messages, 1):
        lines.append(
            f'{{"seq":{number},"t":{at * 1000},"dir":"{direction}","msg":'.encode() + message + b"}\n"
        )
    path.write_bytes(b"".join(lines))
    return path


def answers(mcptape, recording, *options):
    outcome = mcptape.run(
        "replay", recording, *options, input=call("slow", 7) + b"\n" + call("fast", 8) + b"\n"
    )
    return [json.loads(line)["id"] for line in outcome.output.splitlines()]


def test_a_fast_answer_overtakes_a_slow_one(mcptape, recording):
    assert answers(mcptape, recording) == [7, 8]
    begin = time.monotonic()
    assert answers(mcptape, recording, "--speed", "recorded") == [8, 7]
    assert time.monotonic() - begin >= 0.6
    begin = time.monotonic()
    assert answers(mcptape, recording, "--speed", "2", "--max-gap", "200ms") == [8, 7]
    assert time.monotonic() - begin >= 0.2


def test_an_answer_on_http_waits_for_its_time(mcptape, recording):
    with served(mcptape, recording, "--speed", "recorded") as port:
        session = {"mcp_session_id": ask(port, "POST", INITIALIZE)[1]["mcp-session-id"]}
        begin = time.monotonic()
        status, fields, body = ask(port, "POST", call("slow", 7), **session)
        assert time.monotonic() - begin >= 0.6
        assert (status, fields["content-type"], json.loads(body)["result"]) == (
            200, "application/json", {"n": 1},
        )  # fmt: skip


@pytest.mark.parametrize("generation, mode", [(2, "auto"), (2, "legacy"), (1, "v1")])
def test_sdk_clients_get_everything_in_recorded_time(mcptape, generation, mode):
    file = mcptape.directory / "session.mcptape.jsonl"
    command = mcptape.record(*sdk_peer(python(generation), "sdk_server"), options=["-o", file])
    recorded = run_client(mcptape, generation, mode, *command)
    options = ["--speed", "recorded", "--all-played"]
    replay = [mcptape.binary, "replay", file, *options]
    assert run_client(mcptape, generation, mode, *replay) == recorded
    with served(mcptape, file, *options) as port:
        assert run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/mcp") == recorded


def test_a_dry_run_serves_nothing(mcptape, recording):
    told = mcptape.run("replay", recording, "--speed", "2", "--dry-run").text
    assert told == (
        f"{recording}: 3 messages of the server, 310 ms until the answers, one after the other; "
        "the longest 300 ms (#2 tools/call slow)\n"
    ), told
    assert "0 ns until the answers" in mcptape.run("replay", recording, "--dry-run").text


@pytest.mark.parametrize(
    "options",
    [["--speed", "0"], ["--speed", "fast"], ["--speed", "inf"], ["--max-gap", "2s"],
     ["--speed", "2", "--max-gap", "2"]],
    ids=" ".join,
)  # fmt: skip
def test_a_speed_that_is_none_is_wrong_usage(mcptape, recording, options):
    refused = mcptape.run("replay", recording, *options, status=64)
    assert options[-2] in refused.complaint
