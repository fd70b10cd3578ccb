"""A server without a library that answers each request after the time that it names, and says how long it
took by its own clock: `result.took_ns`, from the line it read to the line it writes."""

import json
import sys
import time

while line := sys.stdin.buffer.readline():
    began = time.monotonic_ns()
    message = json.loads(line)
    time.sleep(message["params"]["arguments"]["ms"] / 1000)
    took = time.monotonic_ns() - began
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": [], "took_ns": took}}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()
