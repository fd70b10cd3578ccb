"""Whose a request is: sessions by id, by connection, by client; both eras and equal clients at once."""

import json
import os
import threading
from http.client import HTTPConnection

from proxy import proxy, sdk_server
from recorded_http import entries, exchanges, sessions
from test_http_features import run_features

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"},
}  # fmt: skip


def modern(program) -> str:
    return os.environ["MCPTAPE_PYTHON_2"]


class Client:
    """A client of HTTP that sends what it is told."""

    def __init__(self, port: int, session: str | None = None):
        self.connection = HTTPConnection("127.0.0.1", port)
        self.fields = dict(JSON)
        if session:
            self.fields["Mcp-Session-Id"] = session
        self.numbers = iter(range(1, 100))

    def ask(self, verb: str, method: str | None = None, params: dict | None = None, **fields) -> tuple:
        """The status and the head of the answer; its body is read."""
        body = None
        if method:
            message = {"jsonrpc": "2.0", "id": next(self.numbers), "method": method, "params": params or {}}
            body = json.dumps(message)
        self.connection.request(verb, "/mcp", body, {**self.fields, **fields})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return answer.status, answer.headers, text


def test_both_eras_at_once(mcptape):
    """Two generations on one listener: each client has a session, in its own era."""
    groups = ["basic", "requests"]
    with sdk_server(mcptape, modern(mcptape), "features") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            found = {}

            def run(generation: int, mode: str):
                url = f"http://127.0.0.1:{front}/mcp"
                found[mode] = run_features(mcptape, generation, mode, url, groups)

            pairs = ((2, "auto"), (2, "legacy"), (1, "v1"))
            threads = [threading.Thread(target=run, args=pair) for pair in pairs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert {result["basic"]["narrate"]["content"][0]["text"] for result in found.values()} == {"narrated 3"}
    told = sessions(mcptape)
    assert sorted(session["eras"] for session in told) == [["legacy"], ["legacy"], ["modern"]]
    for session in told:
        assert session["pending"] == 0
        asked = exchanges(mcptape, session["session"])
        eras = {exchange["era"] for exchange in asked if exchange["asker"] == "client"}
        assert eras == set(session["eras"])
        # Each has its own answer to each of its requests.
        assert sorted(exchange["exchange"] for exchange in asked) == list(range(1, len(asked) + 1))
        assert session["revision"] == ("2026-07-28" if session["eras"] == ["modern"] else "2025-11-25")


def test_equal_clients_at_once(mcptape):
    """Processes of one program give the same ids; without session ids they are one session."""
    with sdk_server(mcptape, modern(mcptape), "features") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            url = f"http://127.0.0.1:{front}/mcp"
            threads = [
                threading.Thread(target=run_features, args=(mcptape, 2, "auto", url, ["basic", "requests"]))
                for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    (session,) = sessions(mcptape)
    assert session["pending"] == 0
    told = exchanges(mcptape, session["session"])
    lines = {line["seq"]: line for line in entries(mcptape, session["session"])}
    for exchange in told:
        request, answer = lines[exchange["request_seq"]], lines[exchange["response_seq"]]
        assert request["stream"] == answer["stream"] and request["msg"]["id"] == answer["msg"]["id"]
    narrated = [exchange for exchange in told if exchange.get("name") == "narrate"]
    assert [exchange["progress"] for exchange in narrated if exchange["status"] == "ok"] == [3, 3, 3]


def test_a_session_ends_and_is_gone(mcptape):
    """DELETE ends it; whoever still uses the id gets the server's 404, and that is on record too."""
    python = os.environ["MCPTAPE_PYTHON_1"]
    with sdk_server(mcptape, python, "features") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            first = Client(front)
            status, head, _ = first.ask("POST", "initialize", INITIALIZE)
            assert status == 200
            client = Client(front, head["mcp-session-id"])
            assert client.ask("POST", "ping")[0] == 200
            assert client.ask("DELETE")[0] == 200
            assert client.ask("POST", "ping")[0] == 404
    newer, older = sessions(mcptape)
    assert older["end"]["reason"] == "client_closed"
    assert [exchange["status"] for exchange in exchanges(mcptape, older["session"])] == ["ok", "ok"]
    (refused,) = exchanges(mcptape, newer["session"])
    assert refused["method"] == "ping" and refused["status"] == "error" and refused["http_status"] == 404
    shown = mcptape.run("show", older["session"]).text
    assert "DELETE /mcp" in shown and "200 OK" in shown
    shown = mcptape.run("show", newer["session"]).text
    assert "404 Not Found" in shown
    lines = [line for session in (older, newer) for line in entries(mcptape, session["session"])]
    statuses = [line["http"]["response"]["status"] for line in lines if "response" in line.get("http", {})]
    assert statuses[:4] == [200, 200, 200, 404]


def test_a_server_without_streams_of_its_own(mcptape):
    """The modern shape knows neither GET nor DELETE: 405, shown as it was."""
    with sdk_server(mcptape, modern(mcptape), "features", "stateless") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            client = Client(front)
            version = {"MCP-Protocol-Version": "2026-07-28"}
            refused = [client.ask(verb, **version)[0] for verb in ("GET", "DELETE")]
    told = [line for session in sessions(mcptape) for line in entries(mcptape, session["session"])]
    statuses = [line["http"]["response"]["status"] for line in told if "response" in line.get("http", {})]
    assert refused == [405, 405] and statuses == refused
    shown = mcptape.run("show").text
    assert "GET /mcp" in shown and "405 Method Not Allowed" in shown


def test_one_connection_of_http_sse_is_a_session(mcptape):
    """Two clients at once, whose posts go to one path: each finds its own."""
    with sdk_server(mcptape, os.environ["MCPTAPE_PYTHON_1"], "features", "sse") as port:
        with proxy(mcptape, f"http://127.0.0.1:{port}") as front:
            url = f"http://127.0.0.1:{front}/sse"
            threads = [
                threading.Thread(target=run_features, args=(mcptape, 1, "v1", url, ["basic", "requests"]))
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    told = sessions(mcptape)
    assert len(told) == 2
    counts = {session["exchanges"] for session in told}
    assert len(counts) == 1 and all(session["pending"] == 0 for session in told)
    for session in told:
        assert session["end"]["reason"] == "client_closed"
        # Neither the endpoint nor the texts of 202 are messages; all is there with --http.
        plain = mcptape.run("show", session["session"]).text
        assert "Accepted" not in plain and "endpoint" not in plain
        whole = mcptape.run("show", session["session"], "--http").text
        assert "event: endpoint" in whole and "202 Accepted" in whole
