"""Options of `replay` that meet: what contradicts itself is said before anything happens."""

import json
import os
import re
import signal
import socket
import sys

import pytest

from modes import Place
from program import DEADLINE
from test_replay_servers import session_lines


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


def refused(place, *options, status=64, server=None):
    """What is said of a command line that is refused before the server starts."""
    before = place.file.read_bytes() if place.file.exists() else None
    given, errors = place.client(*options, server=server).end()
    assert given == status, errors
    assert place.starts == 0 and place.litter() == []
    assert before == (place.file.read_bytes() if place.file.exists() else None)
    return errors


# --dry-run


def test_a_dry_run_records_nothing(place):
    errors = refused(place, "--mode", "once", "--dry-run", status=66)
    assert "is not there, and --dry-run is for one that is" in errors
    place.record("a")
    assert "--mode all plays nothing" in refused(place, "--mode", "all", "--dry-run")
    client = place.client("--mode", "new_episodes", "--dry-run")
    output, _ = client.process.communicate(timeout=DEADLINE)
    assert client.process.returncode == 0 and b"until the answers" in output and place.starts == 0


@pytest.mark.parametrize(
    "options",
    [["--listen", "0", "--exec"], ["--report", "r.json"], ["--all-played"],
     ["--listen", "0", "--port-file", "p"], ["--listen", "0", "--ready-fd", "1"]],
    ids=lambda options: options[-1],
)  # fmt: skip
def test_a_dry_run_serves_nobody(place, options):
    place.record("a")
    errors = refused(place, "--dry-run", *options, server=["true"] if "--exec" in options else [])
    assert "--dry-run serves nothing, so --" in errors


def test_a_dry_run_reads_the_faults(place):
    place.record("a")
    assert "column 1" in refused(place, "--dry-run", "--fault", "nonsense", server=[])


# --fault, --session and --server where there is no recording yet


@pytest.mark.parametrize("mode", ["once", "new_episodes"])
def test_what_is_recorded_does_not_go_wrong(place, mode):
    errors = refused(place, "--mode", mode, "--fault", "drop", status=66)
    assert "record it without --fault first" in errors
    assert "it has no session yet" in refused(place, "--mode", mode, "--session", "ab", status=66)
    place.record("a")
    assert "must not go wrong" in refused(place, "--mode", "all", "--fault", "drop")
    client = place.client("--mode", mode, "--fault", "tool:a error:-1:boom").begin()
    assert client.call("a") == "boom"
    assert client.end()[0] == 0


def test_a_server_that_is_named_is_found_again(place):
    for _ in range(2):
        client = place.client("--mode", "once", "--server", "github").begin()
        assert client.call("a") == "a {}"
        assert client.end()[0] == 0
    assert place.starts == 1 and json.loads(place.lines[0])["sessions"][0]["name"] == "github"


# --mode all


def test_what_cannot_be_replaced_is_said_before_it_is_recorded(place):
    place.file.write_text(session_lines([("github", "aaaa", "one"), ("files", "bbbb", "two")]))
    assert "choose with --server NAME or --session ID" in refused(place, "--mode", "all")
    assert "has no such session" in refused(place, "--mode", "all", "--server", "x", status=66)
    whole = place.file.read_bytes()
    place.file.write_bytes(whole[:-20])
    assert "is damaged and stays as it is" in refused(place, "--mode", "all", status=74)
    place.file.write_bytes(whole.replace(b'"mcptape": 1', b'"mcptape": 2', 1))
    assert "a newer mcptape is needed" in refused(place, "--mode", "all", status=74)
    place.file.write_bytes(whole)
    client = place.client("--mode", "all", "--server", "files").begin()
    assert client.call("a") == "a {}"
    assert client.end()[0] == 0 and place.litter() == []
    assert any('"one"' in line.replace(" ", "") for line in place.lines)


