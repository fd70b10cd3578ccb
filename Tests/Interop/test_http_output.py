"""A listener's `-o`, `--no-store`, `--durable` and `--fail-closed`."""

import json
import signal
import subprocess

import pytest

from program import DEADLINE, wait_until
from proxy import proxy
from scripted import post, read_request, scripted
from service import listener, service
from test_http_listener import get

ANSWER = b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'


def answer(connection):
    while True:
        read_request(connection)
        connection.sendall(HEAD % len(ANSWER) + ANSWER)


def call(port: int, session: str):
    client = post(port, CALL, fields=(f"Mcp-Session-Id: {session}", "Connection: close"))
    received = b""
    while data := client.recv(65536):
        received += data
    assert received.endswith(ANSWER)


@pytest.mark.parametrize("is_only", [False, True], ids=["beside-the-store", "only"])
@pytest.mark.parametrize("name", ["out.mcptape.jsonl", "out.mcptape.jsonl.gz"])
def test_the_file_holds_all_sessions_of_the_listener(mcptape, is_only, name):
    file = mcptape.directory / name
    with scripted(answer) as port:
        url = f"http://127.0.0.1:{port}"
        if not is_only:
            with proxy(mcptape, url, name="earlier") as front:
                call(front, "earlier")
        with proxy(mcptape, url, "-o", file, *(["--no-store"] if is_only else [])) as front:
            for session in ("one", "two", "one"):
                call(front, session)
            assert not file.exists()
    rows = mcptape.run("sessions", "--json").output.splitlines() if not is_only else []
    ids = [json.loads(row)["session"] for row in rows]
    assert is_only or len(ids) == 3
    text = mcptape.run("export", file).output
    sessions = [session["id"] for session in json.loads(text.splitlines()[0])["sessions"]]
    assert len(sessions) == 2 and text.count(b'"method":"tools/call"') == 3
    if is_only:
        assert not mcptape.store.exists()
    else:
        # Newest first in the list, oldest first in the file; the earlier one is not in it.
        assert sessions == ids[1::-1]
    beside = sorted(path.name for path in mcptape.directory.iterdir() if "out." in path.name)
    assert beside == [name], "nothing is left beside it"


def test_without_a_session_there_is_no_file(mcptape):
    file = mcptape.directory / "out.mcptape.jsonl"
    port_file = mcptape.directory / "port"
    process = mcptape.start(
        [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--port-file", port_file]
        + ["--upstream", "http://127.0.0.1:1", "-o", file], stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(port_file.exists)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 74 and b"no session was recorded" in errors, errors
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_said_before_anything_starts(mcptape):
    outcome = mcptape.run(
        "record", "--listen", "0", "--upstream", "http://127.0.0.1:1", "-o", "/nowhere/a.mcptape.jsonl",
        status=125,
    )  # fmt: skip
    assert "/nowhere" in outcome.complaint and "nothing was started" in outcome.complaint
    outcome = mcptape.run(
        "record", "--listen", "0", "--upstream", "http://127.0.0.1:1", "--no-store", status=64
    )
    assert "say -o FILE" in outcome.complaint


def test_durable_syncs_before_it_forwards(mcptape):
    """The journal lies in the store, and each of its bytes is on the disk before the peer has it."""
    log = mcptape.directory / "strace"
    file = mcptape.directory / "port"
    probe = subprocess.run(["strace", "-V"], capture_output=True)
    if probe.returncode != 0:
        pytest.skip("needs strace")
    with scripted(answer) as port:
        # The tracer is a grandchild: signals reach the program.
        argv = ["strace", "-D", "-f", "-o", log, "-e", "trace=msync,write,writev,sendto,sendmsg"]
        argv += [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--durable"]
        argv += ["--port-file", file, "--upstream", f"http://127.0.0.1:{port}"]
        process = mcptape.start(argv, stdin=subprocess.DEVNULL)
        wait_until(lambda: file.exists() or process.poll() is not None)
        call(int(file.read_text()), "one")
        assert list(mcptape.store.glob("journal/*")), "the journal is not on the disk of the store"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE)
    calls = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
    sent = [at for at, line in enumerate(calls) if "POST /mcp HTTP/1.1" in line and "msync" not in line]
    assert sent and any(line.startswith("msync") for line in calls[: sent[0]]), calls


def test_durable_needs_a_disk_also_from_the_configuration(mcptape):
    with service(mcptape, "durable: true\nlisteners:\n" + listener("http://127.0.0.1:1")) as running:
        running.port()
        assert list(mcptape.store.glob("journal/*"))


def test_fail_closed_does_not_listen_without_a_recording(mcptape):
    """A store that cannot be made: with the flag nothing is listened on, without it traffic goes on."""
    blocked = mcptape.directory / "file"
    blocked.write_text("no directory")
    words = ["record", "--listen", "0", "--upstream", "http://127.0.0.1:1", "--fail-closed"]
    outcome = mcptape.run(*words, "--store", blocked / "store", status=125)
    assert str(blocked) in outcome.complaint


def test_fail_closed_records_as_ever_while_it_can(mcptape):
    with scripted(answer) as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}", "--fail-closed") as front:
            call(front, "one")
            assert get(front)[0] == 200
    assert mcptape.run("stats", "--all", "--json").output.count(b'"tools/call"') >= 1
