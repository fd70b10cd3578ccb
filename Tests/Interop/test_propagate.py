"""`record --propagate`: the server is told of our span, nothing else changes, and all spans are one trace."""

import json
import os
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import recording_file
from collector import Collector
from program import HEEDFUL, Conversation, peer
from proxy import proxy
from test_transparency import CALL, PAYLOADS, expect_same

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
STATED = f"00-{TRACE}-{PARENT}-01"
CONTEXT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])")


def call(number: int, meta: dict | None = None, **more) -> bytes:
    params = {"name": "add", **({"_meta": meta} if meta is not None else {})}
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params, **more}
    return json.dumps(message).encode()


def records(program) -> list[dict]:
    return [recording_file.members(line) for line in recording_file.lines(program.export())[1:]]


def edits(program) -> list[dict]:
    """What was edited in bodies, in order, with the bytes of the message that follows on record."""
    found, waiting = [], []
    for entry in records(program):
        note = entry.get("http")
        if note and "edited" in note:
            waiting.append(note["edited"])
        elif entry["dir"] == "c2s" and not note and waiting:
            body = recording_file.message_bytes(entry)
            found += [(edit, body) for edit in waiting if "field" not in edit]
            waiting = []
    assert not waiting
    return found


def applied(body: bytes, *changes: dict) -> bytes:
    """`body` as it went out, from what is on record of it."""
    for change in reversed(changes):
        start, removed = change["offset"], change["removed"].encode()
        assert body[start : start + len(removed)] == removed
        body = body[:start] + change["inserted"].encode() + body[start + len(removed) :]
    return body


