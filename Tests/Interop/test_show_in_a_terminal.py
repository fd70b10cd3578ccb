"""Where a person looks, every row of `show` says what to type for the viewer, and that can be typed."""

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import termios

import pytest

from program import DEADLINE
from test_open import DEMO, background_servers, end

TWO = """{"mcptape":1,"sessions":[\
{"id":"first0000000","name":"one","transport":"stdio","started":"2026-11-01T10:00:00.000000Z"},\
{"id":"second000000","name":"two","transport":"stdio","started":"2026-11-01T10:00:01.000000Z"}]}
{"seq":1,"t":1,"dir":"c2s","session":"first0000000","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}
{"seq":1,"t":1,"dir":"c2s","session":"second000000","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}
{"seq":2,"t":2,"dir":"c2s","session":"second000000","msg":{"jsonrpc":"2.0","id":2,"method":"ping"}}
"""


def shown(mcptape, *words, columns=200, where=None):
    """What `show` writes to a terminal that is so wide."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = mcptape.start(
        [mcptape.binary, "show", "--store", mcptape.store, "--no-color", *words], stdout=inner,
        cwd=where or mcptape.directory)
    os.close(inner)
    text = b""
    while True:
        try:
            piece = os.read(outer, 1 << 16)
        except OSError:  # The other end is gone.
            piece = b""
        if not piece:
            break
        text += piece
    os.close(outer)
    assert process.wait(DEADLINE) == 0, process.stderr.read()
    return text.decode().replace("\r\n", "\n").splitlines()


def last_exchange(mcptape, recording):
    rows = [json.loads(row) for row in mcptape.run("show", recording, "--json").text.splitlines()]
    return max(row.get("exchange", 0) for row in rows[1:])


def opened(mcptape, line, where):
    """The address that the command in the last line leads to."""
    words = shlex.split(line.removeprefix("in the browser: mcptape "))
    assert words[0] == "open"
    process = mcptape.start(
        [mcptape.binary, *words, "--no-browser", "--store", mcptape.store], cwd=where)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors
    return output.decode().strip()


@pytest.mark.parametrize("columns", [80, 200])
def test_a_session_of_the_store(mcptape, columns):
    mcptape.run("import", DEMO)
    number = last_exchange(mcptape, "last")
    *rows, _, line = shown(mcptape, "last", columns=columns)
    word = re.fullmatch(rf"in the browser: mcptape open (\w+)#{number}", line)[1]
    assert len(word) == 4 and sum(f" {word}#{number} " in row for row in rows) >= 2
    try:
        assert opened(mcptape, line, mcptape.directory).endswith(f"&i={number}")
    finally:
        end(background_servers(mcptape.store))


@pytest.mark.parametrize("name, columns, stands", [
    ("x.mcptape.jsonl", 200, True), ("x.mcptape.jsonl", 100, False), ("a b/x.mcptape.jsonl", 200, True),
])
def test_a_file(mcptape, tmp_path, name, columns, stands):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(DEMO.read_bytes())
    number = last_exchange(mcptape, file)
    *rows, _, line = shown(mcptape, name, columns=columns, where=tmp_path)
    assert shlex.split(line)[-1] == f"{name}#{number}"
    assert any(f" {name}#{number} " in row for row in rows) == stands
    assert any(f" #{number} " in row for row in rows) != stands
    try:
        assert opened(mcptape, line, tmp_path).endswith(f"&i={number}")
        # And `show` takes it as well.
        told = mcptape.run("show", f"{file}#{number}").text
        assert told.startswith(f"#{number}  ")
        assert "has no exchange 999" in mcptape.run("open", f"{file}#999", status=66).complaint
    finally:
        end(background_servers(file))


def test_a_file_with_several_sessions(mcptape, tmp_path):
    file = tmp_path / "two.mcptape.jsonl"
    file.write_text(TWO)
    lines = [line for line in shown(mcptape, file.name, where=tmp_path) if "in the browser" in line]
    assert lines == [
        f"in the browser: mcptape open {file.name} --session first0000000 --exchange 1",
        f"in the browser: mcptape open {file.name} --session second000000 --exchange 2"]
    try:
        assert opened(mcptape, lines[1], tmp_path).endswith("&s=second000000&i=2")
        refused = mcptape.run("open", f"{file}#2", status=64)
        assert "is 2 sessions" in refused.complaint and "--session ID" in refused.complaint
    finally:
        end(background_servers(file))


def test_what_asked_for_nothing_is_opened_as_a_whole(mcptape, tmp_path):
    file = tmp_path / "quiet.mcptape.jsonl"
    file.write_text(TWO.splitlines()[0].partition(',{"id":"second')[0] + "]}\n" + (
        '{"seq":1,"t":1,"dir":"s2c","msg":{"jsonrpc":"2.0","method":"notifications/message"}}\n'))
    line = shown(mcptape, file.name, where=tmp_path)[-1]
    assert line == f"in the browser: mcptape open {file.name}"
    try:
        assert opened(mcptape, line, tmp_path).endswith("&s=first0000000")
    finally:
        end(background_servers(file))


def test_a_file_is_recorded_to_as_a_whole(mcptape, tmp_path):
    path = tmp_path / "new.mcptape.jsonl"
    refused = mcptape.run("replay", f"{path}#3", "--mode", "once", "--", "true", status=64)
    assert f"is an exchange of {path}" in refused.complaint and not path.exists()
