"""`record --listen --fault`: a real HTTP server whose answers go wrong on their way."""

import json
import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE, HEEDFUL, wait_until
from proxy import sdk_server
from recorded_http import exchanges, sessions

SUM = "42"
CALL = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "a"}}
RESULT = {"content": [{"type": "text", "text": "fine"}]}


class Upstream(BaseHTTPRequestHandler):
    """Answers in the form that the path says: a body, events, or events on the stream of HTTP+SSE."""

    protocol_version = "HTTP/1.1"
    streams = {}
    asked = []

    def log_message(self, *words):
        pass

    def chunk(self, text: str):
        self.wfile.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def begin(self, status: int, kind: str, *fields):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((request, self.headers.get("Accept-Encoding")))
        answer = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": RESULT})
        if self.path.startswith("/post"):
            self.begin(202, "text/plain", ("Content-Length", "0"))
            stream = self.streams[self.path]
            threading.Timer(0, stream.chunk, [f"event: message\ndata: {answer}\n\n"]).start()
        elif self.path.startswith("/json"):
            self.begin(200, "application/json", ("Content-Length", str(len(answer))))
            self.wfile.write(answer.encode())
        else:
            note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1}}'
            event = f": hello\n\nid: 1\ndata: {note}\n\nid: 2\r\nevent: message\r\ndata:{answer}\r\n\r\n"
            if "length" in self.path:
                self.begin(200, "text/event-stream", ("Content-Length", str(len(event))))
                self.wfile.write(event.encode())
                return
            self.begin(200, "text/event-stream", ("Transfer-Encoding", "chunked"))
            self.chunk(event[:30])
            self.chunk(event[30:])
            self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        self.begin(200, "text/event-stream", ("Transfer-Encoding", "chunked"))
        place = f"/post?session={len(self.streams)}"
        self.streams[place] = self
        self.chunk(f"event: endpoint\ndata: {place}\n\n")
        self.server.ending.wait()


@pytest.fixture
def upstream():
    Upstream.streams, Upstream.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    server.ending = threading.Event()
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.ending.set()
    server.shutdown()
    server.server_close()


