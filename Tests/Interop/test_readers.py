"""What the reading commands say of sessions that ended, were damaged, or whose recorder is lost."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess

from program import DEADLINE, wait_until
from proxy import sdk_server
from recorded_http import sessions
from test_http_sessions import INITIALIZE, Client


def record_pings(program, name: str, ids) -> None:
    lines = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n' % number for number in ids)
    server = [program.binary, "demo-server"]
    program.converse(program.record(*server, options=["--name", name]), lines)


def follow(program, *words, lines: int) -> list[str]:
    """The first lines that `tail` prints; then it is ended."""
    process = program.start([program.binary, "tail", "--store", program.store, *words])
    found = [process.stdout.readline().decode() for _ in range(lines)]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=DEADLINE)
    assert rest == b"", rest
    return found


def test_tail_begins_with_the_newest(mcptape):
    """Exchanges of all sessions in the order in which they ended, and no more than were asked for."""
    for name, ids in (("one", (1, 2)), ("two", (3, 4)), ("three", (5, 6))):
        record_pings(mcptape, name, ids)
    shown = follow(mcptape, "--json", "--last", "3", lines=3)
    assert [json.loads(line)["id"] for line in shown] == [4, 5, 6]
    shown = follow(mcptape, "--last", "1", "server:one", lines=1)
    assert "#2 ping" in shown[0]


def test_tail_of_one_session_ends_with_it(mcptape):
    record_pings(mcptape, "one", (1, 2))
    told = mcptape.run("tail", "--session", "one").text.splitlines()
    assert len(told) == 1 and "server ended with 0" in told[0]
    told = mcptape.run("tail", "--session", "one", "--last", "1").text.splitlines()
    assert len(told) == 2 and "#2 ping" in told[0] and "server ended with 0" in told[1]


def test_a_damaged_session_is_shown_and_not_played(mcptape):
    record_pings(mcptape, "one", (1, 2))
    with sqlite3.connect(mcptape.store / "index.sqlite") as database:
        changed = database.execute("UPDATE block SET checksum = checksum + 1").rowcount
    assert changed == 1
    shown = mcptape.run("show", "one", status=74)
    (gap,) = [line for line in shown.text.splitlines() if "✂" in line]
    assert "messages 1 to 4 are missing here" in gap and "0 B" not in gap
    told = json.loads(mcptape.run("show", "one", "--json", status=74).text.splitlines()[1])
    assert told["kind"] == "gap" and told["reason"] == "damaged" and "s2c_bytes" not in told
    played = mcptape.run("replay", "one", input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n', status=74)
    assert "is damaged and is not played" in played.complaint and played.output == b""


def test_a_file_name_says_what_is_written(mcptape):
    record_pings(mcptape, "one", (1,))
    for name in ("-", "x.har", "x.otlp", "x"):
        refused = mcptape.run("export", "one", "-o", name, status=64)
        assert f"-o {name}:" in refused.complaint, refused.complaint
        assert not (mcptape.directory / name).exists()
    for name in ("x.mcptape.jsonl", "x.jsonl", "x.mcptape.jsonl.gz"):
        mcptape.run("export", "one", "-o", name)
        assert mcptape.run("check", name).text.startswith(name)


def test_sessions_of_a_lost_listener_end(mcptape):
    """Its journal was in memory and the machine was restarted: nobody can say more of them."""
    record_pings(mcptape, "before", (1,))
    python = os.environ["MCPTAPE_PYTHON_1"]
    file = mcptape.directory / "port"
    with sdk_server(mcptape, python, "features") as port:
        proxy = mcptape.start(
            [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--port-file", file,
             "--upstream", f"http://127.0.0.1:{port}", "--name", "api"], stdin=subprocess.DEVNULL
        )  # fmt: skip
        wait_until(lambda: file.exists() or proxy.poll() is not None)
        status, head, _ = Client(int(file.read_text())).ask("POST", "initialize", INITIALIZE)
        assert status == 200
        wait_until(lambda: [session["name"] for session in sessions(mcptape)] == ["api", "before"])
        assert sessions(mcptape)[0]["live"]
        proxy.kill()
        proxy.communicate(timeout=DEADLINE)
    (pointer,) = (mcptape.store / "journals").iterdir()
    shutil.rmtree(pointer.read_text().strip())
    os.utime(pointer, (0, 0))
    read = mcptape.run("sessions", "--json")
    session = json.loads(read.text.splitlines()[0])
    assert not session["live"] and session["end"]["reason"] == "interrupted"
    assert not pointer.exists()
    assert "interrupted: mcptape was killed" in mcptape.run("show", "api").text
    assert mcptape.run("tail", "--session", "api").text
