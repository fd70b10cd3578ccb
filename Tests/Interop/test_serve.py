"""`mcptape serve`: one scrape target for all processes that record into a store."""

import gzip
import http.client
import json
import re
import signal
import socket
import threading

import pytest

from program import DEADLINE, Conversation, wait_until
from serving import samples, serving, total


def ping(number: int) -> bytes:
    return b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number


def recorder(program, name: str) -> Conversation:
    """A demo server that is recorded under `name`, and a client that talks to it."""
    server = [program.binary, "demo-server"]
    return Conversation(program.start(program.record(*server, options=["--name", name])))


def ping_times(conversation: Conversation, count: int):
    """Sends `count` pings and waits for their answers."""
    before = bytes(conversation.received).count(b"\n")
    conversation.send(b"".join(ping(number) for number in range(count)))
    conversation.wait_for(lambda received: received.count(b"\n") == before + count)


def wait_for_all(server):
    """Until everything is in the store: what a recorder could not commit in its last moments is taken in."""
    wait_until(lambda: total(server.metrics(), "mcptape_journals") == 0)
    assert total(server.metrics(), "mcptape_sessions_active") == 0


def test_all_processes_of_a_store_are_one_target_live_and_afterwards(mcptape):
    with serving(mcptape) as server:
        assert total(server.metrics(), "mcptape_store_sessions") == 0
        running = [recorder(mcptape, f"server-{number}") for number in range(5)]
        for number, conversation in enumerate(running):
            ping_times(conversation, number + 1)

        def count(number: int, kind: str) -> float:
            return total(server.metrics(), "mcptape_messages_total", server=f"server-{number}", kind=kind)

        for number in range(5):
            wait_until(lambda: count(number, "response") == number + 1)
            assert count(number, "request") == number + 1
        live = server.metrics()
        assert total(live, "mcptape_sessions_active") == 5
        assert total(live, "mcptape_journals", state="recording") == 5
        for conversation in running:
            conversation.half_close()
            assert conversation.finish().status == 0
        wait_for_all(server)
        found = server.metrics()
        assert total(found, "mcptape_sessions_total") == 5
        assert total(found, "mcp_client_operation_duration_seconds_count", mcp_method_name="ping") == 15
    # Another process goes on where that one was.
    with serving(mcptape) as server:
        again = server.metrics()
        for (name, labels), value in found.items():
            if name.endswith("_total") and not name.startswith("process_"):
                assert again[name, labels] == value, (name, labels)


def test_counters_never_go_back_while_five_processes_record(mcptape):
    with serving(mcptape) as server:
        running = [recorder(mcptape, f"server-{number}") for number in range(5)]

        def talk(conversation):
            for _ in range(20):
                ping_times(conversation, 25)
            conversation.half_close()

        threads = [threading.Thread(target=talk, args=(each,)) for each in running]
        for thread in threads:
            thread.start()
        last = {}
        while any(thread.is_alive() for thread in threads):
            found = server.metrics()
            for key, value in last.items():
                if key[0].endswith(("_total", "_count", "_bucket")):
                    assert found[key] >= value, key
            last = found
        for conversation in running:
            assert conversation.finish().status == 0
        wait_for_all(server)
        assert total(server.metrics(), "mcptape_messages_total", kind="request") == 5 * 20 * 25


def test_what_a_killed_recorder_left_is_counted_without_anybody_asking(mcptape):
    with serving(mcptape) as server:
        conversation = recorder(mcptape, "killed")
        ping_times(conversation, 100)
        conversation.process.kill()
        conversation.process.wait(DEADLINE)
        wait_until(lambda: total(server.metrics(), "mcptape_messages_total", kind="response") == 100)
        wait_for_all(server)
        server.process.terminate()
        _, errors = server.process.communicate(timeout=DEADLINE)
        assert b"was interrupted" in errors or b"had ended" in errors or errors.count(b"\n") == 2


def test_a_store_has_one_server(mcptape, tmp_path):
    with serving(mcptape) as server:
        again = mcptape.run("serve", "--listen", "0", "--port-file", tmp_path / "port")
        assert again.text.strip() == server.url
        assert "--listen, --port-file changed nothing" in again.complaint
        assert not (tmp_path / "port").exists()
        post = mcptape.store / "serve.json"
        assert post.stat().st_mode & 0o777 == 0o600
        entry = json.loads(post.read_text())
        assert re.fullmatch(r"\d+\.\d+\.\d+(\+\w+)?", entry.pop("version"))
        assert entry.pop("installed") == int(mcptape.binary.stat().st_mtime)
        assert entry == {
            "pid": server.process.pid,
            "url": f"http://127.0.0.1:{server.port}/",
            "token": server.token,
        }
        other = mcptape.store
        mcptape.store = tmp_path / "other"
        with serving(mcptape) as second:
            assert second.port != server.port and second.token != server.token
        mcptape.store = other
    # It has left its post; one that is killed leaves it to the lock.
    assert post.read_text() == ""
    with serving(mcptape) as server:
        first = server.token
        server.process.kill()
        server.process.wait(DEADLINE)
        assert json.loads(post.read_text())["token"] == first
        with serving(mcptape) as next_one:
            assert next_one.token != first


