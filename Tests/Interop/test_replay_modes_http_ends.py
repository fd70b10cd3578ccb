"""`replay --listen` with a real server: what it holds open."""

import json
import os
import socket
import sys

import pytest

from modes import INITIALIZE, Place
from modes_http import HTTPClient, listening
from program import DEADLINE


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


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
