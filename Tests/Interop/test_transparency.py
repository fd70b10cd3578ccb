"""Law 1 and 2: bytes out = bytes in, and the recording holds the same bytes."""

import hashlib

import pytest

import recording_file
from program import Conversation, peer, wait_until

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"b":2}}}\n'

PAYLOADS = {
    "an ordinary line": CALL,
    "carriage return and line feed": CALL.replace(b"\n", b"\r\n"),
    "blank lines": b"\n\n\r\n" + CALL + b"\n",
    "a line of white space": b"  \t \n" + CALL,
    "lines that are not JSON": b"starting up...\n" + CALL + b"Listening on stdio\n{not json}\n",
    "JSON that is not JSON-RPC": b'[]\n{}\n1\n"text"\nnull\ntrue\n{"jsonrpc":"1.0"}\n',
    "invalid UTF-8": b'{"jsonrpc":"2.0","method":"x","params":{"t":"\xff\xfe\xc3("}}\n\xed\xa0\x80\n' + CALL,
    "NUL bytes": b"\0\0\n" + CALL.replace(b"add", b"a\0d") + b"\0\n",
    "a byte order mark": b"\xef\xbb\xbf" + CALL,
    "separators that are no line ends": '{"jsonrpc":"2.0","method":"\u2028\u2029\x85"}\n'.encode(),
    "a batch": b"[" + CALL.strip() + b',{"jsonrpc":"2.0","method":"notifications/x"}]\n[\n',
    "an unknown method": b'{"jsonrpc":"2.0","id":7,"method":"vendor/thing","params":[1,2]}\n',
    "ids of every type": b"".join(
        b'{"jsonrpc":"2.0","id":%s,"method":"ping"}\n' % id
        for id in (
            b"1",
            b"1.0",
            b"-0",
            b'"1"',
            b'""',
            b"null",
            b"12345678901234567890123",
            b"1e2",
            b"[1]",
            b"true",
        )
    ),
    "duplicate keys": b'{"jsonrpc":"2.0","id":1,"id":2,"method":"a","method":"b","params":{"x":1,"x":2}}\n',
    "numbers as written": b'{"jsonrpc":"2.0","id":1E5,"method":"m","params":[1E5,1.50,-0.0,1e-7,100000.0]}\n',
    "white space inside": b' { "jsonrpc" : "2.0" ,\t"id": 3, "method":"ping" } \r\n',
    "escapes": b'{"jsonrpc":"2.0","id":"\\u0061","method":"a\\/b","params":["\\ud83d\\ude00"]}\n',
    "no line feed at the end": CALL + CALL.strip(),
    "only half a line": b'{"jsonrpc":"2.0","id":',
    "only a line feed": b"\n",
    "nothing": b"",
    "deep nesting": b'{"jsonrpc":"2.0","method":"m","params":' + b"[" * 5000 + b"]" * 5000 + b"}\n",
    "a line of exactly one part": b'{"p":"' + b"x" * ((1 << 20) - 8) + b'"}\n' + CALL,
    "a line of one part and one byte": b'{"p":"' + b"x" * ((1 << 20) - 7) + b'"}\n' + CALL,
    "many small lines": CALL * 5000,
}


def expect_same(mcptape, sent: bytes, received: bytes, where: str):
    if sent != received:
        at = next(
            (i for i, (a, b) in enumerate(zip(sent, received)) if a != b), min(len(sent), len(received))
        )
        raise AssertionError(
            f"{where}: {len(sent)} bytes sent, {len(received)} found, differ at {at}: "
            f"{sent[at : at + 60]!r} became {received[at : at + 60]!r}"
        )


