"""A store that somebody removes, or replaces, while a session is recorded into it."""

import json
import shutil
import socket

import pytest
from program import Conversation, peer, wait_until
from proxy import proxy
from test_propagate import post, upstream


def line(number: int) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "ping"}).encode() + b"\n"


def recorded(program) -> bytes:
    """What the newest session of the server named `first` holds; nothing while there is none."""
    outcome = program.run("show", "first", "dir:c2s", "--raw", status=None)
    return outcome.output if outcome.status == 0 else b""


def front(program, port: int):
    return proxy(program, f"http://127.0.0.1:{port}/mcp", "--name", "first")


def start(program) -> Conversation:
    command = program.record(*peer("peer", "--echo"), options=["--name", "first"])
    return Conversation(program.start(command))


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_what_comes_later_is_recorded_and_the_loss_is_said_once(mcptape, replaced):
    conversation = start(mcptape)
    conversation.send(line(1))
    wait_until(lambda: recorded(mcptape) == line(1))
    shutil.rmtree(mcptape.store)
    if replaced:
        # Another session makes a store in its place.
        assert mcptape.converse(mcptape.record(*peer("peer", "--echo")), line(100)).status == 0
    later = line(2) + line(3)
    conversation.send(later)
    wait_until(lambda: later in recorded(mcptape))
    conversation.send(line(4))
    conversation.half_close()
    outcome = conversation.finish()
    assert outcome.status == 0
    # Traffic never noticed.
    assert outcome.output == line(1) + later + line(4)
    assert recorded(mcptape) == later + line(4)
    told = outcome.complaint.splitlines()
    assert len([text for text in told if "was removed or replaced" in text]) == 1, told
    assert len([text for text in told if "the store takes records again" in text]) == 1, told
    # Complete, and no journal is left behind.
    sessions = [json.loads(row) for row in mcptape.run("sessions", "--json").text.splitlines()]
    assert len(sessions) == (2 if replaced else 1)
    # The two messages and what answered them are gone, and the session says so.
    (first,) = [session for session in sessions if session["name"] == "first"]
    # The answer to the first may come after the last commit before.
    lost = first["head_lost_before"]
    assert lost in (2, 3)
    assert f"the messages before {lost} are gone" in mcptape.run("show", "first").text
    assert not list((mcptape.store / "journals").iterdir())
    assert mcptape.run("doctor", status=None).status == 0


def test_a_session_that_says_no_more_is_not_lost_either(mcptape):
    """Its end is what is recorded: removed in silence, the store is made anew for it."""
    conversation = start(mcptape)
    conversation.send(line(1))
    wait_until(lambda: recorded(mcptape) == line(1))
    shutil.rmtree(mcptape.store)
    conversation.half_close()
    assert conversation.finish().status == 0
    wait_until(lambda: mcptape.run("sessions", status=None).status == 0)
    (row,) = mcptape.run("sessions", "--json").text.splitlines()
    lost = json.loads(row).get("head_lost_before")
    # Without time left for a store, the recorder leaves its journal: the next process takes all of it in.
    assert lost in (2, 3) or (lost is None and recorded(mcptape) == line(1))


def test_a_listener_goes_on_too(mcptape):
    def request(number: int) -> bytes:
        return line(number).strip()

    with upstream() as (server, _), front(mcptape, server) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            post(connection, port, request(1))
            wait_until(lambda: request(1) in recorded(mcptape))
            shutil.rmtree(mcptape.store)
            post(connection, port, request(2))
            wait_until(lambda: request(2) in recorded(mcptape))
    assert request(2) in recorded(mcptape) and request(1) not in recorded(mcptape)
