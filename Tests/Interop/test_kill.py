"""Law 3: after kill -9 at any instant, every byte that a peer received is on record.

MCPTAPE_KILLS says at how many random moments.
"""

import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

import recording_file
from program import DEADLINE, Conversation, peer, wait_until

KILLS = int(os.environ.get("MCPTAPE_KILLS", "20"))


def line(number: int, size: int) -> bytes:
    return (
        b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"n","arguments":{"t":"%s"}}}\n'
        % (number, b"p" * size)
    )


class Load:
    """A client that sends as fast as it can and counts what came back, until the other side is gone."""

    def __init__(self, process, sizes):
        self.process = process
        self.received = bytearray()
        self.arrived = threading.Condition()
        self.threads = [
            threading.Thread(target=self._send, args=(sizes,), daemon=True),
            threading.Thread(target=self._receive, daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def wait_for(self, count: int):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, DEADLINE)

    def finish(self):
        for thread in self.threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()

    def _send(self, sizes):
        number = 0
        try:
            while True:
                number += 1
                os.write(self.process.stdin.fileno(), line(number, sizes(number)))
        except (BrokenPipeError, ValueError):
            pass

    def _receive(self):
        while data := os.read(self.process.stdout.fileno(), 1 << 16):
            with self.arrived:
                self.received += data
                self.arrived.notify_all()


def expect_prefix(received: bytes, recorded: bytes, what: str):
    if not recorded.startswith(received):
        at = next((i for i, (a, b) in enumerate(zip(received, recorded)) if a != b), len(recorded))
        raise AssertionError(
            f"{what}: received {len(received)} bytes, recorded {len(recorded)}, differ at {at}"
        )


def kill_under_load(mcptape, directory, moment: int, sizes, options=()) -> None:
    directory.mkdir()
    server = peer("peer", "--echo", "--received", directory / "received")
    process = mcptape.start(mcptape.record(*server, options=options), stderr=subprocess.DEVNULL)
    load = Load(process, sizes)
    load.wait_for(moment)
    process.kill()
    process.wait(DEADLINE)
    load.finish()
    server_received = (directory / "received").read_bytes()

    exported = recording_file.streams(mcptape.export())
    expect_prefix(server_received, exported["c2s"], "the server")
    expect_prefix(bytes(load.received), exported["s2c"], "the client")
    assert server_received and load.received


@pytest.mark.parametrize(
    "options", [[], ["--journal", "store"]], ids=["journal in memory", "journal in the store"]
)
def test_kill_at_random_moments_under_load(mcptape, tmp_path, chance, options):
    kills = KILLS if not options else max(1, KILLS // 4)
    for number in range(kills):
        moment = chance.choice([1, 200, 5_000, 300_000]) + chance.randrange(400_000)
        large = chance.randrange(1, 50)
        sizes = lambda n, large=large: 40_000 if n % large == 0 else n % 300  # noqa: E731
        kill_under_load(mcptape, tmp_path / f"kill-{number}", moment, sizes, options)
    mcptape.run("doctor")
    sessions = [json.loads(row) for row in mcptape.run("sessions", "--json").output.splitlines()]
    assert len(sessions) == kills
    assert all("interrupted" in json.dumps(session) for session in sessions)


def test_kill_in_the_middle_of_a_large_message(mcptape, tmp_path):
    kill_under_load(mcptape, tmp_path / "kill", 5 << 20, lambda n: 40 << 20)
    shown = mcptape.run("show", "last").text
    assert "interrupted" in shown


def test_recovery_while_others_are_writing(mcptape, tmp_path):
    """Whoever recovers must leave the living alone: their journals are locked by their owners."""
    living = mcptape.start(mcptape.record(*peer("peer", "--echo"), options=["--name", "living"]))
    conversation = Conversation(living)
    expected = b""
    for number in range(5):
        text = line(number, 1000)
        conversation.send(text)
        expected += text
        conversation.wait_for(lambda received: len(received) == len(expected))
        kill_under_load(mcptape, tmp_path / f"kill-{number}", 50_000, lambda n: n % 200)
    conversation.half_close()
    assert conversation.finish().output == expected
    assert mcptape.recorded("c2s", "living") == expected
    assert mcptape.recorded("s2c", "living") == expected
    mcptape.run("doctor")


def test_two_recoveries_at_once_take_it_in_once(mcptape, tmp_path):
    server = peer("peer", "--echo", "--received", tmp_path / "received")
    process = mcptape.start(mcptape.record(*server), stderr=subprocess.DEVNULL)
    load = Load(process, lambda n: n % 500)
    load.wait_for(1 << 20)
    process.kill()
    process.wait(DEADLINE)
    load.finish()
    readers = [
        mcptape.start([mcptape.binary, "sessions", "--store", mcptape.store, "--json"]) for _ in range(6)
    ]
    for reader in readers:
        output, errors = reader.communicate(timeout=DEADLINE)
        assert reader.returncode == 0, errors
        assert len(output.splitlines()) == 1
    received = (tmp_path / "received").read_bytes()
    exported = recording_file.streams(mcptape.export())
    expect_prefix(received, exported["c2s"], "the server")
    numbers = [recording_file.members(row)["seq"] for row in recording_file.lines(mcptape.export())[1:]]
    assert numbers == sorted(set(numbers)), "a message was taken in twice"


def test_the_recovering_process_is_killed_too(mcptape, tmp_path, chance):
    """Recovery is exactly-once though it is interrupted again and again."""
    server = peer("peer", "--echo", "--received", tmp_path / "received")
    process = mcptape.start(mcptape.record(*server), stderr=subprocess.DEVNULL)
    load = Load(process, lambda n: 2000)
    load.wait_for(8 << 20)
    process.kill()
    process.wait(DEADLINE)
    load.finish()
    for _ in range(5):
        reader = mcptape.start([mcptape.binary, "sessions", "--store", mcptape.store])
        try:
            reader.wait(chance.random() * 0.05)
        except subprocess.TimeoutExpired:
            reader.kill()
        reader.communicate(timeout=DEADLINE)
    exported = recording_file.streams(mcptape.export())
    expect_prefix((tmp_path / "received").read_bytes(), exported["c2s"], "the server")
    expect_prefix(bytes(load.received), exported["s2c"], "the client")
    numbers = [recording_file.members(row)["seq"] for row in recording_file.lines(mcptape.export())[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    mcptape.run("doctor")


def test_doctor_says_which_journals_have_lost_their_store(mcptape, tmp_path):
    """A store is deleted with a journal in memory: `doctor` says it, and what to do about it."""
    gone = tmp_path / "gone"
    process = mcptape.start([mcptape.binary, "record", "--store", gone, "--", *peer("peer", "--echo")])
    conversation = Conversation(process)
    conversation.send(line(1, 10))
    conversation.wait_for(lambda received: bytes(received) == line(1, 10))
    process.kill()
    conversation.finish()
    journal = next(Path(pointer.read_text().strip()) for pointer in gone.glob("journals/*"))
    if journal.is_relative_to(gone):
        pytest.skip("there is no directory in memory here")
    try:
        assert mcptape.converse(mcptape.record("true")).status == 0
        assert str(gone) not in mcptape.run("doctor").text
        shutil.rmtree(gone)
        found = f"1 journal (1.0 MiB) of the store {gone}, which is not there; "
        assert found + "younger than a day" in mcptape.run("doctor").text
        assert len(mcptape.run("sessions", "--json").output.splitlines()) == 1
        assert mcptape.run("sessions").errors == b""
        # `--drop-abandoned` itself is a unit test's: here it would remove what others of this user left.
        for path in journal.iterdir():
            os.utime(path, (time.time() - 90_000,) * 2)
        assert found + "if it is gone for good, --drop-abandoned" in mcptape.run("doctor").text
        assert journal.exists()
    finally:
        shutil.rmtree(journal, ignore_errors=True)


def test_a_live_session_is_visible_while_it_runs(mcptape):
    process = mcptape.start(mcptape.record(*peer("peer", "--echo"), options=["--name", "alive"]))
    conversation = Conversation(process)
    conversation.send(line(1, 10))
    conversation.wait_for(lambda received: bytes(received) == line(1, 10))
    wait_until(
        lambda: mcptape.run("show", "alive", "dir:c2s", "--raw", status=None).output == line(1, 10), limit=20
    )
    conversation.half_close()
    assert conversation.finish().status == 0
