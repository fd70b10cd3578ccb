"""`replay --listen --mode`: what is missing on HTTP is asked of the real server, for each client."""

import json
import threading

import pytest

from modes import INITIALIZE, Place
from modes_http import HTTPClient, listening
from program import DEADLINE, peer, wait_until


@pytest.fixture
def place(mcptape, tmp_path):
    return Place(mcptape, tmp_path)


def together(*bodies):
    """Runs all at one time; what one of them raises is raised."""
    failures = []

    def guarded(body):
        try:
            body()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    if failures:
        raise failures[0]


def called(place):
    """The tools that the file has calls of."""
    messages = [json.loads(line).get("msg", {}) for line in place.lines[1:]]
    return [message["params"]["name"] for message in messages if message.get("method") == "tools/call"]


def test_once_records_what_clients_say_on_http(mcptape, place):
    with listening(mcptape, place.file, "--mode", "once", server=place.server()) as (port, said):
        client = HTTPClient(port).begin()
        assert client.call("a", n=1) == 'a {"n": 1}'
        assert client.types[-1] == "application/json"
        assert client.call("progress") == "done"
        assert client.types[-1].startswith("text/event-stream")
        assert client.call("ask") == "accept"
        client.leave()
    assert place.starts == 1 and place.litter() == ["listening.port"], said
    place.check()
    place.log.unlink()
    # It never starts the server again, and needs none.
    for mode in ("once", "none"):
        options = ["--mode", mode, "--all-played"]
        with listening(mcptape, place.file, *options, server=place.server()) as (port, _):
            again = HTTPClient(port).begin()
            assert [again.call("a", n=1), again.call("progress")] == ['a {"n": 1}', "done"]
            assert again.call("ask") == "accept"
            # The ids of the server's own requests are live.
            assert [{**message, "id": 0} for message in again.seen] == [
                {**message, "id": 0} for message in client.seen
            ]
    assert not place.log.exists()
    # And on stdio.
    player = place.client(server=[]).begin()
    assert player.call("a", n=1) == 'a {"n": 1}'
    assert player.end()[0] == 0


def test_each_client_has_a_server_of_its_own_and_the_file_one_session(mcptape, place):
    with listening(mcptape, place.file, "--mode", "once", server=place.server()) as (port, _):
        clients = [HTTPClient(port).begin() for _ in range(3)]

        def work(number):
            assert clients[number].call("same") == "same {}"
            assert clients[number].call(f"own{number}") == f"own{number} {{}}"

        together(*(lambda number=number: work(number) for number in range(3)))
        clients[0].leave()
    assert place.starts == 3
    place.check()
    header, *lines = map(json.loads, place.lines)
    assert len(header["sessions"]) == 1
    assert sorted(called(place)) == ["own0", "own1", "own2", "same"]
    ids = [line["msg"]["id"] for line in lines if line["dir"] == "c2s" and "id" in line["msg"]]
    assert len(ids) == len(set(map(str, ids)))


def test_new_episodes_adds_what_each_client_lacks_while_it_is_served(mcptape, place):
    place.record("old")
    before = place.file.read_bytes()
    with listening(mcptape, place.file, "--mode", "new_episodes", server=place.server()) as (port, _):
        first, second = HTTPClient(port).begin(), HTTPClient(port).begin()
        assert first.call("old") == "old {}" and place.starts == 0
        together(lambda: first.call("new"), lambda: second.call("new"))
        together(lambda: first.call("progress"), lambda: second.call("ask"))
        assert place.starts == 2
        # What a client left is kept, and what one said that is still there.
        first.leave()
    after = place.file.read_bytes()
    assert after.startswith(before) and after != before
    place.check()
    assert sorted(called(place)) == ["ask", "new", "old", "progress"]
    with listening(mcptape, place.file, "--all-played") as (port, _):
        client = HTTPClient(port).begin()
        for name, text in {"old": "old {}", "new": "new {}", "progress": "done", "ask": "accept"}.items():
            assert client.call(name) == text


def test_what_was_added_is_in_the_file_before_the_end(mcptape, place):
    place.record("old")
    options = ["--mode", "new_episodes"]
    listener = listening(mcptape, place.file, *options, server=place.server(), ending="kill")
    with listener as (port, _):
        client = HTTPClient(port).begin()
        assert client.call("new") == "new {}"
        wait_until(lambda: "new {}" in place.file.read_text())
    place.check()


