"""What of HTTP never reaches the disk, and what is left behind when a listener ends early."""

import http.client
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from program import DEADLINE, Conversation, wait_until
from proxy import proxy, sdk_server
from scripted import read_request, scripted
from test_http_authorization import everything_kept
from test_http_sdk import run_client

EMPTY = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def accept_everything(connection):
    while True:
        read_request(connection)
        connection.sendall(EMPTY)


def send(port: int, method: str, target: str, body: str = "", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.request(method, target, body or None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 202


def test_the_query_of_the_upstreams_url_is_shown_nowhere(mcptape):
    with scripted(accept_everything) as port:
        url = f"http://127.0.0.1:{port}/mcp?key=hidden-word-1&hidden-word-2"
        with proxy(mcptape, url) as front:
            # It is the client's to send.
            send(front, "GET", "/mcp?key=hidden-word-1&hidden-word-2")
            kept = everything_kept(mcptape)
            process = mcptape.started[0]
            process.terminate()
            start = process.stderr.read()
    kept += everything_kept(mcptape)
    assert f"http://127.0.0.1:{front}/mcp -> http://127.0.0.1:{port}/mcp".encode() in start
    assert b"hidden-word" not in kept and b"hidden-word" not in start
    # The names stay, and words without a name are values.
    assert b'"target":"/mcp?key=[redacted:' in kept


def test_the_query_is_shown_nowhere_when_the_upstream_is_down(mcptape):
    with proxy(mcptape, "http://127.0.0.1:1/mcp?key=hidden-word") as front:
        connection = http.client.HTTPConnection("127.0.0.1", front, timeout=DEADLINE)
        connection.request("GET", "/mcp?hidden-word")
        assert b"hidden-word" not in connection.getresponse().read()
    assert b"hidden-word" not in everything_kept(mcptape)


def test_forms_are_counted_and_not_kept(mcptape):
    multipart = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhidden-word\r\n--x--\r\n'
    with scripted(accept_everything) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        for path, body, kind in (
            ("/upload", multipart, "multipart/form-data; boundary=x"),
            ("/any", "a=hidden-word", "application/x-www-form-urlencoded"),
            ("/oauth/v2/token", '{"code":"hidden-word"}', "application/json"),
        ):
            send(front, "POST", path, body, **{"Content-Type": kind})
    assert b"hidden-word" not in everything_kept(mcptape)
    told = mcptape.run("export", "last", "-o", "file.mcptape.jsonl").complaint
    assert "1 session, 0 messages" in told and "3 bodies of forms or OAuth not recorded" in told, told


@pytest.mark.parametrize(
    "generation, mode, words", [(1, "v1", "sse"), (1, "v1", ""), (2, "legacy", ""), (2, "auto", "json")]
)
def test_replay_writes_nothing_that_is_no_message(mcptape, generation, mode, words):
    """`Accepted`, texts of a 405, endpoint events: bodies of HTTP that stdio has no place for."""
    python = os.environ[f"MCPTAPE_PYTHON_{generation}"]
    path = "sse" if words == "sse" else "mcp"
    with sdk_server(mcptape, python, *words.split()) as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            run_client(mcptape, generation, mode, f"http://127.0.0.1:{front}/{path}")
    recording = mcptape.export("last~0")
    (mcptape.directory / "http.mcptape.jsonl").write_bytes(recording)
    asked = [line for line in mcptape.recorded("c2s").splitlines() if line.strip()]
    argv = [mcptape.binary, "replay", mcptape.directory / "http.mcptape.jsonl", "--quiet"]
    replay = Conversation(mcptape.start(argv))
    answered = 0
    for line in asked:
        message = json.loads(line)
        replay.send(line + b"\n")
        if "id" in message and "method" in message:
            answered += 1
            wanted = message["id"]
            replay.wait_for(lambda received: any(
                json.loads(row).get("id") == wanted for row in bytes(received).split(b"\n")[:-1]
            ))  # fmt: skip
    replay.half_close()
    outcome = replay.finish()
    rows = [json.loads(row) for row in outcome.output.splitlines()]
    assert answered > 10 and all(row["jsonrpc"] == "2.0" for row in rows)
    assert b"endpoint" not in outcome.output and b"Accepted" not in outcome.output
    assert outcome.status == 0, outcome.complaint


def left_behind(program, journal: Path) -> list[Path]:
    """What of journals is there: files where they were to lie, and pointers in the store."""
    files = [path for path in journal.rglob("*") if path.is_file()]
    return files + list(program.store.glob("journals/*"))


def test_a_port_file_that_cannot_be_written_leaves_no_journal(mcptape):
    journal = mcptape.directory / "journal"
    with scripted(accept_everything) as port:
        outcome = mcptape.run(
            "record", "--listen", "0", "--upstream", f"http://127.0.0.1:{port}", "--journal", journal,
            "--port-file", "/nowhere/port", status=74,
        )  # fmt: skip
    assert "/nowhere/port" in outcome.complaint
    assert not left_behind(mcptape, journal)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_every_signal_that_ends_a_listener_leaves_no_journal(mcptape, number):
    """Also after SIGHUP, which ends nothing: it has settings read again."""
    journal = mcptape.directory / "journal"
    with scripted(accept_everything) as port:
        file = mcptape.directory / "port"
        process = mcptape.start(
            [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--port-file", file]
            + ["--upstream", f"http://127.0.0.1:{port}", "--journal", journal],
            stdin=subprocess.DEVNULL,
        )
        wait_until(lambda: file.exists() or process.poll() is not None)
        send(int(file.read_text()), "GET", "/")
        assert left_behind(mcptape, journal), "the test looks in the wrong place"
        process.send_signal(signal.SIGHUP)
        send(int(file.read_text()), "GET", "/")
        process.send_signal(number)
        _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    assert not left_behind(mcptape, journal)
    session = json.loads(mcptape.run("sessions", "--json").output)
    assert session["end"]["reason"] != "interrupted", session