@contextmanager
def faulty(program, upstream, *rules, options=()):
    """A listener in front of `upstream` with faults: its port, and afterwards what it said."""
    file = program.directory / "faulty.port"
    file.unlink(missing_ok=True)
    argv = [program.binary, "record", "--store", program.store, "--listen", "127.0.0.1:0"]
    argv += ["--upstream", upstream] if upstream else []
    argv += [word for rule in rules for word in ("--fault", rule)]
    process = program.start([*argv, "--port-file", file, "--drain", "0s", *options], stdin=subprocess.DEVNULL)
    wait_until(lambda: file.exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read().decode()
    stage = type("Stage", (), {"port": int(file.read_text()), "said": ""})()
    yield stage
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    stage.said = errors.decode()


class Client:
    """A connection; what comes on it, undone of its chunks where it has some."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.port = port
        self.held = b""

    def send(self, identifier, path="/json", method="POST", **fields):
        body = json.dumps({**CALL, "id": identifier}).encode() if method == "POST" else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.socket.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return self

    def until(self, end: bytes) -> bytes:
        while end not in self.held:
            more = self.socket.recv(1 << 16)
            assert more, self.held
            self.held += more
        place = self.held.index(end) + len(end)
        taken, self.held = self.held[:place], self.held[place:]
        return taken

    def answer(self):
        """A whole response: its head, and its body."""
        head = self.until(b"\r\n\r\n").decode()
        lengths = [row[16:] for row in head.split("\r\n") if row.lower().startswith("content-length: ")]
        body = b""
        if lengths:
            while len(self.held) < int(lengths[0]):
                more = self.socket.recv(1 << 16)
                assert more, (head, self.held)
                self.held += more
            body, self.held = self.held[: int(lengths[0])], self.held[int(lengths[0]) :]
        elif "Transfer-Encoding: chunked" in head:
            while size := int(self.until(b"\r\n"), 16):
                body += self.until(b"\r\n") if size == 0 else self.exactly(size)
                self.until(b"\r\n")
            self.until(b"\r\n")
        else:
            body, _ = self.rest()
        return head, body.decode()

    def exactly(self, size: int) -> bytes:
        while len(self.held) < size:
            self.held += self.socket.recv(1 << 16)
        taken, self.held = self.held[:size], self.held[size:]
        return taken

    def rest(self):
        """All that is still to come, and whether the connection was reset."""
        try:
            while more := self.socket.recv(1 << 16):
                self.held += more
        except ConnectionResetError:
            return self.held, True
        taken, self.held = self.held, b""
        return taken, False


def marks(program):
    """The marked lines of all recordings: mark, who saw it, what it is."""
    found = []
    for row in program.run("sessions", "--json").output.splitlines():
        for line in program.export(json.loads(row)["session"]).splitlines()[1:]:
            line = json.loads(line)
            if "fault" in line:
                what = line["http"] if "http" in line else line.get("msg", line.get("text"))
                found.append((line["fault"], line.get("fault_side"), what))
    return found


def test_what_no_rule_is_for_passes(mcptape, upstream):
    with faulty(mcptape, upstream, "tool:b drop") as stage:
        client = Client(stage.port)
        head, body = client.send(1).answer()
        assert head.startswith("HTTP/1.1 200 ") and json.loads(body)["result"] == RESULT
        head, body = client.send(2, "/events").answer()
        assert body.count("\n\n") == 2 and body.endswith("\r\n\r\n")
    assert "fault never applied: tool:b drop" in stage.said and marks(mcptape) == []
    # Answers that may have to be read come without a coding.
    assert [coding for _, coding in Upstream.asked] == ["identity"] * 2


@pytest.mark.parametrize("path", ["/json", "/events", "/events?length"])
@pytest.mark.parametrize("rule, check", [
    ("error:-32042:cheese", lambda answer: answer["error"] == {"code": -32042, "message": "cheese"}),
    ("tool_error:busy", lambda answer: answer["result"]["isError"]),
    ("wrong_id", lambda answer: answer["id"] == 1_000_001),
])  # fmt: skip
def test_an_answer_that_is_replaced(mcptape, upstream, path, rule, check):
    with faulty(mcptape, upstream, f"nth:1 {rule}") as stage:
        client = Client(stage.port)
        _, body = client.send(1, path).answer()
        text = body if path == "/json" else body.split("data:")[-1]
        assert check(json.loads(text)), body
        if path != "/json":
            # What stands around the message is the server's, and so is every other event.
            assert body.startswith(": hello\n\nid: 1\ndata: {") and "\n\nid: 2\r\nevent: message\r\n" in body
        client = client if "length" not in path else Client(stage.port)
        _, body = client.send(2, path).answer()
        assert '"text": "fine"' in body
    assert f"fault applied once: nth:1 {rule}" in stage.said
    messages = [(side, what) for _, side, what in marks(mcptape) if "response" not in what]
    assert [side for side, _ in messages] == ["server", "client"]
    assert messages[0][1]["result"] == RESULT and check(messages[1][1])
    heads = [side for _, side, what in marks(mcptape) if "response" in what]
    assert heads == (["server", "client"] if path == "/json" else [])
    shown = mcptape.run("show", "last").text
    assert f"(held back: {rule})" in shown and f"(made by --fault: {rule})" in shown
    # The recording is well formed, and plays what the client got.
    file = mcptape.directory / "faulted.mcptape.jsonl"
    file.write_bytes(mcptape.export())
    assert mcptape.run("check", file).status == 0
    asking = json.dumps({**CALL, "id": 1}).encode() + b"\n"
    replayed = mcptape.converse([mcptape.binary, "replay", file], asking)
    played = json.loads(replayed.output.splitlines()[-1])
    assert rule == "wrong_id" or check(played), replayed.output


@pytest.mark.parametrize("path", ["/json", "/events"])
def test_a_status_with_retry_after(mcptape, upstream, path):
    rules = ["nth:1 http:429 retry_after:2s", "nth:2 http:401", "nth:3 http:503"]
    with faulty(mcptape, upstream, *rules) as stage:
        client = Client(stage.port)
        heads = [client.send(number, path).answer()[0] for number in range(1, 5)]
    assert heads[0].startswith("HTTP/1.1 429 ") and "\r\nRetry-After: 2\r\n" in heads[0]
    assert heads[1].startswith("HTTP/1.1 401 ") and "\r\nWWW-Authenticate: Bearer " in heads[1]
    assert heads[2].startswith("HTTP/1.1 503 ") and "Retry-After" not in heads[2]
    assert heads[3].startswith("HTTP/1.1 200 ")
    assert len(Upstream.asked) == 4
    found = [(side, what) for mark, side, what in marks(mcptape) if mark == "http:429 retry_after:2s"]
    statuses = [what["response"]["status"] for _, what in found if "response" in what]
    assert statuses == [200, 429] and found[-1] == ("client", "mcptape: 429, as --fault asked for\n")
    assert any(side == "server" and what.get("result") == RESULT for side, what in found[:-1])
    (session,) = sessions(mcptape)
    told = [exchange["status"] for exchange in exchanges(mcptape, session["session"])]
    assert told == ["error", "error", "error", "ok"]


@pytest.mark.parametrize("path", ["/json", "/events"])
def test_answers_that_come_late_or_slowly(mcptape, upstream, path):
    with faulty(mcptape, upstream, "id:1 delay:700ms", "id:2 trickle:1ms") as stage:
        slow, other = Client(stage.port), Client(stage.port)
        began = time.monotonic()
        slow.send(1, path)
        assert '"text": "fine"' in other.send(3, path).answer()[1]
        if path == "/events":
            # What comes before the answer is not late.
            assert b'"method":' in slow.until(b"}}\n\n")
        assert '"text": "fine"' in slow.answer()[1] if path == "/json" else slow.until(b"0\r\n\r\n")
        assert time.monotonic() - began >= 0.7
        assert '"text": "fine"' in other.send(2, path).answer()[1]
    assert [(mark, side) for mark, side, _ in marks(mcptape)] == [("delay:700ms", None), ("trickle", None)]


@pytest.mark.parametrize("path", ["/json", "/events"])
def test_connections_that_break_in_the_middle(mcptape, upstream, path):
    with faulty(mcptape, upstream, "id:1 disconnect") as stage:
        got, was_reset = Client(stage.port).send(1, path).rest()
        assert was_reset and got.startswith(b"HTTP/1.1 200 ") and b'"fine"' not in got
        assert '"text": "fine"' in Client(stage.port).send(2, path).answer()[1]
    sides = [side for mark, side, what in marks(mcptape) if "response" not in what]
    assert sides == ["server", "client"]
    assert "as --fault asked for" in mcptape.run("show", "last").text


@pytest.mark.parametrize("path", ["/json", "/events"])
def test_an_answer_that_never_comes(mcptape, upstream, path):
    with faulty(mcptape, upstream, "id:1 drop") as stage:
        client = Client(stage.port).send(1, path)
        assert '"text": "fine"' in Client(stage.port).send(2, path).answer()[1]
        wait_until(lambda: any(side == "server" for _, side, _ in marks(mcptape)))
        client.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            while client.socket.recv(1 << 16):
                pass
    assert {side for _, side, _ in marks(mcptape)} == {"server"}


@pytest.mark.parametrize("path", ["/json", "/events"])
def test_answers_that_are_no_json_or_too_many(mcptape, upstream, path):
    rules = ["id:1 malformed", "id:2 duplicate", "id:3 junk:hello"]
    with faulty(mcptape, upstream, *rules) as stage:
        client = Client(stage.port)
        bodies = [client.send(number, path).answer()[1] for number in (1, 2, 3)]
    with pytest.raises(ValueError):
        json.loads(bodies[0].split("data:")[-1])
    assert bodies[1].count('"text": "fine"') == 2
    assert "hello" in bodies[2] and bodies[2].index("hello") < bodies[2].index('"fine"')


def test_a_server_that_is_gone(mcptape, upstream):
    with faulty(mcptape, upstream, "id:2 kill") as stage:
        client, idle = Client(stage.port), Client(stage.port)
        assert '"fine"' in client.send(1).answer()[1] and '"fine"' in idle.send(3).answer()[1]
        assert client.send(2).rest() == (b"", True)
        assert idle.rest()[1]
        assert Client(stage.port).rest() == (b"", False)


def test_http_with_sse(mcptape, upstream):
    rules = ["id:1 delay:600ms", "id:2 error:-1:no", "id:3 drop"]
    with faulty(mcptape, upstream, *rules) as stage:
        stream = Client(stage.port).send(None, "/sse", method="GET")
        place = stream.until(b"\n\n").decode().split("data: ")[1].strip()
        for number in (1, 2, 3, 4):
            head, _ = Client(stage.port).send(number, place).answer()
            assert head.startswith("HTTP/1.1 202 ")
        events = [stream.until(b"\n\n").decode().split("data: ")[1] for _ in range(3)]
    answers = [json.loads(event) for event in events]
    assert [answer["id"] for answer in answers] == [2, 4, 1] and answers[0]["error"]["code"] == -1
    assert sorted((mark, side or "") for mark, side, _ in marks(mcptape)) == [
        ("delay:600ms", ""), ("drop", "server"), ("error:-1:no", "client"), ("error:-1:no", "server"),
    ]  # fmt: skip


def test_rules_for_one_of_several_servers(mcptape, upstream):
    options = ["--route", f"/one={upstream}", "--route", f"/two={upstream}"]
    with faulty(mcptape, None, "server:two nth:1 error:-1", options=options) as stage:
        client = Client(stage.port)
        assert '"fine"' in client.send(1, "/one/json").answer()[1]
        assert '"error"' in client.send(2, "/two/json").answer()[1]
        assert '"fine"' in client.send(3, "/two/json").answer()[1]


@pytest.mark.parametrize("generation, mode", [(1, "v1"), (2, "auto")])
def test_an_sdk_client_and_its_server(mcptape, generation, mode):
    python = os.environ[f"MCPTAPE_PYTHON_{generation}"]
    rules = ["nth:1 error:-32042:cheese", "nth:2 tool_error:busy", "nth:3 delay:300ms"]
    rules = [f"tool:add {rule}" for rule in rules]
    with sdk_server(mcptape, python) as port:
        with faulty(mcptape, f"http://127.0.0.1:{port}", *rules) as stage:
            url = f"http://127.0.0.1:{stage.port}/mcp"
            process = mcptape.start(sdk_peer(python, "sdk_client", mode, "faults", url))
            output, errors = process.communicate(timeout=DEADLINE)
            assert process.returncode == 0, errors.decode()
    got = json.loads(output)
    assert "cheese" in got["first"]["says"]
    assert got["second"]["isError"] and got["second"]["content"][0]["text"] == "busy"
    assert got["third"]["content"][0]["text"] == SUM


@pytest.mark.parametrize("words, complaint", [
    (["--fault", "drop"], "--fault needs --listen, or a command after '--'"),
    (["--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1", "--fault", "tol:a drop"],
     "unknown word 'tol'; did you mean tool?"),
    (["--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1", "--fault", "drop", "--fail-closed"],
     "--fault makes answers up"),
])  # fmt: skip
def test_wrong_usage(mcptape, words, complaint):
    outcome = mcptape.converse([mcptape.binary, "record", "--store", mcptape.store, *words])
    assert outcome.status == 64 and complaint in outcome.complaint
