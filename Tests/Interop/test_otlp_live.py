"""Telemetry that is pushed while it happens: by a listener, and by `serve` for a whole store."""

import json
import signal
import socket
import sqlite3
import subprocess
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from collector import Collector, attributes
from program import DEADLINE, HEEDFUL, wait_until
from proxy import proxy
from test_otlp import record, call, push


@pytest.fixture
def upstream():
    """The URL of a server that answers everything with an empty result."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": {}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ping(port: int, count: int):
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    for number in range(1, count + 1):
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": "ping"})
        connection.request("POST", "/mcp", body, fields)
        assert json.loads(connection.getresponse().read())["id"] == number
    connection.close()


def test_a_listener_pushes_its_own(mcptape, upstream):
    with Collector() as collector:
        options = ["--otlp", collector.url, "--otlp-signal", "traces"]
        with proxy(mcptape, upstream, *options) as port:
            ping(port, 5)
        found = [attributes(span)["mcptape.exchange"] for span in collector.spans()]
        assert sorted(found) == list(range(1, 6))
        for _, span in collector.spans_with_resource():
            told = attributes(span)
            assert told["network.transport"] == "tcp" and told["network.protocol.name"] == "http"
            assert told["server.address"] == "127.0.0.1"
        # Another process goes on where this one ended, and sends nothing twice.
        with proxy(mcptape, upstream, *options, name="second") as port:
            ping(port, 3)
        assert len(collector.spans()) == 8
        assert len({span.span_id for span in collector.spans()}) == 8


def test_a_dead_collector_costs_traffic_nothing(mcptape, upstream):
    with socket.socket() as listener:
        # It takes connections, and nothing else.
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        dead = f"http://127.0.0.1:{listener.getsockname()[1]}"
        variables = {"OTEL_BSP_SCHEDULE_DELAY": "10"}
        mcptape.environment.update(variables)
        with proxy(mcptape, upstream, "--otlp", dead) as port:
            ping(port, 200)
    assert len(mcptape.run("sessions", "--json").text.splitlines()) >= 1
    # What was not taken is in the store, for the next.
    with Collector() as collector:
        push(mcptape, "last", collector.url, "--otlp-signal", "traces")
        assert len(collector.spans()) == 200


# Of a store


def serve(program, collector, name: str, *options):
    """`serve` that looks at the store every 20 ms; started once its port is written."""
    file = program.directory / f"{name}.port"
    environment = {**program.environment, "OTEL_BSP_SCHEDULE_DELAY": "20"}
    process = program.start(
        [program.binary, "serve", "--store", program.store, "--listen", "0", "--port-file", file,
         "--otlp", collector.url, *options],
        stdin=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    wait_until(lambda: file.exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read().decode()
    return process


def finish(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.communicate(timeout=DEADLINE)


def names(collector) -> list[str]:
    return sorted(attributes(span)["mcptape.server.name"] for span in collector.spans())


def test_serve_pushes_each_session_once(mcptape):
    record(mcptape, call(1), name="history")
    with Collector() as collector:
        first = serve(mcptape, collector, "first")
        wait_until(lambda: exporting_since(mcptape))
        record(mcptape, call(1), call(2), name="one")
        collector.wait(lambda: len(collector.spans()) >= 2)
        finish(first, signal.SIGKILL)
        record(mcptape, call(1), name="while-it-was-down")
        second = serve(mcptape, collector, "second")
        collector.wait(lambda: len(collector.spans()) >= 3)
        record(mcptape, call(1), name="three")
        collector.wait(lambda: len(collector.spans()) >= 4)
        finish(second)
        ids = [span.span_id for span in collector.spans()]
        # Killed between the collector's answer and its note of it, the first would be sent again, the same.
        assert len(set(ids)) == 4
        assert sorted(set(names(collector))) == ["one", "three", "while-it-was-down"]
        third = serve(mcptape, collector, "third")
        record(mcptape, call(1), name="four")
        collector.wait(lambda: "four" in names(collector))
        finish(third)
        assert len(collector.spans()) == len(ids) + 1


def exporting_since(program, signals: int = 1) -> bool:
    with sqlite3.connect(program.store / "index.sqlite") as database:
        return database.execute("SELECT count(*) FROM export_signal").fetchone()[0] >= signals


def test_serve_says_once_that_a_collector_is_down_and_goes_on_when_it_is_there(mcptape):
    answers = [(503, {}, b"")] * 3
    with Collector(script=answers) as collector:
        process = serve(mcptape, collector, "serve", "--otlp-signal", "traces")
        wait_until(lambda: exporting_since(mcptape))
        record(mcptape, call(1), name="one")
        collector.wait(lambda: len(collector.requests) >= 4)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=DEADLINE)
    told = errors.decode()
    assert told.count("takes no traces: ") == 1 and "status 503" in told, told
    assert told.count("takes traces again") == 1, told
    assert len({request.body for request in collector.requests}) == 1


def serve_both(program, traces, logs, name: str, *options):
    """`serve` that sends traces to one collector and logs to another."""
    environment = {
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": logs.url + "/v1/logs",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": traces.url + "/v1/traces",
        "OTEL_BSP_SCHEDULE_DELAY": "20",
    }
    file = program.directory / f"{name}.port"
    command = [program.binary, "serve", "--store", program.store, "--listen", "0", "--port-file", file]
    process = program.start(
        [*command, *options], stdin=subprocess.DEVNULL, env={**program.environment, **environment}
    )
    wait_until(lambda: file.exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read().decode()
    return process


def test_while_one_signal_is_refused_the_other_is_sent(mcptape):
    refusals = [(503, {}, b"")] * 10_000
    with Collector(script=refusals) as logs, Collector() as traces:
        process = serve_both(mcptape, traces, logs, "first")
        wait_until(lambda: exporting_since(mcptape, signals=2))
        record(mcptape, call(1), name="one")
        logs.wait(lambda: len(logs.requests) >= 2)
        traces.wait(lambda: names(traces) == ["one"])
        # Nor does what comes later wait.
        record(mcptape, call(1), name="two")
        traces.wait(lambda: names(traces) == ["one", "two"])
        finish(process)
        assert all(request.signal == "logs" for request in logs.requests)
        # What was not taken comes once it is, and what was taken does not come again.
        logs.script.clear()
        logs.requests.clear()
        process = serve_both(mcptape, traces, logs, "second")
        logs.wait(lambda: len(logs.records()) >= 4)
        finish(process)
        assert names(traces) == ["one", "two"]
        told = sorted(attributes(record)["mcptape.server.name"] for record in logs.records())
        assert told == ["one", "one", "two", "two"]


def test_a_signal_that_was_off_goes_on_where_it_was(mcptape):
    with Collector() as logs, Collector() as traces:
        process = serve_both(mcptape, traces, logs, "both")
        wait_until(lambda: exporting_since(mcptape, signals=2))
        finish(process)
        process = serve_both(mcptape, traces, logs, "traces", "--otlp-signal", "traces")
        record(mcptape, call(1), name="one")
        traces.wait(lambda: names(traces) == ["one"])
        finish(process)
        assert not logs.requests
        process = serve_both(mcptape, traces, logs, "logs", "--otlp-signal", "logs")
        logs.wait(lambda: len(logs.records()) >= 2)
        finish(process)
        assert names(traces) == ["one"]
