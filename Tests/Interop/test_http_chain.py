"""Client → mcptape → TLS → mcptape → server: nobody can tell, and the two recordings agree."""

import json
import os
from collections import defaultdict

import pytest

from authority import Authority
from proxy import proxy, sdk_server
from recording_file import lines, members
from test_http_features import assert_equal_bytes
from test_http_recording import Recorded, sessions
from test_http_sdk import run_client
from wire_tap import HOP_BY_HOP, WireTap

PAIRINGS = [
    (2, "auto", 2, ""), (2, "auto", 2, "stateless json"), (2, "legacy", 1, ""), (2, "legacy", 2, "sse"),
    (1, "v1", 2, ""), (1, "v1", 1, "json"), (1, "v1", 1, "sse"),
]  # fmt: skip


def told(entry: dict) -> tuple | None:
    """What a head says, without what belongs to one connection."""
    note = entry.get("http", {})
    head = note.get("request") or note.get("response")
    if not head:
        return None
    fields = [field for field in head["fields"] if field[0].lower().encode() not in HOP_BY_HOP]
    return head.get("method"), head.get("target"), head.get("status"), json.dumps(fields)


def recorded(program, name: str) -> list[tuple]:
    """Every exchange of the sessions of one proxy: heads, both bodies, whether it was cut; in any order."""
    exchanges, heads = defaultdict(Recorded), defaultdict(list)
    for session in sessions(program):
        if session["name"] != name:
            continue
        assert session["end"] and not session.get("gaps"), session
        for line in lines(program.export(session["session"]))[1:]:
            entry = members(line) if b'"http":' not in line else json.loads(line)
            exchanges[entry["stream"]].add(entry)
            if head := told(entry):
                heads[entry["stream"]].append(head)
    return sorted(
        (heads[stream], bytes(one.c2s), bytes(one.s2c), one.is_cut) for stream, one in exchanges.items()
    )


@pytest.mark.parametrize("pairing", PAIRINGS, ids=str)
def test_a_chain_of_two(mcptape, pairing):
    generation, mode, of, words = pairing
    path = "sse" if words == "sse" else "mcp"
    authority = Authority(mcptape.directory)
    certificate, key = authority.issue("localhost")
    with sdk_server(mcptape, os.environ[f"MCPTAPE_PYTHON_{of}"], *words.split()) as port:
        direct = run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/{path}")
        behind = WireTap(port)
        own = ["--tls-cert", certificate, "--tls-key", key, "--name", "far"]
        with proxy(mcptape, f"http://127.0.0.1:{behind.port}", *own, name="far") as far:
            between = WireTap(far)
            trust = ["--upstream-ca", authority.file, "--name", "near"]
            with proxy(mcptape, f"https://localhost:{between.port}", *trust, name="near") as near:
                front = WireTap(near)
                # The clients of HTTP+SSE take no other origin than the one that they connected to.
                entry = near if words == "sse" else front.port
                through = run_client(mcptape, generation, mode, f"http://127.0.0.1:{entry}/{path}")
                front.close()
            between.close()
        behind.close()
    assert through == direct and through["count"]["content"][0]["text"] == "counted to 4"
    # Nothing passes in clear between the two.
    assert between.passed and all(b"jsonrpc" not in one.c2s + one.s2c for one in between.passed)
    if words != "sse":
        assert_equal_bytes(front, behind)
    near_side, far_side = recorded(mcptape, "near"), recorded(mcptape, "far")
    assert len(near_side) == len(far_side) > 10
    for near_one, far_one in zip(near_side, far_side):
        if not near_one[3] and not far_one[3]:
            assert near_one == far_one
            continue
        # Clients leave streams as soon as they know enough, and servers end them: which comes first depends
        # on where one stands. What both saw is the same.
        assert near_one[0][0] == far_one[0][0] and near_one[1] == far_one[1]
        bodies = sorted((near_one[2], far_one[2]), key=len)
        assert bodies[1].startswith(bodies[0])
