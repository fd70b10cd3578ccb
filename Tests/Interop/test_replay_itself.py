"""Every committed recording replays to itself: the same client lines get the same server lines, in order."""

import json
import subprocess
from pathlib import Path

import pytest

from program import DEADLINE

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings").glob("*.mcptape.jsonl"))


def message(line: dict):
    """What the line holds: a message with U+2028 in it is kept as text. None: no message, as HTTP has."""
    if "msg" in line:
        return line["msg"]
    try:
        return json.loads(line.get("text", ""))
    except ValueError:
        return None


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda file: file.name)
def test_replays_to_itself(binary, file):
    header, *lines = [json.loads(line) for line in file.read_text().rstrip("\n").split("\n")]
    first = header["sessions"][0]["id"]
    for session in (entry["id"] for entry in header["sessions"]):
        said = [
            line for line in lines
            if line.get("session", first) == session and "dir" in line and message(line) is not None
        ]
        sent = "".join(json.dumps(message(line)) + "\n" for line in said if line["dir"] == "c2s")
        replay = subprocess.run(
            [binary, "replay", file, "--session", session],
            input=sent.encode(),
            capture_output=True,
            timeout=DEADLINE,
        )
        assert replay.returncode == 0, replay.stderr.decode()
        got = [json.loads(line) for line in replay.stdout.split(b"\n") if line]
        assert got == [message(line) for line in said if line["dir"] == "s2c"]
