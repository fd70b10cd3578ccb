"""A recording in the server's place on HTTP: SDK clients get what they got from the server."""

import json
import os
import signal
import socket
import subprocess
from contextlib import contextmanager

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE, PEERS
from proxy import proxy, sdk_server

# client generation, its mode, server generation
PAIRINGS = {
    f"{client} to {server}": (generation, mode, of)
    for client, generation, mode in (("2.x", 2, "auto"), ("2.x legacy", 2, "legacy"), ("1.x", 1, "v1"))
    for server, of in (("2.x", 2), ("1.x", 1))
}


def python(generation: int) -> str:
    return os.environ[f"MCPTAPE_PYTHON_{generation}"]


def run_client(program, generation: int, mode: str, *command: str) -> dict:
    client = sdk_peer(python(generation), "sdk_client", mode, "interop", *command)
    process = program.start(client, env={**program.environment, "SDK_CLIENT_LARGE": "2000"})
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@contextmanager
def served(program, recording, *options, status=0):
    """The port of a replay of `recording` on HTTP, which ends with `status`."""
    port_file = program.directory / "replay-port"
    port_file.unlink(missing_ok=True)
    words = ["replay", "--store", program.store, recording, "--listen", "127.0.0.1:0"]
    process = program.start(
        [program.binary, *words, "--port-file", port_file, *options], stdout=subprocess.DEVNULL
    )
    first = process.stderr.readline()
    assert b" is served at http://127.0.0.1:" in first, first
    try:
        yield int(port_file.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == status, errors.decode()


def ask(port, method, body=b"", path="/mcp", **fields):
    """Status, fields and body of one request on a connection of its own."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        answer = b""
        while chunk := connection.recv(1 << 16):
            answer += chunk
    head, _, rest = answer.partition(b"\r\n\r\n")
    status, *given = head.decode().split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in given)
    return int(status.split()[1]), fields, rest


@pytest.mark.parametrize("pairing", PAIRINGS.values(), ids=PAIRINGS)
def test_a_recording_of_stdio_is_served_on_http(mcptape, pairing):
    generation, mode, of = pairing
    file = mcptape.directory / "session.mcptape.jsonl"
    command = mcptape.record(*sdk_peer(python(of), "sdk_server"), options=["-o", file])
    recorded = run_client(mcptape, generation, mode, *command)
    ways = [[]] if of == 1 else [["--response", "sse"], ["--stateless"]]
    for options in ways:
        with served(mcptape, file, "--all-played", *options) as port:
            assert run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/mcp") == recorded
    if mode == "legacy":
        with served(mcptape, file, "--all-played", "--sse") as port:
            assert run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/sse") == recorded


# client generation, its mode, server generation, the server's words
HTTP_PAIRINGS = [
    (2, "auto", 2, ""), (2, "auto", 2, "sse"), (2, "legacy", 1, "json"), (2, "legacy", 2, "stateless"),
    (1, "v1", 1, ""), (1, "v1", 2, "sse"), (2, "auto", 1, "stateless json"),
]  # fmt: skip


@pytest.mark.parametrize("pairing", HTTP_PAIRINGS, ids=str)
def test_a_recording_of_http_is_served_on_both(mcptape, pairing):
    generation, mode, of, words = pairing
    path = "sse" if words == "sse" else "mcp"
    with sdk_server(mcptape, python(of), *words.split()) as server:
        with proxy(mcptape, f"http://127.0.0.1:{server}") as port:
            recorded = run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/{path}")
    with served(mcptape, "last", "--all-played", *(["--sse"] if words == "sse" else [])) as port:
        assert run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/{path}") == recorded
    replay = [mcptape.binary, "replay", "--store", mcptape.store, "last"]
    assert run_client(mcptape, generation, mode, *replay) == recorded


def call(tool, number=1):
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool}}
    return json.dumps(message).encode()


INITIALIZE = b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}'


@pytest.fixture
def recording(tmp_path):
    """A session of the legacy era that calls `a` twice, with two answers."""
    path = tmp_path / "twice.mcptape.jsonl"
    messages = [
        ("c2s", INITIALIZE), ("s2c", b'{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}'),
        ("c2s", call("a", 1)), ("s2c", b'{"jsonrpc":"2.0","id":1,"result":{"n":1}}'),
        ("c2s", call("a", 2)), ("s2c", b'{"jsonrpc":"2.0","id":2,"result":{"n":2}}'),
    ]  # fmt: skip
    lines = [b'{"mcptape":1,"sessions":[{"id":"s1","name":"twice"}]}\n']
    for number, (direction, message) in enumerate(messages, 1):
        head = f'{{"seq":{number},"t":{number},"dir":"{direction}","msg":'.encode()
        lines.append(head + message + b"}\n")
    path.write_bytes(b"".join(lines))
    return path


def test_clients_at_once_have_each_their_own_place(mcptape, recording):
    with served(mcptape, recording) as port:
        sessions = [ask(port, "POST", INITIALIZE)[1]["mcp-session-id"] for _ in range(20)]
        assert len(set(sessions)) == 20
        for expected in (1, 2, 2):
            for session in sessions:
                status, _, body = ask(port, "POST", call("a", 7), mcp_session_id=session)
                assert (status, json.loads(body)) == (
                    200, {"jsonrpc": "2.0", "id": 7, "result": {"n": expected}},
                )  # fmt: skip


def test_a_session_begins_and_ends(mcptape, recording):
    with served(mcptape, recording, "--seed", "7") as port:
        status, fields, _ = ask(port, "POST", INITIALIZE)
        assert (status, fields["mcp-session-id"]) == (200, "mcptape-7-1")
        session = {"mcp_session_id": "mcptape-7-1"}
        notification = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
        assert ask(port, "POST", notification, **session)[::2] == (202, b"")
        assert ask(port, "POST", call("a"))[0] == 400
        assert ask(port, "POST", call("a"), mcp_session_id="other")[0] == 404
        assert ask(port, "POST", b"no JSON", **session)[0] == 400
        assert ask(port, "PUT", b"", **session)[0] == 405
        assert ask(port, "GET", accept="text/event-stream")[0] == 405
        assert ask(port, "DELETE", **session)[0] == 200
        assert ask(port, "POST", call("a"), **session)[0] == 404
        assert ask(port, "POST", INITIALIZE)[1]["mcp-session-id"] == "mcptape-7-2"


def test_the_same_requests_get_the_same_bytes(mcptape, recording):
    """Law 10: with a seed nothing of an answer changes from run to run, session ids included."""
    runs = []
    for _ in range(3):
        with served(mcptape, recording, "--seed", "1", status=3) as port:
            first = ask(port, "POST", INITIALIZE)
            session = {"mcp_session_id": first[1]["mcp-session-id"]}
            bodies = [call("a", 5), call("a", 6), call("missing", 7), b"[" + call("a", 8) + b"]"]
            runs.append([first, *(ask(port, "POST", body, **session) for body in bodies)])
    assert runs[0] == runs[1] == runs[2]
    assert json.loads(runs[0][2][2])["result"] == {"n": 2}


@pytest.mark.parametrize("form", ["json", "sse"])
def test_a_long_answer_is_whole_before_the_connection_ends(mcptape, tmp_path, form):
    """More than sockets hold, to a client that reads late and wants the connection closed."""
    text = "x" * (16 << 20)
    messages = [("c2s", call("a").decode()), ("s2c", f'{{"jsonrpc":"2.0","id":1,"result":{{"t":"{text}"}}}}')]
    lines = ['{"mcptape":1,"sessions":[{"id":"s1","name":"long"}]}']
    for number, (direction, message) in enumerate(messages, 1):
        lines.append(f'{{"seq":{number},"t":{number},"dir":"{direction}","msg":{message}}}')
    recording = tmp_path / "long.mcptape.jsonl"
    recording.write_text("\n".join([*lines, ""]))
    with served(mcptape, recording, "--stateless", "--response", form) as port:
        status, _, body = ask(port, "POST", call("a", 7))
    answer = body.partition(b"data: ")[2] if form == "sse" else body
    assert status == 200 and json.loads(answer) == {"jsonrpc": "2.0", "id": 7, "result": {"t": text}}


def test_pages_of_other_origins_are_refused(mcptape, recording):
    with served(mcptape, recording) as port:
        assert ask(port, "POST", INITIALIZE, origin="https://evil.example")[0] == 403
        assert ask(port, "POST", INITIALIZE, origin="http://localhost:3000")[0] == 200
    refused = mcptape.run("replay", recording, "--listen", "0.0.0.0:0", status=64)
    assert "--allow-remote" in refused.complaint


def test_a_program_runs_as_long_as_the_server(mcptape, recording):
    """`--exec` sets MCPTAPE_URL and ends with the program's status, or with what the replay found."""

    def run(script, status, *options):
        words = ["replay", recording, "--listen", "0", *options, "--exec", "--", "sh", "-c", script]
        return mcptape.run(*words, status=status)

    assert run('printf %s "$MCPTAPE_URL"', 0).text.startswith("http://127.0.0.1:")
    run("exit 9", 9)
    run("kill -TERM $$", 128 + signal.SIGTERM)
    # What asks us to end is passed on, Ctrl-\\ too.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        run(f"trap 'exit 5' {int(number)}; kill -{int(number)} $PPID; while :; do sleep 0.02; done", 5)
    run("true", 4, "--all-played")
    post = f"{python(2)} {PEERS / 'post.py'}"
    miss = run(f"{post} '{INITIALIZE.decode()}' '{call('b').decode()}'", 3)
    assert "tools/call b was never recorded" in miss.complaint
    mcptape.run("replay", recording, "--listen", "0", "--exec", "--", "/no/such", status=127)
    mcptape.run("replay", recording, "--exec", "--", "true", status=64)
    mcptape.run("replay", recording, "--", "true", status=64)


def test_a_report_of_many_clients(mcptape, recording, tmp_path):
    report = tmp_path / "report.json"
    with served(mcptape, recording, "--report", report, status=3) as port:
        for tool in ("b", "c"):
            session = ask(port, "POST", INITIALIZE)[1]["mcp-session-id"]
            ask(port, "POST", call(tool), mcp_session_id=session)
        assert json.loads(report.read_bytes())["missCount"] == 2
    outcome = mcptape.run("report", report, status=3)
    assert "tools/call b" in outcome.text and "tools/call c" in outcome.text
