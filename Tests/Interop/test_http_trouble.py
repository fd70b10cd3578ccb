"""The network's bad days: what the client sees, what the recording says, and that the proxy lives."""

import gzip
import io
import json
import socket
import threading
from pathlib import Path

import pytest

from authority import Authority
from program import wait_until
from proxy import proxy
from scripted import post, read_request, read_to_end, reset, scripted

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{}}}'
RESULT = b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def notes(program, recording: str = "last") -> list[dict]:
    """What HTTP carried beside messages, in order."""
    found = []
    for line in program.export(recording).splitlines():
        if b'"http":' in line:
            found.append(json.loads(line)["http"])
    return found


def closures(program, recording: str = "last") -> list[dict]:
    return [note["closed"] for note in notes(program, recording) if "closed" in note]


def answer_well(connection):
    while True:
        read_request(connection)
        connection.sendall(ANSWER % (len(RESULT), RESULT))


def ask(port: int) -> bytes:
    """The answer to one more request: the proxy lives."""
    data, _ = read_to_end(post(port, CALL, fields=("Connection: close",)))
    return data


def test_an_upstream_that_is_down_and_comes_back(mcptape):
    holder = socket.create_server(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    holder.close()
    with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        for _ in range(2):
            data, ending = read_to_end(post(front, CALL))
            assert data.startswith(b"HTTP/1.1 502 Bad Gateway\r\n") and ending == "end"
            assert data.endswith(b"mcptape: cannot connect to 127.0.0.1:%d: Connection refused\n" % port)
    assert [closed["reason"] for closed in closures(mcptape)] == ["connect_failed"] * 2
    shown = mcptape.run("show", "last").text
    assert "502" in shown and "Connection refused" in shown


def test_a_refused_request_is_kept_and_counted(mcptape):
    """What was asked of a server that is down is on record, and is an error in every list."""
    with proxy(mcptape, "http://127.0.0.1:1", "--name", "down") as front:
        read_to_end(post(front, CALL))
    assert mcptape.recorded("c2s").rstrip(b"\n") == CALL
    session = json.loads(mcptape.run("sessions", "--json").output)
    assert session["errors"] == 1 and session["pending"] == 0, session
    row = next(json.loads(line) for line in mcptape.run("stats", "--json").output.splitlines())
    assert row["errors"] == 1, row
    assert "tools/call add" in mcptape.run("show", "last", "status:error").text


def test_an_answer_that_is_reset_in_its_middle(mcptape):
    def script(connection):
        read_request(connection)
        connection.sendall(ANSWER % (100, b'{"jsonrpc"'))
        go.wait()
        reset(connection)

    go = threading.Event()
    with scripted(script) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        client = post(front, CALL)
        seen = b""
        while not seen.endswith(b'{"jsonrpc"'):
            seen += client.recv(4096)
        go.set()
        assert read_to_end(client) == (b"", "reset")
        go.set()
    closed = closures(mcptape)
    assert [(one["by"], one["reason"]) for one in closed] == [("upstream", "reset")]
    assert mcptape.recorded("s2c").startswith(b'{"jsonrpc"')
    assert "reset" in mcptape.run("show", "last").text


def test_a_stream_that_dies_between_two_events(mcptape):
    event = b"data: " + b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}' + b"\n\n"

    def script(connection):
        read_request(connection)
        connection.sendall(STREAM + b"%x\r\n%s\r\n" % (len(event), event) + b"ff\r\ndata: {")

    with scripted(script) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        data, ending = read_to_end(post(front, CALL))
        # As the server left it: no last chunk that would make it look complete.
        assert data.endswith(event + b"\r\nff\r\ndata: {") and ending == "end"
    assert [(one["by"], one["reason"]) for one in closures(mcptape)] == [("upstream", "disconnected")]
    session = json.loads(mcptape.run("sessions", "--json").output)
    assert session["pending"] == 1 or session["errors"] == 1, session


def test_an_upstream_that_gives_one_byte_at_a_time(mcptape):
    """Each byte is with the client before the next one is sent: nothing is gathered, nothing runs out."""
    taken = threading.Semaphore(0)

    def script(connection):
        read_request(connection)
        for byte in ANSWER % (len(RESULT), RESULT):
            connection.sendall(bytes([byte]))
            # A head is passed on when it is whole.
            if is_body.is_set():
                taken.acquire()
            elif byte == 0x0A:
                lines.append(byte)
                if len(lines) == ANSWER.count(b"\n"):
                    is_body.set()

    lines: list[int] = []
    is_body = threading.Event()
    with scripted(script) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        client = post(front, CALL)
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            data += client.recv(1)
        body = b""
        while len(body) < len(RESULT):
            piece = client.recv(4096)
            assert len(piece) == 1
            body += piece
            taken.release()
        client.close()
    assert body == RESULT
    assert mcptape.recorded("s2c").rstrip(b"\n") == RESULT


