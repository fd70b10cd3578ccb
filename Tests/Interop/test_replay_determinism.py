"""The same recording and the same client give the same bytes, in every run and on either transport."""

import json
import subprocess
from pathlib import Path

import pytest

from program import DEADLINE
from test_http_replay import ask, served

RECORDINGS = Path(__file__).parents[2] / "recordings"


def said(name: str) -> list[bytes]:
    """The client's messages, each as a line."""
    lines = map(json.loads, (RECORDINGS / name).read_text().rstrip("\n").split("\n")[1:])
    return [
        json.dumps(line["msg"], separators=(",", ":")).encode()
        for line in lines if line.get("dir") == "c2s" and "msg" in line
    ]  # fmt: skip


def play(binary, name: str, lines: list[bytes]) -> bytes:
    replay = subprocess.run(
        [binary, "replay", RECORDINGS / name, "--speed", "none", "--quiet"],
        input=b"\n".join(lines) + b"\n", capture_output=True, timeout=DEADLINE,
    )  # fmt: skip
    assert replay.returncode == 0, replay.stderr.decode()
    return replay.stdout


@pytest.mark.parametrize("name", ["demo", "features-1", "http-2-modern"])
def test_a_hundred_runs_give_the_same_bytes(binary, name):
    name += ".mcptape.jsonl"
    lines = said(name)
    first = play(binary, name, lines)
    assert first
    for _ in range(99):
        assert play(binary, name, lines) == first


def posted(port: int, line: bytes) -> tuple[str, list[bytes]]:
    """The form of the answer, and its messages byte for byte."""
    status, fields, body = ask(port, "POST", line, accept="application/json, text/event-stream")
    assert status in (200, 202, 400, 404), body
    if "chunked" in fields.get("transfer-encoding", ""):
        rest, body = body, b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    if "text/event-stream" not in fields.get("content-type", ""):
        return "json", [body] if body else []
    return "sse", [row.removeprefix(b"data: ") for row in body.split(b"\n") if row.startswith(b"data: ")]


def test_both_transports_give_the_same_messages(mcptape):
    name = "demo.mcptape.jsonl"
    lines = said(name)
    runs = []
    for _ in range(3):
        with served(mcptape, RECORDINGS / name, "--seed", "1", "--speed", "none") as port:
            runs.append([posted(port, line) for line in lines])
    assert runs[0] == runs[1] == runs[2]
    assert {form for form, _ in runs[0]} == {"json", "sse"}
    messages = [message for _, found in runs[0] for message in found]
    assert messages == play(mcptape.binary, name, lines).splitlines()
