"""Faults of a mock server on HTTP+SSE and of several servers, and what cancelling does to a late answer."""

import json
import signal
import subprocess
from contextlib import contextmanager

import pytest

from program import DEADLINE
from test_http_faults import CALL, Client

RESULT = {"content": []}


def write(path, *names):
    sessions = [{"id": f"7k2fq0m3x9a{place}", "name": name} for place, name in enumerate(names)]
    lines = [{"mcptape": 1, "sessions": sessions}]
    for session in sessions:
        messages = [{**CALL, "id": 1}, {"jsonrpc": "2.0", "id": 1, "result": RESULT}]
        for number, message in enumerate(messages, 1):
            direction = "c2s" if number == 1 else "s2c"
            lines.append(
                {"seq": number, "t": number, "dir": direction, "session": session["id"], "msg": message}
            )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@contextmanager
def served(program, recording, *rules, options=()):
    file = program.directory / "replay-port"
    argv = [program.binary, "replay", recording, "--listen", "127.0.0.1:0", "--port-file", file, *options]
    argv += [word for rule in rules for word in ("--fault", rule)]
    process = program.start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    line = process.stderr.readline()
    assert b"http://127.0.0.1:" in line, line + process.stderr.read()
    stage = type("Stage", (), {"port": int(file.read_text()), "said": ""})()
    yield stage
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    stage.said = errors.decode()


def answers(stream, count):
    events = [stream.until(b"\n\n").decode() for _ in range(count)]
    return [json.loads(event.split("data: ")[1].split("\n")[0]) for event in events]


def test_http_with_sse(mcptape, tmp_path):
    rules = ["id:1 delay:600ms", "id:2 error:-1:no", "id:3 drop", "id:4 http:429 retry_after:1s"]
    rules.append("id:6 delay:1h")
    recording = write(tmp_path / "one.mcptape.jsonl", "one")
    with served(mcptape, recording, *rules, options=["--sse"]) as stage:
        stream = Client(stage.port).send(None, "/sse", method="GET", Accept="text/event-stream")
        place = stream.until(b"\n\n").decode().split("data: ")[1].split("\n")[0].strip()
        client = Client(stage.port)
        heads = [client.send(number, place).answer()[0] for number in (1, 2, 3, 4, 5, 6)]
        assert [head.split(" ")[1] for head in heads] == ["202", "202", "202", "429", "202", "202"]
        found = [(answer["id"], "error" in answer) for answer in answers(stream, 3)]
        assert found == [(2, True), (5, False), (1, False)]
    for rule in rules:
        assert f"fault applied once: {rule}" in stage.said


def test_a_stream_that_breaks(mcptape, tmp_path):
    recording = write(tmp_path / "one.mcptape.jsonl", "one")
    with served(mcptape, recording, "id:2 disconnect", options=["--sse"]) as stage:
        stream = Client(stage.port).send(None, "/sse", method="GET", Accept="text/event-stream")
        place = stream.until(b"\n\n").decode().split("data: ")[1].split("\n")[0].strip()
        assert Client(stage.port).send(1, place).answer()[0].startswith("HTTP/1.1 202 ")
        assert [answer["id"] for answer in answers(stream, 1)] == [1]
        Client(stage.port).send(2, place).answer()
        rest, was_reset = stream.rest()
        assert was_reset and b'"result"' not in rest


def test_several_servers(mcptape, tmp_path):
    recording = write(tmp_path / "run.mcptape.jsonl", "github", "time")
    rules = ["server:time error:-1:no", "nth:3 tool_error:third"]
    with served(mcptape, recording, *rules) as stage:
        fields = {"MCP_Protocol_Version": "2026-07-28"}
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        fields["Accept"] = "application/json, text/event-stream"
        client = Client(stage.port)
        places = ["/github/mcp", "/time/mcp", "/github/mcp", "/github/mcp"]
        bodies = [client.send(number, place, **fields).answer()[1] for number, place in enumerate(places, 1)]
    found = [word in body for word, body in zip(["error", "no", "third", "third"], bodies)]
    assert found == [False, True, True, False], bodies
    assert "fault applied once: server:time error:-1:no" in stage.said


@pytest.mark.parametrize("through", ["replay", "record"])
def test_a_late_answer_that_is_cancelled(mcptape, tmp_path, through):
    recording = write(tmp_path / "one.mcptape.jsonl", "one")
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    rule = "id:1 delay:1h"
    command = [mcptape.binary, "replay", recording, "--quiet"]
    if through == "replay":
        command += ["--fault", rule]
    else:
        command = mcptape.record(*command, options=["--fault", rule])
    process = mcptape.start(command, stdin=subprocess.PIPE)
    for message in ({**CALL, "id": 1}, {**CALL, "id": 2}):
        process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    # The first answer has come by then, and waits for its time.
    assert json.loads(process.stdout.readline())["id"] == 2
    output, _ = process.communicate(json.dumps(cancelled).encode() + b"\n", timeout=DEADLINE)
    assert output == b""
    if through == "record":
        lines = [json.loads(line) for line in mcptape.export().splitlines()[1:]]
        held = [line for line in lines if line.get("fault_side") == "server"]
        assert [(line["fault"], line["msg"]["id"]) for line in held] == [("delay:3600000ms", 1)]
