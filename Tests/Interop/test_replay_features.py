"""A script that uses every feature of the SDKs, recorded on each transport and played on both: same results."""

import os

import pytest

from program import PEERS
from proxy import proxy, sdk_server
from test_http_features import ALL, run_features
from test_http_replay import served

CLIENTS = {"2.x": (2, "auto"), "2.x legacy": (2, "legacy"), "1.x": (1, "v1")}
# What of the script a recording of that transport holds, for clients of the modern and of the legacy era.
ORIGINS = {
    "stdio": (ALL, ALL), "events": (ALL, ALL), "sse": (None, ALL), "json": (["basic", "requests"], None),
    "stateless": (ALL, ["basic"]),
}  # fmt: skip
CASES = [
    (client, of, origin)
    for client in CLIENTS
    for of in (2, 1)
    for origin, groups in ORIGINS.items()
    if groups[0 if client == "2.x" and of == 2 else 1]
    # The first generation's server asks nobody for anything where it keeps no session.
    and not (origin == "json" and of == 1)
]


def recorded(program, generation, mode, of, origin, groups) -> tuple[dict, str]:
    """What the client got while it was recorded, and the name of the recording."""
    python = os.environ[f"MCPTAPE_PYTHON_{of}"]
    if origin == "stdio":
        file = program.directory / "session.mcptape.jsonl"
        command = program.record(python, PEERS / "sdk_feature_server.py", options=["-o", file])
        return run_features(program, generation, mode, "stdio", [*groups, "--", *map(str, command)]), file
    with sdk_server(program, python, "features", *(["events"] if origin == "events" else [origin])) as server:
        with proxy(program, f"http://127.0.0.1:{server}") as port:
            url = f"http://127.0.0.1:{port}/{'sse' if origin == 'sse' else 'mcp'}"
            result = run_features(program, generation, mode, url, groups)
    return result, "last"


@pytest.mark.parametrize(("client", "of", "origin"), CASES, ids=[f"{c} to {o}.x, {t}" for c, o, t in CASES])
def test_every_feature_is_played(mcptape, client, of, origin):
    generation, mode = CLIENTS[client]
    groups = ORIGINS[origin][0 if client == "2.x" and of == 2 else 1]
    expected, recording = recorded(mcptape, generation, mode, of, origin, groups)
    replay = [mcptape.binary, "replay", "--store", mcptape.store, recording, "--all-played"]
    words = [*groups, "--", *map(str, replay)]
    assert run_features(mcptape, generation, mode, "stdio", words) == expected, "on stdio"
    with served(mcptape, recording, "--all-played", "--sse") as port:
        url = f"http://127.0.0.1:{port}/mcp"
        assert run_features(mcptape, generation, mode, url, groups) == expected, "on Streamable HTTP"
        if mode != "auto":
            url = f"http://127.0.0.1:{port}/sse"
            assert run_features(mcptape, generation, mode, url, groups) == expected, "on HTTP+SSE"