def test_servers_that_start_together_are_one(mcptape):
    argv = [mcptape.binary, "serve", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
    started = [mcptape.start(argv) for _ in range(6)]
    lines = {process.stdout.readline() for process in started}
    assert len(lines) == 1 and lines.pop().startswith(b"http://")
    wait_until(lambda: sum(process.poll() is None for process in started) == 1)
    assert all(process.poll() in (None, 0) for process in started)
    serves = next(process for process in started if process.poll() is None)
    serves.send_signal(signal.SIGINT)
    assert serves.wait(DEADLINE) == 0


def test_a_port_that_is_a_strangers_is_stepped_over(mcptape):
    stranger = socket.socket()
    try:
        # Whoever has it: it is taken.
        stranger.bind(("127.0.0.1", 6827))
        stranger.listen()
    except OSError:
        pass
    with stranger, serving(mcptape, listen=None) as server:
        assert 6827 < server.port < 6847
        assert server.get("/healthz")[0] == 200
        taken = mcptape.directory / "taken"
        argv = ["--store", taken, "serve", "--listen", f"127.0.0.1:{server.port}"]
        refused = mcptape.run(argv[2], *argv[:2], *argv[3:], status=74)
        assert f"cannot listen on 127.0.0.1:{server.port}" in refused.complaint


HOSTS = [
    ("localhost", 200), ("127.0.0.1:1", 200), ("[::1]:99", 200), ("10.9.8.7", 200), ("tape.lan", 200),
    ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.nip.io", 421), ("", 421),
]  # fmt: skip
ORIGINS = [
    (None, 200), ("http://localhost:3000", 200), ("http://127.0.0.1", 200), ("http://tape.lan:7", 200),
    ("http://evil.example", 403), ("null", 403), ("https://localhost.evil.example", 403),
]  # fmt: skip


def test_a_page_of_somebody_else_reads_nothing(mcptape):
    with serving(mcptape, "--allow-host", "Tape.LAN") as server:
        for path in ("/metrics", "/healthz", "/"):
            for host, expected in HOSTS:
                for origin, allowed in ORIGINS:
                    headers = {"Host": host} | ({"Origin": origin} if origin else {})
                    if origin == "http://tape.lan:7":
                        # A page of ours, when it is asked under the same name.
                        allowed = 200 if host == "tape.lan:7" else 403
                    status, fields, _ = server.get(path, headers)
                    assert status == (expected if expected != 200 else allowed), (path, host, origin)
                    assert "Access-Control-Allow-Origin" not in fields
            assert server.get(path, {"Host": "tape.lan:7", "Origin": "http://tape.lan:7"})[0] == 200


def test_all_but_metrics_and_health_needs_the_token(mcptape):
    with serving(mcptape) as server:
        assert server.get("/metrics")[0] == server.get("/healthz")[0] == 200
        status, fields, _ = server.get("/api/sessions")
        assert status == 401 and fields["WWW-Authenticate"] == "Bearer"
        wrong = "0" * len(server.token)
        assert server.get("/api/sessions", {"Authorization": f"Bearer {wrong}"})[0] == 401
        assert server.get(f"/api/sessions?token={server.token}")[0] == 401
        assert server.get("/nothing", {"Authorization": f"Bearer {server.token}"})[0] == 404
        status, fields, _ = server.get("/metrics", method="POST")
        assert status == 405 and fields["Allow"] == "GET, HEAD"


def test_what_a_scraper_accepts_is_what_it_gets(mcptape):
    ping_one = recorder(mcptape, "one")
    ping_times(ping_one, 1)
    ping_one.half_close()
    ping_one.finish()
    prometheus = (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    )
    with serving(mcptape) as server:
        status, fields, text = server.get("/metrics")
        assert fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert text.endswith(b"\n") and b"# EOF" not in text
        status, fields, body = server.get("/metrics", {"Accept": prometheus, "Accept-Encoding": "gzip"})
        assert fields["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert fields["Content-Encoding"] == "gzip"
        assert gzip.decompress(body).endswith(b"# EOF\n") and len(body) < len(text) / 3
        status, fields, nothing = server.get("/metrics", method="HEAD")
        assert status == 200 and nothing == b"" and int(fields["Content-Length"]) > 1000
        # One connection, many scrapes.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
        for _ in range(10):
            connection.request("GET", "/metrics", headers={"Accept": prometheus})
            assert connection.getresponse().read().endswith(b"# EOF\n")
        found = samples(text.decode())
        assert total(found, "mcptape_build_info") == total(found, "target_info") == 1
        assert total(found, "process_resident_memory_bytes") > 1 << 20
        assert total(found, "mcptape_messages_total", server="one") == 2


def test_scrapes_at_one_time_are_all_answered(mcptape):
    with serving(mcptape) as server:
        answers = []

        def scrape():
            for _ in range(5):
                answers.append(server.get("/metrics")[0])

        threads = [threading.Thread(target=scrape) for _ in range(24)]
        # Meanwhile one says nothing, and one reads nothing.
        silent = socket.create_connection(("127.0.0.1", server.port))
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
        assert answers == [200] * 120
        for client in (silent, slow):
            client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0(mcptape, number):
    with serving(mcptape) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(4096).startswith(b"HTTP/1.1 200 OK")
            server.process.send_signal(number)
            assert server.process.wait(DEADLINE) == 0
            assert idle.recv(4096) == b""


def test_wrong_words_are_told_before_anything_is_done(mcptape, tmp_path):
    mcptape.store = tmp_path / "none"
    assert "HOST:PORT" in mcptape.run("serve", "--listen", "nowhere", status=64).complaint
    told = mcptape.run("serve", "--listen", "0.0.0.0:0", status=64).complaint
    assert "--allow-remote" in told
    assert not mcptape.store.exists()
