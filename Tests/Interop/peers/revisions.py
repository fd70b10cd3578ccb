"""A client and a server of any legacy revision that only write lines, a batch among them in 2025-03-26.

revisions.py REVISION COMMAND…: the client, of a server that COMMAND starts. revisions.py server: the server.
"""

import json
import subprocess
import sys

TOOL = {
    "name": "shout", "description": "Says it louder.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}  # fmt: skip


def answer(request: dict) -> dict | None:
    if "id" not in request:
        return None
    params, result = request.get("params", {}), {}
    if request["method"] == "initialize":
        result = {
            "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "revisions", "version": "1.0.0"},
        }  # fmt: skip
    elif request["method"] == "tools/list":
        result = {"tools": [TOOL]}
    elif request["method"] == "tools/call":
        said = params["arguments"]["text"].upper()
        result = {"content": [{"type": "text", "text": said}], "isError": False}
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


def serve():
    for line in sys.stdin:
        asked = json.loads(line)
        if isinstance(asked, list):
            answers = [found for found in map(answer, asked) if found]
        else:
            answers = answer(asked)
        if answers:
            print(json.dumps(answers, separators=(",", ":")), flush=True)


def request(number: int, method: str, **params) -> dict:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def call(number: int, text: str) -> dict:
    return request(number, "tools/call", name="shout", arguments={"text": text})


def ask(revision: str, command: list[str]):
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    client = {"name": "lines", "version": "1.0.0"}
    begin = request(0, "initialize", protocolVersion=revision, capabilities={}, clientInfo=client)
    told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    asked: list = [begin, told, request(1, "tools/list"), call(2, "hello")]
    if revision == "2025-03-26":
        asked += [[call(3, "one"), request(4, "ping"), call(5, "two")]]
    for message in [*asked, call(6, "good bye")]:
        server.stdin.write(json.dumps(message, separators=(",", ":")) + "\n")
        server.stdin.flush()
        if message is not told:
            print(server.stdout.readline(), end="")
    server.stdin.close()
    sys.exit(server.wait())


if sys.argv[1] == "server":
    serve()
else:
    ask(sys.argv[1], sys.argv[2:])
