"""`replay --listen` with a real server: what it holds open, and requests that it leaves without an answer."""

import json
import os
import socket
import sys
import threading

import pytest

from modes import INITIALIZE, Place
from modes_http import HTTPClient, listening
from program import DEADLINE

# Answers with the tool's name, but tools that say which status they get, and `never`.
UPSTREAM = """
import json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *words): pass
    def say(self, status, answer):
        body = json.dumps({"jsonrpc": "2.0", **answer}).encode() if answer else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.say(405, None)
    def do_DELETE(self): self.say(200, None)
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in message: return self.say(202, None)
        params = message.get("params", {})
        if message["method"] == "initialize":
            result = {"protocolVersion": params["protocolVersion"], "capabilities": {},
                      "serverInfo": {"name": "u", "version": "1"}}
            return self.say(200, {"id": message["id"], "result": result})
        name = params["name"]
        if name == "never":
            print(name, flush=True)
            threading.Event().wait(60)
        if name.isdigit() and "go" not in sys.argv: return self.say(int(name), None)
        self.say(200, {"id": message["id"], "result": {"content": [{"type": "text", "text": name}]}})

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


@pytest.fixture
def upstream(mcptape):
    """Starts a server on HTTP: its process and its URL."""
    started = []

    def start(*words):
        process = mcptape.start([sys.executable, "-c", UPSTREAM, *words])
        started.append(process)
        return process, f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=DEADLINE)


def tools(file):
    messages = [json.loads(line).get("msg", {}) for line in file.read_text().splitlines()[1:]]
    return [message["params"]["name"] for message in messages if message.get("method") == "tools/call"]


def test_a_client_sees_the_end_of_its_connection_while_its_server_runs(mcptape, place):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}).encode()
    head = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    head += f"Accept: application/json, text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    with listening(mcptape, place.file, "--mode", "once", server=place.server()) as (port, _):
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
            connection.sendall(head.encode() + body)
            answer = b""
            # A real server that holds the connection too keeps it open.
            while part := connection.recv(4096):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200") and b"serverInfo" in answer


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_a_real_server_behind_a_listener_gets_the_standard_descriptors_alone(mcptape, place):
    program = "import json, os, sys\nsys.stderr.write(json.dumps(os.listdir('/proc/self/fd')) + '\\n')"
    server = [sys.executable, "-c", program]
    with listening(mcptape, place.file, "--mode", "once", server=server, status=69) as (port, said):
        HTTPClient(port).request("initialize", INITIALIZE)
    line = next(line for line in said[-1].splitlines() if line.startswith(b"["))
    # And the one of the listing.
    assert sorted(json.loads(line)) == ["0", "1", "2", "3"]


def test_a_request_that_failed_is_not_recorded_as_one_without_an_answer(mcptape, place, upstream):
    _, url = upstream()
    options = ["--mode", "once", "--upstream", url]
    with listening(mcptape, place.file, *options, status=3) as (port, _):
        client = HTTPClient(port).begin()
        assert client.call("a") == "a"
        assert "HTTP status 401" in client.call("401")
        assert client.call("b") == "b"
    assert tools(place.file) == ["a", "b"]
    place.check()
    # A player says that it is missing, and does not keep the client waiting.
    with listening(mcptape, place.file, status=3) as (port, _):
        assert "401 was never recorded" in HTTPClient(port).begin().call("401")


def test_on_stdio_neither(mcptape, place, upstream):
    _, url = upstream()
    client = place.client("--mode", "once", "--upstream", url, server=[]).begin()
    assert client.call("a") == "a" and "HTTP status 401" in client.call("401")
    assert client.end()[0] == 3
    assert tools(place.file) == ["a"]


def test_all_on_stdio_leaves_the_file_when_a_request_failed(mcptape, place, upstream):
    _, url = upstream("go")
    client = place.client("--mode", "all", "--upstream", url, server=[]).begin()
    assert client.call("401") == "401"
    assert client.end()[0] == 0
    before = place.file.read_bytes()
    _, url = upstream()
    client = place.client("--mode", "all", "--upstream", url, server=[]).begin()
    assert "HTTP status 401" in client.call("401")
    status, errors = client.end()
    assert status == 3 and "left 1 request unanswered" in errors
    assert place.file.read_bytes() == before


@pytest.mark.parametrize("mode", ["all", "new_episodes"])
def test_an_answer_that_is_owed_at_the_end_is_said(mcptape, place, upstream, mode):
    server, url = upstream()
    options = ["--mode", "once", "--upstream", url]
    with listening(mcptape, place.file, *options) as (port, _):
        HTTPClient(port).begin().call("a")
    before = place.file.read_bytes()
    options = ["--mode", mode, "--upstream", url]
    status = 74 if mode == "all" else 0
    with listening(mcptape, place.file, *options, status=status) as (port, said):
        client = HTTPClient(port).begin()
        assert client.call("a") == "a"

        def wait():
            with pytest.raises(Exception):
                client.call("never")

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert server.stdout.readline() == b"never\n"
    waiting.join(DEADLINE)
    assert place.file.read_bytes() == before
    assert b"tools/call never had no answer of the real server" in said[-1]


def test_a_url_that_is_none_is_wrong_usage(mcptape, place):
    for words in ([], ["--listen", "0"]):
        options = [*words, "--mode", "once", "--upstream", "ftp://x/"]
        outcome = mcptape.run("replay", place.file, *options, status=64)
        assert "ftp://x/" in outcome.complaint
