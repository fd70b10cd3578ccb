"""Law 5: the end of the server is our end, in every way a host can see."""

import contextlib
import os
import signal
import stat

import pytest

from program import Conversation, peer, signal_name

CODES = [
    0,
    1,
    2,
    3,
    42,
    63,
    64,
    65,
    66,
    69,
    70,
    74,
    77,
    124,
    125,
    126,
    127,
    128,
    129,
    137,
    143,
    200,
    254,
    255,
]
if int(os.environ.get("MCPTAPE_CYCLES", "20")) >= 256:
    CODES = list(range(256))


@pytest.mark.parametrize("code", CODES)
def test_the_exit_code_is_the_servers(mcptape, code):
    outcome = mcptape.converse(mcptape.record("sh", "-c", f"exit {code}"))
    assert (outcome.status, outcome.output, outcome.errors) == (code, b"", b"")


DEADLY = [
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGABRT,
    signal.SIGKILL,
    signal.SIGSEGV,
    signal.SIGPIPE,
    signal.SIGALRM,
    signal.SIGTERM,
    signal.SIGUSR1,
]


@pytest.mark.parametrize("number", DEADLY, ids=signal_name)
def test_a_server_that_dies_of_a_signal(mcptape, number):
    outcome = mcptape.converse(mcptape.record("sh", "-c", f"ulimit -c 0; kill -{int(number)} $$"))
    assert outcome.status == 128 + number
    assert outcome.errors == b""


def test_the_end_of_the_input_ends_the_server_and_us(mcptape):
    outcome = mcptape.converse(mcptape.record("cat"), b"x\n")
    assert (outcome.status, outcome.output) == (0, b"x\n")


def test_the_servers_end_is_ours_though_the_client_is_still_there(mcptape):
    process = mcptape.start(mcptape.record("sh", "-c", "printf bye; exit 5"))
    outcome = Conversation(process).finish(30)
    assert (outcome.status, outcome.output) == (5, b"bye")


def test_a_server_may_close_its_output_and_live_on(mcptape, tmp_path):
    server = peer("peer", "--close-output-first", "--received", tmp_path / "received", "--exit", 6)
    outcome = mcptape.converse(mcptape.record(*server), b"late\n" * 1000)
    assert outcome.status == 6
    assert (tmp_path / "received").read_bytes() == b"late\n" * 1000


def test_a_grandchild_that_holds_the_output_does_not_hold_us(mcptape):
    """The server is gone; something that it left in the background still has its standard output."""
    outcome = mcptape.converse(mcptape.record("sh", "-c", "sleep 300 & printf done; exit 4"))
    assert (outcome.status, outcome.output) == (4, b"done")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=signal_name)
def test_a_signal_to_us_reaches_the_server(mcptape, number):
    script = (
        f'trap "echo caught >&2; exit 9" {int(number)}; echo ready; while :; do read line || sleep 0.05; done'
    )
    process = mcptape.start(mcptape.record("sh", "-c", script))
    conversation = Conversation(process)
    conversation.wait_for(lambda received: b"ready" in received)
    process.send_signal(number)
    # Some shells run the trap at the next line only; one that has ended by then reads none.
    with contextlib.suppress(BrokenPipeError):
        conversation.send(b"\n")
    outcome = conversation.finish(30)
    assert outcome.errors == b"caught\n"
    assert outcome.status == 9


def test_a_server_that_ignores_the_signal_is_killed(mcptape):
    process = mcptape.start(mcptape.record("sh", "-c", 'trap "" TERM; echo ready; sleep 300; sleep 300'))
    conversation = Conversation(process)
    conversation.wait_for(lambda received: b"ready" in received)
    process.terminate()
    assert conversation.finish(10).status == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist(mcptape):
    outcome = mcptape.converse(mcptape.record("no-such-server-anywhere", "--flag"))
    assert outcome.status == 127
    assert outcome.output == b""
    assert "no-such-server-anywhere" in outcome.complaint
    shown = mcptape.run("show", "last").text
    assert "did not start" in shown and "no-such-server-anywhere" in shown and "PATH" in shown


def test_a_path_that_does_not_exist(mcptape):
    outcome = mcptape.converse(mcptape.record("./missing/server"))
    assert outcome.status == 127
    assert "./missing/server" in outcome.complaint


def test_a_file_that_is_not_executable(mcptape, tmp_path):
    script = tmp_path / "server.txt"
    script.write_text("not a program")
    script.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert mcptape.converse(mcptape.record(script)).status == 126
    assert "did not start" in mcptape.run("show", "last").text


def test_a_directory_as_command(mcptape, tmp_path):
    assert mcptape.converse(mcptape.record(tmp_path)).status == 126


def test_an_interpreter_that_is_missing(mcptape, tmp_path):
    script = tmp_path / "server"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    assert mcptape.converse(mcptape.record(script)).status in (126, 127)


def test_a_script_without_an_interpreter_line_runs_as_shells_run_it_or_says_so(mcptape, tmp_path):
    script = tmp_path / "server"
    script.write_text("exit 12\n")
    script.chmod(0o755)
    assert mcptape.converse(mcptape.record(script)).status in (12, 126)


def test_nothing_after_the_dashes(mcptape):
    outcome = mcptape.run("record", "--", status=64)
    assert outcome.output == b""
    assert outcome.complaint


def test_a_store_that_cannot_be_used_with_fail_closed_starts_nothing(mcptape, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "witness").unlink(missing_ok=True)
    argv = mcptape.record("touch", tmp_path / "witness", options=["--fail-closed"])
    argv[argv.index("--store") + 1] = str(tmp_path / "file" / "store")
    outcome = mcptape.converse(argv)
    assert outcome.status == 125
    assert outcome.output == b""
    assert outcome.complaint.strip()
    assert not (tmp_path / "witness").exists()
