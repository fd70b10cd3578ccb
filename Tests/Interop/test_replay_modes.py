"""A real server behind a recording: `replay --mode once|new_episodes|all`, and what lies in the file then."""

import fcntl
import json
import os
import signal

import pytest

from modes import INITIALIZE, Place
from program import DEADLINE, shell_status, wait_until


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


# once


@pytest.mark.parametrize("name", ["x.mcptape.jsonl", "x.mcptape.jsonl.gz"])
def test_once_records_and_then_never_starts_the_server(mcptape, tmp_path, name):
    place = Place(mcptape, tmp_path, name)
    client = place.client("--mode", "once").begin()
    assert client.call("a", x=1) == 'a {"x": 1}'
    assert not place.file.exists()
    status, errors = client.end()
    assert (status, place.starts) == (0, 1) and errors == "up\n"
    assert place.litter() == []
    place.check()
    before = place.file.read_bytes()
    for mode, server in (("once", None), ("once", []), ("none", ["/nowhere/server"]), ("none", None)):
        client = place.client("--mode", mode, server=server).begin()
        assert client.call("a", x=1) == 'a {"x": 1}'
        assert client.end()[0] == 0
    client = place.client("--mode", "once").begin()
    assert "was not recorded like this" in client.call("a", x=2)
    assert client.end()[0] == 3
    assert place.starts == 1 and place.file.read_bytes() == before


def test_once_is_the_server_itself_while_it_records(place):
    """Its exit status, its signals, and its file also after SIGTERM."""
    client = place.client("--mode", "once").begin()
    client.send(id=9, method="tools/call", params={"name": "exit", "arguments": {"status": 7}})
    assert client.end()[0] == 7
    place.file.unlink()
    client = place.client("--mode", "once").begin()
    assert client.call("a") == "a {}"
    client.process.send_signal(signal.SIGTERM)
    client.process.wait(DEADLINE)
    assert shell_status(client.process.returncode) == 128 + signal.SIGTERM
    assert any('"name":"a"' in line.replace(" ", "") for line in place.lines)
    place.check()


def test_once_without_server_says_how_to_record(place):
    status, errors = place.client("--mode", "once", server=[]).end()
    assert status == 66 and "there is no server to record it from" in errors
    assert f"replay {place.file} --mode once -- COMMAND" in errors
    status, errors = place.client("--mode", "none").end()
    assert status == 66 and "--mode once -- COMMAND" in errors and place.starts == 0


def test_a_server_that_does_not_start_or_answer_leaves_no_file(place):
    status, errors = place.client("--mode", "once", server=["/nowhere/server"]).end()
    assert status == 127 and "/nowhere/server" in errors
    assert not place.file.exists() and place.litter() == []
    status, errors = place.client("--mode", "once", server=["true"]).end()
    assert status == 0 and "the server answered nothing" in errors
    assert not place.file.exists() and place.litter() == []


def test_once_redacts(place):
    client = place.client("--mode", "once").begin()
    assert "sk-ant-api03-aB3dE5" in client.call("secret")
    assert client.end()[0] == 0
    text = "\n".join(place.lines)
    assert "sk-ant-api03-aB3dE5" not in text and "[redacted:" in text


def test_two_that_record_one_file_at_once_both_win(place):
    first, second = (place.client("--mode", "once").begin() for _ in range(2))
    first.call("a"), second.call("a"), first.call("b"), second.call("c")
    assert first.end()[0] == 0
    before = place.lines
    assert second.end()[0] == 0
    assert place.lines[: len(before)] == before
    assert len(place.lines) == len(before) + 2
    place.check()
    client = place.client("--all-played", server=[]).begin()
    assert [client.call(name) for name in "abc"] == ["a {}", "b {}", "c {}"]
    assert client.end() == (0, "")
    assert place.litter() == []


# new_episodes