@pytest.mark.parametrize(
    "hosts, days, trusted, text",
    [
        (("elsewhere.example",), 30, True, "its certificate is for another name"),
        (("localhost",), -10, True, "its certificate has expired, or"),
        (("localhost",), 30, False, "its certificate has expired, or"),
        (None, 0, True, "what answers there speaks no TLS"),
    ],
    ids=["another name", "expired", "unknown authority", "no TLS"],
)
def test_tls_that_does_not_hold(mcptape, hosts, days, trusted, text):
    authority = Authority(mcptape.directory)
    received = []

    def script(connection):
        received.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    context = authority.server_context(*hosts, days=days) if hosts else None
    other = Authority(mcptape.directory, "other")
    ca = authority.file if trusted else other.file
    with scripted(script, context) as port:
        with proxy(mcptape, f"https://localhost:{port}", "--upstream-ca", ca) as front:
            for _ in range(2):
                data, _ = read_to_end(post(front, CALL, fields=("Authorization: Bearer secret-of-mine",)))
                assert data.startswith(b"HTTP/1.1 502 Bad Gateway\r\n") and text.encode() in data
    # Nothing of the request went to whoever that is.
    assert not any(b"secret-of-mine" in data or b"tools/call" in data for data in received)
    closed = closures(mcptape)
    assert [one["reason"] for one in closed] == ["connect_failed"] * 2 and text in closed[0]["text"]
    assert text in mcptape.run("show", "last").text


def test_after_every_kind_of_trouble_the_next_request_is_served(mcptape):
    """One proxy for all: each connection to the server fails in another way, and then it is well."""
    ways = [
        lambda connection: None,
        reset,
        lambda connection: connection.sendall(b"\x00\xff" * 40_000),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
        lambda connection: connection.sendall(STREAM + b"5\r\nabc"),
        lambda connection: connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000),
        answer_well,
    ]
    number = iter(range(100))

    def script(connection):
        way = ways[min(next(number), len(ways) - 1)]
        if way is answer_well:
            return answer_well(connection)
        read_request(connection)
        way(connection)

    with scripted(script) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        results = [ask(front)[9:12] for _ in ways]
        assert results == [b"", b"", b"502", b"200", b"200", b"502", b"502", b"200"]
        process = mcptape.started[-1]
        assert process.poll() is None
    session = json.loads(mcptape.run("sessions", "--json").output)
    assert session["exchanges"] == len(ways), session


def resident(process) -> int:
    """Bytes of memory that are its own."""
    facts = Path(f"/proc/{process.pid}/status").read_text()
    return int(facts.split("RssAnon:")[1].split()[0]) << 10


@pytest.mark.parametrize("is_bomb_in_events", [False, True], ids=["json", "events"])
def test_a_gzip_bomb_stays_small(mcptape, is_bomb_in_events):
    """128 KiB that expand to 128 MiB: passed as it came, recorded up to the limit, in little memory."""
    text = io.BytesIO()
    with gzip.GzipFile(fileobj=text, mode="wb", mtime=0) as file:
        file.write(b"data: [" if is_bomb_in_events else b"[")
        for _ in range(128):
            file.write(bytes(1 << 20).replace(b"\0", b" "))
        file.write(b"]\n\n" if is_bomb_in_events else b"]")
    bomb = text.getvalue()
    kind = b"text/event-stream" if is_bomb_in_events else b"application/json"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"

    def script(connection):
        read_request(connection)
        connection.sendall(head % (kind, len(bomb)) + bomb)
        connection.recv(1)

    with scripted(script) as port, proxy(
        mcptape, f"http://127.0.0.1:{port}", "--message-limit", "1MiB"
    ) as front:
        process = mcptape.started[-1]
        before = resident(process)
        data, _ = read_to_end(post(front, CALL, fields=("Connection: close",)))
        assert data.endswith(bomb)
        peak = 0

        def is_recorded() -> bool:
            nonlocal peak
            peak = max(peak, resident(process))
            found = mcptape.run("sessions", "--json", status=None).output
            return bool(found) and json.loads(found)["messages"]["s2c"] >= 1

        wait_until(is_recorded)
        assert peak - before < 48 << 20, f"{peak >> 20} MiB"
    entry = next(
        json.loads(line) for line in mcptape.export().splitlines() if b'"truncated"' in line
    )
    assert entry["dir"] == "s2c", entry
    size = sum(file.stat().st_size for file in mcptape.store.rglob("*") if file.is_file())
    assert size < 8 << 20, f"{size >> 20} MiB in the store"
