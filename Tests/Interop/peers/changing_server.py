"""A server on stdio that changes as it is told, and notes what it is asked.

changing_server.py LOG [CHANGE…]: each method, and of a call the tool, becomes a line of LOG. The changes are
words below. It counts runs by the lines of LOG, so no two runs are alike where they need not be.
"""

import json
import os
import sys
import time

log, changes = sys.argv[1], set(sys.argv[2:])
seed = os.getpid()


def tool(name, reads=True, **more):
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    hints = {"annotations": {"readOnlyHint": True}} if reads else {}
    return {"name": name, "description": f"Does {name}.", "inputSchema": schema, **hints, **more}


def tools():
    found = [tool("echo"), tool("stamp"), tool("make"), tool("look"), tool("ask"), tool("drop", reads=False)]
    if "renamed-tool" in changes:
        found[0]["name"] = "repeat"
    if "description" in changes:
        found[0]["description"] = "Does something else."
    if "schema" in changes:
        found[0]["inputSchema"]["properties"]["text"] = {"type": "integer"}
    if "removed-tool" in changes:
        del found[1]
    if "order" in changes:
        found.reverse()
    if "writes-now" in changes:
        del found[0]["annotations"]
    return found


def result(name, arguments):
    if name == "echo":
        text = arguments.get("text", "")
        value = {"said": text, "length": len(text)}
        if "value" in changes:
            value["said"] = text.upper()
        if "shape" in changes:
            value["length"] = str(value["length"])
        if "missing-member" in changes:
            del value["length"]
        if "extra-member" in changes:
            value["new"] = True
        return {"content": [{"type": "text", "text": json.dumps(value)}], "structuredContent": value}
    if name == "stamp":
        value = {"time": f"at {seed}", "id": f"id-{seed:08}", "fixed": "changed" if "fixed" in changes else 1}
        return {"content": [], "structuredContent": value}
    if name == "make":
        return {"content": [], "structuredContent": {"id": f"thing-{seed:08}"}}
    if name == "look":
        is_own = arguments["text"] in (f"thing-{seed:08}", f"thing://thing-{seed:08}/x")
        return {"content": [{"type": "text", "text": "found" if is_own else "there is no such thing"}]}
    return {"content": [{"type": "text", "text": f"{name} done"}]}


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def answer(method, params, number):
    if method == "server/discover" and "refuse" in changes:
        return {"error": {"code": -32601, "message": "Method not found"}}
    if method == "initialize":
        if "refuse" in changes:
            return {"error": {"code": -32602, "message": "Unsupported protocol version"}}
        info = {"name": "changing", "version": "1"}
        return {"result": {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info}}
    if method == "tools/list":
        return {"result": {"tools": tools()}}
    if method == "prompts/list":
        at = params.get("cursor")
        if at is None:
            return {"result": {"prompts": [{"name": "first"}], "nextCursor": f"page-{seed}"}}
        if at != f"page-{seed}":
            return {"error": {"code": -32602, "message": f"no page {at}"}}
        return {"result": {"prompts": [{"name": "second"}]}}
    if method != "tools/call":
        return {"error": {"code": -32601, "message": f"no method {method}"}}
    name = params["name"]
    if name == "echo":
        if "die" in changes:
            sys.stderr.write("out of memory\n")
            os._exit(3)
        if "hang" in changes:
            return None
        if "slow" in changes:
            # This delay is what the test is about.
            time.sleep(2)
        if "error" in changes:
            return {"error": {"code": -32603, "message": "broken"}}
        if "tool-error" in changes:
            return {"result": {"content": [{"type": "text", "text": "broken"}], "isError": True}}
        if "silent" not in changes:
            level = "warning" if "notification" in changes else "info"
            send({"method": "notifications/message", "params": {"level": level, "data": "echoing"}})
        if "chatty" in changes:
            send({"method": "notifications/message", "params": {"level": "info", "data": "more"}})
    if name == "ask":
        messages = [{"role": "user", "content": {"type": "text", "text": "Say something."}}]
        if "other-question" in changes:
            messages[0]["content"]["text"] = "Say nothing."
        if "no-question" not in changes:
            params = {"messages": messages, "maxTokens": 5}
            send({"id": 1, "method": "sampling/createMessage", "params": params})
            said = json.loads(sys.stdin.readline())
            return {"result": {"content": [{"type": "text", "text": said["result"]["content"]["text"]}]}}
    return {"result": result(name, params.get("arguments", {}))}


for line in sys.stdin:
    message = json.loads(line)
    asked = message.get("method", "answer"), message.get("params", {}).get("name", "")
    with open(log, "a") as file:
        file.write(" ".join(asked) + "\n")
    if "id" in message and "method" in message:
        given = answer(message["method"], message.get("params", {}), message["id"])
        if given is not None:
            send({"id": message["id"], **given})
