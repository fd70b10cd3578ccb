"""Arguments that `Mcp-Param-…` headers mirror: readable in the head where they are in the body."""

import base64
import http.client
import json
import secrets

from program import DEADLINE
from proxy import proxy
from scripted import read_request, scripted
from test_redaction import everything

ANSWER = b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def test_the_head_shows_what_the_body_shows_and_hides_what_it_hides(mcptape):
    seen = []

    def answer(connection):
        while True:
            seen.append(read_request(connection))
            connection.sendall(HEAD % len(ANSWER) + ANSWER)

    password, stray = "w-" + secrets.token_hex(12), "w-" + secrets.token_hex(12)
    arguments = {"region": "eu-west", "count": 42, "greeting": "Grüße", "db_password": password}
    wrapped = "=?base64?" + base64.b64encode("Grüße".encode()).decode() + "?="
    headers = {
        "Content-Type": "application/json", "Mcp-Param-Region": "eu-west", "Mcp-Param-Count": "42",
        "Mcp-Param-Greeting": wrapped, "Mcp-Param-Db": password, "Mcp-Param-Stray": stray,
    }  # fmt: skip
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
         "params": {"name": "add", "arguments": arguments}}
    )  # fmt: skip
    with scripted(answer) as port, proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        connection = http.client.HTTPConnection("127.0.0.1", front, timeout=DEADLINE)
        connection.request("POST", "/mcp", body, headers)
        assert connection.getresponse().read() == ANSWER
        connection.close()
    assert f"Mcp-Param-Db: {password}".encode() in seen[0], "what is forwarded is not changed"
    kept = everything(mcptape)
    assert password.encode() not in kept and stray.encode() not in kept
    shown = mcptape.run("show", "last", "--http").output.decode()
    for text in ("mcp-param-region=eu-west", "mcp-param-count=42", "mcp-param-greeting=Grüße"):
        assert text in shown, shown
    lines = [json.loads(line) for line in mcptape.export().splitlines()[1:]]
    fields = next(line["http"]["request"]["fields"] for line in lines if "request" in line.get("http", {}))
    values = {field[0]: field[1:] for field in fields}
    call = next(line["msg"] for line in lines if line.get("msg", {}).get("method") == "tools/call")
    assert values["Mcp-Param-Greeting"] == [wrapped]
    assert values["Mcp-Param-Db"][0] == call["params"]["arguments"]["db_password"]
    assert values["Mcp-Param-Db"][1] == "masked" and values["Mcp-Param-Stray"][1] == "masked"
