"""A server whose tools end in every way that there is: answers, errors, late ones, none."""

import json
import sys

TOOLS = ["fine", "broken", "refused", "silent", "slow"]


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def answer(id, **member):
    say({"jsonrpc": "2.0", "id": id, **member})


waiting = []
for line in sys.stdin:
    try:
        messages = json.loads(line)
    except ValueError:
        continue
    for message in messages if isinstance(messages, list) else [messages]:
        method, id = message.get("method"), message.get("id")
        if method == "notifications/cancelled":
            # The answer comes all the same.
            for late in [late for late in waiting if late == message["params"]["requestId"]]:
                waiting.remove(late)
                answer(late, result={})
        if id is None or method is None:
            continue
        name = (message.get("params") or {}).get("name")
        if method == "tools/list":
            answer(id, result={"tools": [{"name": tool, "inputSchema": {}} for tool in TOOLS]})
        elif name == "broken":
            answer(id, result={"isError": True, "content": []})
        elif name == "refused":
            answer(id, error={"code": -32000 - id % 3, "message": "no"})
        elif name == "slow":
            waiting.append(id)
        elif name == "noisy":
            sys.stdout.write("Warning: this is not a message\n")
            answer(id, result={})
        elif name != "silent":
            answer(id, result={"content": [{"type": "text", "text": "x" * (id % 700)}]})
