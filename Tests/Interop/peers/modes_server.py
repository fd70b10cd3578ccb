"""A small MCP server that says what it is told to: `modes_server.py LOG [VERSION]`.

Its log has a line for its start and one for each message. `VERSION` is in the answers of its tool `version`.
"""

import json
import os
import signal
import sys

log = open(sys.argv[1], "a", buffering=1)
version = sys.argv[2] if len(sys.argv) > 2 else "1"


def send(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def text(content):
    return {"content": [{"type": "text", "text": content}]}


def tool(params, id):
    name, arguments = params["name"], params.get("arguments", {})
    if name == "version":
        return text(version)
    if name == "progress":
        for step in (1, 2):
            token = params["_meta"]["progressToken"]
            send(method="notifications/progress", params={"progressToken": token, "progress": step})
        return text("done")
    if name == "ask":
        send(id="s1", method="elicitation/create", params={"message": "sure?", "requestedSchema": {}})
        answer = json.loads(read())
        assert answer["id"] == "s1", answer
        return text(answer["result"]["action"])
    if name == "secret":
        return text("key is sk-ant-api03-" + "aB3dE5gH7jK9mN1pQ3sT5vW7" * 3)
    if name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "exit":
        sys.exit(int(arguments["status"]))
    return text(f"{name} {json.dumps(arguments, sort_keys=True)}")


def read():
    line = sys.stdin.readline()
    if line:
        log.write(line)
    return line


log.write("start\n")
sys.stderr.write("up\n")
sys.stderr.flush()
while line := read():
    message = json.loads(line)
    id, method = message.get("id"), message.get("method")
    if id is None or method is None:
        continue
    if method == "initialize":
        info = {"name": "modes", "version": version}
        revision = message["params"]["protocolVersion"]
        send(id=id, result={"protocolVersion": revision, "capabilities": {}, "serverInfo": info})
    elif method == "tools/list":
        send(id=id, result={"tools": []})
    elif method == "tools/call":
        result = tool(message["params"], id)
        send(id=id, result=result)
    elif method == "fail":
        send(id=id, error={"code": -32000, "message": "failed"})
    else:
        send(id=id, result={})
