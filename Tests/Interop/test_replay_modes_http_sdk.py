"""Official SDK clients of both generations on HTTP, with a recording before the real server that grows."""

import json

import pytest

from modes_http import listening
from prepared_peers import sdk_peer
from proxy import sdk_server
from test_http_replay import python, run_client
from test_replay_modes_sdk import wanted, without

# client generation, its mode, server generation
PAIRS = {"1.x to 1.x": (1, "v1", 1), "2.x to 2.x": (2, "auto", 2), "2.x legacy to 1.x": (2, "legacy", 1)}


def grow(mcptape, file, ask, *upstream, server=()):
    """Records, plays, adds and replaces, and is the server itself each time."""

    def run(mode, **settings):
        with listening(mcptape, file, "--mode", mode, *upstream, server=server, **settings) as (port, _):
            return ask(f"http://127.0.0.1:{port}/mcp")

    direct = run("once")
    assert not direct["add"].get("raised"), direct["add"]
    assert direct["progress"], direct
    whole = file.read_text()
    # All of it is there, so that the real server is of no use; then half is gone, and comes back.
    assert run("none") == run("once") == run("new_episodes") == direct
    assert file.read_text() == whole
    without(file, wanted)
    before = file.read_text()
    assert run("new_episodes") == direct
    assert file.read_text().startswith(before) and file.read_text() != before
    assert run("none") == direct
    # Anew: nothing has changed since.
    file.write_text(whole)
    assert run("all") == direct
    assert file.read_text().splitlines()[1:] == whole.splitlines()[1:]
    assert "well formed" in mcptape.run("check", file).text
    assert len(json.loads(whole.splitlines()[0])["sessions"]) == 1
    return direct


@pytest.mark.parametrize("pair", PAIRS)
def test_a_recording_grows_before_a_server_on_http(mcptape, tmp_path, pair):
    generation, mode, of = PAIRS[pair]

    def ask(url):
        return run_client(mcptape, generation, mode, url)

    with sdk_server(mcptape, python(of)) as port:
        url = f"http://127.0.0.1:{port}/mcp"
        assert grow(mcptape, tmp_path / "x.mcptape.jsonl", ask, "--upstream", url) == ask(url)


# A client that probes for the newer era waits for a server that starts for so long only.
COMMAND_PAIRS = {"1.x to 1.x": (1, "v1", 1), "2.x legacy to 2.x": (2, "legacy", 2)}


@pytest.mark.parametrize("pair", COMMAND_PAIRS)
def test_a_recording_grows_before_a_command(mcptape, tmp_path, pair):
    generation, mode, of = COMMAND_PAIRS[pair]
    command = sdk_peer(python(of), "sdk_server")

    def ask(url):
        return run_client(mcptape, generation, mode, url)

    direct = grow(mcptape, tmp_path / "x.mcptape.jsonl", ask, server=command)
    assert direct == run_client(mcptape, generation, mode, *command)
