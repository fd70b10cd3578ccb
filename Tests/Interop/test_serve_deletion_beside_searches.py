"""A session is deleted while others are searched: nobody waits for the searches."""

import http.client
import json
import select
from urllib.parse import quote

from program import DEADLINE
from serving import serving
from test_serve_deletion import DEMO, Page, large

SEARCHES = 12


def test_a_deletion_waits_for_no_search(mcptape, tmp_path):
    mcptape.run("import", large(tmp_path / "large.mcptape.jsonl", "largeabcdefg", "large", kilobytes=20_000))
    mcptape.run("import", DEMO)
    with serving(mcptape) as server:
        page = Page(server)
        (small,) = page.names() - {"largeabcdefg"}
        # Each reads all of the session, and they are answered one after the other.
        path = "/api/sessions/largeabcdefg/entries?filter=" + quote('"nowhere in it"')
        searches = []
        for _ in range(SEARCHES):
            search = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
            search.request("GET", path, headers=page.headers)
            searches.append(search)
        page.delete(f"sessions/{small}")
        answered, _, _ = select.select([search.sock for search in searches], [], [], 0)
        assert len(answered) < SEARCHES
        for search in searches:
            answer = search.getresponse()
            assert answer.status == 200 and json.loads(answer.read())["entries"] == []
            search.close()
        assert page.names() == {"largeabcdefg"}