def test_two_listeners_that_add_to_one_file_both_win(mcptape, place):
    place.record("old")
    options = ["--mode", "new_episodes"]
    with listening(mcptape, place.file, *options, server=place.server(), name="a") as (left, _):
        with listening(mcptape, place.file, *options, server=place.server(), name="b") as (right, _):
            first, second = HTTPClient(left).begin(), HTTPClient(right).begin()
            together(
                lambda: [first.call(name) for name in ("both", "left")],
                lambda: [second.call(name) for name in ("both", "right")],
            )
    place.check()
    assert sorted(called(place)) == ["both", "left", "old", "right"]


def test_all_replaces_what_changed_and_keeps_the_other_lines(mcptape, place):
    with listening(mcptape, place.file, "--mode", "once", server=place.server()) as (port, _):
        client = HTTPClient(port).begin()
        assert client.call("version") == "1" and client.call("same") == "same {}"
    before = place.lines
    with listening(mcptape, place.file, "--mode", "all", server=place.server("2")) as (port, _):
        client = HTTPClient(port).begin()
        assert client.call("version") == "2"
        assert client.call("same") == "same {}"
        # Until the end the old one stays.
        assert place.lines == before
    after = place.lines
    place.check()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [json.loads(line).get("msg", {}).get("id") for line in changed] == [None, 1, 2], changed


def test_all_leaves_the_file_when_the_server_dies(mcptape, place):
    place.record("a")
    before = place.file.read_bytes()
    with listening(mcptape, place.file, "--mode", "all", server=place.server(), status=3) as (port, said):
        client = HTTPClient(port).begin()
        assert "ended by signal 9" in client.call("die")
        # The next one has another server.
        assert client.call("a") == "a {}"
    assert place.file.read_bytes() == before
    assert b"left 1 request unanswered" in said[-1]


def test_forward_keeps_nothing(mcptape, place):
    place.record("old")
    before = place.file.read_bytes()
    with listening(mcptape, place.file, "--on-miss", "forward", server=place.server()) as (port, said):
        client = HTTPClient(port).begin()
        assert client.call("old") == "old {}" and client.call("new") == "new {}"
    assert place.file.read_bytes() == before
    assert b"forwarded" in said[-1] or b"real server" in said[-1], said


def test_what_is_added_is_redacted(mcptape, place):
    place.record("old")
    with listening(mcptape, place.file, "--mode", "new_episodes", server=place.server()) as (port, _):
        assert HTTPClient(port).begin().call("secret").startswith("key is sk-ant-api03-")
    assert "sk-ant" not in place.file.read_text() and "[redacted:" in place.file.read_text()


def test_a_server_that_cannot_be_had_is_said(mcptape, place):
    nowhere = ["/nowhere/server"]
    with listening(mcptape, place.file, "--mode", "once", server=nowhere, status=69) as (port, said):
        client = HTTPClient(port)
        answer = client.request("initialize", {})
        assert "/nowhere/server" in answer["error"]["message"]
    assert not place.file.exists() and b"was not written" in said[-1]
    url = "http://127.0.0.1:9/mcp"
    with listening(mcptape, place.file, "--mode", "once", "--upstream", url, status=69) as (port, said):
        answer = HTTPClient(port).request("initialize", {})
        assert "127.0.0.1:9" in answer["error"]["message"]
    # Nobody came: nothing is there to be played.
    with listening(mcptape, place.file, "--mode", "once", "--upstream", url, status=74) as (port, said):
        pass
    assert not place.file.exists()


def test_exec_is_the_client_and_the_file_is_written_at_its_end(mcptape, place):
    place.record("a")
    file = place.file.with_name("y.mcptape.jsonl")
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "a", "arguments": {}}}
    client = ["--exec", "--", *peer("post"), json.dumps(initialize), json.dumps(call)]
    with listening(mcptape, place.file) as (port, _):
        url = f"http://127.0.0.1:{port}/mcp"
        live = mcptape.run("replay", file, "--listen", "0", "--mode", "once", "--upstream", url, *client)
    assert "a {}" in live.text and '"x.mcptape' not in live.text
    played = mcptape.run("replay", file, "--listen", "0", "--mode", "none", *client)
    assert played.text == live.text


def test_what_makes_no_sense_is_refused(mcptape, place):
    place.record("a")
    for words, reason in [
        (["--mode", "once", "--shared-cursor", "--", "x"], "--shared-cursor"),
        (["--mode", "new_episodes", "--exec", "--", "x"], "--upstream URL"),
        (["--", "x"], "needs --exec"),
        (["--mode", "all", "--upstream", "http://127.0.0.1:9/", "--", "x"], "not both"),
    ]:
        outcome = mcptape.run("replay", place.file, "--listen", "0", *words, status=64)
        assert reason in outcome.complaint, outcome.complaint
