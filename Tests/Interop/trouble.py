"""What the tests make fail, and the traffic that must go on meanwhile."""

import fcntl
import os
import sqlite3
import subprocess
from contextlib import closing, contextmanager

import pytest

import recording_file
from program import Conversation, peer

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"t":"%s"}}}\n'


def call(size: int = 10) -> bytes:
    # Hex of random bytes: compresses to half at best, so a small disk fills up.
    return CALL % os.urandom(size // 2).hex().encode()


@contextmanager
def small_disk(path, size: str):
    path.mkdir(mode=0o700, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "mcptape-test", path], capture_output=True
    )
    if done.returncode:
        pytest.skip(f"a file system of a given size cannot be mounted here: {done.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def make_store(mcptape):
    """A store with a session in it, whoever had the time to make it: its recorder, or the next process."""
    assert mcptape.converse(mcptape.record("true")).status == 0
    mcptape.run("sessions")


@contextmanager
def locked(store):
    """Somebody else holds the store's write lock."""
    with open(store / "write.lock", "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        fcntl.flock(file, fcntl.LOCK_UN)


def echo(mcptape, *options, status: int = 0):
    server = peer("peer", "--echo", *(["--exit", status] if status else []))
    return Conversation(mcptape.start(mcptape.record(*server, options=options)))


def exchange(conversation, *messages: bytes):
    expected = bytes(conversation.received) + b"".join(messages)
    for message in messages:
        view = memoryview(message)
        while view:
            view = view[os.write(conversation.process.stdin.fileno(), view) :]
    conversation.wait_for(lambda received: bytes(received) == expected)


def entries(mcptape, recording="last"):
    return [recording_file.members(row) for row in recording_file.lines(mcptape.export(recording))[1:]]


def database(mcptape):
    files = [path for path in mcptape.store.iterdir() if path.is_file()]
    found = [path for path in files if path.read_bytes()[:15] == b"SQLite format 3"]
    assert len(found) == 1
    return found[0]


def change_store(mcptape, *statements: str):
    """Changes the store as a newer mcptape's migration does: one transaction under the store's write lock."""
    index = sqlite3.connect(database(mcptape), isolation_level=None)
    with locked(mcptape.store), closing(index) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def store_version(mcptape) -> tuple[int, int]:
    """`version` and `oldest_writer`."""
    with closing(sqlite3.connect(database(mcptape))) as connection:
        return connection.execute("SELECT version, oldest_writer FROM store").fetchone()
