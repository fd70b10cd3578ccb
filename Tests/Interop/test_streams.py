"""Whatever the host hands us as standard streams: pipes, sockets, terminals, files."""

import fcntl
import os
import pty
import socket
import threading
import tty

import pytest

import recording_file
from program import DEADLINE, Conversation, peer, shell_status

TEXT = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\nnot json \xff\n{"half":' + b"a" * 3000
BIG = TEXT * 400


def serve(tmp_path, reply: bytes):
    (tmp_path / "reply").write_bytes(reply)
    return peer("peer", "--received", tmp_path / "received", "--send", tmp_path / "reply")


def send_all(descriptor: int, data: bytes):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_all(descriptor: int) -> bytes:
    found = bytearray()
    while True:
        try:
            data = os.read(descriptor, 1 << 16)
        except OSError:  # EIO: the terminal's other end is gone
            return bytes(found)
        if not data:
            return bytes(found)
        found += data


def flags(descriptor: int) -> int:

    return fcntl.fcntl(descriptor, fcntl.F_GETFL)


@pytest.mark.parametrize("size", ["small", "big"])
def test_sockets(mcptape, tmp_path, size):
    """Node's hosts hand out socket pairs; one pair may serve both directions."""
    data = TEXT if size == "small" else BIG
    ours, theirs = socket.socketpair()
    before = flags(theirs.fileno())
    process = mcptape.start(mcptape.record(*serve(tmp_path, data)), stdin=theirs, stdout=theirs)
    sender = threading.Thread(target=lambda: (ours.sendall(data), ours.shutdown(socket.SHUT_WR)))
    sender.start()
    received = bytearray()
    while len(received) < len(data):
        received += ours.recv(1 << 16)
    sender.join(DEADLINE)
    assert shell_status(process.wait(DEADLINE)) == 0
    assert flags(theirs.fileno()) == before, "the flags of a descriptor that others share were changed"
    theirs.close()
    assert ours.recv(10) == b""
    assert received == data
    assert (tmp_path / "received").read_bytes() == data
    assert mcptape.recorded("c2s") == data
    assert mcptape.recorded("s2c") == data


@pytest.mark.parametrize("size", ["small", "big"])
def test_a_terminal(mcptape, tmp_path, size):
    data = TEXT if size == "small" else BIG
    (tmp_path / "reply").write_bytes(data)
    server = peer(
        "peer", "--received", tmp_path / "received", "--send", tmp_path / "reply", "--exit-after-sending"
    )
    outer, inner = pty.openpty()
    tty.setraw(inner)
    process = mcptape.start(mcptape.record(*server, options=["--quiet"]), stdin=inner, stdout=inner)
    os.close(inner)
    received = read_all(outer)
    assert shell_status(process.wait(DEADLINE)) == 0
    os.close(outer)
    assert received == data
    assert mcptape.recorded("s2c") == data


def test_input_from_a_terminal_arrives(mcptape, tmp_path):
    outer, inner = pty.openpty()
    tty.setraw(inner)
    process = mcptape.start(mcptape.record(*peer("peer", "--echo")), stdin=inner)
    conversation = Conversation(process)
    os.close(inner)
    send_all(outer, TEXT)
    conversation.wait_for(lambda received: bytes(received) == TEXT)
    os.close(outer)
    assert conversation.finish().status == 0
    assert mcptape.recorded("c2s") == TEXT


def test_a_regular_file_is_read_from_where_it_stands(mcptape, tmp_path):
    (tmp_path / "script").write_bytes(b"SKIPPED" + BIG)
    with open(tmp_path / "script", "rb", buffering=0) as script:
        script.seek(len(b"SKIPPED"))
        with open(tmp_path / "answers", "wb", buffering=0) as answers:
            answers.write(b"BEFORE")
            process = mcptape.start(mcptape.record(*serve(tmp_path, BIG)), stdin=script, stdout=answers)
            assert shell_status(process.wait(DEADLINE)) == 0
    assert (tmp_path / "received").read_bytes() == BIG
    assert (tmp_path / "answers").read_bytes() == b"BEFORE" + BIG
    assert mcptape.recorded("c2s") == BIG


def test_a_pipe_keeps_its_flags(mcptape, tmp_path):
    """Our end of the host's pipe shares its flags with other processes: a shell loop, a parent."""
    down_read, down_write = os.pipe()
    up_read, up_write = os.pipe()
    before = flags(down_read), flags(up_write)
    process = mcptape.start(mcptape.record(*serve(tmp_path, TEXT)), stdin=down_read, stdout=up_write)
    send_all(down_write, TEXT)
    found = bytearray()
    while len(found) < len(TEXT):
        found += os.read(up_read, 1 << 16)
    during = flags(down_read), flags(up_write)
    os.close(down_write)
    assert shell_status(process.wait(DEADLINE)) == 0
    after = flags(down_read), flags(up_write)
    for descriptor in (down_read, up_read, up_write):
        os.close(descriptor)
    assert before == during == after
    assert found == TEXT


@pytest.mark.parametrize("closed", ["stdin", "stderr"])
def test_a_missing_stream(mcptape, tmp_path, closed):
    """A host that starts us with a standard descriptor closed gets a server all the same."""
    number = {"stdin": 0, "stderr": 2}[closed]
    argv = [
        "sh",
        "-c",
        f'exec "$@" {number}{"<" if number == 0 else ">"}&-',
        "sh",
        *mcptape.record(*serve(tmp_path, TEXT)),
    ]
    outcome = mcptape.converse(argv, b"" if closed == "stdin" else TEXT)
    assert outcome.status == 0
    assert outcome.output == TEXT


def test_the_servers_standard_error_passes_untouched(mcptape, tmp_path):
    noise = b"ready\r\n\x1b[31mred\x1b[0m \xff\xfe\0 half a line"
    (tmp_path / "noise").write_bytes(noise * 5000)
    server = peer("peer", "--errors", tmp_path / "noise", "--echo")
    outcome = mcptape.converse(mcptape.record(*server), TEXT)
    assert outcome.errors == noise * 5000
    assert outcome.output == TEXT

    assert recording_file.streams(mcptape.export())["stderr"] == noise * 5000


def test_the_client_closes_its_input_and_still_gets_every_answer(mcptape, tmp_path):
    """Half-close: the server's output is drained to its end, however late it comes."""
    server = ["sh", "-c", 'cat >/dev/null; printf "after the end of the input\\n"; exit 3']
    outcome = mcptape.converse(mcptape.record(*server), TEXT)
    assert outcome.output == b"after the end of the input\n"
    assert outcome.status == 3


def test_the_client_stops_reading(mcptape, tmp_path):
    """A closed output is the end of the client: the server sees a broken pipe as it would without us."""
    reply = tmp_path / "reply"
    reply.write_bytes(b"x" * (4 << 20))
    process = mcptape.start(mcptape.record("sh", "-c", f'cat "{reply}"; cat >/dev/null; exit 9'))
    assert os.read(process.stdout.fileno(), 10) == b"x" * 10
    process.stdout.close()
    process.stdin.close()
    assert process.wait(DEADLINE) is not None
