"""A back end that takes one signal and knows no other, as many that are for traces alone."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from collector import REQUESTS
from test_otlp import call, push, record

# More than one batch of either signal, so that it is refused long before all is read.
CALLS = 1500


@contextmanager
def only_traces():
    """Its URL, and the names of the spans that it took."""
    names = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            is_taken = self.path == "/v1/traces"
            if is_taken:
                request = REQUESTS["traces"]()
                request.ParseFromString(body)
                for group in request.resource_spans:
                    names.extend(span.name for scope in group.scope_spans for span in scope.spans)
            self.send_response(200 if is_taken else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", names
    server.shutdown()
    server.server_close()


def test_a_signal_that_is_refused_costs_the_other_nothing(mcptape):
    record(mcptape, *[call(number) for number in range(1, CALLS + 1)])
    with only_traces() as (url, names):
        told = push(mcptape, "last", url, status=69)
        assert len(names) == CALLS
    assert f"traces: {CALLS} sent" in told.complaint
    assert "/v1/logs: status 404" in told.complaint


def test_an_export_that_sends_nothing_says_so(mcptape):
    record(mcptape, call(1))
    with only_traces() as (url, names):
        for variables in ({"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"},
                          {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_LOGS_EXPORTER": "none"}):
            assert "nothing was sent: " in push(mcptape, "last", url, environment=variables).complaint
    assert names == []
