"""A reader of recording files of its own, written from docs/recording-file.md, not from mcptape's sources."""

import base64
import gzip
import json
from pathlib import Path

_decoder = json.JSONDecoder()


def lines(data: bytes) -> list[bytes]:
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    assert data.endswith(b"\n"), "a recording file ends with a line feed"
    return data[:-1].split(b"\n")


def header(data: bytes) -> dict:
    return json.loads(lines(data)[0])


def members(line: bytes) -> dict:
    """The members of a line; `msg` is its text, exactly as it stands there, not its value."""
    text = line.decode("utf-8")
    found = {}
    position = 1
    while text[position] != "}":
        if text[position] == ",":
            position += 1
        key, position = _decoder.raw_decode(text, position)
        assert text[position] == ":", line[:200]
        position += 1
        if key == "msg":
            found[key] = text[position:-1]
            return found
        found[key], position = _decoder.raw_decode(text, position)
    return found


def message_bytes(entry: dict) -> bytes:
    if "msg" in entry:
        body = entry["msg"].encode("utf-8")
    elif "text" in entry:
        body = entry["text"].encode("utf-8")
    else:
        body = base64.b64decode(entry["raw_b64"])
    return body + entry.get("eol", "\n").encode()


def streams(data: bytes) -> dict[str, bytes]:
    """The bytes of each stream: `c2s`, `s2c` and `stderr`."""
    found = {"c2s": bytearray(), "s2c": bytearray(), "stderr": bytearray()}
    for line in lines(data)[1:]:
        entry = members(line)
        if not {"msg", "text", "raw_b64"} & entry.keys():
            continue
        found["stderr" if entry.get("stderr") else entry["dir"]] += message_bytes(entry)
    return {name: bytes(value) for name, value in found.items()}


def load(path: Path) -> dict[str, bytes]:
    return streams(path.read_bytes())
