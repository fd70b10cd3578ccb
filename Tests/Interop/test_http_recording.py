"""What is recorded of HTTP: the bytes of every exchange, in the sessions that they belong to."""

import json
import os
import signal
import socket
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from program import DEADLINE, HEEDFUL
from proxy import proxy, sdk_server
from recorded_http import Recorded, assert_all_recorded, sessions
from recording_file import lines, members
from test_http_sdk import run_client
from wire_tap import WireTap, messages


PAIRINGS = [
    (2, "auto", 2, ""), (2, "legacy", 2, "json"), (2, "auto", 1, ""), (1, "v1", 2, "stateless"),
    (1, "v1", 1, ""), (2, "legacy", 2, "sse"), (1, "v1", 1, "sse"),
]  # fmt: skip


@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)
def test_every_byte_is_recorded(mcptape, pairing):
    generation, mode, of, words = pairing
    path = "sse" if words == "sse" else "mcp"
    with sdk_server(mcptape, os.environ[f"MCPTAPE_PYTHON_{of}"], *words.split()) as port:
        behind = WireTap(port)
        with proxy(mcptape, f"http://127.0.0.1:{behind.port}", "--name", "api") as front:
            result = run_client(mcptape, generation, mode, f"http://127.0.0.1:{front}/{path}")
        behind.close()
    assert result["count"]["content"][0]["text"] == "counted to 4"
    assert_all_recorded(mcptape, behind)


@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)
def test_one_client_is_one_session(mcptape, pairing):
    generation, mode, of, words = pairing
    path = "sse" if words == "sse" else "mcp"
    with sdk_server(mcptape, os.environ[f"MCPTAPE_PYTHON_{of}"], *words.split()) as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}", "--name", "api") as front:
            for _ in range(2):
                run_client(mcptape, generation, mode, f"http://127.0.0.1:{front}/{path}")
    found = sessions(mcptape)
    # Two runs of one client without session ids are one identity.
    is_stateless = mode == "auto" and of == 2 or "stateless" in words
    expected = 1 if mode == "auto" and of == 2 else 2
    assert len(found) == expected or is_stateless and len(found) <= 2, found
    for session in found:
        assert session["name"] == "api"
        assert session["pending"] == 0, session
        assert session["client"]["name"]


class EventServer(BaseHTTPRequestHandler):
    """Answers each POST with events that name its id."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)["id"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(20):
            data = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"of": asked, "n": number}}
            self.chunk(f"event: message\r\ndata: {json.dumps(data)}\r\n\r\n".encode())
        data = {"jsonrpc": "2.0", "id": asked, "result": {"text": "x" * 500}}
        self.chunk(f"data: {json.dumps(data)}\n\n".encode())
        self.chunk(b"")

    def chunk(self, data: bytes):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *_):
        pass


def call(number: int) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "t"}}
    body = json.dumps(message).encode()
    fields = ["Host: localhost", "Mcp-Session-Id: s", f"Content-Length: {len(body)}"]
    return "\r\n".join(["POST /mcp HTTP/1.1", *fields, "", ""]).encode() + body


@pytest.mark.parametrize("place", ["memory", "store"])
def test_what_a_client_received_survives_kill(mcptape, chance, place):
    """SIGKILL at a random byte: each response that the client has, whole or begun, is on record."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), EventServer)
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    try:
        for _ in range(int(os.environ.get("MCPTAPE_KILLS", "20")) // 4):
            kill_once(mcptape, server.server_port, chance.randrange(2_000, 400_000), place)
    finally:
        server.shutdown()
        server.server_close()


def kill_once(program, port: int, after: int, place: str):
    known = {session["session"] for session in sessions(program)}
    file = program.directory / f"port-{after}"
    options = ["--journal", "store"] if place == "store" else []
    process = program.start(
        [program.binary, "record", "--store", program.store, "--listen", "0", "--port-file", file,
         "--upstream", f"http://127.0.0.1:{port}", *options]
    )  # fmt: skip
    while not file.exists():
        assert process.poll() is None
    client = socket.create_connection(("127.0.0.1", int(file.read_text())))
    received = bytearray()
    asked = 0
    try:
        while len(received) < after:
            if received.count(b"\r\n0\r\n\r\n") == asked:
                asked += 1
                client.sendall(call(asked))
            data = client.recv(1 << 14)
            if not data:
                break
            received += data
    finally:
        process.send_signal(signal.SIGKILL)
    # What was in flight to us was recorded before it was sent.
    try:
        while data := client.recv(1 << 16):
            received += data
    except OSError:
        pass
    client.close()
    process.communicate(timeout=DEADLINE)

    new = [session for session in sessions(program) if session["session"] not in known]
    assert len(new) == 1 and new[0]["end"]["reason"] == "interrupted", new
    found = defaultdict(Recorded)
    for line in lines(program.export(new[0]["session"]))[1:]:
        entry = members(line) if b'"http":' not in line else json.loads(line)
        found[entry["stream"]].add(entry)
    answers = messages(bytes(received))
    assert asked - 1 <= len(answers) <= asked
    for number, (_, body) in enumerate(answers, start=1):
        request = bytes(found[number].c2s)
        assert json.loads(request)["id"] == number
        assert bytes(found[number].s2c).startswith(body.rstrip(b"\r\n")), number
