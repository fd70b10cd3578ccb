"""Calls whose HTTP exchange fails: each has a span that says how, from the store and from `export`."""

import json
import socket

from collector import Collector, attributes
from program import Mcptape
from proxy import proxy
from scripted import post, read_request, read_to_end, reset, scripted
from serving import serving

HEAD = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"


def response(status: bytes, kind: bytes = b"text/plain", body: bytes = b"", size: int | None = None):
    return HEAD % (status, kind, len(body) if size is None else size, body)


# What the upstream does with a call of the tool with that name, and what its span's `error.type` is. Nil:
# it resets the connection.
FAILURES = {
    "empty": (response(b"500 Internal Server Error"), "500"),
    "busy": (response(b"503 Service Unavailable", body=b"busy"), "503"),
    "denied": (response(b"401 Unauthorized", b"application/json", b'{"error":"invalid_token"}'), "401"),
    "lost": (None, "reset"),
    "short": (response(b"200 OK", b"application/json", b'{"jsonrpc"', size=100), "disconnected"),
}


def call(number: int, tool: str) -> bytes:
    params = {"name": tool, "arguments": {}}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode()


def fail(connection):
    """Does what the tool's name says, then ends the connection."""
    request = json.loads(read_request(connection).partition(b"\r\n\r\n")[2])
    answer = FAILURES[request["params"]["name"]][0]
    if answer is None:
        return reset(connection)
    connection.sendall(answer)


def fail_in_every_way(port: int):
    for number, tool in enumerate(FAILURES, start=1):
        read_to_end(post(port, call(number, tool), fields=("Connection: close",)))


def types(collector: Collector) -> dict[str, str]:
    found = [attributes(span) for span in collector.spans()]
    assert all(span.status.code == 2 for span in collector.spans())
    told = {span["gen_ai.tool.name"]: span["error.type"] for span in found}
    assert len(told) == len(found), found
    return told


EXPECTED = {tool: kind for tool, (_, kind) in FAILURES.items()}


def test_each_has_a_span(mcptape: Mcptape):
    """`record --otlp` and `serve --otlp` tell them while they happen, `export` later; all say the same."""
    with Collector() as listener, Collector() as server, Collector() as later:
        signal = ("--otlp-signal", "traces")
        with scripted(fail) as upstream, serving(mcptape, "--otlp", server.url, *signal):
            with proxy(mcptape, f"http://127.0.0.1:{upstream}", "--name", "failing") as port:
                fail_in_every_way(port)
                # While the session goes on.
                server.wait(lambda: len(server.spans()) == len(EXPECTED))
        mcptape.run("export", "last", "--allow-secrets", "--otlp", later.url, *signal)
        with scripted(fail) as upstream:
            options = ("--otlp", listener.url, *signal, "--store", mcptape.directory / "second")
            with proxy(mcptape, f"http://127.0.0.1:{upstream}", *options, name="second") as port:
                fail_in_every_way(port)
                listener.wait(lambda: len(listener.spans()) == len(EXPECTED))
        assert types(server) == types(later) == types(listener) == EXPECTED
        assert {s.span_id for s in server.spans()} == {s.span_id for s in later.spans()}


def test_so_has_what_an_upstream_that_is_down_was_asked(mcptape: Mcptape):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    with Collector() as collector:
        with proxy(mcptape, f"http://127.0.0.1:{port}", "--otlp", collector.url) as front:
            for number in range(12):
                read_to_end(post(front, call(number, "any")))
            collector.wait(lambda: len(collector.spans()) == 12)
        assert {attributes(span)["error.type"] for span in collector.spans()} == {"502"}


def test_their_exemplars_lead_to_these_spans(mcptape: Mcptape):
    with Collector() as collector:
        with serving(mcptape, "--otlp", collector.url) as server, scripted(fail) as upstream:
            with proxy(mcptape, f"http://127.0.0.1:{upstream}") as port:
                fail_in_every_way(port)
                collector.wait(lambda: len(collector.spans()) == len(EXPECTED))
            _, _, body = server.get("/metrics", {"Accept": "application/openmetrics-text"})
        lines = [line for line in body.decode().splitlines() if 'error_type="transport"' in line]
        shown = {line.partition('trace_id="')[2][:32] for line in lines if "trace_id" in line}
        assert shown and shown <= {span.trace_id.hex() for span in collector.spans()}
