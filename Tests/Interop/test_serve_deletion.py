"""`DELETE /api/sessions/ID`: what `rm` does, for who has the token, and nothing that is shown goes wrong."""

import json

from program import Conversation, peer, wait_until
from serving import Serving, serving
from test_serve import ping_times
from viewer_browser import ROOT

DEMO = ROOT / "recordings/demo.mcptape.jsonl"


def large(path, identity, name, kilobytes=2000):
    """A recording file that holds one session of some size that does not compress away."""
    header = {"mcptape": 1, "sessions": [{
        "id": identity, "name": name, "command": ["server"], "transport": "stdio", "run": "a run",
        "started": "2026-11-01T10:00:00.000000Z", "end": {"reason": "client_closed", "t": 10**9}}]}
    lines = [json.dumps(header)]
    seed = 1
    for number in range(1, kilobytes + 1):
        words = []
        for _ in range(128):
            seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
            words.append(f"{seed >> 32:08x}")
        message = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "".join(words)}}
        text = json.dumps(message)
        lines.append(f'{{"seq":{number},"t":{number * 1000},"dir":"s2c","msg":{text}}}')
    path.write_text("\n".join(lines) + "\n")
    return path


class Page:
    """Who has the page open."""

    def __init__(self, server: Serving):
        self.server = server
        self.headers = {"Authorization": f"Bearer {server.token}"}

    def ask(self, path, status=200):
        found, _, body = self.server.get("/api/" + path, self.headers)
        assert found == status, (path, body)
        return json.loads(body)

    def delete(self, path, status=200, **headers):
        found, fields, body = self.server.get("/api/" + path, {**self.headers, **headers}, method="DELETE")
        assert found == status, (path, body)
        assert fields["X-Content-Type-Options"] == "nosniff"
        return json.loads(body) if fields["Content-Type"] == "application/json" else body.decode()

    def names(self):
        return {session["session"] for session in self.ask("sessions")["sessions"]}


def used(mcptape):
    """Bytes of the store's files, once what was written last is in its place."""
    mcptape.run("prune", "--age", "5000d")
    return sum(path.stat().st_size for path in mcptape.store.glob("index.sqlite*"))


def test_it_frees_what_rm_frees_and_every_page_knows(mcptape, tmp_path):
    for number in range(3):
        file = large(tmp_path / f"{number}.mcptape.jsonl", f"session{number}abcd", f"s{number}")
        mcptape.run("import", file)
    mcptape.run("keep", "session1abcd")
    with serving(mcptape) as server:
        page = Page(server)
        status = page.ask("status")
        assert status["can_delete"] is True and status["sessions"] == 3
        assert [run["run"] for run in page.ask("runs")["runs"]] == ["a run"]
        page.ask("sessions/session0abcd/density")
        before = used(mcptape)
        answer = page.delete("sessions/session0abcd")
        assert answer["removed"] == ["session0abcd"] and answer["bytes"] > 500_000
        freed = before - used(mcptape)
        # The list that another page has open: it is told of the session, and asking for it says that it went.
        changes = page.ask(f"changes?since={status['revision']}")
        assert changes["sessions"] == ["session0abcd"]
        assert page.ask(f"changes?since={changes['revision']}")["sessions"] == []
        for rest in ("", "/exchanges", "/entries", "/density", "/stats", "/messages/1"):
            page.ask(f"sessions/session0abcd{rest}", status=404)
        assert page.names() == {"session1abcd", "session2abcd"}
        assert page.ask("status")["sessions"] == 2
        (run,) = page.ask("runs")["runs"]
        assert set(run["sessions"]) == {"session1abcd", "session2abcd"}
        page.delete("sessions/session0abcd", status=404)
        # A kept one goes as with rm, and the command frees as much.
        before = used(mcptape)
        page.delete("sessions/session1abcd")
        assert page.ask("runs")["runs"][0]["sessions"] == ["session2abcd"]
        assert abs(before - used(mcptape) - freed) < 200_000
        before = used(mcptape)
        mcptape.run("rm", "session2abcd")
        assert freed > 500_000 and abs(before - used(mcptape) - freed) < 200_000
        assert page.names() == set() and page.ask("runs")["runs"] == []
    mcptape.run("doctor")


def test_only_the_token_in_the_header_deletes(mcptape):
    mcptape.run("import", DEMO)
    with serving(mcptape) as server:
        page = Page(server)
        (session,) = page.names()
        path = f"/api/sessions/{session}"
        for target, headers in (
            (path, {}), (path, {"Authorization": "Bearer " + "0" * len(server.token)}),
            (f"{path}?token={server.token}", {}), (path, {"Cookie": f"token={server.token}"}),
            (path, {"Authorization": f"Basic {server.token}"}),
        ):
            status, fields, _ = server.get(target, headers, method="DELETE")
            assert status == 401 and fields["X-Content-Type-Options"] == "nosniff", (target, headers)
        page.delete(f"sessions/{session}", status=403, Origin="http://evil.example")
        page.delete(f"sessions/{session}", status=403, Origin="null")
        page.delete(f"sessions/{session}", status=421, Host="evil.example")
        for other in ("sessions", f"sessions/{session}/stats", "runs/x", "status"):
            page.delete(other, status=405)
        for method in ("POST", "PUT", "PATCH"):
            assert server.get(path, page.headers, method=method)[0] == 405
        assert page.names() == {session}
        page.delete(f"sessions/{session}", Origin=f"http://127.0.0.1:{server.port}")
        assert page.names() == set()


def test_what_is_being_recorded_stays(mcptape):
    with serving(mcptape) as server:
        page = Page(server)
        conversation = Conversation(mcptape.start(mcptape.record(*peer("peer", "--echo"))))
        ping_times(conversation, 3)
        wait_until(lambda: len(page.names()) == 1)
        (session,) = page.names()
        told = page.delete(f"sessions/{session}", status=409)
        assert "is being recorded; end its server first" in told["error"]
        refused = mcptape.run("rm", session, status=77)
        assert "is being recorded" in refused.complaint
        conversation.half_close()
        assert conversation.finish().status == 0
        wait_until(lambda: not page.ask(f"sessions/{session}")["live"])
        # Its journal may be there for a moment yet: then the answer says to try again.
        wait_until(lambda: server.get(f"/api/sessions/{session}", page.headers, method="DELETE")[0] == 200)
        assert page.names() == set()


def test_nothing_is_deleted_from_files(mcptape, tmp_path):
    file = tmp_path / "one.mcptape.jsonl"
    file.write_bytes(DEMO.read_bytes())
    process = mcptape.start([mcptape.binary, "serve", file, "--listen", "0"])
    page = Page(Serving(process, process.stdout.readline().decode().strip()))
    assert page.ask("status")["can_delete"] is False
    (session,) = page.names()
    told = page.delete(f"sessions/{session}", status=405)
    assert "delete" in told["error"] and str(file) in told["error"]
    assert page.names() == {session} and file.read_bytes() == DEMO.read_bytes()


def test_a_store_that_is_gone_is_not_made_anew(mcptape):
    mcptape.run("import", DEMO)
    with serving(mcptape) as server:
        page = Page(server)
        (session,) = page.names()
        for path in mcptape.store.glob("index.sqlite*"):
            path.unlink()
        page.delete(f"sessions/{session}", status=404)
        page.ask("status", status=404)
        assert not (mcptape.store / "index.sqlite").exists()