def test_what_could_not_be_written_is_kept_and_said_where(place, tmp_path):
    place.record("a")
    client = place.client("--mode", "all").begin()
    client.call("b")
    place.file.write_bytes(place.file.read_bytes()[:-20])
    status, errors = client.end()
    assert status == 74 and "is damaged and stays as it is; it is kept: mcptape export" in errors
    words = errors[errors.index("export --store") :].split()
    place.mcptape.run(*words[:-1], tmp_path / "kept.mcptape.jsonl")
    assert '"name":"b"' in (tmp_path / "kept.mcptape.jsonl").read_text().replace(" ", "")


# --translate-era


def test_the_real_server_is_not_asked_in_another_era(place):
    for options in (["--mode", "new_episodes"], ["--on-miss", "forward"]):
        assert "would be asked in the client's era" in refused(place, *options, "--translate-era")
    place.record("a")
    client = place.client("--mode", "once", "--translate-era").begin()
    assert client.call("a") == "a {}"
    assert client.end()[0] == 0


# What is left by those that are gone


def test_a_writer_that_was_killed_leaves_nothing_for_long(place):
    place.record("a")
    dead = place.mcptape.start(["true"])
    dead.wait(DEADLINE)
    name = place.file.name
    kept = [f"{name}.{os.getpid()}-1.tmp", f"{name}.notes.tmp", f"other.{dead.pid}-1.tmp"]
    for left in [*kept, f"{name}.{dead.pid}-12345.tmp"]:
        (place.file.parent / left).write_text("half")
    client = place.client("--mode", "new_episodes").begin()
    client.call("b")
    assert client.end()[0] == 0
    assert sorted(place.litter()) == sorted(kept)


def test_a_program_that_outlives_the_replay_does_not_hold_its_port(mcptape, place):
    place.record("a")
    port_file = place.file.parent / "port"
    program = (
        "import os, subprocess, sys; "
        "orphan = subprocess.Popen(['sleep', '60'], close_fds=False, stdout=2); print(orphan.pid)"
    )
    read, write = os.pipe()
    argv = [mcptape.binary, "replay", place.file, "--listen", "0", "--quiet", "--port-file", port_file]
    process = mcptape.start([*argv, "--exec", "--", sys.executable, "-c", program], pass_fds=[write])
    os.close(write)
    output = process.stdout.readline()
    orphan = int(output)
    try:
        assert process.wait(DEADLINE) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(port_file.read_text())), timeout=DEADLINE)
        # What was ours to pass on is passed on: the orphan still holds the pipe.
        os.set_blocking(read, False)
        with pytest.raises(BlockingIOError):
            os.read(read, 1)
    finally:
        os.kill(orphan, signal.SIGKILL)
        os.close(read)


def test_the_program_keeps_its_standard_output(place):
    place.record("a")
    words = ["--listen", "0", "--exec", "--ready-fd", "1"]
    assert "standard output is the program's" in refused(place, *words, server=["echo", "seen"])


def test_a_socket_has_no_port(place):
    place.record("a")
    words = ["--listen", "unix:s", "--port-file", "p"]
    assert "there is no port" in refused(place, *words, server=[])


def test_a_program_that_cannot_start_leaves_no_socket(place):
    place.record("a")
    words = ["--listen", f"unix:{place.file.parent / 's'}", "--exec", "--quiet"]
    assert "cannot start" in refused(place, *words, server=["/nowhere"], status=127)


def test_a_report_that_cannot_be_written_is_said_before_the_program_starts(place):
    place.record("a")
    words = ["--listen", "0", "--exec", "--quiet", "--report", "/nowhere/r.json"]
    assert "cannot create /nowhere/r.json" in refused(place, *words, server=["echo", "seen"], status=66)


# A real server that is not there


@pytest.mark.parametrize("mode", ["once", "all"])
def test_an_upstream_that_refuses_is_said_and_leaves_no_file(place, mode):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    report = place.file.parent / "report.json"
    options = ["--mode", mode, "--upstream", f"http://127.0.0.1:{port}/mcp", "--report", report]
    client = place.client(*options, server=[])
    assert re.search("cannot connect|refused", client.request("initialize")["error"]["message"])
    status, errors = client.end()
    assert status == 69 and "was not written: the server answered nothing" in errors
    assert not place.file.exists()
    assert json.loads(report.read_text())["missCount"] == 1
