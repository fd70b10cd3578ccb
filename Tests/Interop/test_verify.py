"""`verify`: the recorded client again, against the real server, on both transports."""

import json
import os

import pytest

from prepared_peers import sdk_peer
from proxy import proxy, sdk_server
from recorded_http import sessions
from test_http_features import run_features
from test_http_replay import python, run_client

ALL = ["basic", "requests", "changes", "cancel"]


def verify(program, recording, *words, status=0) -> dict:
    """The report of a verification."""
    words = ["verify", recording, "--json", *map(str, words)]
    return json.loads(program.run(*words, status=status).output)


def unchanged(report: dict):
    assert report["differences"] == 0, report["findings"]
    assert report["skipped"] == 0, report["exchanges"]
    assert not report["comparedNothing"] and report["proposals"] == []


# client generation, its mode, server generation, the server's words, what is tried
FEATURES = {
    "2.x to 2.x, events": (2, "auto", 2, "events", ALL),
    "2.x legacy to 2.x, events": (2, "legacy", 2, "events", ALL),
    "1.x to 1.x, events": (1, "v1", 1, "events", ALL),
    "1.x to 2.x, sse": (1, "v1", 2, "sse", ALL),
    "2.x to 2.x, json": (2, "auto", 2, "json", ["basic", "requests"]),
    "2.x to 1.x": (2, "auto", 1, "events", ["basic", "requests"]),
    "2.x legacy to 1.x, stateless": (2, "legacy", 1, "stateless", ["basic"]),
}


@pytest.mark.parametrize("pairing", FEATURES.values(), ids=FEATURES)
def test_an_unchanged_server_of_every_feature_on_http(mcptape, pairing):
    generation, mode, of, words, groups = pairing
    path = "sse" if words == "sse" else "mcp"
    with sdk_server(mcptape, python(of), "features", *words.split()) as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}", "--name", "api") as front:
            run_features(mcptape, generation, mode, f"http://127.0.0.1:{front}/{path}", groups)
    for session in sessions(mcptape):
        with sdk_server(mcptape, python(of), "features", *words.split()) as port:
            url = f"http://127.0.0.1:{port}/{path}"
            unchanged(verify(mcptape, session["session"], "--allow-writes", "--upstream", url))


# client generation, its mode, server generation
STDIO = {"2.x to 2.x": (2, "auto", 2), "2.x legacy to 2.x": (2, "legacy", 2), "1.x to 1.x": (1, "v1", 1)}


@pytest.mark.parametrize("pairing", STDIO.values(), ids=STDIO)
def test_an_unchanged_server_on_stdio_and_on_the_other_transport(mcptape, pairing):
    generation, mode, of = pairing
    file = mcptape.directory / "session.mcptape.jsonl"
    server = sdk_peer(python(of), "sdk_server")
    run_client(mcptape, generation, mode, *mcptape.record(*server, options=["-o", file]))
    unchanged(verify(mcptape, file, "--allow-writes", "--", *server))
    with sdk_server(mcptape, python(of)) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        unchanged(verify(mcptape, file, "--allow-writes", "--upstream", url))