def test_new_episodes_adds_what_is_missing_and_nothing_else(place):
    place.record("a")
    before = place.lines
    client = place.client("--mode", "new_episodes").begin()
    assert client.call("a") == "a {}"
    assert place.starts == 0
    assert client.call("b", x=1) == 'b {"x": 1}'
    # It is there as soon as it was answered, or soon after.
    wait_until(lambda: len(place.lines) == len(before) + 2)
    assert client.call("b", x=2) == 'b {"x": 2}'
    status, errors = client.end()
    assert status == 0 and "2 by the real server, 2 added to the recording" in errors
    assert place.lines[: len(before)] == before and len(place.lines) == len(before) + 4
    place.check()
    # The server got the client's own handshake, under numbers of ours.
    heard = [json.loads(line) for line in place.log.read_text().splitlines() if line != "start"]
    methods = [message["method"] for message in heard]
    assert methods == ["initialize", "notifications/initialized", "tools/call", "tools/call"]
    assert heard[0]["params"] == INITIALIZE
    assert [message.get("id") for message in heard] == [1, None, 2, 3]
    # Now it plays without the server, also for a client that asks the other way round.
    client = place.client("--mode", "new_episodes").begin()
    assert [client.call("b", x=2), client.call("b", x=1), client.call("a")] == [
        'b {"x": 2}', 'b {"x": 1}', "a {}",
    ]
    assert client.end() == (0, "") and place.starts == 1


def test_all_that_the_server_says_in_an_added_exchange_comes_live_and_is_added(place):
    place.record("a")
    for server, starts in ((None, 1), (None, 1), ([], 1)):
        mode = ["--mode", "new_episodes"] if server is None else []
        client = place.client(*mode, server=server).begin()
        client.send(
            id="p", method="tools/call",
            params={"name": "progress", "arguments": {}, "_meta": {"progressToken": "mine"}},
        )
        progress = [client.read(), client.read()]
        assert [message["params"]["progressToken"] for message in progress] == ["mine", "mine"]
        assert client.read()["id"] == "p"
        client.send(id="q", method="tools/call", params={"name": "ask", "arguments": {}})
        question = client.read()
        assert question["method"] == "elicitation/create"
        client.send(id=question["id"], result={"action": "accept"})
        assert client.read()["result"]["content"][0]["text"] == "accept"
        status, errors = client.end()
        assert status == 0, errors
        assert place.starts == starts
    place.check()


def test_ids_of_added_requests_are_free_ones(place):
    place.record("a")
    client = place.client("--mode", "new_episodes")
    client.send(id=1, method="tools/call", params={"name": "b", "arguments": {}})
    assert client.read()["id"] == 1
    assert client.end()[0] == 0
    added = [json.loads(line)["msg"] for line in place.lines[-2:]]
    assert added[0]["id"] == added[1]["id"] == 3
    assert place.starts == 1


def test_an_absent_file_is_recorded_whole(place):
    client = place.client("--mode", "new_episodes").begin()
    assert client.call("a") == "a {}"
    assert client.end()[0] == 0
    assert '"initialize"' in place.lines[1]
    place.check()


def test_what_is_added_is_redacted(place):
    place.record("a")
    client = place.client("--mode", "new_episodes").begin()
    assert "sk-ant-api03-aB3dE5" in client.call("secret")
    assert client.end()[0] == 0
    text = "\n".join(place.lines)
    assert "sk-ant-api03-aB3dE5" not in text and "[redacted:" in text
    status, errors = place.client("--mode", "new_episodes", "--no-redact").end()
    assert status == 64 and "would put secrets beside its placeholders" in errors


