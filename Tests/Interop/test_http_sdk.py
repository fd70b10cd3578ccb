"""The official SDKs on HTTP, directly and through `record --listen`: equal results, equal bytes."""

import json
import os

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE
from proxy import proxy, sdk_server
from wire_tap import WireTap, messages

# client generation, its mode, server generation, the server's words
PAIRINGS = {
    f"{client} to {server}, {words or 'events'}": (generation, mode, of, words)
    for client, generation, mode in (("2.x", 2, "auto"), ("2.x legacy", 2, "legacy"), ("1.x", 1, "v1"))
    for server, of in (("2.x", 2), ("1.x", 1))
    for words in ("", "json", "stateless", "stateless json", "sse")
}


def run_client(program, generation: int, mode: str, url: str) -> dict:
    client = sdk_peer(os.environ[f"MCPTAPE_PYTHON_{generation}"], "sdk_client", mode, "interop", url)
    process = program.start(client, env={**program.environment, "SDK_CLIENT_LARGE": "2000"})
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@pytest.mark.parametrize("pairing", PAIRINGS.values(), ids=PAIRINGS)
def test_a_client_cannot_tell(mcptape, pairing):
    generation, mode, of, words = pairing
    path = "sse" if words == "sse" else "mcp"
    python = os.environ[f"MCPTAPE_PYTHON_{of}"]
    with sdk_server(mcptape, python, *words.split()) as port:
        direct = run_client(mcptape, generation, mode, f"http://127.0.0.1:{port}/{path}")
        behind = WireTap(port)
        with proxy(mcptape, f"http://127.0.0.1:{behind.port}") as front_port:
            front = WireTap(front_port)
            # The clients of HTTP+SSE take no other origin than the one that they connected to.
            entry = front_port if words == "sse" else front.port
            through = run_client(mcptape, generation, mode, f"http://127.0.0.1:{entry}/{path}")
            front.close()
        behind.close()
    assert through == direct
    assert through["count"]["content"][0]["text"] == "counted to 4"
    if words == "sse":
        return
    # Two connections that begin at once may reach the server in either order.
    before, after = (
        sorted((messages(passed.c2s), messages(passed.s2c)) for passed in tap.passed)
        for tap in (front, behind)
    )
    assert before == after


def test_a_chain_of_two_and_routes(mcptape):
    """Through two proxies, the second below a route: results stay equal, on both transports."""
    python = os.environ["MCPTAPE_PYTHON_2"]
    for words, path in (("", "mcp"), ("sse", "sse")):
        with sdk_server(mcptape, python, *words.split()) as port:
            mode = "auto" if path == "mcp" else "legacy"
            direct = run_client(mcptape, 2, mode, f"http://127.0.0.1:{port}/{path}")
            with proxy(mcptape, f"http://127.0.0.1:{port}", name=f"{path}-far") as far:
                with proxy(
                    mcptape, "", "--route", f"/one=http://127.0.0.1:{far}", "--route",
                    "/two=http://127.0.0.1:9", name=f"{path}-near",
                ) as near:  # fmt: skip
                    through = run_client(mcptape, 2, mode, f"http://127.0.0.1:{near}/one/{path}")
        assert through == direct
