"""What `serve` does with a store that goes, a question that takes long, a collector that says nothing."""

import json
import select
import shutil
import signal
import socket
import subprocess

from collector import Collector
from program import DEADLINE, wait_until
from serving import serving, total

EXCHANGES = 20_000
# An attempt at the collector lasts for a day: only its end may end it.
A_DAY = {"OTEL_EXPORTER_OTLP_TIMEOUT": "86400000", "OTEL_BSP_SCHEDULE_DELAY": "20"}


def record(program):
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    outcome = program.converse(program.record(program.binary, "demo-server", options=["--name", "one"]), ping)
    assert outcome.status == 0


def import_long_session(program):
    """A session that takes a while to be counted."""
    header = {"mcptape": 1, "sessions": [{"id": "aaaabbbbcccc", "name": "long", "started": "2261-01-01"}]}
    path = program.directory / "long.mcptape.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        print(json.dumps(header), file=file)
        for number in range(EXCHANGES):
            for seq, way, rest in (1, "c2s", '"method":"ping"'), (2, "s2c", '"result":{}'):
                message = f'{{"jsonrpc":"2.0","id":{number},{rest}}}'
                print(f'{{"seq":{2 * number + seq},"t":{number},"dir":"{way}","msg":{message}}}', file=file)
    program.run("import", path)


def ask(server, path: str) -> socket.socket:
    """Asks, and leaves the answer to be read."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE)
    fields = f"Host: localhost\r\nAuthorization: Bearer {server.token}\r\nConnection: close\r\n"
    client.sendall(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
    return client


def test_a_store_that_is_removed_fails_the_scrape_and_its_successor_is_read(mcptape):
    with serving(mcptape) as server:
        record(mcptape)
        wait_until(lambda: total(server.metrics(), "mcptape_sessions_total") == 1)
        authorized = {"Authorization": f"Bearer {server.token}"}
        assert server.get("/api/status", authorized)[0] == 200
        shutil.rmtree(mcptape.store)
        assert server.get("/metrics")[0] == 503
        assert server.get("/api/status", authorized)[0] == 404
        for _ in range(2):
            record(mcptape)
        wait_until(lambda: total(server.metrics(), "mcptape_sessions_total") == 2)
        assert json.loads(server.get("/api/status", authorized)[2])["sessions"] == 2


def test_a_scrape_waits_for_no_question_and_the_end_for_nobody_who_has_gone(mcptape):
    import_long_session(mcptape)
    with serving(mcptape) as server:
        question = "/api/sessions/aaaabbbbcccc/stats"
        asked = ask(server, question)
        for _ in range(40):
            ask(server, question).close()
        scrape = ask(server, "/metrics")
        ready, _, _ = select.select([asked, scrape], [], [], DEADLINE)
        assert scrape in ready and asked not in ready
        asked.close()
        scrape.close()
        server.process.send_signal(signal.SIGTERM)
        _, errors = server.process.communicate(timeout=DEADLINE)
        assert server.process.returncode == 0
        # Nothing was answered by a loop that had ended.
        assert "EventLoop" not in errors.decode()


def test_a_collector_that_says_nothing_does_not_hold_the_end_of_serve(mcptape):
    with Collector(script=["silence"] * 100) as collector:
        file = mcptape.directory / "port"
        process = mcptape.start(
            [mcptape.binary, "serve", "--store", mcptape.store, "--listen", "0", "--port-file", file,
             "--otlp", collector.url, "--otlp-signal", "traces"],
            stdin=subprocess.DEVNULL, env={**mcptape.environment, **A_DAY},
        )  # fmt: skip
        wait_until(lambda: file.exists() or process.poll() is not None)
        record(mcptape)
        collector.wait(lambda: len(collector.requests) == 1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
