"""The same filter words find the same sessions and runs on the command line and in the API."""

import json
import urllib.parse
from pathlib import Path

import pytest

from program import Mcptape
from serving import serving

RECORDINGS = Path(__file__).parents[2] / "recordings"
WORDS = [
    "status:error", "status:tool_error", "status:pending", "tool:narrate", "method:tools/list",
    "kind:notification", "dir:s2c kind:request", "size:1MB..", "duration:200ms..", "server:demo",
    "server:demo tool:weather", "NOT status:error", "Zürich", '"no such text anywhere"', "method:nosuch",
    "tool:narrate OR Reykjav", "id:3 status:ok", "client:*",
]


@pytest.fixture(scope="module")
def store(binary, tmp_path_factory):
    program = Mcptape(binary, tmp_path_factory.mktemp("filters"))
    for name in ["demo", "features-1", "http-1", "features-2-modern", "revision-2025-03-26"]:
        program.run("import", str(RECORDINGS / f"{name}.mcptape.jsonl"))
    with serving(program) as server:
        yield program, server
    program.close()


def asked(server, kind, words):
    """All pages of a list."""
    found, before = [], None
    while True:
        query = {"filter": words, "limit": 2, **({"before": before} if before else {})}
        path = f"/api/{kind}?{urllib.parse.urlencode(query)}"
        status, _, body = server.get(path, {"Authorization": f"Bearer {server.token}"})
        assert status == 200, body
        page = json.loads(body)
        found += [row[kind.removesuffix("s")] for row in page[kind]]
        before = page["next"]
        if before is None:
            return found


@pytest.mark.parametrize("kind", ["sessions", "runs"])
@pytest.mark.parametrize("words", WORDS)
def test_words_find_what_the_command_line_finds(store, kind, words):
    program, server = store
    told = program.run(kind, "--json", words).text
    expected = [json.loads(line)[kind.removesuffix("s")] for line in told.splitlines()]
    assert asked(server, kind, words) == expected


def test_words_tell_sessions_apart(store):
    """Else the comparison would hold for a filter that nobody looks at."""
    _, server = store
    sizes = {len(asked(server, "sessions", words)) for words in WORDS}
    assert {0, 1, 5} <= sizes or len(sizes) > 3, sizes
