"""The world fails: disk, lock, directory, file. Traffic goes on, one line says it, nothing else is lost."""

import sqlite3
import subprocess

import pytest

from program import peer, wait_until
from trouble import call, database, echo, entries, exchange, locked, make_store, small_disk


@pytest.mark.parametrize("size", ["3m", "16m"], ids=["no room from the start", "runs full on the way"])
def test_a_full_disk_and_space_that_comes_back(mcptape, tmp_path, size):
    with small_disk(tmp_path / "store", size) as store:
        conversation = echo(mcptape, "--journal", "store")
        sent = [call(64_000) for _ in range(300)]
        for message in sent:
            exchange(conversation, message)
        subprocess.run(["mount", "-o", "remount,size=512m", store], check=True)
        late = []

        def later_messages_are_kept():
            late.append(call())
            exchange(conversation, late[-1])
            kept = mcptape.run("show", "last", "dir:c2s", "--raw", status=None).output
            return any(message in kept for message in late)

        wait_until(later_messages_are_kept, limit=30)
        conversation.half_close()
        outcome = conversation.finish()
        assert outcome.status == 0
        assert outcome.output == b"".join(sent + late)
        assert outcome.complaint, "the recording was impaired and nobody said so"
        assert any("gap" in entry for entry in entries(mcptape))
        assert "gap" in mcptape.run("show", "last").text
        assert late[-1] in mcptape.recorded("c2s")
        mcptape.run("doctor")


def test_a_full_disk_until_the_end(mcptape, tmp_path):
    with small_disk(tmp_path / "store", "2m"):
        conversation = echo(mcptape, "--journal", "store")
        sent = [call(64_000) for _ in range(100)]
        for message in sent:
            exchange(conversation, message)
        conversation.half_close()
        outcome = conversation.finish()
        assert (outcome.status, outcome.output) == (0, b"".join(sent))


def test_a_full_disk_behind_a_journal_in_memory_loses_nothing(mcptape, tmp_path):
    with small_disk(tmp_path / "store", "2m") as store:
        conversation = echo(mcptape)
        sent = [call(64_000) for _ in range(100)]
        for message in sent:
            exchange(conversation, message)
        subprocess.run(["mount", "-o", "remount,size=512m", store], check=True)
        conversation.half_close()
        assert conversation.finish().status == 0
        assert mcptape.recorded("c2s") == b"".join(sent)
        assert not any("gap" in entry for entry in entries(mcptape))


def test_a_store_that_somebody_else_has_locked(mcptape):
    make_store(mcptape)
    messages = [call(1000) for _ in range(100)]
    with locked(mcptape.store):
        conversation = echo(mcptape)
        for message in messages:
            exchange(conversation, message)
        conversation.half_close()
        # It ends with the lock still held: half a second for the last commit, then the next process does it.
        outcome = conversation.finish(30)
        assert (outcome.status, outcome.output) == (0, b"".join(messages))
    assert mcptape.recorded("c2s") == b"".join(messages)
    assert not any("gap" in entry for entry in entries(mcptape))
    mcptape.run("doctor")


def test_a_lock_that_is_released_while_we_run(mcptape):
    make_store(mcptape)
    with locked(mcptape.store):
        conversation = echo(mcptape)
        messages = [call(1000) for _ in range(50)]
        for message in messages:
            exchange(conversation, message)
    wait_until(
        lambda: mcptape.run("show", "last", "dir:c2s", "--raw", status=None).output == b"".join(messages), 20
    )
    conversation.half_close()
    assert conversation.finish().status == 0


def test_a_journal_directory_that_cannot_be_made(mcptape, tmp_path):
    (tmp_path / "file").write_text("")
    messages = call(), call(5000)
    outcome = mcptape.converse(
        mcptape.record(*peer("peer", "--echo"), options=["--journal", tmp_path / "file" / "journal"]),
        b"".join(messages),
    )
    assert (outcome.status, outcome.output) == (0, b"".join(messages))
    assert "journal" in outcome.complaint


def test_a_store_that_cannot_be_made(mcptape, tmp_path):
    (tmp_path / "file").write_text("")
    argv = mcptape.record(*peer("peer", "--echo"))
    argv[argv.index("--store") + 1] = str(tmp_path / "file" / "store")
    message = call()
    outcome = mcptape.converse(argv, message)
    assert (outcome.status, outcome.output) == (0, message)
    assert outcome.complaint


