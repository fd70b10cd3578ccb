"""Event streams as a server may write them: what passes, byte for byte, and what is on record of it."""

import json
import socket
import threading

import pytest

from proxy import proxy
from recorded_http import entries, exchanges, recorded, sessions


def response(number: int, text: str = "") -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": {"text": text}})


def note(number: int) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": number}})


class ScriptedServer:
    """Answers the request of each connection with the next of its answers, sent in the given pieces.

    None in the place of a piece waits until the client is gone.
    """

    def __init__(self, *answers: list[bytes | None]):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers = iter(answers)
        self.asked: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        for pieces in self.answers:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1 << 16)
            self.asked.append(head)
            for piece in pieces:
                if piece is not None:
                    connection.sendall(piece)
                while piece is None and connection.recv(1 << 16):
                    pass
            connection.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
# A body that ends with the connection.
PLAIN = HEAD + b"Connection: close\r\n\r\n"


def chunks(*texts: bytes) -> list[bytes]:
    return [b"%x\r\n%s\r\n" % (len(text), text) for text in texts]


def ask(port: int, body: bytes = b"", verb: str = "POST", fields: str = "", until: bytes = b"") -> bytes:
    """Everything that the server sends, or what there is once `until` came: then the client leaves."""
    client = socket.create_connection(("127.0.0.1", port))
    head = f"{verb} /mcp HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    received = bytearray()
    while data := client.recv(1 << 16):
        received += data
        if until and until in received:
            break
    client.close()
    return bytes(received).partition(b"\r\n\r\n")[2]


def call(number: int) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "t"}}
    return json.dumps(message).encode()


def through(program, *answers: list[bytes]):
    server = ScriptedServer(*answers)
    return proxy(program, f"http://127.0.0.1:{server.port}", "--name", "api"), server


BODIES = {
    "LF": f"id: 1\ndata: {note(1)}\n\ndata: {response(1)}\n\n",
    "CRLF": f"id: 1\r\ndata: {note(1)}\r\n\r\ndata: {response(1)}\r\n\r\n",
    "CR": f"id: 1\rdata: {note(1)}\r\rdata: {response(1)}\r\r",
    "mixed": f"id: 1\r\ndata: {note(1)}\n\rdata: {response(1)}\r\n\n",
    "byte order mark": f"\ufeffdata: {note(1)}\n\ndata: {response(1)}\n\n",
    "priming, comments, retry": ": hello\n\nid: 0\ndata: \nretry: 100\n\n:\n\nevent: message\nid: 1\n"
    f"data: {note(1)}\n: inside\n\nretry: 7\n\ndata:{response(1)}\n\n",
    "data over many lines": 'data: {"jsonrpc": "2.0",\ndata: "method": "notifications/message",\n'
    f'data:"params": {{"data": 1}}}}\n\ndata\ndata: {response(1)}\ndata\n\n',
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_lines_and_fields(mcptape, body):
    """However the stream is written, and cut at every byte: the same bytes, the same two messages."""
    text = body.encode()
    cut = [text[index : index + 1] for index in range(len(text))]
    opened, _ = through(mcptape, [PLAIN, text], [PLAIN, *cut])
    with opened as port:
        assert ask(port, call(1)) == text
        assert ask(port, call(1)) == text
    (session,) = sessions(mcptape)
    told = exchanges(mcptape, session["session"])
    assert [exchange["status"] for exchange in told] == ["ok", "ok"]
    lines = entries(mcptape, session["session"])
    kinds = [line["kind"] for line in lines if line["kind"] != "http"]
    assert kinds == ["request", "notification", "response"] * 2
    assert [bytes(exchange.s2c) for exchange in recorded(mcptape)] == [text, text]


def test_a_large_event_and_a_stream_without_end(mcptape):
    """An event of a megabyte, and a stream that the client leaves in the middle of an event."""
    large = f"data: {response(1, 'x' * (1 << 20))}\r\n\r\n".encode()
    endless = f"data: {note(1)}\n\ndata: {{\"half".encode()
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    opened, _ = through(
        mcptape, [head, *chunks(large[:70_000], large[70_000:]), b"0\r\n\r\n"],
        [head, *chunks(endless), None],
    )  # fmt: skip
    with opened as port:
        received = ask(port, call(1), until=b"\r\n0\r\n\r\n")
        assert received == b"".join(chunks(large[:70_000], large[70_000:])) + b"0\r\n\r\n"
        assert endless in ask(port, call(2), until=b"half")
    (session,) = sessions(mcptape)
    told = exchanges(mcptape, session["session"])
    # The older era: the answer may still come on another stream.
    assert [exchange["status"] for exchange in told] == ["ok", "pending"]
    assert told[0]["response_bytes"] == len(response(1, "x" * (1 << 20)))
    first, second = recorded(mcptape)
    assert bytes(first.s2c) == large and bytes(second.s2c) == endless
    shown = mcptape.run("show", session["session"]).text
    assert "(incomplete)" in shown and "closed by client" in shown


def test_a_batch_and_its_answers(mcptape):
    """Several messages in one POST (2025-03-26): each has its exchange, and the bytes are one body."""
    batch = b"[" + call(1) + b", " + call(2) + b"]"
    events = f"data: {response(2)}\n\ndata: [{response(1)}]\n\n".encode()
    opened, _ = through(mcptape, [PLAIN, events])
    with opened as port:
        assert ask(port, batch) == events
    (session,) = sessions(mcptape)
    told = exchanges(mcptape, session["session"])
    assert [(exchange["id"], exchange["status"]) for exchange in told] == [(1, "ok"), (2, "ok")]
    (exchange,) = recorded(mcptape)
    assert bytes(exchange.c2s) == batch and bytes(exchange.s2c) == events


def test_the_server_lets_go_and_the_client_comes_back(mcptape):
    """Polling of 2025-11-25: a stream ends after its priming event, the answer comes on a GET."""
    session = "Mcp-Session-Id: s\r\n"
    primed = b"id: a\r\ndata: \r\nretry: 1\r\n\r\n"
    repeated = f"id: b\r\ndata: {note(1)}\r\n\r\n".encode()
    rest = f"id: c\r\ndata: {response(1)}\r\n\r\n".encode()
    opened, server = through(mcptape, [PLAIN, primed], [PLAIN, repeated], [PLAIN, repeated, rest])
    with opened as port:
        assert ask(port, call(1), fields=session) == primed
        assert ask(port, verb="GET", fields=session + "Last-Event-ID: a\r\n") == repeated
        assert ask(port, verb="GET", fields=session + "Last-Event-ID: b\r\n") == repeated + rest
    assert [b"last-event-id: b" in head.lower() for head in server.asked] == [False, False, True]
    (found,) = sessions(mcptape)
    (exchange,) = exchanges(mcptape, found["session"])
    assert exchange["status"] == "ok"
    lines = entries(mcptape, found["session"])
    notes = [line for line in lines if line.get("method") == "notifications/message"]
    assert [line["exchange"] for line in notes] == [exchange["exchange"]]
