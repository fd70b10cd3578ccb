"""A pod's life: its names, probes and end, and a system that gives it little."""

import json
import os
import signal
import socket
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from program import DEADLINE, Conversation, remove_journals, wait_until
from service import listener, service
from test_http_listener import get, upstream

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'


def listens(pid, port):
    """Whether that process accepts connections there: what it gave back another may have taken."""
    own = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            own.add(os.readlink(path))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(
        row[3] == "0A" and int(row[1].partition(":")[2], 16) == port and f"socket:[{row[9]}]" in own
        for row in rows)


def test_a_connection_of_the_old_transport_that_is_drained_was_ended_by_us(mcptape):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with service(mcptape, "drain: 100ms\nlisteners:\n" + listener(url, "name: old")) as running:
            client = socket.create_connection(("127.0.0.1", running.port()))
            client.sendall(b"GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n")
            upstream_side, _ = server.accept()
            upstream_side.recv(65536)
            event = b"event: endpoint\ndata: /messages?session_id=1\n\n"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            upstream_side.sendall(head + b"%x\r\n%s\r\n" % (len(event), event))
            received = b""
            while b"session_id" not in received:
                received += client.recv(4096)
            running.end()
    session = json.loads(mcptape.run("sessions", "--json").output)
    assert session["end"]["reason"] == "signalled", session
    assert "ended by a signal to mcptape" in mcptape.run("show", "old").text


def test_a_pods_life(mcptape):
    """Host by the service's name, a probe by address, then SIGTERM under load."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        url = f"http://127.0.0.1:{slow.getsockname()[1]}"
        more = "allow_hosts: [mcp.tools.svc], admin: '127.0.0.1:0', name: pod"
        text = "drain: 60s\nlisteners:\n" + listener(url, more)
        environment = {"PATH": os.environ["PATH"], "HOME": "/", "MCPTAPE_TEST_TOKEN": mcptape.token}
        with service(mcptape, text, env=environment, cwd="/") as running:
            port = running.port()
            admin = int(running.wait_for("listening")["admin"].rpartition(":")[2])
            assert get(admin, "/readyz", {"Host": "10.0.0.7:9464"})[0] == 200
            assert get(port, "/mcp", {"Host": "evil.svc"})[0] == 421
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
            servers = []
            for client in clients:
                head = b"POST /mcp HTTP/1.1\r\nHost: mcp.tools.svc:8808\r\n"
                client.sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(CALL), CALL))
                server, _ = slow.accept()
                received = b""
                while not received.endswith(CALL):
                    received += server.recv(65536)
                servers.append(server)
            assert listens(running.process.pid, port)
            running.process.send_signal(signal.SIGTERM)
            wait_until(lambda: get(admin, "/readyz")[0] == 503)
            assert get(admin, "/healthz")[0] == 200 and running.process.poll() is None
            wait_until(lambda: not listens(running.process.pid, port))
            for server in servers:
                server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            for client in clients:
                answer = b""
                while data := client.recv(4096):
                    answer += data
                assert answer.endswith(b"\r\n\r\nok")
            assert running.process.wait(DEADLINE) == 0
    calls = mcptape.run("stats", "--all", "--json").output
    total = json.loads(calls.splitlines()[-1])
    assert total["count"] == 20, total


def test_readers_of_a_fresh_store_wait_for_the_first_session(mcptape):
    with upstream() as url, service(mcptape, "listeners:\n" + listener(url, "name: new")) as running:
        port = running.port()
        assert mcptape.run("sessions").status == 0
        assert get(port)[0] == 200
        assert mcptape.run("show", "last").status == 0
        assert mcptape.run("show", "new").status == 0


@pytest.fixture
def open_place(mcptape):
    """A directory that every user can reach, with the program in it."""
    with tempfile.TemporaryDirectory(prefix="mcptape-") as name:
        place = Path(name)
        place.chmod(0o755)
        program = place / "mcptape"
        program.write_bytes(mcptape.binary.read_bytes())
        program.chmod(0o755)
        yield place
        remove_journals(place)


def stranger(*argv) -> list[str]:
    """The command line as a user whom the user database does not know, and who may do nothing."""
    return ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--bounding-set=-all", *argv]


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")


@needs_root
def test_a_user_without_an_entry_in_the_user_database(mcptape, open_place):
    store = open_place / "store"
    store.mkdir()
    os.chown(store, 54321, 54321)
    environment = {"PATH": os.environ["PATH"], "MCPTAPE_TEST_TOKEN": mcptape.token}
    echo = ["sh", "-c", "read -r line; printf '%s\\n' \"$line\""]

    def run(*words, **more):
        argv = stranger(open_place / "mcptape", *words)
        conversation = Conversation(mcptape.start(argv, env={**environment, **more}, cwd="/"))
        return conversation.feed(CALL + b"\n").finish()

    outcome = run("record", "--store", store, "--name", "echo", "--", *echo)
    assert (outcome.status, outcome.output, outcome.errors) == (0, CALL + b"\n", b"")
    assert b"tools/call" in run("show", "echo", "--store", store).output
    # Without a store there is no place to record in: 125, and what to do.
    outcome = run("record", "--", *echo)
    assert outcome.status == 125 and "--store DIR" in outcome.complaint
    # HOME=/ is a place where nobody may write: traffic goes on, and it is said once.
    outcome = run("record", "--", *echo, HOME="/")
    assert outcome.status == 0 and outcome.output == CALL + b"\n"
    assert "recording is impaired, traffic goes on" in outcome.complaint and "/.local" in outcome.complaint


@needs_root
def test_a_store_that_may_not_be_written_is_said_before_there_is_traffic(mcptape, open_place):
    store = open_place / "store"
    store.mkdir(mode=0o555)
    ports = open_place / "ports"
    ports.mkdir()
    os.chown(ports, 54321, 54321)
    with upstream() as url:
        argv = stranger(open_place / "mcptape", "record", "--store", store, "--listen", "127.0.0.1:0")
        argv += ["--upstream", url, "--port-file", ports / "port"]
        environment = {"PATH": os.environ["PATH"], "HOME": "/", "MCPTAPE_TEST_TOKEN": mcptape.token}
        process = mcptape.start(argv, env=environment, cwd="/", stdin=subprocess.DEVNULL)
        lines = [process.stderr.readline().decode() for _ in range(2)]
        assert any("recording is impaired, traffic goes on" in line for line in lines), lines
        assert any(str(store) in line for line in lines), lines
        assert get(int((ports / "port").read_text()))[0] == 200
        process.terminate()
        assert process.wait(DEADLINE) == 0
    assert stat.S_IMODE(store.stat().st_mode) == 0o555 and not list(store.iterdir())
