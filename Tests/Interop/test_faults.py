"""Answers that go wrong on purpose: what SDK clients make of them, in `replay` and through `record`."""

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE

RECORDINGS = Path(__file__).parents[2] / "recordings"
CLIENTS = {"1.x": (1, "v1", "sdk-1-to-2"), "2.x": (2, "auto", "sdk-2-modern-to-2")}
SUM = "42"


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def sdk(request, mcptape):
    """Runs the script `faults` of an SDK client; its recording beside it."""
    generation, mode, recording = request.param
    python = os.environ[f"MCPTAPE_PYTHON_{generation}"]

    def run(*command):
        process = mcptape.start(sdk_peer(python, "sdk_client", mode, "faults", *command))
        output, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors.decode()
        return json.loads(output)

    run.recording = RECORDINGS / f"{recording}.mcptape.jsonl"
    run.mode = mode
    return run


def replay(program, recording, *rules):
    words = [program.binary, "replay", recording]
    return [*words, *(word for rule in rules for word in ("--fault", rule))]


@contextmanager
def served(program, recording, *rules, options=()):
    """A replay on HTTP: its port, and afterwards what it said."""
    port_file = program.directory / "replay-port"
    port_file.unlink(missing_ok=True)
    argv = [*replay(program, recording, *rules), "--listen", "127.0.0.1:0", "--port-file", port_file]
    argv += options
    process = program.start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    said = [process.stderr.readline()]
    assert b" is served at http://127.0.0.1:" in said[0], said
    stage = type("Stage", (), {"port": int(port_file.read_text()), "process": process, "said": ""})()
    yield stage
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    stage.said = errors.decode()


def text(result):
    return result["content"][0]["text"]


def test_a_delayed_tool_delays_nothing_else_on_stdio(mcptape, sdk):
    got = sdk(*replay(mcptape, sdk.recording, "tool:add nth:1 delay:700ms"))
    assert got["order"] == ["tools", "add"]
    assert [text(got[call]) for call in ("first", "second", "third")] == [SUM] * 3


def test_a_delayed_tool_delays_nothing_else_on_http(mcptape, sdk):
    with served(mcptape, sdk.recording, "tool:add nth:1 delay:700ms") as stage:
        got = sdk(f"http://127.0.0.1:{stage.port}/mcp")
    assert got["order"] == ["tools", "add"]
    assert [text(got[call]) for call in ("first", "second", "third")] == [SUM] * 3
    assert "fault applied once: tool:add nth:1 delay:700ms" in stage.said


@pytest.mark.parametrize("transport", ["stdio", "json", "sse"])
def test_errors_and_failures_of_tools(mcptape, sdk, transport):
    rules = ["tool:add nth:1 error:-32042:'out of cheese'", "tool:add nth:2 tool_error:busy"]
    if transport == "stdio":
        got = sdk(*replay(mcptape, sdk.recording, *rules))
    else:
        options = ["--response", transport]
        with served(mcptape, sdk.recording, *rules, "nth:999 drop", options=options) as stage:
            got = sdk(f"http://127.0.0.1:{stage.port}/mcp")
        assert "fault never applied: nth:999 drop" in stage.said
    assert "out of cheese" in got["first"]["says"]
    assert got["second"]["isError"] and text(got["second"]) == "busy"
    assert text(got["third"]) == SUM


def test_a_slow_wire_and_junk_on_stdout(mcptape, sdk):
    rules = ["tool:add nth:1 trickle:100us", "tool:add nth:2 junk:'Listening on stdio' duplicate"]
    got = sdk(*replay(mcptape, sdk.recording, *rules))
    assert [text(got[call]) for call in ("first", "second", "third")] == [SUM] * 3


def test_a_killed_server_on_stdio(mcptape, sdk):
    got = sdk(*replay(mcptape, sdk.recording, "tool:add nth:2 kill"))
    assert text(got["first"]) == SUM
    assert "raised" in got["second"] and "raised" in got["third"]


