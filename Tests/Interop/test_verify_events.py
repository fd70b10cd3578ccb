"""`verify --upstream` against a server that has HTTP+SSE (2024-11-05) alone."""

import json

from modes import Place
from proxy import sdk_server
from test_http_replay import python


def test_a_server_of_http_with_sse_is_found_behind_its_refusal(mcptape, tmp_path):
    place = Place(mcptape, tmp_path)
    place.record("a")
    with sdk_server(mcptape, python(1), "sse") as port:
        url = f"http://127.0.0.1:{port}/sse"
        # It is another server, so that there are differences: what counts is that it answers.
        outcome = mcptape.run("verify", place.file, "--upstream", url, "--json", status=1)
        assert json.loads(outcome.output)["compared"] >= 1, outcome.text
        assert f"{url} refused Streamable HTTP and has HTTP+SSE" in outcome.complaint
        # Elsewhere it has neither: its refusal is what is told.
        outcome = mcptape.run("verify", place.file, "--upstream", f"{url}/no", status=None)
        assert "404" in outcome.text + outcome.complaint and "has HTTP+SSE" not in outcome.complaint
