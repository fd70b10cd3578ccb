"""A server for the metrics: every way in which a request can end, by the name of the tool.

`ok`, `fail` (isError), `refuse` (a JSON-RPC error with the code asked for), `hang` (no answer), `late` (the
answer comes after the cancellation), `chatter` (prints a line that is no message first).
"""

import json
import sys

NAMES = ["ok", "fail", "refuse", "hang", "late", "chatter"]
held = {}


def tool(name: str) -> dict:
    return {"name": name, "description": f"Does {name}.", "inputSchema": {"type": "object"}}


def text(said: str, is_error: bool = False) -> dict:
    return {"content": [{"type": "text", "text": said}], "isError": is_error}


def call(number, params: dict):
    name = params.get("name")
    token = params.get("_meta", {}).get("progressToken")
    if token is not None:
        told = {"progressToken": token, "progress": 1}
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/progress", "params": told}))
    if name == "refuse":
        return {"error": {"code": params["arguments"]["code"], "message": "refused"}}
    if name in ("hang", "late"):
        held[json.dumps(number)] = name
        return None
    if name == "chatter":
        print("listening on nothing", flush=True)
    if name not in NAMES:
        return {"error": {"code": -32602, "message": "unknown tool"}}
    return {"result": text(name, is_error=name == "fail")}


def answer(message: dict) -> dict | None:
    method, params = message.get("method"), message.get("params", {})
    if method == "notifications/cancelled":
        number = json.dumps(params["requestId"])
        if held.pop(number, None) == "late":
            return {"jsonrpc": "2.0", "id": params["requestId"], "result": text("too late")}
    if "id" not in message or "method" not in message:
        return None
    found = {"error": {"code": -32601, "message": "no such method"}}
    if method == "initialize":
        found = {"result": {
            "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}, "prompts": {}},
            "serverInfo": {"name": "metered", "version": "1"},
        }}  # fmt: skip
    elif method == "ping":
        found = {"result": {}}
    elif method == "tools/list":
        found = {"result": {"tools": [tool(name) for name in NAMES]}}
    elif method == "prompts/list":
        found = {"result": {"prompts": [{"name": "greet"}]}}
    elif method == "prompts/get":
        found = {"result": {"messages": []}}
    elif method == "tools/call":
        found = call(message["id"], params)
    return {"jsonrpc": "2.0", "id": message["id"], **found} if found else None


for line in sys.stdin:
    asked = json.loads(line)
    if isinstance(asked, list):
        answers = [found for found in map(answer, asked) if found]
    else:
        answers = answer(asked)
    if answers:
        print(json.dumps(answers, separators=(",", ":")), flush=True)
