"""A real server behind a recording: `replay --mode all`, `--on-miss`, and where nothing can be done."""

import json
import os
import signal
import tempfile
from pathlib import Path

import pytest

from modes import Client, Place
from program import DEADLINE


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


# all


def test_all_keeps_the_line_of_what_did_not_change(place):
    client = place.client("--mode", "all").begin()
    for name in ("a", "version", "b"):
        client.call(name)
    assert client.end()[0] == 0
    before = place.lines
    text = place.file.read_bytes()
    # Nothing has changed: neither has the file, whatever ids the client gives.
    client = place.client("--mode", "all")
    client.number = 40
    client.begin()
    for name in ("a", "version", "b"):
        client.call(name)
    assert client.end()[0] == 0
    assert place.file.read_bytes() == text
    # One answer is another one now, and a call is new in the middle.
    client = place.client("--mode", "all", server=place.server()).begin()
    for name in ("a", "new", "version", "b"):
        client.call(name)
    assert client.end()[0] == 0
    after = place.lines
    assert [line for line in after[1:] if line in before] == before[1:]
    assert len(after) == len(before) + 2
    place.check()
    client = place.client("--mode", "all", server=place.server("2")).begin()
    for name in ("a", "new", "version", "b"):
        client.call(name)
    assert client.end()[0] == 0
    changed = [line for line in place.lines[1:] if line not in after]
    assert len(place.lines) == len(after) and len(changed) == 2
    assert all('"2"' in line for line in changed)
    place.check()
    client = place.client("--all-played", server=[]).begin()
    assert [client.call(name) for name in ("a", "new", "version", "b")] == ["a {}", "new {}", "2", "b {}"]
    assert client.end()[0] == 0


def test_all_leaves_the_file_when_there_is_no_server(place):
    place.record("a")
    before = place.file.read_bytes()
    assert place.client("--mode", "all", server=["/nowhere/server"]).end()[0] == 127
    assert place.client("--mode", "all", server=["false"]).end()[0] == 1
    assert place.file.read_bytes() == before and place.litter() == []


# --on-miss


def test_nearest_says_that_it_is(place, tmp_path):
    place.record("a")
    report = tmp_path / "home" / "report.json"
    client = place.client("--on-miss", "nearest", "--report", report, server=[]).begin()
    answer = client.request("tools/call", name="a", arguments={"x": 1})
    assert answer["result"]["content"][0]["text"] == "a {}"
    mark = answer["result"]["_meta"]["mcptape/nearest"]
    assert mark["data"]["nearest"] == 2 and "the answer of #2 was given" in mark["message"]
    # Another tool's answer would be nobody's.
    assert client.request("tools/call", name="b", arguments={})["error"]["code"] == 1001
    assert client.end()[0] == 3
    misses = json.loads(report.read_bytes())["misses"]
    assert [miss["data"].get("answeredBy") for miss in misses] == ["nearest", None]


def test_forward_keeps_nothing(place, tmp_path):
    place.record("a")
    before = place.file.read_bytes()
    report = tmp_path / "home" / "report.json"
    client = place.client("--on-miss", "forward", "--report", report).begin()
    assert [client.call("a"), client.call("b")] == ["a {}", "b {}"]
    assert client.request("fail")["error"]["message"] == "failed"
    status, errors = client.end()
    assert status == 0 and "2 by the real server" in errors
    assert place.file.read_bytes() == before
    stored = json.loads(report.read_bytes())
    assert (stored["forwarded"], stored["added"], stored["missCount"]) == (2, 0, 0)
    assert "2 by the real server" in place.mcptape.run("report", report).text


# Where nothing can be written, and flags


# Answers each request with the next number, as both the client and our own bridge count.
SHELL_SERVER = r"""
n=0
while read -r line; do
  case "$line" in *notifications*) continue ;; esac
  n=$((n + 1))
  printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"live"}]}}\n' $n
done
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
@pytest.mark.parametrize("mode", ["once", "new_episodes"])
def test_a_read_only_directory_costs_the_client_no_answer(mcptape, mode):
    with tempfile.TemporaryDirectory(prefix="mcptape-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        program, file = directory / "mcptape", directory / "x.mcptape.jsonl"
        program.write_bytes(mcptape.binary.read_bytes())
        program.chmod(0o755)
        if mode == "new_episodes":
            file.write_text('{"mcptape":1,"sessions":[{"id":"s1","name":"x"}]}\n' + RECORDED)
            file.chmod(0o644)
        before = file.read_bytes() if file.exists() else None
        # A user who may write nothing there.
        argv = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--bounding-set=-all"]
        argv += [program, "replay", file, "--mode", mode, "--", "sh", "-c", SHELL_SERVER]
        client = Client(mcptape.start(argv, env={**mcptape.environment, "HOME": "/"}, cwd="/")).begin()
        assert client.call("b") == "live"
        status, errors = client.end()
        assert status == 77, errors
        assert "Permission denied" in errors and str(file) in errors
        assert (file.read_bytes() if file.exists() else None) == before


RECORDED = """\
{"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}}
{"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}}
"""


def test_a_directory_that_is_not_there_is_said_before_anything_starts(place):
    place.file = place.file.parent / "nowhere" / "x.mcptape.jsonl"
    status, errors = place.client("--mode", "once").end()
    assert status == 74 and "No such file" in errors and place.starts == 0


@pytest.mark.parametrize(
    "options, server, words",
    [
        (["--mode", "all"], [], "--mode all needs the real server"),
        (["--mode", "new_episodes"], [], "--mode new_episodes needs the real server"),
        (["--on-miss", "forward"], [], "--on-miss forward needs the real server"),
        (["--mode", "sometimes"], [], "say none, once, new_episodes or all"),
        (["--on-miss", "guess"], [], "say error, nearest or forward"),
        ([], ["server"], "nothing asks it"),
        (["--mode", "all", "--listen", "0"], [], "--mode all needs the real server"),
        (["--mode", "all", "--upstream", "http://x"], ["server"], "not both"),
        (["--mode", "all", "--on-miss", "nearest"], ["server"], "has no use with --mode all"),
        (["--no-redact"], [], "redaction is for what is recorded"),
    ],
)
def test_wrong_usage(place, options, server, words):
    status, errors = place.client(*options, server=server).end()
    assert status == 64 and words in errors, errors


def test_a_mode_needs_a_file_to_write(mcptape, tmp_path):
    outcome = mcptape.run("replay", "last", "--mode", "all", "--", "true", status=64)
    assert "writes a recording file" in outcome.complaint
    outcome = mcptape.run("replay", "./x.txt", "--mode", "all", "--", "true", status=64)
    assert ".mcptape.jsonl" in outcome.complaint


def test_the_fixture_is_one_shell_line(place):
    line = f"{place.mcptape.binary} replay {place.file} --mode once -- {' '.join(place.server())}"
    for _ in range(2):
        client = Client(place.mcptape.start(["sh", "-c", line])).begin()
        assert client.call("a") == "a {}"
        assert client.end()[0] == 0
    assert place.starts == 1


def test_nothing_of_the_server_is_left(place):
    """Also when the replay is killed: the test's own end looks for processes that are left."""
    place.record("a")
    client = place.client("--mode", "new_episodes").begin()
    assert client.call("b") == "b {}"
    client.process.send_signal(signal.SIGKILL)
    client.process.wait(DEADLINE)
