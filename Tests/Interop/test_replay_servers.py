"""A recording of several servers on HTTP, and the life of a replay there."""

import json
import os
import signal
import socket
import subprocess

import pytest

from program import DEADLINE
from test_http_replay import INITIALIZE, ask, served


def session_lines(sessions):
    """A recording: of each server its name, its session's id and the text that its tool `who` answers."""
    heads = [
        {"id": id_, "name": name, "started": f"2026-11-23T12:00:{number:02}Z"}
        for number, (name, id_, _) in enumerate(sessions)
    ]
    lines, number = [json.dumps({"mcptape": 1, "sessions": heads})], 0
    for _, id_, text in sessions:
        for direction, message in (
            ("c2s", json.loads(INITIALIZE)),
            ("s2c", {"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": "2025-06-18"}}),
            ("c2s", json.loads(WHO)), ("s2c", {"jsonrpc": "2.0", "id": 1, "result": {"text": text}}),
        ):  # fmt: skip
            number += 1
            line = {"seq": number, "t": number, "dir": direction, "session": id_, "msg": message}
            lines.append(json.dumps(line))
    return "\n".join([*lines, ""])


WHO = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who"}}'


@pytest.fixture
def world(tmp_path):
    path = tmp_path / "world.mcptape.jsonl"
    path.write_text(session_lines([("github", "aaaa", "I am github"), ("my files", "bbbb", "I am files")]))
    return path


def who(port, path, status=200):
    given, fields, body = ask(port, "POST", INITIALIZE, path=path)
    assert given == status, body
    if status != 200:
        return body.decode()
    answer = ask(port, "POST", WHO, path=path, mcp_session_id=fields["mcp-session-id"])
    return json.loads(answer[2])["result"]["text"]


def start(mcptape, recording, *options, **keywords):
    words = [mcptape.binary, "replay", "--store", mcptape.store, recording, "--listen", "127.0.0.1:0"]
    return mcptape.start([*words, *options], stdout=subprocess.DEVNULL, **keywords)


def end(process, status=0):
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == status, errors.decode()
    return errors.decode()


def test_each_server_is_a_route(mcptape, world, tmp_path):
    port_file, report = tmp_path / "port", tmp_path / "report.json"
    process = start(mcptape, world, "--port-file", port_file, "--report", report)
    lines = [process.stderr.readline().decode() for _ in range(2)]
    port = int(port_file.read_text())
    assert lines[0].endswith(f"github of {world} is served at http://127.0.0.1:{port}/github/mcp\n")
    assert lines[1].endswith(f"my files of {world} is served at http://127.0.0.1:{port}/my_files/mcp\n")
    assert who(port, "/github/mcp") == "I am github"
    assert who(port, "/github/mcp/worker-1") == "I am github"
    assert who(port, "/my_files") == "I am files"
    told = who(port, "/mcp", status=404)
    assert "/mcp is no server of this recording; it has /github/mcp, /my_files/mcp" in told
    end(process)
    found = json.loads(report.read_bytes())
    assert (found["requests"], found["session"]) == (6, "aaaa,bbbb")


def test_one_of_several_has_every_path(mcptape, world):
    for choice in (["--server", "my files"], ["--session", "bbbb"]):
        with served(mcptape, world, *choice) as port:
            assert who(port, "/mcp") == "I am files"
            assert who(port, "/github/mcp") == "I am files"


def test_what_one_server_left_out_is_told_with_its_name(mcptape, world, tmp_path):
    port_file = tmp_path / "port"
    process = start(mcptape, world, "--port-file", port_file, "--all-played")
    process.stderr.readline()
    process.stderr.readline()
    assert who(int(port_file.read_text()), "/github/mcp") == "I am github"
    assert "never asked for: #2 my files: tools/call who" in end(process, status=4)


def test_sessions_of_one_server_need_a_choice(mcptape, tmp_path):
    path = tmp_path / "twice.mcptape.jsonl"
    path.write_text(session_lines([("one", "aaaa", "first"), ("one", "bbbb", "second")]))
    refused = mcptape.run("replay", path, "--listen", "0", status=64)
    assert "2 sessions: one (aaaa), one (bbbb)" in refused.complaint
    with served(mcptape, path, "--session", "aaaa") as port:
        assert who(port, "/mcp") == "first"
    # Names that would be one variable of the environment are no choice either.
    path.write_text(session_lines([("a-b", "aaaa", "first"), ("a_b", "bbbb", "second")]))
    mcptape.run("replay", path, "--listen", "0", status=64)


def test_a_program_is_told_each_url(mcptape, world):
    def urls(*options):
        words = ["replay", world, "--listen", "0", *options, "--exec", "--", "env"]
        environment = {**mcptape.environment, "MCPTAPE_URL": "old"}
        lines = mcptape.run(*words, environment=environment).text.splitlines()
        found = dict(line.split("=", 1) for line in lines if line.startswith("MCPTAPE_URL"))
        return {name: url.split("/", 3)[3] for name, url in found.items()}

    assert urls() == {"MCPTAPE_URL_GITHUB": "github/mcp", "MCPTAPE_URL_MY_FILES": "my_files/mcp"}
    assert urls("--server", "github") == {"MCPTAPE_URL": "mcp", "MCPTAPE_URL_GITHUB": "mcp"}


def test_who_waits_reads_the_url_and_the_end(mcptape, world):
    for options, count in ((["--server", "github"], 1), ([], 2)):
        read, write = os.pipe()
        process = start(mcptape, world, *options, "--ready-fd", str(write), pass_fds=[write])
        os.close(write)
        with open(read) as pipe:
            lines = pipe.read().splitlines(keepends=True)
        assert len(lines) == count
        for line in lines:
            assert line.startswith("http://127.0.0.1:") and line.endswith("/mcp\n")
        end(process)
    refused = mcptape.run("replay", world, "--listen", "0", "--ready-fd", "99", status=64)
    assert "--ready-fd 99: no descriptor of that number can be written to" in refused.complaint


def test_it_ends_when_nobody_comes_any_more(mcptape, world, tmp_path):
    port_file = tmp_path / "port"
    process = start(mcptape, world, "--port-file", port_file, "--exit-on-idle", "100ms")
    process.stderr.readline()
    process.stderr.readline()
    port = int(port_file.read_text())
    # A connection without a request is no client, and before the first one it does not end.
    socket.create_connection(("127.0.0.1", port), timeout=DEADLINE).close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as open_connection:
        assert who(port, "/github/mcp") == "I am github"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        assert open_connection.fileno() >= 0
    assert process.wait(timeout=DEADLINE) == 0


def test_a_client_too_many_is_refused(mcptape, world):
    with served(mcptape, world, "--server", "github", "--max-sessions", "1") as port:
        session = ask(port, "POST", INITIALIZE)[1]["mcp-session-id"]
        head = f"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as stream:
            stream.sendall(f"{head}Mcp-Session-Id: {session}\r\n\r\n".encode())
            assert stream.recv(15) == b"HTTP/1.1 200 OK"
            status, _, body = ask(port, "POST", INITIALIZE)
            assert status == 503
            assert "1 clients, as many as --max-sessions allows" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize(
    "options",
    [["--listen", "0", "--exit-on-idle", "5"], ["--listen", "0", "--max-sessions", "0"],
     ["--listen", "0", "--ready-fd", "2"], ["--exit-on-idle", "5s"], ["--max-sessions", "3"],
     ["--ready-fd", "1"], ["--listen", "0", "--exit-on-idle", "5s", "--exec", "--", "true"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_refused(mcptape, world, options):
    mcptape.run("replay", world, *options, status=64)