def without_contexts(sent: bytes, received: bytes) -> bool:
    """Whether what was received is what was sent, but for spans in contexts and contexts that were added."""
    sent = sent.replace(STATED.encode(), b"")
    received = re.sub(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", b"", received)
    for added in (b',"params":{"_meta":{"traceparent":""}}', b'"_meta":{"traceparent":""},'):
        received = received.replace(added, b"")
    return received == sent


@pytest.mark.parametrize("chunk", [1 << 16, 1], ids=["whole", "one byte at a time"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_but_contexts_changes_on_stdio(mcptape, tmp_path, name, chunk):
    payload = PAYLOADS[name]
    if chunk == 1 and len(payload) > 20_000:
        pytest.skip("hours of single bytes; random cuts are tested inside the modules")
    if name == "many small lines":
        payload = CALL * 500
    (tmp_path / "reply").write_bytes(payload)
    server = peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply")

    outcome = mcptape.converse(mcptape.record(*server, options=["--propagate"]), payload, chunk)

    assert outcome.status == 0 and outcome.errors == b""
    received = (tmp_path / "received").read_bytes()
    assert without_contexts(payload, received), (payload[:300], received[:300])
    expect_same(mcptape, payload, outcome.output, "the client")
    # What came is on record, and with its edits it is what went out.
    expect_same(mcptape, payload, mcptape.recorded("c2s"), "show --raw c2s")
    expect_same(mcptape, payload, mcptape.recorded("s2c"), "show --raw s2c")
    for edit, body in edits(mcptape):
        assert applied(body, edit).rstrip(b"\r\n") in received
    editable = {"an ordinary line", "ids of every type", "white space inside", "many small lines", "a batch"}
    if name in editable:
        assert received != payload


def test_ids_of_every_kind_of_context_on_stdio(mcptape, tmp_path):
    lines = [
        call(1, {"traceparent": STATED, "tracestate": "vendor=1"}),
        call(2, {"traceparent": STATED.replace("-01", "-00")}),
        call(3, {"traceparent": "garbage"}),
        call(4, {"tracestate": "vendor=1"}),
        call(5),
        b'{"jsonrpc":"2.0","id":6,"method":"ping"}',
        b'{"jsonrpc":"2.0","method":"notifications/initialized"}',
        b"[" + call(7) + b"," + call(8, {"traceparent": STATED}) + b"]",
    ]
    server = peer("peer", "--received", tmp_path / "received")
    text = b"\n".join(lines)  # the last one without a line feed
    assert mcptape.converse(mcptape.record(*server, options=["--propagate"]), text).status == 0
    received = (tmp_path / "received").read_bytes().split(b"\n")
    assert len(received) == len(lines)
    assert received[2:4] == lines[2:4] and received[6] == lines[6]
    sent = {}
    for line in received:
        part = json.loads(line)
        for request in part if isinstance(part, list) else [part]:
            meta = request.get("params", {}).get("_meta", {})
            if found := CONTEXT.fullmatch(meta.get("traceparent", "")):
                sent[request["id"]] = found.groups()
    assert set(sent) == {1, 2, 5, 6, 7, 8}
    assert [sent[number][0] == TRACE for number in sorted(sent)] == [True, True, False, False, False, True]
    assert sent[2][2] == "00" and all(sent[number][2] == "01" for number in (1, 5, 6, 7, 8))
    assert len({span for _, span, _ in sent.values()} - {PARENT}) == 6
    assert json.loads(received[0])["params"]["_meta"]["tracestate"] == "vendor=1"


def exported(program) -> list:
    """Spans of the newest session by id, exported twice: the ids are those of the first time."""
    found = []
    for _ in range(2):
        with Collector() as collector:
            options = ["--allow-secrets", "--otlp", collector.url, "--otlp-signal", "traces"]
            program.run("export", "last", *options)
            spans = collector.spans()
        found.append(
            [(*(part.hex() for part in (s.trace_id, s.span_id, s.parent_span_id)), s.name) for s in spans]
        )
    assert sorted(found[0]) == sorted(found[1])
    return found[0]


SDK_SERVER = '''
import json, os, sys
try:
    from mcp.server.mcpserver import Context, MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP as Server

server = Server("traced")


@server.tool()
def where(context: Context) -> str:
    """What the SDK read of the request's trace."""
    meta = context.request_context.meta
    dump = getattr(meta, "model_dump", None)
    meta = dump(by_alias=True) if dump else dict(meta or {})
    return json.dumps({key: meta.get(key) for key in ("traceparent", "tracestate")})


if __name__ == "__main__":
    server.run("stdio")
'''


@pytest.mark.parametrize("generation", [1, 2])
def test_an_sdk_server_reads_our_span_and_all_are_one_trace(mcptape, tmp_path, generation):
    (tmp_path / "server.py").write_text(SDK_SERVER)
    server = [os.environ[f"MCPTAPE_PYTHON_{generation}"], tmp_path / "server.py"]
    conversation = Conversation(mcptape.start(mcptape.record(*server, options=["--propagate"])))
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    where = {"name": "where", "arguments": {}}
    meta = {"traceparent": STATED, "tracestate": "v=1"}
    lines = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {**where, "_meta": meta}},
        {"id": 3, "method": "tools/call", "params": where},
    ]
    for line in lines:
        conversation.send(json.dumps({"jsonrpc": "2.0", **line}).encode() + b"\n")
        if "id" in line:
            count = line["id"]
            conversation.wait_for(lambda received: received.count(b"\n") >= count)
    conversation.half_close()
    outcome = conversation.finish()
    assert outcome.status == 0, outcome.complaint
    told = {}
    for line in outcome.output.splitlines():
        answer = json.loads(line)
        if answer["id"] > 1:
            told[answer["id"]] = json.loads(answer["result"]["content"][0]["text"])
    trace, span, flags = CONTEXT.fullmatch(told[2]["traceparent"]).groups()
    assert (trace, flags, told[2]["tracestate"]) == (TRACE, "01", "v=1")
    own_trace, own_span, _ = CONTEXT.fullmatch(told[3]["traceparent"]).groups()
    spans = exported(mcptape)
    # The server's own spans would state these as their parents: client, ours, server are one trace.
    assert (TRACE, span, PARENT, "tools/call where") in spans
    assert (own_trace, own_span, "", "tools/call where") in spans
    assert len(spans) == 3 and len({identity for _, identity, _, _ in spans}) == 3


@contextmanager
def upstream():
    """An HTTP server that keeps what it gets and answers each request with a result."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers.items()), body))
            message = json.loads(body) if body[:1] in b"{[" else None
            answers = [
                {"jsonrpc": "2.0", "id": part["id"], "result": {}}
                for part in (message if isinstance(message, list) else [message])
                if part and "id" in part
            ]
            answer = answers if isinstance(message, list) else answers[0] if answers else {}
            text = json.dumps(answer).encode()
            self.send_response(200 if answers else 202)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    yield server.server_address[1], got
    server.shutdown()
    server.server_close()


def post(connection, port: int, body: bytes, fields=(), chunked=False, kind="application/json"):
    """Sends a request in small pieces, and reads its response to the end."""
    head = ["POST /mcp HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Type: {kind}", *fields]
    if chunked:
        head.append("Transfer-Encoding: chunked")
        pieces = [body[i : i + 7] for i in range(0, len(body), 7)]
        content = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        head.append(f"content-length: {len(body)}")
        content = body
    data = "\r\n".join(head).encode() + b"\r\n\r\n" + content
    for start in range(0, len(data), 97):
        connection.sendall(data[start : start + 97])
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1 << 16)
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(rest) < length:
        rest += connection.recv(1 << 16)
    return rest


def test_http_bodies_are_edited_with_their_length_and_nothing_else(mcptape):
    padding = "x" * (1 << 20)
    cases = [
        (call(1, {"traceparent": STATED, "tracestate": "v=1"}), {}, True),
        (call(2), {}, True),
        (call(3), {"chunked": True}, True),
        (call(4), {"fields": ("Content-Encoding: identity",)}, False),
        (call(5), {"kind": "text/plain"}, False),
        (call(11), {"fields": ("content-digest: sha-256=:AAAA:",)}, False),
        (b'{"jsonrpc":"2.0","method":"notifications/x"}', {}, False),
        (call(6, {"traceparent": "garbage"}), {"chunked": True}, False),
        (call(7, None, padding=padding), {}, False),
        (call(8, None, padding=padding), {"chunked": True}, False),
        (b"[" + call(9) + b", " + call(10, {"traceparent": STATED}) + b"]", {}, True),
    ]
    header = f"traceparent: 00-{'1' * 32}-{'2' * 16}-01"
    with upstream() as (server, got), proxy(mcptape, f"http://127.0.0.1:{server}/mcp", "--propagate") as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for body, options, _ in cases:
                options = {**options, "fields": (*options.get("fields", ()), header)}
                post(connection, port, body, **options)
    assert len(got) == len(cases)
    for (body, options, is_edited), (head, received) in zip(cases, got):
        assert (received != body) == is_edited, body[:80]
        assert without_contexts(body, received)
        # The header's trace is the request's of HTTP, and not ours to change.
        assert head["traceparent"] == header.partition(": ")[2]
        if not options.get("chunked"):
            # In its place, with its name as the client wrote it.
            assert list(head)[-1] == "content-length" and int(head["content-length"]) == len(received)
    sent = [edit for edit, _ in edits(mcptape)]
    assert len(sent) == 5
    spans = exported(mcptape)
    assert len(spans) == 11
    told = [CONTEXT.search(edit["inserted"]).groups()[:2] for edit in sent]
    assert {(trace, span) for trace, span, _, _ in spans} >= set(told)
    parents = {parent for trace, span, parent, _ in spans if trace == TRACE}
    assert parents == {PARENT}
    assert "edited by mcptape" in mcptape.run("show", "last", "--http").text


def test_what_is_not_recorded_gets_no_span(mcptape, tmp_path):
    server = peer("peer", "--received", tmp_path / "received")
    options = ["--propagate", "--capture", "off"]
    assert mcptape.converse(mcptape.record(*server, options=options), CALL).status == 0
    assert (tmp_path / "received").read_bytes() == CALL


def test_evidence_is_not_edited(mcptape):
    outcome = mcptape.run("record", "--propagate", "--fail-closed", "--", "true", status=64)
    assert "--propagate edits requests" in outcome.complaint


def test_it_goes_together_with_faults(mcptape, tmp_path):
    server = peer("peer", "--received", tmp_path / "received", "--echo")
    options = ["--propagate", "--fault", "method:tools/call duplicate"]
    outcome = mcptape.converse(mcptape.record(*server, options=options), CALL)
    assert outcome.status == 0
    received = (tmp_path / "received").read_bytes()
    assert without_contexts(CALL, received) and received != CALL
    # An echo of a request is no answer: it passes.
    assert outcome.output == received


def test_a_recording_of_it_plays_and_is_read_like_any_other(mcptape, tmp_path):
    server = [mcptape.binary, "demo-server"]
    text = call(1, {"traceparent": STATED}) + b"\n"
    text = text.replace(b'"name": "add"', b'"name": "weather", "arguments": {"city": "Oslo"}')
    direct = mcptape.converse(mcptape.record(*server, options=["--propagate"]), text)
    assert direct.status == 0
    file = tmp_path / "traced.mcptape.jsonl"
    file.write_bytes(mcptape.export())
    mcptape.run("check", file)
    replay = [mcptape.binary, "replay", "--store", mcptape.store, file]
    assert mcptape.converse(replay, text).output == direct.output
    shown = mcptape.run("show", "last").text
    assert shown.count("edited by mcptape") == 1, shown
    # Imported and exported again it is the same file.
    mcptape.run("import", file, status=None)
    assert file.read_bytes() == mcptape.export()