def test_two_that_add_to_one_file_at_once_both_win(place):
    place.record("a")
    before = place.lines
    clients = [place.client("--mode", "new_episodes").begin() for _ in range(4)]
    for number, client in enumerate(clients):
        assert client.call("same") == "same {}"
        assert client.call("own", x=number) == f'own {{"x": {number}}}'
    for client in clients:
        assert client.end()[0] == 0
    assert place.lines[: len(before)] == before
    # What all asked is there once, what each one asked too.
    assert len(place.lines) == len(before) + 2 * 5
    place.check()
    client = place.client(server=[]).begin()
    assert client.call("same") == "same {}"
    assert [client.call("own", x=number) for number in range(4)] == [
        f'own {{"x": {number}}}' for number in range(4)
    ]
    assert client.end()[0] == 0 and place.litter() == []


def test_a_lock_that_somebody_holds_holds_up_no_answer(place):
    place.record("a")
    before = place.lines
    directory = os.open(place.file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        client = place.client("--mode", "new_episodes").begin()
        assert client.call("b") == "b {}" and client.call("c") == "c {}"
        assert place.lines == before
    finally:
        os.close(directory)
    wait_until(lambda: len(place.lines) == len(before) + 4)
    assert client.end()[0] == 0


def test_lines_of_others_stay(place):
    """Comments, members and kinds of line of a later version, odd white space, no last line feed."""
    place.record("a")
    lines = place.lines
    lines.insert(2, '{"comment":"why this is here"}')
    lines.insert(3, "")
    lines[4] = lines[4].replace('"dir"', '"note" : 1 ,"dir"')
    place.file.write_text("\n".join(lines))
    client = place.client("--mode", "new_episodes").begin()
    assert client.call("b") == "b {}"
    assert client.end()[0] == 0
    assert place.lines[: len(lines)] == lines and len(place.lines) == len(lines) + 2


def test_a_crash_in_the_middle_leaves_a_whole_file(place):
    place.record("a")
    client = place.client("--mode", "new_episodes").begin()
    client.call("b")
    wait_until(lambda: any('"b"' in line for line in place.lines))
    client.send(id=9, method="tools/call", params={"name": "exit", "arguments": {"status": 1}})
    client.process.send_signal(signal.SIGKILL)
    client.process.communicate()
    place.check()
    client = place.client(server=[]).begin()
    assert [client.call("a"), client.call("b")] == ["a {}", "b {}"]
    assert client.end()[0] == 0


def test_a_recorder_that_was_killed_leaves_the_old_file_and_its_recording(place):
    client = place.client("--mode", "once").begin()
    client.call("a")
    client.process.send_signal(signal.SIGKILL)
    client.process.communicate()
    assert not place.file.exists()
    status, errors = place.client(server=[]).end()
    assert status == 66 and "its recorder was killed; the recording is kept: mcptape export" in errors
    words = errors[errors.index("mcptape export") :].split()
    place.mcptape.run(*words[1:])
    client = place.client(server=[]).begin()
    assert client.call("a") == "a {}"
    assert client.end()[0] == 0


def test_a_server_that_dies_is_said_and_the_next_miss_starts_another(place):
    place.record("a")
    client = place.client("--mode", "new_episodes").begin()
    assert "the real server did not answer: the server was ended by signal 9" in client.call("die")
    assert client.call("a") == "a {}" and client.call("b") == "b {}"
    status, errors = client.end()
    assert (status, place.starts) == (3, 2), errors
    client = place.client("--mode", "new_episodes", server=["/nowhere/server"]).begin()
    assert "/nowhere/server" in client.call("c")
    assert client.end()[0] == 3


def test_a_client_that_has_closed_its_side_gets_what_it_asked_for(place):
    place.record("a")
    argv = [place.mcptape.binary, "replay", place.file, "--mode", "new_episodes", "--", *place.server()]
    calls = [{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}]
    for number, name in enumerate("abc", 2):
        params = {"name": name, "arguments": {}}
        calls.append({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
    outcome = place.mcptape.converse(argv, "".join(json.dumps(call) + "\n" for call in calls).encode())
    assert outcome.status == 0, outcome.complaint
    assert sorted(json.loads(line)["id"] for line in outcome.text.splitlines()) == [1, 2, 3, 4]
