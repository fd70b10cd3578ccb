"""Every feature that the SDKs offer on HTTP: a client cannot tell, and the recording holds it all."""

import json
import os
from collections import Counter

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE
from proxy import proxy, sdk_server
from recorded_http import assert_all_recorded, entries, exchanges, sessions
from wire_tap import WireTap, messages

ALL = ["basic", "requests", "changes", "cancel"]
# client generation, its mode, server generation, the server's words, what is tried
PAIRINGS = {
    **{
        f"{client} to {server}, events": (generation, mode, of, "events", ALL)
        for client, generation, mode in (("2.x", 2, "auto"), ("2.x legacy", 2, "legacy"), ("1.x", 1, "v1"))
        for server, of in (("2.x", 2), ("1.x", 1))
    },
    "2.x legacy to 1.x, sse": (2, "legacy", 1, "sse", ALL),
    "1.x to 2.x, sse": (1, "v1", 2, "sse", ALL),
    "2.x to 2.x, json": (2, "auto", 2, "json", ["basic", "requests"]),
    "1.x to 2.x, json": (1, "v1", 2, "json", ["basic"]),
    "2.x to 2.x, stateless": (2, "auto", 2, "stateless", ALL),
    "2.x legacy to 1.x, stateless": (2, "legacy", 1, "stateless", ["basic"]),
    "1.x to 2.x, stateless": (1, "v1", 2, "stateless", ["basic"]),
}


def run_features(program, generation: int, mode: str, url: str, groups: list[str]) -> dict:
    python = os.environ[f"MCPTAPE_PYTHON_{generation}"]
    process = program.start(sdk_peer(python, "sdk_features", mode, url, *groups))
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def assert_equal_bytes(front: WireTap, behind: WireTap):
    """Both sides of mcptape saw the same; of a stream that the client left, the server may have sent more."""
    left = [(messages(passed.c2s), messages(passed.s2c)) for passed in behind.passed]
    for passed in front.passed:
        asked, answered = messages(passed.c2s), messages(passed.s2c)
        match = next(
            (
                pair for pair in left
                if pair[0] == asked and pair[1][:-1] == answered[:-1]
                and [head for head, _ in pair[1]] == [head for head, _ in answered]
                and (not answered or pair[1][-1][1].startswith(answered[-1][1]))
            ),
            None,
        )  # fmt: skip
        assert match, (asked, answered)
        left.remove(match)
    assert not left


@pytest.mark.parametrize("pairing", PAIRINGS.values(), ids=PAIRINGS)
def test_every_feature(mcptape, pairing):
    generation, mode, of, words, groups = pairing
    path = "sse" if words == "sse" else "mcp"
    python = os.environ[f"MCPTAPE_PYTHON_{of}"]
    results = []
    # What a server has cancelled, or ended, stays so: each run has a server of its own.
    with sdk_server(mcptape, python, "features", *words.split()) as port:
        url = f"http://127.0.0.1:{port}/{path}"
        results.append(run_features(mcptape, generation, mode, url, groups))
    with sdk_server(mcptape, python, "features", *words.split()) as port:
        behind = WireTap(port)
        with proxy(mcptape, f"http://127.0.0.1:{behind.port}", "--name", "api") as front_port:
            front = WireTap(front_port)
            # The clients of HTTP+SSE take no other origin than the one that they connected to.
            entry = front_port if words == "sse" else front.port
            url = f"http://127.0.0.1:{entry}/{path}"
            results.append(run_features(mcptape, generation, mode, url, groups))
            front.close()
        behind.close()
    direct, through = results
    assert through == direct
    if words != "sse":
        assert_equal_bytes(front, behind)
    assert_all_recorded(mcptape, behind)
    (session,) = sessions(mcptape) if "stateless" not in words else sessions(mcptape)[:1]
    is_modern = mode == "auto" and of == 2
    probed = ["modern", "legacy"] if mode == "auto" else ["legacy"]
    assert session["eras"] == (["modern"] if is_modern else probed)
    check_conversation(mcptape, session["session"], groups, is_modern, words, of)