def test_a_corrupted_block_is_found_and_the_rest_is_readable(mcptape):
    first, second = call(20_000), call(20_000)
    for message in (first, second):
        assert mcptape.converse(mcptape.record(*peer("peer", "--echo")), message).status == 0
        # What a recorder had no time left for is in the store now.
        mcptape.run("sessions")
    with sqlite3.connect(database(mcptape)) as connection:
        tables = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'block%'")
        ]
        column = next(
            (table, row[1])
            for table in tables
            for row in connection.execute(f"PRAGMA table_info({table})")
            if row[2].upper() == "BLOB"
        )
        row, body = connection.execute(
            f"SELECT rowid, {column[1]} FROM {column[0]} ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        damaged = bytearray(body)
        damaged[len(damaged) // 2] ^= 0xFF
        connection.execute(f"UPDATE {column[0]} SET {column[1]} = ? WHERE rowid = ?", (bytes(damaged), row))
    connection.close()
    assert mcptape.recorded("c2s", "last~1") == first
    outcome = mcptape.run("show", "last", "--raw", status=74)
    assert "doctor" in outcome.complaint or "checksum" in outcome.complaint
    checked = mcptape.run("doctor", status=None)
    assert checked.status != 0
    assert "checksum" in checked.text + checked.complaint or "damaged" in checked.text + checked.complaint


def test_something_else_where_the_store_should_be(mcptape):
    mcptape.store.mkdir(mode=0o700)
    name = "index.sqlite"
    (mcptape.store / name).write_bytes(b"not a database, but somebody's notes\n" * 100)
    message = call()
    traffic = mcptape.converse(mcptape.record(*peer("peer", "--echo")), message)
    assert (traffic.status, traffic.output) == (0, message)
    assert (mcptape.store / name).read_bytes().startswith(b"not a database")


def test_many_idle_and_one_busy_on_a_small_journal_directory(mcptape, tmp_path):
    """Forty idle proxies hold a mebibyte each; the busy one takes what is fair and loses nothing."""
    with small_disk(tmp_path / "memory", "64m") as memory:
        options = ["--journal", memory]
        idle = [echo(mcptape, *options) for _ in range(40)]
        for conversation in idle:
            exchange(conversation, call())
        busy = echo(mcptape, *options, "--name", "busy")
        # Less than its share, so that nothing is lost even while the recorder waits for a processor.
        messages = [call(2000) for _ in range(800)]
        for message in messages:
            exchange(busy, message)
        for conversation in [busy, *idle]:
            conversation.half_close()
        assert {conversation.finish().status for conversation in [busy, *idle]} == {0}
        assert busy.received == b"".join(messages)
        gaps = [entry for entry in entries(mcptape, "busy") if "gap" in entry]
        assert mcptape.recorded("c2s", "busy") == b"".join(messages), (gaps, bytes(busy.errors))


# A segment of a mebibyte, and the head's two pages.
IDLE = (1 << 20) + (8 << 10)


def held(directory) -> int:
    """Bytes that the file system holds for the files in `directory`."""
    return sum(path.stat().st_blocks * 512 for path in directory.iterdir())


def journal_of(mcptape, memory, known):
    """The journal that was made since `known`."""
    made = wait_until(lambda: set(memory.iterdir()) - known, 30)
    assert len(made) == 1
    return made.pop()


def test_a_busy_one_that_outgrows_a_small_journal_directory_leaves_the_idle_ones_alone(mcptape, tmp_path):
    """Sixty-four mebibytes for forty idle proxies and a busy one whose records the store does not take."""
    with small_disk(tmp_path / "memory", "64m") as memory:
        options = ["--journal", memory]
        conversations, journals, said = [], [], []
        for number in range(40):
            known = set(memory.iterdir())
            conversations.append(echo(mcptape, *options, "--name", f"idle-{number}"))
            said.append([call()])
            exchange(conversations[-1], *said[-1])
            journals.append(journal_of(mcptape, memory, known))
        wait_until(lambda: max(held(journal) for journal in journals) <= IDLE, 30)
        busy = echo(mcptape, *options, "--name", "busy")
        early = [call(2000) for _ in range(100)]
        exchange(busy, *early)
        wait_until(
            lambda: mcptape.run("show", "busy", "dir:c2s", "--raw", status=None).output == b"".join(early), 30
        )
        with locked(mcptape.store):
            flood = [call(20_000) for _ in range(800)]
            for number in range(40):
                exchange(busy, *flood[number * 20 : number * 20 + 20])
                said[number].append(call())
                exchange(conversations[number], said[number][-1])
            wait_until(lambda: b"bytes go by unrecorded" in busy.errors, 30)
            assert max(held(journal) for journal in journals) <= IDLE
        late = []

        def later_messages_are_kept():
            late.append(call())
            exchange(busy, late[-1])
            kept = mcptape.run("show", "busy", "dir:c2s", "--raw", status=None).output
            return any(message in kept for message in late)

        wait_until(later_messages_are_kept, 30)
        for conversation in [*conversations, busy]:
            conversation.half_close()
        outcomes = [conversation.finish() for conversation in conversations]
        assert [outcome.status for outcome in outcomes] == [0] * 40
        for number, outcome in enumerate(outcomes):
            assert outcome.output == b"".join(said[number])
            assert mcptape.recorded("c2s", f"idle-{number}") == outcome.output
            assert not any("gap" in entry for entry in entries(mcptape, f"idle-{number}"))
        outcome = busy.finish()
        assert (outcome.status, outcome.output) == (0, b"".join(early + flood + late))
        assert "recorded again; the recording has a gap" in outcome.complaint
        kept = mcptape.recorded("c2s", "busy")
        assert kept.startswith(b"".join(early + flood[:50]))
        assert late[-1] in kept
        gaps = [entry for entry in entries(mcptape, "busy") if "gap" in entry]
        assert gaps and any(b"c2s" in str(gap).encode() for gap in gaps)
        assert "gap" in mcptape.run("show", "busy").text
        mcptape.run("doctor")
