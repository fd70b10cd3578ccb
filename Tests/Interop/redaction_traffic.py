"""What the tests of redaction record: a server with secrets in its answers, calls, and rules for them."""

import json

RULES = """
keys: [ssn]
values:
  - {name: acme-token, prefix: acme_, least: 8}
tools:
  lookup:
    pointers: [/result/structuredContent/iban, /params/arguments/*/card]
    keep: {keys: [api key]}
built_in: {jwt: off}
"""

SERVER = """
import json, sys
for line in sys.stdin.buffer:
    message = json.loads(line)
    if "method" not in message: continue
    found = {"iban": "DE42", "tool": message["params"]["name"]}
    result = {"content": [{"type": "text", "text": "acme_abcdefgh12345678 done"}], "structuredContent": found}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\\n")
    sys.stdout.flush()
"""


def calls(*arguments: dict, tools=("lookup", "other"), first=1) -> bytes:
    lines = []
    for tool in tools:
        for given in arguments:
            lines.append({
                "jsonrpc": "2.0", "id": first + len(lines), "method": "tools/call",
                "params": {"name": tool, "arguments": given},
            })  # fmt: skip
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def files(directory) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())
