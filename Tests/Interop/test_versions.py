"""A newer mcptape migrates the store under an older one: hosts keep a `record` running for days."""

import pytest

from program import peer, wait_until
from trouble import call, change_store, database, echo, entries, exchange, make_store, store_version


def migrate(mcptape, *, breaking: bool, steps: int = 1):
    """What the next version's migration leaves behind, as far as an older process can see it."""
    oldest = f", oldest_writer = version + {steps}" if breaking else ""
    change_store(
        mcptape,
        "ALTER TABLE session ADD COLUMN colour TEXT NOT NULL DEFAULT 'green'",
        "ALTER TABLE exchange ADD COLUMN weight INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE novelty (one INTEGER PRIMARY KEY, two TEXT NOT NULL) STRICT",
        "CREATE INDEX session_colour ON session (colour)",
        f"UPDATE store SET version = version + {steps}{oldest}",
    )


def recorded_so_far(mcptape, messages) -> bool:
    shown = mcptape.run("show", "last", "dir:c2s", "--raw", status=None)
    return shown.output == b"".join(messages)


def test_an_additive_migration_leaves_the_old_recorder_writing(mcptape):
    conversation = echo(mcptape)
    before = [call(3000) for _ in range(20)]
    exchange(conversation, *before)
    wait_until(lambda: recorded_so_far(mcptape, before), 30)
    version, oldest = store_version(mcptape)

    migrate(mcptape, breaking=False)
    after = [call(3000) for _ in range(200)]
    for message in after:
        exchange(conversation, message)
    wait_until(lambda: recorded_so_far(mcptape, before + after), 30)
    late = mcptape.converse(mcptape.record(*peer("peer", "--echo"), options=["--name", "late"]), before[0])
    assert (late.status, late.output, late.errors) == (0, before[0], b"")

    conversation.half_close()
    outcome = conversation.finish()
    assert (outcome.status, outcome.errors) == (0, b"")
    assert outcome.output == b"".join(before + after)
    assert mcptape.recorded("c2s", "last~1") == mcptape.recorded("s2c", "last~1") == outcome.output
    assert mcptape.recorded("c2s", "late") == before[0]
    assert not any("gap" in entry for entry in entries(mcptape, "last~1"))
    assert store_version(mcptape) == (version + 1, oldest), "an older mcptape put the version back"
    mcptape.run("doctor")


@pytest.mark.parametrize("status", [0, 7])
def test_a_breaking_migration_leaves_the_rest_to_the_newer_one(mcptape, status):
    conversation = echo(mcptape, status=status)
    before = [call(3000) for _ in range(20)]
    exchange(conversation, *before)
    wait_until(lambda: recorded_so_far(mcptape, before), 30)
    version, oldest = store_version(mcptape)

    migrate(mcptape, breaking=True)
    after = [call(3000) for _ in range(200)]
    for message in after:
        exchange(conversation, message)
    wait_until(lambda: conversation.errors, 30)
    conversation.half_close()
    outcome = conversation.finish(30)
    assert outcome.status == status
    assert outcome.output == b"".join(before + after)
    complaint = outcome.complaint.splitlines()
    assert len(complaint) == 1, complaint
    assert "recording is impaired, traffic goes on" in complaint[0]
    assert f"store version {version + 1} needs a newer mcptape" in complaint[0]
    assert "update mcptape" in complaint[0]

    # Nothing was written, the journal waits, and a reader of this version says what it lacks.
    pointers = list(mcptape.store.glob("journals/*"))
    assert len(pointers) == 1
    content = database(mcptape).read_bytes()
    reader = mcptape.run("show", "last", "--raw", status=74)
    assert reader.output == b""
    assert f"store version {version + 1} needs a newer mcptape" in reader.complaint
    assert list(mcptape.store.glob("journals/*")) == pointers
    assert database(mcptape).read_bytes() == content

    # The newer process takes it in: this one, once the store takes it again.
    change_store(mcptape, f"UPDATE store SET version = {version}, oldest_writer = {oldest}")
    assert mcptape.recorded("c2s") == outcome.output
    assert mcptape.recorded("s2c") == outcome.output
    assert not any("gap" in entry for entry in entries(mcptape))
    assert not list(mcptape.store.glob("journals/*"))
    mcptape.run("doctor")


def test_a_store_that_takes_the_old_recorder_again_while_it_runs(mcptape):
    conversation = echo(mcptape)
    messages = [call(3000) for _ in range(20)]
    exchange(conversation, *messages)
    wait_until(lambda: recorded_so_far(mcptape, messages), 30)
    version, oldest = store_version(mcptape)
    migrate(mcptape, breaking=True)
    messages += [call(3000) for _ in range(20)]
    exchange(conversation, *messages[20:])
    wait_until(lambda: b"impaired" in conversation.errors, 30)
    change_store(mcptape, f"UPDATE store SET version = {version}, oldest_writer = {oldest}")
    wait_until(lambda: recorded_so_far(mcptape, messages), 30)
    wait_until(lambda: b"recording goes on" in conversation.errors, 30)
    conversation.half_close()
    assert conversation.finish().status == 0
    assert mcptape.recorded("s2c") == b"".join(messages)


def test_a_store_from_a_newer_version(mcptape):
    make_store(mcptape)
    version, _ = store_version(mcptape)
    migrate(mcptape, breaking=True, steps=1000)
    before = database(mcptape).read_bytes()
    for words in (["sessions"], ["show", "last"], ["search", "x"], ["stats"], ["export", "last"], ["doctor"]):
        outcome = mcptape.run(*words, status=74)
        said = outcome.text + outcome.complaint
        assert f"store version {version + 1000} needs a newer mcptape" in said, words
        assert f"it takes version {version + 1000} or later, this one knows {version}" in said, words
    message = call()
    traffic = mcptape.converse(mcptape.record(*peer("peer", "--echo")), message)
    assert (traffic.status, traffic.output) == (0, message)
    assert "needs a newer mcptape" in traffic.complaint
    assert database(mcptape).read_bytes() == before, "an older mcptape wrote to a newer store"


def test_fail_closed_does_not_start_on_a_newer_store(mcptape, tmp_path):
    make_store(mcptape)
    migrate(mcptape, breaking=True)
    outcome = mcptape.converse(mcptape.record("touch", tmp_path / "ran", options=["--fail-closed"]))
    assert (outcome.status, outcome.output) == (125, b"")
    assert "needs a newer mcptape" in outcome.complaint
    assert not (tmp_path / "ran").exists()
