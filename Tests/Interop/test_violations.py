"""What a peer sends against the protocol and only a comparison shows: counted, and told to people."""

import base64
import json
from http.client import HTTPConnection

import pytest
from program import DEADLINE
from proxy import proxy
from scripted import read_request, scripted
from serving import samples, serving, total
from test_process_metrics import answering

RULES = "mcptape_protocol_violations_total"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def counted(program, *words) -> dict[str, float]:
    found = samples(program.run("metrics", *words).text)
    return {rule: total(found, RULES, rule=rule) for rule in ("duplicate_id", "header_mismatch")}


def told(program) -> list[dict]:
    """What the API says of the newest session."""
    with serving(program) as server:
        newest = json.loads(program.run("sessions", "--json").text.splitlines()[0])["session"]
        token = {"Authorization": f"Bearer {server.token}"}
        status, _, body = server.get(f"/api/sessions/{newest}/violations", token)
        assert status == 200, body
        return json.loads(body)["violations"]


def post(port: int, body: dict, *fields: tuple[str, str]):
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.putrequest("POST", "/mcp")
    text = json.dumps({"jsonrpc": "2.0", **body}).encode()
    for name, value in [*fields, ("Content-Type", "application/json"), ("Content-Length", str(len(text)))]:
        connection.putheader(name, value)
    connection.endheaders(text)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def modern(number: int, name: str) -> dict:
    return {"id": number, "method": "tools/call", "params": {"name": name, "_meta": META}}


@pytest.mark.parametrize("capture", ["payloads", "metadata"])
def test_headers_beside_their_message(mcptape, capture):
    wrapped = "=?base64?" + base64.b64encode("n\u00e4her".encode()).decode() + "?="
    version = ("MCP-Protocol-Version", "2026-07-28")
    with answering() as upstream, proxy(mcptape, upstream, "--capture", capture) as port:
        # Another revision has no such headers.
        post(port, {"id": 5, "method": "ping"}, ("Mcp-Method", "tools/list"))
        post(port, modern(1, "add"), version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "add"))
        post(port, modern(2, "n\u00e4her"), version, ("mcp-method", "tools/call"), ("MCP-NAME", wrapped))
        post(port, modern(3, "add"), version, ("Mcp-Method", "tools/list"))
        post(port, modern(4, "add"), version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "sub"))
    expected = {"duplicate_id": 0, "header_mismatch": 2}
    assert counted(mcptape, "--all") == expected
    assert counted(mcptape, "last") == expected, "what is on record tells the same"
    found = told(mcptape)
    assert [violation["text"] for violation in found] == [
        "the header Mcp-Method says 'tools/list', the message 'tools/call'",
        "the header Mcp-Name says 'sub', the message 'add'",
    ]


def test_an_id_in_flight_on_stdio(mcptape):
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    text = b"".join(json.dumps(ping).encode() + b"\n" for _ in range(3))
    # Answers nothing before all are there.
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {}})
    server = ["sh", "-c", f"read a; read b; read c; echo '{answer}'"]
    mcptape.converse(mcptape.record(*server), text)
    expected = {"duplicate_id": 2, "header_mismatch": 0}
    assert counted(mcptape, "--all") == expected == counted(mcptape, "last")
    found = [(row["rule"], row["exchange"]) for row in told(mcptape)]
    assert found == [("duplicate_id", 2), ("duplicate_id", 3)]
    file = mcptape.directory / "again.mcptape.jsonl"
    file.write_bytes(mcptape.export())
    said = mcptape.run("check", file, status=1).text
    assert said.count("which was not answered yet") == 2, said


def test_a_connection_of_the_old_transport_has_a_label_of_its_own(mcptape):
    def answer(connection):
        read_request(connection)
        event = b"event: endpoint\ndata: /messages?session_id=1\n\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(event), event))
        connection.recv(1)

    with scripted(answer) as upstream, proxy(mcptape, f"http://127.0.0.1:{upstream}") as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        connection.request("GET", "/sse", headers={"Accept": "text/event-stream"})
        assert b"/messages" in connection.getresponse().read()
        connection.close()
    file = mcptape.directory / "old.mcptape.jsonl"
    file.write_bytes(mcptape.export())
    for words in (["--all"], ["last"], [file]):
        found = samples(mcptape.run("metrics", *words).text)
        assert total(found, "mcptape_sessions_total", transport="sse") == 1, words
        assert total(found, "mcptape_sessions_total") == 1, words