@pytest.mark.parametrize("chunk", [1 << 16, 1], ids=["whole", "one byte at a time"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_both_directions_and_the_recording_hold_the_same_bytes(mcptape, tmp_path, name, chunk):
    payload = PAYLOADS[name]
    if chunk == 1 and len(payload) > 20_000:
        pytest.skip("hours of single bytes; random cuts are tested inside the modules")
    (tmp_path / "reply").write_bytes(payload)
    server = peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply", "--chunk", chunk)

    outcome = mcptape.converse(mcptape.record(*server), payload, chunk)

    assert outcome.status == 0
    assert outcome.errors == b""
    expect_same(mcptape, payload, (tmp_path / "received").read_bytes(), "the server")
    expect_same(mcptape, payload, outcome.output, "the client")
    expect_same(mcptape, payload, mcptape.recorded("c2s"), "show --raw c2s")
    expect_same(mcptape, payload, mcptape.recorded("s2c"), "show --raw s2c")
    exported = recording_file.streams(mcptape.export())
    expect_same(mcptape, payload, exported["c2s"], "export c2s")
    expect_same(mcptape, payload, exported["s2c"], "export s2c")


def test_a_line_of_100_megabytes(mcptape, tmp_path):
    line = b'{"jsonrpc":"2.0","id":1,"result":{"text":"' + b"0123456789abcdef" * (100 << 16) + b'"}}\n'
    (tmp_path / "reply").write_bytes(line)
    server = peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply")

    # Redaction of a megabyte takes a second without optimisation; what it does is tested elsewhere.
    outcome = mcptape.converse(mcptape.record(*server, options=["--no-redact"]), line)

    assert outcome.status == 0
    assert hashlib.sha256(outcome.output).digest() == hashlib.sha256(line).digest()
    assert (tmp_path / "received").read_bytes() == line
    assert mcptape.recorded("s2c") == line
    assert mcptape.recorded("c2s") == line


def test_a_message_over_the_limit_is_forwarded_whole_and_marked(mcptape, tmp_path):
    line = b'{"jsonrpc":"2.0","id":1,"result":{"text":"' + b"y" * (3 << 20) + b'"}}\n'
    (tmp_path / "reply").write_bytes(line + CALL)
    server = peer("peer", "--send", tmp_path / "reply")

    outcome = mcptape.converse(mcptape.record(*server, options=["--message-limit", 1 << 20]))

    assert outcome.output == line + CALL
    rows = [recording_file.members(row) for row in recording_file.lines(mcptape.export())[1:]]
    cut = rows[0]
    assert cut["truncated"]
    assert hashlib.sha256(line.rstrip(b"\n")).hexdigest() in str(cut["truncated"])
    head = recording_file.message_bytes({**cut, "eol": ""})
    assert line.startswith(head) and len(head) <= 1 << 20
    assert recording_file.message_bytes(rows[1]) == CALL


def test_both_directions_full_at_once_keep_flowing(mcptape, tmp_path):
    upward = CALL * 300_000
    downward = CALL.replace(b"add", b"sub") * 300_000
    (tmp_path / "reply").write_bytes(downward)
    server = peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply")

    outcome = mcptape.converse(mcptape.record(*server), upward)

    assert outcome.status == 0
    assert outcome.output == downward
    assert (tmp_path / "received").read_bytes() == upward


def test_a_client_that_reads_late_stops_nothing_else(mcptape, tmp_path):
    """The server's output is full and nobody reads it; what the client sends still arrives."""
    (tmp_path / "reply").write_bytes(b"z" * (8 << 20))
    server = peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply")
    process = mcptape.start(mcptape.record(*server), bufsize=0)

    sent = CALL * 20_000
    view = memoryview(sent)
    while view:
        view = view[process.stdin.write(view[: 1 << 16]) :]
    process.stdin.close()

    wait_until(
        lambda: (tmp_path / "received").exists() and (tmp_path / "received").stat().st_size == len(sent)
    )

    outcome = Conversation(process).finish()
    assert outcome.status == 0
    assert outcome.output == b"z" * (8 << 20)


def test_replies_come_while_the_client_is_still_there(mcptape):
    """Nothing waits for a line, a buffer or an end: half a line is echoed at once."""
    process = mcptape.start(mcptape.record(*peer("peer", "--echo")))
    conversation = Conversation(process)
    for piece in (b"{", b'"jsonrpc"', b':"2.0"', b",\n", b"\r", b"\n\n", b"tail without end"):
        before = len(conversation.received)
        conversation.send(piece)
        conversation.wait_for(lambda received: len(received) == before + len(piece))
    conversation.half_close()
    outcome = conversation.finish()
    assert outcome.output == b'{"jsonrpc":"2.0",\n\r\n\ntail without end'
    assert outcome.status == 0
