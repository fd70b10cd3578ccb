"""Requests that two parsers could split differently: refused, or passed as what they are to both.

Another parser (h11, which the SDKs' own client and server stand on) reads what the client sent and what
the server got. Whatever reaches the server must be the same requests, in the same order, from the first on.
"""

import re
import socket

import h11
import pytest

from program import DEADLINE
from proxy import proxy
from scripted import read_to_end, scripted

VICTIM = b"GET /victim HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# Ends every wait for more: no body is so long, and it is no request.
FILLER = b"\x01" * 120_000

HOST = "Host: localhost"
PLAIN = "POST /one HTTP/1.1"
HEADS = {
    "plain": [PLAIN, HOST, "Content-Length: 5"],
    "no length": [PLAIN, HOST],
    "two equal lengths": [PLAIN, HOST, "Content-Length: 5", "Content-Length: 5"],
    "two lengths": [PLAIN, HOST, "Content-Length: 5", "Content-Length: 90"],
    "a list of lengths": [PLAIN, HOST, "Content-Length: 5, 5"],
    "a length with a sign": [PLAIN, HOST, "Content-Length: +5"],
    "a length with zeros": [PLAIN, HOST, "Content-Length: 0005"],
    "a length in hex": [PLAIN, HOST, "Content-Length: 0x5"],
    "a length with an underscore": [PLAIN, HOST, "Content-Length: 1_0"],
    "a length in other digits": [PLAIN, HOST, "Content-Length: \xb5"],
    "a length behind a tab": [PLAIN, HOST, "Content-Length:\t5"],
    "a length before a blank": [PLAIN, HOST, "Content-Length: 5 "],
    "a blank before the colon": [PLAIN, HOST, "Content-Length : 5"],
    "a name in pieces": [PLAIN, HOST, "Content Length: 5"],
    "a folded length": [PLAIN, HOST, "Content-Length:", " 5"],
    "a folded field": [PLAIN, HOST, "X: a", "\tContent-Length: 5"],
    "a folded first line": [PLAIN, " " + HOST, HOST, "Content-Length: 5"],
    "length and chunks": [PLAIN, HOST, "Content-Length: 5", "Transfer-Encoding: chunked"],
    "chunks and length": [PLAIN, HOST, "Transfer-Encoding: chunked", "Content-Length: 5"],
    "chunks": [PLAIN, HOST, "Transfer-Encoding: chunked"],
    "chunks in capitals": [PLAIN, HOST, "TRANSFER-ENCODING: CHUNKED"],
    "chunks twice": [PLAIN, HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "chunks in a list": [PLAIN, HOST, "Transfer-Encoding: chunked, chunked"],
    "chunks and more": [PLAIN, HOST, "Transfer-Encoding: chunked, identity"],
    "gzip and chunks": [PLAIN, HOST, "Transfer-Encoding: gzip, chunked"],
    "chunks of another name": [PLAIN, HOST, "Transfer-Encoding: xchunked"],
    "chunks with a parameter": [PLAIN, HOST, "Transfer-Encoding: chunked;x=1"],
    "chunks in quotes": [PLAIN, HOST, 'Transfer-Encoding: "chunked"'],
    "chunks behind a tab": [PLAIN, HOST, "Transfer-Encoding:\tchunked"],
    "chunks behind a form feed": [PLAIN, HOST, "Transfer-Encoding:\x0cchunked"],
    "chunks before a return": [PLAIN, HOST, "Transfer-Encoding: chunked\r"],
    "chunks before a zero": [PLAIN, HOST, "Transfer-Encoding: chunked\x00"],
    "chunks behind a blank name": [PLAIN, HOST, "Transfer-Encoding : chunked"],
    "chunks behind a fold": [PLAIN, HOST, "Transfer-Encoding:", " chunked"],
    "an empty coding": [PLAIN, HOST, "Transfer-Encoding:", "Content-Length: 5"],
    "identity": [PLAIN, HOST, "Transfer-Encoding: identity", "Content-Length: 5"],
    "chunks of HTTP/1.0": ["POST /one HTTP/1.0", HOST, "Transfer-Encoding: chunked"],
    "length of HTTP/1.0": ["POST /one HTTP/1.0", HOST, "Connection: keep-alive", "Content-Length: 5"],
    "chunks that Connection names": [
        PLAIN, HOST, "Connection: transfer-encoding", "Transfer-Encoding: chunked"],
    "a length that Connection names": [PLAIN, HOST, "Connection: content-length", "Content-Length: 5"],
    "a host that Connection names": [PLAIN, HOST, "Connection: host", "Content-Length: 5"],
    "a length with a body of GET": ["GET /one HTTP/1.1", HOST, "Content-Length: 5"],
    "upgrade": ["GET /one HTTP/1.1", HOST, "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 5"],
    "expectation": [PLAIN, HOST, "Expect: 100-continue", "Content-Length: 5"],
    "a bare line feed": [PLAIN, HOST, "X: a\nContent-Length: 5"],
    "a bare return": [PLAIN, HOST, "X: a\rContent-Length: 5"],
    "no host": [PLAIN, "Content-Length: 5"],
    "two hosts": [PLAIN, HOST, "Host: 127.0.0.1", "Content-Length: 5"],
    "absolute form": ["POST http://localhost/one HTTP/1.1", HOST, "Content-Length: 5"],
    "absolute form of another": ["POST http://127.0.0.1/one HTTP/1.1", HOST, "Content-Length: 5"],
    "absolute form with a user": ["POST http://a@localhost/one HTTP/1.1", HOST, "Content-Length: 5"],
    "two slashes": ["POST //evil.example/one HTTP/1.1", HOST, "Content-Length: 5"],
    "a fragment": ["POST /one#two HTTP/1.1", HOST, "Content-Length: 5"],
    "no slash": ["POST one HTTP/1.1", HOST, "Content-Length: 5"],
    "a blank in the target": ["POST /one two HTTP/1.1", HOST, "Content-Length: 5"],
    "two blanks": ["POST  /one HTTP/1.1", HOST, "Content-Length: 5"],
    "a blank at the end": ["POST /one HTTP/1.1 ", HOST, "Content-Length: 5"],
    "another version": ["POST /one HTTP/1.9", HOST, "Content-Length: 5"],
    "a version in lower case": ["POST /one http/1.1", HOST, "Content-Length: 5"],
    "HTTP/0.9": ["GET /one"],
    "a zero in a name": [PLAIN, HOST, "X\x00Y: 1", "Content-Length: 5"],
    "a name of other letters": [PLAIN, HOST, "X\xe9: 1", "Content-Length: 5"],
    "a value of other letters": [PLAIN, HOST, "X: \xe9", "Content-Length: 5"],
    "no name": [PLAIN, HOST, ": 1", "Content-Length: 5"],
    "no colon": [PLAIN, HOST, "X", "Content-Length: 5"],
    "a large head": [PLAIN, HOST, "X: " + "a" * 70_000, "Content-Length: 5"],
    "many fields": [PLAIN, HOST, *["X: 1"] * 20_000, "Content-Length: 5"],
}  # fmt: skip
BODIES = {
    "five bytes": b"hello",
    "a chunk": b"5\r\nhello\r\n0\r\n\r\n",
    "zeros before a size": b"00005\r\nhello\r\n000\r\n\r\n",
    "an extension": b'5;a="b"\r\nhello\r\n0\r\n\r\n',
    "a line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a size in hex with a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a blank behind the size": b"5 \r\nhello\r\n0\r\n\r\n",
    "a bare line feed behind the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare line feed behind the chunk": b"5\r\nhello\n0\r\n\r\n",
    "nothing behind the chunk": b"5\r\nhello0\r\n\r\n",
    "a size that is too large": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a trailer": b"5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    "a trailer that frames": b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
    "a trailer that is folded": b"5\r\nhello\r\n0\r\nX-T: 1\r\n more\r\n\r\n",
    "no end": b"5\r\nhello\r\n0\r\n",
    "a request in the body": b"0\r\n\r\n" + VICTIM,
}
FIVE_MORE = ("five bytes", "a chunk", "a request in the body")


def read(data: bytes) -> tuple[list[tuple], bool]:
    """The requests that h11 finds in `data`; whether nothing can follow, by fault or as one of them says."""
    found: list[list] = []
    while True:
        # Empty lines before a request may be left out (RFC 9112 §2.2): we do, h11 does not.
        data = re.sub(rb"^(\r\n)+", b"", data)
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        connection.receive_data(data)
        if (is_over := read_one(connection, found)) is not None:
            return [tuple(request) for request in found], is_over
        data = connection.trailing_data[0]


def read_one(connection, found: list[list]) -> bool | None:
    """Adds the next request; None when another one can follow, else whether nothing can."""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return True
        if isinstance(event, h11.Request):
            # Which of our names a client used is ours to know.
            target = re.sub(rb"^http://[^/]*", b"", event.target)
            found.append([event.method, target, b"", False])
        elif isinstance(event, h11.Data):
            found[-1][2] += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            found[-1][3] = True
            connection.send(h11.Response(status_code=204, headers=[]))
            connection.send(h11.EndOfMessage())
            return True if connection.our_state is h11.MUST_CLOSE else None
        else:
            return False


class Server:
    """Answers every request that h11 reads with 204, and keeps the bytes of each connection."""

    def __init__(self):
        self.received: list[bytearray] = []

    def __call__(self, connection):
        data = bytearray()
        self.received.append(data)
        answered = 0
        while more := connection.recv(65536):
            data += more
            requests, is_over = read(bytes(data))
            for _ in range(answered, sum(1 for request in requests if request[3])):
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                answered += 1
            if is_over:
                return


def pass_through(front: int, server: Server, data: bytes) -> tuple[bytes, list[tuple]]:
    """What the client was told, and the requests that reached the server, whole ones and begun ones."""
    server.received.clear()
    client = socket.create_connection(("127.0.0.1", front), timeout=DEADLINE)
    try:
        client.sendall(data)
    except OSError:
        pass
    told, _ = read_to_end(client)
    return told, [one for received in server.received for one in read(bytes(received))[0]]


def cases():
    for head, rows in HEADS.items():
        for body in BODIES if "chunks" in head.split() or head == "plain" else FIVE_MORE:
            text = "\r\n".join([*rows, "", ""]).encode("latin-1")
            yield f"{head}, {body}", text + BODIES[body]


def test_what_reaches_the_server_is_what_the_client_sent(mcptape):
    server = Server()
    refused = passed = 0
    with scripted(server) as port, proxy(
        mcptape, f"http://127.0.0.1:{port}", "--capture", "off"
    ) as front:
        for name, request in cases():
            data = request + VICTIM + FILLER
            sent, _ = read(data)
            told, arrived = pass_through(front, server, data)
            if not arrived:
                refused += 1
                assert re.match(rb"HTTP/1.1 (400|431|501|505|421) ", told), (name, told[:200])
                continue
            passed += 1
            *whole, last = arrived
            if last[3]:
                whole.append(last)
            else:
                # Begun and broken off: the server can tell, and what it has is what the client sent.
                assert len(sent) >= len(arrived), (name, sent, arrived)
                begun = sent[len(arrived) - 1]
                assert begun[:2] == last[:2] and begun[2].startswith(last[2]), (name, begun, last)
            assert whole == sent[: len(whole)], (name, sent, arrived)
        assert mcptape.started[-1].poll() is None
    assert refused > 60 and passed > 25, (refused, passed)


FRAGMENTS = [
    b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"content-length:11\r\n", b"Content-Length: 5\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding:chunked \r\n", b"Transfer-Encoding: x\r\n",
    b" folded\r\n", b"X: y\r\n", b"Connection: close\r\n", b"Connection: content-length\r\n", b"\r\n",
    b"Host: localhost\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n", b"hello", b"\n", b"\r", b"\x00", b" ", b";a\r\n",
    b"GET /two HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /two HTTP/1.1\r\n",
]  # fmt: skip


@pytest.mark.parametrize("round", range(4))
def test_what_chance_puts_together_is_never_split_differently(mcptape, chance, round):
    server = Server()
    with scripted(server) as port, proxy(
        mcptape, f"http://127.0.0.1:{port}", "--capture", "off"
    ) as front:
        for _ in range(150):
            data = b"POST /one HTTP/1.1\r\nHost: localhost\r\n"
            data += b"".join(chance.choices(FRAGMENTS, k=chance.randrange(1, 9))) + VICTIM + FILLER
            sent, _ = read(data)
            told, arrived = pass_through(front, server, data)
            whole = [request for request in arrived if request[3]]
            assert whole == sent[: len(whole)], (data[:400], sent, arrived)
            assert told or whole, data[:400]
