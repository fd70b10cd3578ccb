"""Official SDK clients and servers of both generations, with a recording between them that grows."""

import json

import pytest

from prepared_peers import sdk_peer
from proxy import sdk_server
from test_http_replay import run_client as run_http_client
from test_sdk import PAIRINGS, python, run_client

PAIRS = [name for name in PAIRINGS if name[0] in "12"]


def conversation(path):
    """The header, and each further line with its message."""
    header, *lines = path.read_text().splitlines()
    return header, [(line, json.loads(line)) for line in lines]


def message_of(line):
    """A message that holds U+2028, as one of this server's does, stands as text."""
    if "dir" in line and "text" in line:
        return json.loads(line["text"])
    return line.get("msg", {})


def without(path, wanted):
    """Takes the exchanges out whose request `wanted` picks; answers how many lines are left."""
    header, lines = conversation(path)
    ids, tokens = set(), set()
    for _, line in lines:
        message = message_of(line)
        if line.get("dir") == "c2s" and "method" in message and "id" in message and wanted(message):
            ids.add(json.dumps(message["id"]))
            tokens.add(json.dumps(message.get("params", {}).get("_meta", {}).get("progressToken")))
    assert ids
    kept = []
    for text, line in lines:
        message = message_of(line)
        token = json.dumps(message.get("params", {}).get("progressToken", "none"))
        if json.dumps(message.get("id", "none")) in ids or token in tokens:
            continue
        kept.append(text)
    path.write_text("\n".join([header, *kept]) + "\n")
    return len(kept)


def wanted(message):
    name = message.get("params", {}).get("name")
    return name in ("count", "greet", "fail") or message["method"] == "resources/read"


@pytest.mark.parametrize("pair", PAIRS)
def test_a_recording_grows_under_the_sdks(mcptape, tmp_path, pair):
    pairing = PAIRINGS[pair]
    server = sdk_peer(python(pairing[3]), "sdk_server")
    start = sdk_peer(python(pairing[0]), "sdk_client")
    file = tmp_path / "x.mcptape.jsonl"
    reports = tmp_path / "reports"
    reports.mkdir()
    replay = [str(mcptape.binary), "replay", str(file), "--report", str(reports), "--mode"]
    direct = run_client(mcptape, pairing, server, "direct", start).results

    def run(mode, *command):
        return run_client(mcptape, pairing, [*replay, mode, "--", *command], f"{mode}.log", start).results

    assert run("once", *server) == direct
    whole = file.read_text()
    assert run("once", "/nowhere/server") == direct
    assert run("none", "/nowhere/server") == direct
    # All of it is there, so that the real server is of no use; then half is gone, and comes back.
    assert run("new_episodes", "/nowhere/server") == direct
    assert file.read_text() == whole
    left = without(file, wanted)
    before = file.read_text()
    assert run("new_episodes", *server) == direct
    assert file.read_text().startswith(before) and len(conversation(file)[1]) > left
    assert run("none", "/nowhere/server") == direct
    assert "well formed" in mcptape.run("check", file).text
    # Anew: nothing has changed since but what came last.
    file.write_text(whole)
    assert run("all", *server) == direct
    messages = [text for text, line in conversation(file)[1] if "msg" in line]
    assert messages == [line for line in whole.splitlines()[1:] if '"msg":' in line]
    # No replay found a request that nobody answered.
    assert json.loads(mcptape.run("report", reports, "--json").output.splitlines()[-1])["missCount"] == 0


HTTP_PAIRS = {"1.x to 1.x": (1, "v1", 1), "2.x to 2.x": (2, "auto", 2), "2.x legacy to 1.x": (2, "legacy", 1)}


@pytest.mark.parametrize("pair", HTTP_PAIRS)
def test_the_real_server_may_be_on_http(mcptape, tmp_path, pair):
    generation, mode, of = HTTP_PAIRS[pair]
    file = tmp_path / "x.mcptape.jsonl"

    def run(*options):
        words = [mcptape.binary, "replay", file, *options]
        return run_http_client(mcptape, generation, mode, *words)

    with sdk_server(mcptape, python(of)) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        direct = run("--mode", "once", "--upstream", url)
        assert not direct["add"].get("raised"), direct["add"]
        whole = file.read_text()
        assert run("--mode", "new_episodes", "--upstream", url) == direct
        assert file.read_text() == whole
        without(file, wanted)
        before = file.read_text()
        assert run("--mode", "new_episodes", "--upstream", url) == direct
        assert file.read_text().startswith(before) and file.read_text() != before
        assert run("--on-miss", "forward", "--upstream", url) == direct
    assert run("--mode", "once") == direct
    assert "well formed" in mcptape.run("check", file).text
