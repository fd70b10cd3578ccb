#!/usr/bin/env python3
"""The two halves of much traffic, made as fast as Python can write it.

    peer.py serve                     answers every request, `tools/list` with a page of names
    peer.py answer FILE               answers each request with the next of FILE's even lines
    peer.py drive CALLS TOOLS -- CMD  lists TOOLS tools, a thousand a page, and makes CALLS calls of them
"""
import hashlib
import json
import subprocess
import sys
import threading

PAGE = 1000
RESULT = (b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"the quick brown fox '
          b'jumps over %s"}],"isError":false}}\n')
CALL = (b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"tool_%d","arguments":'
        b'{"query":"fox","limit":10}}}\n')


def serve():
    """Ids are counted, not read: whoever drives it counts too."""
    number = 0
    rest = b""
    while data := sys.stdin.buffer.read1(1 << 16):
        lines = (rest + data).split(b"\n")
        rest = lines.pop()
        out = []
        for line in lines:
            number += 1
            if b'"tools/list"' in line:
                start = json.loads(line)["params"]["cursor"]
                names = [{"name": f"tool_{n}", "inputSchema": {"type": "object"}}
                         for n in range(int(start), int(start) + PAGE)]
                out.append(json.dumps({"jsonrpc": "2.0", "id": number, "result": {"tools": names}}).encode())
                out.append(b"\n")
            else:
                # No two are alike, so that none is stored in the place of another.
                numbers = hashlib.sha256(line).digest()[:24]
                out.append(RESULT % (number, b" ".join(b"%d" % byte for byte in numbers)))
        sys.stdout.buffer.write(b"".join(out))
        sys.stdout.buffer.flush()


def answer(path):
    with open(path, "rb") as file:
        answers = file.readlines()[1::2]
    number = 0
    while data := sys.stdin.buffer.read1(1 << 16):
        count = data.count(b"\n")
        sys.stdout.buffer.write(b"".join(answers[number:number + count]))
        sys.stdout.buffer.flush()
        number += count


def drive(calls, tools, command):
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    answers = 0

    def read():
        nonlocal answers
        while data := peer.stdout.read1(1 << 16):
            answers += data.count(b"\n")

    reader = threading.Thread(target=read)
    reader.start()
    number = 0
    for start in range(0, tools, PAGE):
        number += 1
        request = {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {"cursor": str(start)}}
        peer.stdin.write(json.dumps(request).encode() + b"\n")
    for first in range(0, calls, PAGE):
        count = min(PAGE, calls - first)
        peer.stdin.write(b"".join(CALL % (number + n + 1, (first + n) % max(1, tools)) for n in range(count)))
        number += count
    peer.stdin.close()
    status = peer.wait()
    reader.join()
    if status != 0 or answers != number:
        sys.exit(f"{answers} of {number} requests were answered, status {status}")


def main():
    if sys.argv[1:2] == ["serve"]:
        serve()
    elif sys.argv[1:2] == ["answer"] and len(sys.argv) == 3:
        answer(sys.argv[2])
    elif sys.argv[1:2] == ["drive"] and "--" in sys.argv:
        drive(int(sys.argv[2]), int(sys.argv[3]), sys.argv[sys.argv.index("--") + 1:])
    else:
        sys.exit(__doc__)


main()
