"""What `export` writes beside messages: looked through like them, and redacted where the rules say."""

import base64
import gzip
import json
import re

import pytest

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
FORMATS = ["html", "mcptape.jsonl", "otlp.json"]
PRIVATE = ["of ann", "ask ann", "no ann", "bank://ann", "pay_ann"]


def held(path):
    """The text of a file, of a page that of its pieces."""
    text = path.read_text()
    if path.suffix != ".html":
        return text
    pieces = re.findall(r'id="mcptape-\w+">([^<]*)</script>', text)
    return "\n".join(gzip.decompress(base64.b64decode(piece)).decode() for piece in pieces)


def conversation(path, instructions="ask ann"):
    header = {"mcptape": 1, "sessions": [{"id": "s", "name": "n", "transport": "stdio"}]}
    asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}
    said = {"protocolVersion": "2025-06-18", "capabilities": {"experimental": {"plan": "of ann"}},
            "serverInfo": {"name": "of ann", "version": "1"}, "instructions": instructions}
    messages = [
        ("c2s", {"id": 1, "method": "initialize", "params": asked}), ("s2c", {"id": 1, "result": said}),
        ("c2s", {"id": 2, "method": "tools/call", "params": {"name": "pay_ann"}}),
        ("s2c", {"id": 2, "error": {"code": -1, "message": "no ann here"}}),
        ("c2s", {"id": 3, "method": "resources/read", "params": {"uri": "bank://ann"}}),
        ("c2s", {"id": 4, "method": "tools/call", "params": {"name": "other"}}),
        ("s2c", {"id": 4, "result": {"content": []}}),
    ]
    lines = [json.dumps(header)]
    for number, (side, message) in enumerate(messages, 1):
        place = {"seq": number, "t": number, "dir": side}
        lines.append(json.dumps({**place, "msg": {"jsonrpc": "2.0", **message}}))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("form", FORMATS)
def test_rules_for_places_reach_what_was_read_from_them(mcptape, tmp_path, form):
    source = conversation(tmp_path / "in.mcptape.jsonl")
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "pointers: [/error/message, /params/uri, /params/name, /result/instructions, /result/serverInfo/name,"
        " /result/capabilities/experimental/plan]\n")
    output = tmp_path / f"out.{form}"
    mcptape.run("export", source, "--rules", str(rules), "-o", str(output))
    text = held(output)
    assert "redacted" in text and [each for each in PRIVATE if each in text] == []


@pytest.mark.parametrize("form", FORMATS[:2])
def test_a_secret_that_the_header_repeats_stops_a_part_too(mcptape, tmp_path, form):
    """The message that holds it is left out, what was read from it is not."""
    source = conversation(tmp_path / "in.mcptape.jsonl", instructions=f"use {TOKEN}")
    output = tmp_path / f"out.{form}"
    refused = mcptape.run("export", source, "tool:other", "-o", str(output), status=77)
    assert "GitHub token" in refused.complaint and TOKEN not in refused.complaint
    assert not output.exists()
    mcptape.run("export", source, "tool:other", "--redact", "-o", str(output))
    assert TOKEN not in held(output)
