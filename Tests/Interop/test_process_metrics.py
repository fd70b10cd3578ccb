"""`/metrics` of a listener's own process, and `--metrics-textfile` of every command that has metrics."""

import http.server
import json
import os
import re
import signal
import subprocess
import threading
from contextlib import contextmanager

from program import DEADLINE, HEEDFUL, Conversation, wait_until
from proxy import proxy
from serving import metrics, samples, serving, total
from test_http_sessions import INITIALIZE, Client


class Answering(http.server.BaseHTTPRequestHandler):
    """A server of one session that answers every request with an empty result."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": {}}
        if request["method"] == "initialize":
            answer["result"] = INITIALIZE | {"serverInfo": {"name": "s", "version": "1"}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Mcp-Session-Id", "the-one")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def answering():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=HEEDFUL)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def measured_proxy(mcptape, *options):
    """The proxy's port, and the one of its probes and metrics."""
    file = mcptape.directory / "front.port"
    file.unlink(missing_ok=True)
    with answering() as upstream:
        process = mcptape.start(
            [mcptape.binary, "record", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
            + ["--upstream", upstream, "--name", "front", "--port-file", file]
            + ["--admin-listen", "127.0.0.1:0", *options],
            stdin=subprocess.DEVNULL,
        )
        line = process.stderr.readline().decode()
        found = re.search(r"probes at http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        yield int(file.read_text()), int(found[1])
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0, process.stderr.read()


def ask(port: int, count: int):
    client = Client(port)
    assert client.ask("POST", "initialize", INITIALIZE)[0] == 200
    client.fields["Mcp-Session-Id"] = "the-one"
    for _ in range(count):
        assert client.ask("POST", "ping")[0] == 200


def test_a_listener_shows_what_its_process_recorded(mcptape):
    """Of its own process alone, though the store knows more; and without a store too."""
    for round, options in enumerate(([], ["-o", "x.mcptape.jsonl", "--no-store"])):
        with measured_proxy(mcptape, *options) as (port, admin):
            ask(port, 7)
            wait_until(
                lambda: total(metrics(admin), "mcptape_messages_total", kind="response", server="front") == 8
            )
            found = metrics(admin)
            assert total(found, "mcptape_sessions_total", server="front", transport="http") == 1
            assert total(found, "mcptape_sessions_active") == 1
            count = "mcp_client_operation_duration_seconds_count"
            assert total(found, count, mcp_method_name="ping") == 7
            assert total(found, "mcptape_upstream_http_responses_total", code_class="2xx") == 8
            assert total(found, "process_resident_memory_bytes") > 1 << 20
            assert total(found, "target_info") == total(found, "mcptape_build_info") == 1
            assert not any(name == "mcptape_store_bytes" for name, _ in found)


def textfile(path) -> dict:
    """What a collector finds: readable by it, without what it does not take, nothing half written."""
    assert path.stat().st_mode & 0o777 == 0o644
    text = path.read_text()
    assert text.endswith("\n") and "# EOF" not in text and "# {" not in text
    found = samples(text)
    assert not any(name.startswith(("process_", "target_info")) for name, _ in found)
    return found


def ping_through(mcptape, name: str, count: int, *options, **settings):
    lines = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number for number in range(count))
    server = [mcptape.binary, "demo-server"]
    return mcptape.converse(
        mcptape.record(*server, options=["--name", name, *options]), lines, **settings
    )


def test_a_file_for_the_collector_holds_the_whole_store(mcptape, tmp_path):
    directory = tmp_path / "collector"
    directory.mkdir()
    file = directory / "mcptape.prom"
    assert ping_through(mcptape, "before", 3).status == 0
    outcome = ping_through(mcptape, "one", 5, "--metrics-textfile", file)
    assert (outcome.status, outcome.errors) == (0, b"") and outcome.output.count(b"\n") == 5
    found = textfile(file)
    assert total(found, "mcptape_messages_total", server="before", kind="request") == 3
    assert total(found, "mcptape_messages_total", server="one", kind="request") == 5
    assert total(found, "mcptape_store_sessions") == 2
    assert total(found, "mcptape_build_info") == 1
    # What alerts compare with.
    assert total(found, "mcptape_store_limit_bytes") == 5 << 30
    assert 0 < total(found, "mcptape_store_free_floor_bytes") <= 1 << 30
    assert total(found, "mcptape_redactions_total", server="one") == 0
    # Whatever the umask, and whatever a killed writer left.
    assert ping_through(mcptape, "two", 1, "--metrics-textfile", file, umask=0o077).status == 0
    assert total(textfile(file), "mcptape_store_sessions") == 3
    assert os.listdir(directory) == ["mcptape.prom"]


def test_two_writers_of_one_file_never_make_a_counter_go_back(mcptape, tmp_path):
    file = tmp_path / "mcptape.prom"
    seen = []
    is_over = threading.Event()

    def watch():
        while not is_over.is_set():
            if file.exists():
                seen.append(textfile(file))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with serving(mcptape, "--metrics-textfile", file):
        for round in range(4):
            names = [f"{round}-{number}" for number in range(4)]
            writers = [
                threading.Thread(target=ping_through, args=(mcptape, name, 20, "--metrics-textfile", file))
                for name in names
            ]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            for name in names:
                assert total(textfile(file), "mcptape_messages_total", server=name, kind="request") == 20
    is_over.set()
    watcher.join()
    for before, after in zip(seen, seen[1:]):
        for key, value in before.items():
            if key[0].endswith(("_total", "_count", "_bucket")):
                assert after[key] >= value, key
    assert total(seen[-1], "mcptape_sessions_total") == 16


def test_without_a_store_the_file_holds_what_the_process_recorded(mcptape, tmp_path):
    file = tmp_path / "mcptape.prom"
    assert ping_through(mcptape, "kept", 3).status == 0
    options = ["--no-store", "-o", tmp_path / "x.mcptape.jsonl", "--metrics-textfile", file]
    assert ping_through(mcptape, "only", 5, *options).status == 0
    found = textfile(file)
    assert total(found, "mcptape_messages_total", kind="request") == 5
    assert not any(name == "mcptape_store_bytes" for name, _ in found)


def test_a_file_that_cannot_be_written_is_told_before_the_server_is_started(mcptape, tmp_path):
    nowhere = tmp_path / "missing" / "mcptape.prom"
    outcome = ping_through(mcptape, "one", 5, "--metrics-textfile", nowhere)
    assert outcome.status == 125 and outcome.output == b""
    assert str(nowhere.parent) in outcome.complaint and "nothing was started" in outcome.complaint
    outcome = ping_through(mcptape, "one", 5, "--metrics-textfile", tmp_path)
    assert outcome.status == 125 and "is not a regular file" in outcome.complaint


def test_a_file_that_goes_away_says_nothing_to_the_host(mcptape, tmp_path):
    """Standard error of a wrapped server is the server's."""
    place = tmp_path / "collected"
    place.mkdir()
    file = place / "mcptape.prom"
    argv = mcptape.record(mcptape.binary, "demo-server", options=["--metrics-textfile", file])
    talk = Conversation(mcptape.start(argv))
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    talk.send(ping)
    talk.wait_for(lambda received: received.endswith(b"\n"))
    wait_until(file.exists)
    place.rename(tmp_path / "moved")
    outcome = talk.feed(ping).finish()
    assert (outcome.status, outcome.errors) == (0, b"") and outcome.output.count(b"\n") == 2
    assert not place.exists()


def test_a_listener_writes_the_file_too(mcptape, tmp_path):
    file = tmp_path / "mcptape.prom"
    with answering() as upstream, proxy(mcptape, upstream, "--metrics-textfile", file) as port:
        ask(port, 3)
    assert total(textfile(file), "mcptape_messages_total", kind="response") == 4


def test_a_replay_tells_how_its_requests_were_answered(mcptape, tmp_path):
    file = tmp_path / "replay.prom"
    recording = tmp_path / "one.mcptape.jsonl"
    assert ping_through(mcptape, "one", 1, "--no-store", "-o", recording).status == 0
    text = recording.read_text().replace('"ping"', '"tools/list"')
    recording.write_text(text.replace('"result":{}', '"result":{"tools":[]}'))
    lines = b"".join(
        b'{"jsonrpc":"2.0","id":%d,"method":"%s"}\n' % (number, method)
        for number, method in enumerate((b"tools/list", b"tools/list", b"tools/list", b"prompts/list"))
    )
    argv = [mcptape.binary, "replay", recording, "--metrics-textfile", file]
    outcome = mcptape.converse(argv, lines)
    assert outcome.status == 3 and outcome.output.count(b"\n") == 4
    found = textfile(file)
    told = {dict(labels)["result"]: value for (_, labels), value in found.items()}
    assert told == {"exact": 1, "repeated": 2, "nearest": 0, "forwarded": 0, "miss": 1}
    assert all(dict(labels)["server"] == "one" for _, labels in found)