def check_conversation(program, session: str, groups, is_modern: bool, words: str, of: int):
    told = exchanges(program, session)
    named = {}
    for exchange in told:
        named.setdefault(exchange.get("name") or exchange["method"], []).append(exchange)
    lines = entries(program, session)
    by_exchange = {}
    for line in lines:
        by_exchange.setdefault(line.get("exchange"), []).append(line)

    def about(exchange) -> Counter:
        """The methods of what belongs to an exchange beside its request and its answer."""
        return Counter(
            line["method"] for line in by_exchange[exchange["exchange"]] if line["kind"] == "notification"
        )

    if "basic" in groups:
        narrate = named["narrate"][0]
        assert narrate["status"] == "ok"
        # What comes in the response to a call is about it; on HTTP+SSE there is one stream for all.
        expected = {"notifications/progress": 3, "notifications/message": 3}
        if words == "sse":
            expected.pop("notifications/message")
        if words != "json":
            assert about(narrate) == expected and narrate["progress"] == 3
        assert named["note://tomorrow"][0]["status"] == "error"
        # On HTTP+SSE the answer may overtake the 202 of its POST, which then says nothing any more.
        statuses = [400] if is_modern else [202, None] if words == "sse" else [None]
        assert named["note://tomorrow"][0].get("http_status") in statuses
        assert [page["status"] for page in named["prompts/list"]] == ["ok", "ok", "error"]
    if "requests" in groups:
        check_requests(named, told, is_modern, words, of)
    if "changes" in groups and is_modern:
        first, second = named["subscriptions/listen"]
        # The client left the first; the server ended the second in good order.
        assert (first["status"], second["status"]) == ("cancelled", "ok")
        changes = ["tools/list_changed", "resources/updated", "prompts/list_changed"]
        for listen, seen in ((first, changes[:2]), (second, changes[2:])):
            assert about(listen) == {
                f"notifications/{name}": 1 for name in ["subscriptions/acknowledged", *seen]
            }
    elif "changes" in groups:
        loose = [line["method"] for line in by_exchange[None] if line["kind"] == "notification"]
        for change in ("tools/list_changed", "resources/updated", "prompts/list_changed"):
            assert loose.count(f"notifications/{change}") == 1
    if "cancel" in groups:
        hold = named["hold"][0]
        # Nobody answers a client that is gone, and the second generation on HTTP+SSE nobody at all.
        assert hold["status"] == ("cancelled" if is_modern or words == "sse" and of == 2 else "late")
        ends = [line["http"]["closed"] for line in by_exchange[hold["exchange"]] if line["kind"] == "http"]
        assert ends == ([{"by": "client", "reason": "disconnected"}] if is_modern else [])
        assert about(hold)["notifications/cancelled"] == (0 if is_modern else 1)
    assert not [exchange for exchange in told if exchange["status"] == "pending"]


def check_requests(named, told, is_modern: bool, words: str, of: int):
    asked = {"sample": ["sampling/createMessage"], "form": ["elicitation/create"], "roots": ["roots/list"],
             "link": ["elicitation/create"],
             "everything": ["elicitation/create", "sampling/createMessage"]}  # fmt: skip
    for tool, methods in asked.items():
        rounds = named[tool]
        if is_modern:
            # One chain: the question, and the same call with the answers.
            assert [call["chain"] for call in rounds] == [rounds[0]["exchange"]] * 2, tool
            assert [call["result_type"] for call in rounds] == ["input_required", "complete"]
            continue
        (call,) = rounds
        end = call["start_us"] + call["duration_us"]
        nested = [exchange for exchange in told if exchange["asker"] == "server"
                  and call["start_us"] <= exchange["start_us"] <= end]  # fmt: skip
        assert Counter(exchange["method"] for exchange in nested) == Counter(methods), tool
        # The first generation asks for roots on the stream of a GET, HTTP+SSE asks everything on its own.
        is_tied = words != "sse" and not (tool == "roots" and of == 1)
        for exchange in nested:
            assert exchange.get("parent") == (call["exchange"] if is_tied else None), tool
            assert exchange["status"] == "ok"


@pytest.mark.parametrize("place", ["client", "upstream", "neither"])
@pytest.mark.parametrize(
    "pairing", [(2, "legacy", 2), (2, "auto", 1), (1, "v1", 2), (1, "v1", 1)], ids=str
)
def test_a_stream_is_taken_up_again(mcptape, pairing, place):
    """The server lets go of a stream, or its connection is cut: one call, no message twice."""
    generation, mode, of = pairing
    python = os.environ[f"MCPTAPE_PYTHON_{of}"]
    word = None if place == "neither" else b"cut here"
    groups = ["poll"] if place == "neither" else ["cut"]
    results = []
    with sdk_server(mcptape, python, "features", "events") as port:
        tap = WireTap(port, cut_after=word)
        results.append(run_features(mcptape, generation, mode, f"http://127.0.0.1:{tap.port}/mcp", groups))
        tap.close()
    with sdk_server(mcptape, python, "features", "events") as port:
        behind = WireTap(port, cut_after=word if place == "upstream" else None)
        with proxy(mcptape, f"http://127.0.0.1:{behind.port}") as front_port:
            front = WireTap(front_port, cut_after=word if place == "client" else None)
            results.append(
                run_features(mcptape, generation, mode, f"http://127.0.0.1:{front.port}/mcp", groups)
            )
            front.close()
        behind.close()
    direct, through = results
    assert through == direct
    assert through[groups[0]][groups[0]]["content"][0]["text"]
    (session,) = sessions(mcptape)
    told = exchanges(mcptape, session["session"])
    (call,) = [exchange for exchange in told if exchange.get("name") == groups[0]]
    assert call["status"] == "ok" and session["pending"] == 0
    lines = entries(mcptape, session["session"])
    about = [line for line in lines if line.get("exchange") == call["exchange"]]
    progress = [line["msg"]["params"] for line in about if line.get("method") == "notifications/progress"]
    assert [told["progress"] for told in progress] == ([1.0, 2.0] if place == "neither" else [1.0])
    # The request and its answer came on two streams, the second of which names the newest event.
    answer = next(line for line in about if line["kind"] == "response")
    request = next(line for line in about if line["kind"] == "request")
    assert answer["stream"] != request["stream"]
    heads = [line["http"]["request"] for line in lines if "request" in line.get("http", {})]
    names = [{field[0].lower() for field in head["fields"]} for head in heads if head["method"] == "GET"]
    assert any("last-event-id" in fields for fields in names)
    closed = [line["http"]["closed"]["by"] for line in about if "closed" in line.get("http", {})]
    assert closed == ([] if place == "neither" else [place])
