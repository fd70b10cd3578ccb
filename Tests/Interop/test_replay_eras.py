"""A recording of one era and clients of the other: refused so that they fall back, or translated exactly."""

import json
from pathlib import Path

import pytest

from prepared_peers import sdk_peer
from test_http_replay import ask, python, run_client, served

RECORDINGS = Path(__file__).parents[2] / "recordings"
MODERN = RECORDINGS / "sdk-2-modern-to-2.mcptape.jsonl"
LEGACY = RECORDINGS / "sdk-2-legacy-to-2.mcptape.jsonl"


def record(mcptape, mode):
    file = mcptape.directory / f"{mode}.mcptape.jsonl"
    command = mcptape.record(*sdk_peer(python(2), "sdk_server"), options=["-o", file])
    return file, run_client(mcptape, 2, mode, *command)


def plain(result):
    """What is the same in both eras: without what only one of them has, and without the handshake."""
    if isinstance(result, dict):
        left_out = {"resultType", "ttlMs", "cacheScope", "_meta", "handshake"}
        return {key: plain(value) for key, value in result.items() if key not in left_out}
    return [plain(element) for element in result] if isinstance(result, list) else result


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_client_of_both_eras_falls_back_to_a_legacy_recording(mcptape, transport):
    """The probe is answered at once, without a word of the recording's own."""
    file, recorded = record(mcptape, "legacy")
    if transport == "stdio":
        assert run_client(mcptape, 2, "auto", mcptape.binary, "replay", file, "--all-played") == recorded
    else:
        with served(mcptape, file, "--all-played") as port:
            assert run_client(mcptape, 2, "auto", f"http://127.0.0.1:{port}/mcp") == recorded


@pytest.mark.parametrize("generation, mode", [(2, "legacy"), (1, "v1")])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_modern_recording_is_translated_for_legacy_clients(mcptape, generation, mode, transport):
    file, recorded = record(mcptape, "auto")
    if transport == "stdio":
        replay = [mcptape.binary, "replay", file, "--translate-era"]
        found = run_client(mcptape, generation, mode, *replay)
    else:
        with served(mcptape, file, "--translate-era") as port:
            found = run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/mcp")
    if generation == 2:
        assert plain(found) == plain(recorded)
    assert found["add"]["structuredContent"] == {"result": 42}
    assert found["progress"] == recorded["progress"]


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_legacy_recording_is_translated_for_a_modern_client(mcptape, transport):
    file, recorded = record(mcptape, "legacy")
    options = ["--translate-era", "--all-played"]
    if transport == "stdio":
        found = run_client(mcptape, 2, "auto", mcptape.binary, "replay", file, *options)
    else:
        with served(mcptape, file, *options) as port:
            found = run_client(mcptape, 2, "auto", f"http://127.0.0.1:{port}/mcp")
    assert plain(found) == plain(recorded)


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "c", "version": "1"},
    },
}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def test_the_handshake_of_the_other_era_is_refused_with_what_is_supported(mcptape):
    line = json.dumps(INITIALIZE).encode()
    outcome = mcptape.run("replay", MODERN, input=line + b"\n", status=3)
    error = json.loads(outcome.output)["error"]
    assert error["code"] == -32022 and "--translate-era" in error["message"]
    assert (error["data"]["supported"], error["data"]["requested"]) == (["2026-07-28"], "2025-06-18")
    with served(mcptape, MODERN, status=3) as port:
        assert json.loads(ask(port, "POST", line)[2])["error"] == error


def test_a_modern_request_to_a_legacy_recording_is_refused_as_a_legacy_server_would(mcptape):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
    line = json.dumps(call).encode()
    error = json.loads(mcptape.run("replay", LEGACY, input=line + b"\n", status=3).output)["error"]
    assert error["code"] == -32600 and error["data"]["reason"] == "other_era"
    with served(mcptape, LEGACY, status=3) as port:
        fields = {"mcp_protocol_version": "2026-07-28"}
        assert ask(port, "POST", line, **fields)[0] == 400
        probe = json.dumps({**call, "method": "server/discover"}).encode()
        status, _, body = ask(port, "POST", probe, **fields)
        assert (status, json.loads(body)["error"]["code"]) == (404, -32601)
