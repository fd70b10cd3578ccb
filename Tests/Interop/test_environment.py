"""Hosts start servers with a stripped environment; people read with a full one. Both mean the same store."""

import json
import subprocess

import pytest

from program import Conversation, peer, wait_until

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}\n'


@pytest.fixture
def full(mcptape, tmp_path):
    """A reader's environment, with every XDG directory somewhere else."""
    others = {}
    for name in ("STATE_HOME", "CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "RUNTIME_DIR"):
        folder = tmp_path / f"xdg-{name.lower()}"
        folder.mkdir(mode=0o700)
        others[f"XDG_{name}"] = str(folder)
    return {**mcptape.environment, **others, "TMPDIR": others["XDG_CACHE_HOME"]}


def start_default(mcptape, *options):
    """`record` as a host starts it: no --store, no XDG."""
    argv = [mcptape.binary, "record", "--name", "echo", *options, "--", *peer("peer", "--echo")]
    return Conversation(mcptape.start(argv))


def exchange(conversation):
    conversation.send(CALL)
    conversation.wait_for(lambda received: bytes(received) == CALL)


def sessions(mcptape, environment, *words) -> list[dict]:
    process = mcptape.start([mcptape.binary, "sessions", "--json", *words], env=environment)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return [json.loads(row) for row in output.splitlines()]


@pytest.mark.parametrize("death", ["alive", "end of input", "kill -9"])
def test_the_session_is_found_with_the_stores_path(mcptape, full, death):
    process = Conversation(mcptape.start(mcptape.record(*peer("peer", "--echo"))))
    exchange(process)
    if death == "end of input":
        process.half_close()
        process.finish()
    elif death == "kill -9":
        process.process.kill()
        process.process.wait()
    argv = [mcptape.binary, "show", "last", "--store", mcptape.store, "dir:c2s", "--raw"]

    def shows_it():
        found = mcptape.start(argv, env=full)
        output, _ = found.communicate(timeout=60)
        return output == CALL

    wait_until(shows_it, limit=20)
    if death == "alive":
        process.half_close()
        process.finish()


@pytest.mark.parametrize("death", ["end of input", "kill -9"])
def test_a_reader_that_looks_elsewhere_names_the_default_store(mcptape, full, death):
    process = start_default(mcptape)
    exchange(process)
    if death == "end of input":
        process.half_close()
        process.finish()
    else:
        process.process.kill()
        process.process.wait()
    default = mcptape.home / ".local/state/mcptape"
    assert default.is_dir()
    reader = mcptape.start([mcptape.binary, "show", "last"], env=full)
    output, errors = reader.communicate(timeout=60)
    found = output.decode() + errors.decode()
    assert "tools/call" in found or str(default) in found
    # With the state directory alone in its usual place, it is simply there.
    usual = {name: value for name, value in full.items() if name != "XDG_STATE_HOME"}
    wait_until(lambda: len(sessions(mcptape, usual)) == 1, limit=20)


def test_without_a_home_the_user_database_knows_it(mcptape):
    """An environment of nothing but PATH."""
    argv = mcptape.record(*peer("peer", "--echo"))
    bare = {"PATH": mcptape.environment["PATH"], "MCPTAPE_TEST_TOKEN": mcptape.token}
    outcome = mcptape.converse(argv, CALL, env=bare)
    assert (outcome.status, outcome.output) == (0, CALL)


def test_the_store_variable_does_not_move_a_wrapped_server(mcptape, tmp_path):
    """--store wins over MCPTAPE_STORE."""
    environment = {**mcptape.environment, "MCPTAPE_STORE": str(tmp_path / "elsewhere")}
    outcome = mcptape.converse(mcptape.record(*peer("peer", "--echo")), CALL, env=environment)
    assert outcome.status == 0
    assert not (tmp_path / "elsewhere").exists()
    assert mcptape.recorded("c2s") == CALL


def test_only_names_of_variables_are_stored(mcptape):
    environment = {**mcptape.environment, "API_KEY": "s3cr3t-value-of-a-key"}
    outcome = mcptape.converse(mcptape.record(*peer("peer", "--echo")), CALL, env=environment)
    assert outcome.status == 0
    stored = b"".join(path.read_bytes() for path in mcptape.store.rglob("*") if path.is_file())
    assert b"s3cr3t-value-of-a-key" not in stored
    assert b"s3cr3t-value-of-a-key" not in mcptape.export()


def test_credentials_on_the_command_line_are_masked(mcptape):
    secret = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    server = peer("peer", "--echo")
    outcome = mcptape.converse(
        mcptape.record("env", f"GITHUB_TOKEN={secret}", "sh", "-c", 'exec "$@"', "--api-key", *server), CALL
    )
    assert outcome.output == CALL
    stored = b"".join(path.read_bytes() for path in mcptape.store.rglob("*") if path.is_file())
    assert secret.encode() not in stored
    assert secret.encode() not in mcptape.export()


def test_a_credential_in_an_error_is_masked(mcptape):
    """The words of a command are quoted masked, and a start that fails keeps none of them."""
    secret = "hunter2-hunter2"
    for program, shown in (
        (f"API_TOKEN={secret}", "API_TOKEN=[masked]"),
        (f"https://me:{secret}@localhost/mcp", "https://[masked]@localhost/mcp"),
    ):
        outcome = mcptape.converse(mcptape.record(program, "-u", f"me:{secret}"))
        assert outcome.status == 127
        assert shown in outcome.complaint and secret not in outcome.complaint
    for words in (["record", f"https://me:{secret}@localhost/", "--", "x"], [f"API_TOKEN={secret}", "npx"]):
        outcome = mcptape.run(*words, status=64)
        assert "[masked]" in outcome.complaint and secret not in outcome.complaint
    stored = b"".join(path.read_bytes() for path in mcptape.store.rglob("*") if path.is_file())
    assert stored and secret.encode() not in stored
    assert secret not in mcptape.run("show", "last", "--json").text + mcptape.run("show", "last").text


def test_the_store_is_private(mcptape):
    assert mcptape.converse(mcptape.record(*peer("peer", "--echo")), CALL, umask=0).status == 0
    assert mcptape.store.stat().st_mode & 0o777 == 0o700
    for path in mcptape.store.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path.name} has mode {mode:o}"


def test_a_store_that_others_may_write_is_refused(mcptape):
    mcptape.store.mkdir(mode=0o700)
    mcptape.store.chmod(0o777)
    outcome = mcptape.run("sessions", status=77)
    assert str(mcptape.store) in outcome.complaint
    traffic = mcptape.converse(mcptape.record(*peer("peer", "--echo")), CALL)
    assert (traffic.status, traffic.output) == (0, CALL)
    assert traffic.complaint, "the recording is impaired and nobody says so"
    subprocess.run(["rm", "-rf", mcptape.store], check=True)
