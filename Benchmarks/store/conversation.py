#!/usr/bin/env python3
"""A long MCP conversation, the same one for the same seed.

    conversation.py ndjson [--seed 1] [--messages 20000]          all messages, one a line, in wire order
    conversation.py serve  [--seed 1] [--messages 20000]          the server's half on stdio
    conversation.py drive  [--seed 1] [--messages 20000] -- CMD   the client's half, against CMD

The mix (README.md has the table): tools/list again and again with the same 20 tools, calls with text
results, calls with JSON results, calls with three progress notifications, small errors.
"""
import json
import random
import subprocess
import sys

WORDS = (
    "time year people way day man thing woman life child world school state family student group "
    "country problem hand part place case week company system program question work government number "
    "night point home water room mother area money story fact month lot right study book eye job word "
    "business issue side kind head house service friend father power hour game line end member law "
    "car city community name president team minute idea"
).split()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def tools(rng):
    return [
        {
            "name": f"{rng.choice(WORDS)}_{rng.choice(WORDS)}_{n}",
            "description": " ".join(rng.choices(WORDS, k=24)).capitalize() + ".",
            "inputSchema": {
                "type": "object",
                "properties": {w: {"type": rng.choice(["string", "integer", "boolean"]),
                                   "description": " ".join(rng.choices(WORDS, k=8))}
                               for w in rng.sample(WORDS, 4)},
                "required": [],
            },
        }
        for n in range(20)
    ]


def conversation(seed, messages):
    """Yields ("c2s" or "s2c", line without its line feed); never cuts an exchange in half."""
    rng = random.Random(seed)
    catalogue = tools(rng)
    count = 0
    number = 0

    def out(direction, value):
        nonlocal count
        count += 1
        return direction, compact(value)

    def request(method, params):
        return out("c2s", {"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def result(value):
        return out("s2c", {"jsonrpc": "2.0", "id": number, "result": value})

    number += 1
    yield request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                 "clientInfo": {"name": "bench", "version": "1"}})
    yield result({"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                  "serverInfo": {"name": "bench-server", "version": "1"}})
    yield out("c2s", {"jsonrpc": "2.0", "method": "notifications/initialized"})
    while count < messages:
        number += 1
        kind = rng.random()
        tool = rng.choice(catalogue)["name"]
        if kind < 0.03:
            yield request("tools/list", {})
            yield result({"tools": catalogue})
            continue
        arguments = {"query": " ".join(rng.choices(WORDS, k=3)), "limit": rng.randrange(50)}
        call = {"name": tool, "arguments": arguments}
        if kind < 0.20:
            call["_meta"] = {"progressToken": number}
        yield request("tools/call", call)
        if kind < 0.20:
            for step in range(1, 4):
                yield out("s2c", {"jsonrpc": "2.0", "method": "notifications/progress",
                                  "params": {"progressToken": number, "progress": step, "total": 3}})
        if kind < 0.60:
            text = " ".join(rng.choices(WORDS, k=rng.randrange(20, 300)))
            yield result({"content": [{"type": "text", "text": text}], "isError": False})
        elif kind < 0.95:
            rows = [{"id": rng.randrange(10**9), "path": "/".join(rng.choices(WORDS, k=4)) + ".swift",
                     "score": round(rng.random(), 6), "tags": rng.sample(WORDS, 3)}
                    for _ in range(rng.randrange(1, 25))]
            yield result({"content": [{"type": "text", "text": compact(rows).decode()}],
                          "structuredContent": {"rows": rows}, "isError": False})
        else:
            yield out("s2c", {"jsonrpc": "2.0", "id": number,
                              "error": {"code": -32602, "message": f"unknown argument {rng.choice(WORDS)}"}})


def serve(script):
    """Reads what the client says and answers with what follows it in the script."""
    out = sys.stdout.buffer
    script = list(script)
    position = 0
    for _ in sys.stdin.buffer:
        position += 1
        while position < len(script) and script[position][0] == "s2c":
            out.write(script[position][1] + b"\n")
            position += 1
        out.flush()


def drive(script, command):
    """Says the client's half in order, waiting for each answer, and checks what comes back byte for byte."""
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for direction, line in script:
        if direction == "c2s":
            peer.stdin.write(line + b"\n")
            peer.stdin.flush()
        elif peer.stdout.readline() != line + b"\n":
            sys.exit("the server's half came back changed")
    peer.stdin.close()
    sys.exit(peer.wait())


def main():
    words = sys.argv[1:]
    command = words[words.index("--") + 1:] if "--" in words else []
    words = words[:words.index("--")] if "--" in words else words
    options = dict(zip(words[1::2], words[2::2]))
    script = conversation(int(options.get("--seed", 1)), int(options.get("--messages", 20000)))
    if words[:1] == ["ndjson"]:
        for _, line in script:
            sys.stdout.buffer.write(line + b"\n")
    elif words[:1] == ["serve"]:
        serve(script)
    elif words[:1] == ["drive"] and command:
        drive(script, command)
    else:
        sys.exit(__doc__)


main()