def test_a_killed_server_on_http(mcptape, sdk):
    with served(mcptape, sdk.recording, "tool:add nth:2 kill") as stage:
        try:
            got = sdk(f"http://127.0.0.1:{stage.port}/mcp")
            assert text(got["first"]) == SUM
            assert "raised" in got["second"] and "raised" in got["third"]
        except AssertionError as error:
            # A client that cannot even say goodbye fails as a whole.
            assert "Error" in str(error)
        assert stage.process.wait(DEADLINE) == 0
    assert "fault applied once: tool:add nth:2 kill" in stage.said


# SDK 1.x ends with the first 429, and waits for ever for a stream that broke off: what faults are there
# to show.
@pytest.mark.parametrize("mode, recording", [("auto", "sdk-2-modern-to-2"), ("legacy", "sdk-2-legacy-to-2")])
@pytest.mark.parametrize("rule, says", [
    ("tool:add nth:1 http:429 retry_after:2s", "Server returned an error response"),
    ("tool:add nth:1 disconnect", "SSE stream ended without a response"),
])  # fmt: skip
def test_an_sdk_client_and_a_response_that_fails(mcptape, mode, recording, rule, says):
    file = RECORDINGS / f"{recording}.mcptape.jsonl"
    with served(mcptape, file, rule, options=["--response", "sse"]) as stage:
        argv = sdk_peer(os.environ["MCPTAPE_PYTHON_2"], "sdk_client", mode, "faults")
        process = mcptape.start([*argv, f"http://127.0.0.1:{stage.port}/mcp"])
        output, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors.decode()
    got = json.loads(output)
    assert got["first"]["says"] == says
    assert text(got["second"]) == SUM and text(got["third"]) == SUM
    assert f"fault applied once: {rule}" in stage.said


