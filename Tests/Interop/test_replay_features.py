"""A script that uses every feature of the SDKs, recorded on each transport, played on both: same results.

What is played is recorded once more, and that recording holds the same messages.
"""

import json
import os
from collections import Counter
from collections.abc import Collection

import pytest

from prepared_peers import sdk_peer
from proxy import proxy, sdk_server
from recorded_http import sessions
from recording_file import lines
from test_http_features import ALL, run_features
from test_http_replay import served

CLIENTS = {"2.x": (2, "auto"), "2.x legacy": (2, "legacy"), "1.x": (1, "v1")}
# What of the script a recording of that transport holds, for clients of the modern and of the legacy era.
ORIGINS = {
    "stdio": (ALL, ALL), "events": (ALL, ALL), "sse": (None, ALL), "json": (["basic", "requests"], None),
    "stateless": (ALL, ["basic"]),
}  # fmt: skip
# Each client with each server on one transport, and each transport with each client.
CASES = [
    ("2.x", 2, "stdio"), ("2.x", 2, "events"), ("2.x", 2, "json"), ("2.x", 2, "stateless"),
    ("2.x", 1, "stdio"), ("2.x", 1, "sse"), ("2.x legacy", 2, "events"), ("2.x legacy", 1, "stdio"),
    ("2.x legacy", 2, "sse"), ("1.x", 1, "events"), ("1.x", 2, "stdio"), ("1.x", 1, "sse"),
    ("1.x", 2, "stateless"),
]  # fmt: skip


LIVE = {"progressToken", "requestId", "io.modelcontextprotocol/subscriptionId"}


def recorded(program, generation, mode, of, origin, groups) -> dict:
    """What the client got while it was recorded."""
    python = os.environ[f"MCPTAPE_PYTHON_{of}"]
    if origin == "stdio":
        command = program.record(*sdk_peer(python, "sdk_feature_server"))
        return run_features(program, generation, mode, "stdio", [*groups, "--", *command])
    with sdk_server(program, python, "features", *(["events"] if origin == "events" else [origin])) as server:
        with proxy(program, f"http://127.0.0.1:{server}") as port:
            url = f"http://127.0.0.1:{port}/{'sse' if origin == 'sse' else 'mcp'}"
            return run_features(program, generation, mode, url, groups)


def without_live_values(value):
    if isinstance(value, dict):
        return {key: without_live_values(item) for key, item in value.items() if key not in LIVE}
    return [without_live_values(item) for item in value] if isinstance(value, list) else value


def messages(program, known: Collection[str], is_modern: bool) -> Counter:
    """The messages of all sessions but the known ones, but for what is live in them: ids and tokens.

    A client of 2026-07-28 cancels by a notification on stdio and by leaving on HTTP: that is left out.
    """
    found: Counter = Counter()
    for session in sessions(program):
        if session["session"] in known:
            continue
        for line in map(json.loads, lines(program.export(session["session"]))[1:]):
            if "dir" not in line or not isinstance(line.get("msg"), dict):
                continue
            message = {key: item for key, item in line["msg"].items() if key != "id"}
            if not (is_modern and message.get("method") == "notifications/cancelled"):
                found[line["dir"], json.dumps(without_live_values(message), sort_keys=True)] += 1
    return found


@pytest.mark.parametrize(("client", "of", "origin"), CASES, ids=[f"{c} to {o}.x, {t}" for c, o, t in CASES])
def test_every_feature_is_played(mcptape, client, of, origin):
    generation, mode = CLIENTS[client]
    is_modern = client == "2.x" and of == 2
    groups = ORIGINS[origin][0 if is_modern else 1]
    expected = recorded(mcptape, generation, mode, of, origin, groups)
    recording = sessions(mcptape)[0]["session"]
    said = messages(mcptape, (), is_modern)
    known = {session["session"] for session in sessions(mcptape)}

    def assert_recorded_again():
        again = messages(mcptape, known, is_modern)
        assert (again - said, said - again) == (Counter(), Counter())
        known.update(session["session"] for session in sessions(mcptape))

    replay = [mcptape.binary, "replay", "--store", mcptape.store, recording, "--all-played"]
    words = [*groups, "--", *map(str, mcptape.record(*replay))]
    assert run_features(mcptape, generation, mode, "stdio", words) == expected, "on stdio"
    assert_recorded_again()
    with served(mcptape, recording, "--all-played", "--sse") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}", name="again") as front:
            url = f"http://127.0.0.1:{front}/mcp"
            assert run_features(mcptape, generation, mode, url, groups) == expected, "on Streamable HTTP"
        assert_recorded_again()
        if mode != "auto":
            url = f"http://127.0.0.1:{port}/sse"
            assert run_features(mcptape, generation, mode, url, groups) == expected, "on HTTP+SSE"
