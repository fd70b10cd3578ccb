"""What `serve` does when something is in its way: a store that goes, a question that takes long, a collector."""

import json
import shutil

from program import wait_until
from serving import serving, total


def record(program):
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    outcome = program.converse(program.record(program.binary, "demo-server", options=["--name", "one"]), ping)
    assert outcome.status == 0


def test_a_store_that_is_removed_fails_the_scrape_and_its_successor_is_read(mcptape):
    with serving(mcptape) as server:
        record(mcptape)
        wait_until(lambda: total(server.metrics(), "mcptape_sessions_total") == 1)
        authorized = {"Authorization": f"Bearer {server.token}"}
        assert server.get("/api/status", authorized)[0] == 200
        shutil.rmtree(mcptape.store)
        assert server.get("/metrics")[0] == 503
        assert server.get("/api/status", authorized)[0] == 404
        for _ in range(2):
            record(mcptape)
        wait_until(lambda: total(server.metrics(), "mcptape_sessions_total") == 2)
        assert json.loads(server.get("/api/status", authorized)[2])["sessions"] == 2
