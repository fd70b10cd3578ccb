"""What a crash leaves behind: a server's under `--mode all`, and that of a recorder that was killed."""

import os
import signal
import subprocess

import pytest

from modes import Place


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


def test_a_server_that_owes_answers_replaces_no_good_file(place):
    place.record("a", "b")
    before = place.file.read_bytes()
    client = place.client("--mode", "all").begin()
    assert client.call("a")
    client.send(id=9, method="tools/call", params={"name": "exit", "arguments": {"status": 3}})
    # The server goes first.
    client.process.wait()
    status, errors = client.end()
    assert status == 3 and "unanswered; " in errors and "stays as it was" in errors, errors
    assert place.file.read_bytes() == before


def test_what_a_killed_recorder_left_is_removed_and_a_living_one_is_left_alone(place):
    client = place.client("--mode", "once").begin()
    client.call("a")
    client.process.send_signal(signal.SIGKILL)
    client.process.communicate()
    left = [name for name in os.listdir(place.file.parent) if ".recording-" in name]
    assert len(left) == 1
    sleeper = subprocess.Popen(["sleep", "1000"])
    try:
        alive = place.file.parent / f".{place.file.name}.recording-{sleeper.pid}"
        alive.mkdir()
        place.record("a")
        names = [name for name in os.listdir(place.file.parent) if ".recording-" in name]
        assert names == [alive.name]
    finally:
        sleeper.kill()
        sleeper.wait()


def test_an_answer_of_another_request_counts_as_a_miss_alone(place, tmp_path):
    place.record("a")
    client = place.client("--on-miss", "nearest", server=[]).begin()
    assert client.request("tools/call", name="a", arguments={"other": 1})
    status, errors = client.end()
    assert status == 3
    # The handshake alone was answered from the recording.
    assert "1 answered from the recording" in errors and "1 not recorded" in errors, errors