def request(port, body, **fields):
    """All that comes on a connection of its own, and whether it ended with a reset."""
    lines = ["POST /mcp HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += ["Accept: application/json, text/event-stream", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = b""
        try:
            while chunk := connection.recv(1 << 16):
                answer += chunk
        except ConnectionResetError:
            return answer, True
    return answer, False


CALL = {"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "a"}}
ANSWER = {"jsonrpc": "2.0", "id": 1, "result": {"content": []}}


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "plain.mcptape.jsonl"
    messages = [("c2s", {**CALL, "id": 1}), ("s2c", ANSWER)]
    lines = [{"mcptape": 1, "sessions": [{"id": "7k2fq0m3x9ab", "name": "plain"}]}]
    lines += [
        {"seq": number, "t": number, "dir": direction, "msg": message}
        for number, (direction, message) in enumerate(messages, 1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_too_many_requests_with_retry_after(mcptape, recording):
    rules = ["tool:a nth:1 http:429 retry_after:2s", "tool:a nth:2 http:401", "tool:a nth:3 http:503"]
    with served(mcptape, recording, *rules) as stage:
        body = json.dumps(CALL).encode()
        answers = [request(stage.port, body, MCP_Protocol_Version="2026-07-28")[0] for _ in range(4)]
    assert answers[0].startswith(b"HTTP/1.1 429 ") and b"\r\nRetry-After: 2\r\n" in answers[0]
    assert answers[1].startswith(b"HTTP/1.1 401 ") and b"\r\nWWW-Authenticate: Bearer " in answers[1]
    assert answers[2].startswith(b"HTTP/1.1 503 ") and b"Retry-After" not in answers[2]
    assert answers[3].startswith(b"HTTP/1.1 200 ") and answers[3].endswith(b'"result": {"content": []}}')


def test_a_disconnect_in_the_middle_of_an_event(mcptape, recording):
    rules = ["tool:a nth:1 disconnect"]
    with served(mcptape, recording, *rules, options=["--response", "sse"]) as stage:
        body = json.dumps(CALL).encode()
        answer, was_reset = request(stage.port, body, MCP_Protocol_Version="2026-07-28")
        assert was_reset and answer.startswith(b"HTTP/1.1 200 ") and not answer.endswith(b"}")
        answer, was_reset = request(stage.port, body, MCP_Protocol_Version="2026-07-28")
        assert not was_reset and answer.rstrip().endswith(b'"result": {"content": []}}')


def test_the_same_seed_is_the_same_course(mcptape, recording):
    calls = b"".join(json.dumps({**CALL, "id": number}).encode() + b"\n" for number in range(1, 200))

    def course(*seed):
        argv = [*replay(mcptape, recording, "p:0.3 error:-1:chance", "p:0.1 duplicate"), *seed, "--quiet"]
        return mcptape.converse(argv, calls).output

    first = course()
    assert first.count(b"chance") > 20
    assert course() == first == course("--fault-seed", "0")
    assert course("--fault-seed", "1") != first


def test_a_file_of_rules(mcptape, recording, tmp_path):
    rules = tmp_path / "faults.yaml"
    lines = ["# odd, then broken", "- tool:a nth:1 junk:hello", "- {tool: [a, b], nth: 2, malformed: true}"]
    rules.write_text("\n".join(lines))
    sent = b"".join(json.dumps({**CALL, "id": number}).encode() + b"\n" for number in (1, 2))
    outcome = mcptape.converse(replay(mcptape, recording, rules), sent)
    first, second, third = outcome.output.splitlines()
    assert first == b"hello" and json.loads(second)["id"] == 1
    with pytest.raises(ValueError):
        json.loads(third)
    report = tmp_path / "report.json"
    mcptape.converse([*replay(mcptape, recording, rules), "--report", report], sent)
    faults = json.loads(report.read_text())["faults"]
    assert [fault["count"] for fault in faults] == [1, 1]
    assert faults[1]["rule"] == "tool:a,b nth:2 malformed"


@pytest.mark.parametrize("argument, status, complaint", [
    ("tol:a drop", 64, "--fault 'tol:a drop', column 1: unknown word 'tol'; did you mean tool?"),
    ("http:429", 64, "--fault 'http:429': http: is a status, and stdio has none"),
    ("./none.yaml", 66, "none.yaml: No such file"),
])  # fmt: skip
def test_a_wrong_rule_is_said_before_anything_is_played(mcptape, recording, argument, status, complaint):
    outcome = mcptape.converse(replay(mcptape, recording, argument))
    assert outcome.status == status and complaint in outcome.complaint
    assert outcome.output == b""


def test_a_wrong_file_of_rules_names_line_and_column(mcptape, recording, tmp_path):
    rules = tmp_path / "faults.yaml"
    rules.write_text("- tool:a drop\n- {tool: a, delay: 5}\n")
    outcome = mcptape.converse(replay(mcptape, recording, rules))
    assert outcome.status == 64
    assert f"{rules}:2:20: cannot read '5' as a duration" in outcome.complaint


# Through `record`: a real server whose answers go wrong on their way.


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def recorded(request, mcptape):
    """Runs the script `faults` against the SDK's server through `record`; answers what came of it."""
    generation, mode, _ = request.param
    python = os.environ[f"MCPTAPE_PYTHON_{generation}"]

    def run(*rules):
        options = [word for rule in rules for word in ("--fault", rule)]
        command = mcptape.record(*sdk_peer(python, "sdk_server"), options=options)
        process = mcptape.start(sdk_peer(python, "sdk_client", mode, "faults", *command))
        output, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors.decode()
        run.replay = sdk_peer(python, "sdk_client", mode, "faults", mcptape.binary, "replay")
        return json.loads(output)

    return run


def marks(program):
    """The marked messages of the newest recording: mark, who saw it, message."""
    lines = [json.loads(line) for line in program.export().splitlines()[1:]]
    return [(line["fault"], line.get("fault_side"), line.get("msg")) for line in lines if "fault" in line]


def test_a_delayed_answer_through_record(mcptape, recorded):
    got = recorded("tool:add nth:1 delay:700ms")
    assert got["order"] == ["tools", "add"]
    assert [text(got[call]) for call in ("first", "second", "third")] == [SUM] * 3
    ((mark, side, message),) = marks(mcptape)
    assert (mark, side) == ("delay:700ms", None) and text(message["result"]) == SUM


def test_a_replaced_answer_through_record_and_its_replay(mcptape, recorded):
    got = recorded("tool:add nth:1 error:-32042:'out of cheese'", "tool:add nth:2 tool_error:busy")
    assert "out of cheese" in got["first"]["says"] and text(got["second"]) == "busy"
    assert text(got["third"]) == SUM
    found = marks(mcptape)
    assert [side for _, side, _ in found] == ["server", "client"] * 2
    assert text(found[0][2]["result"]) == SUM and found[1][2]["error"]["code"] == -32042
    shown = mcptape.run("show", "last").text
    assert "(held back: tool_error:busy)" in shown and "(made by --fault: tool_error:busy)" in shown
    # What is played is what the client got.
    file = mcptape.directory / "faulted.mcptape.jsonl"
    file.write_bytes(mcptape.export())
    process = mcptape.start([*recorded.replay, file])
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    again = json.loads(output)
    assert again["first"] == got["first"] and again["second"] == got["second"]
    # A file keeps its marks through a store.
    mcptape.run("import", file)
    assert marks(mcptape) == found


def test_a_killed_server_through_record(mcptape, recorded):
    got = recorded("tool:add nth:2 kill")
    assert text(got["first"]) == SUM
    assert "raised" in got["second"] and "raised" in got["third"]
    assert "server ended by signal 9" in mcptape.run("show", "last").text


ECHO = r"""
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": {"size": len(line)}}), flush=True)
sys.stderr.write("done\n")
"""


def converse(mcptape, rules, requests):
    command = mcptape.record("python3", "-c", ECHO, options=[w for rule in rules for w in ("--fault", rule)])
    return mcptape.converse(command, b"".join(json.dumps(line).encode() + b"\n" for line in requests))


def test_output_that_is_closed_and_a_server_that_goes_on(mcptape):
    outcome = converse(mcptape, ["id:2 disconnect"], [{**CALL, "id": number} for number in (1, 2, 3)])
    first, rest = outcome.output.split(b"\n", 1)
    assert json.loads(first)["id"] == 1
    assert rest and b"\n" not in rest and json.loads(first)["result"]
    assert ("disconnect", "client", None) in marks(mcptape)


def test_a_delay_outlives_the_server(mcptape):
    outcome = converse(mcptape, ["id:1 delay:900ms", "id:2 trickle"], [{**CALL, "id": 1}, {**CALL, "id": 2}])
    assert [json.loads(line)["id"] for line in outcome.output.splitlines()] == [2, 1]
    assert outcome.status == 0 and outcome.errors == b"done\n"


def test_what_no_rule_is_for_passes_byte_for_byte(mcptape):
    server = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    sent = b'\r\n{"jsonrpc":"2.0","id":1,"result":{}}\r\n\xff\x00\n[1, 2]\n' + b"x" * 3_000_000 + b"\nhalf"
    command = mcptape.record("python3", "-c", server, options=["--fault", "tool:none drop"])
    outcome = mcptape.converse(command, sent)
    assert outcome.output == sent
    assert mcptape.recorded("s2c") == sent and mcptape.recorded("c2s") == sent


def test_faults_are_no_evidence(mcptape):
    command = mcptape.record("true", options=["--fault", "drop", "--fail-closed"])
    outcome = mcptape.converse(command)
    assert outcome.status == 64 and "--fault makes answers up" in outcome.complaint
