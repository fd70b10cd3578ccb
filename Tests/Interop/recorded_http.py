"""What a recording of HTTP holds, read from what mcptape exports, against what a wire tap saw."""

import base64
import json
from collections import defaultdict

from recording_file import lines, members
from wire_tap import WireTap, messages


def sessions(program) -> list[dict]:
    if not program.store.exists():
        return []
    return [json.loads(line) for line in program.run("sessions", "--json").output.splitlines()]


class Recorded:
    """One HTTP exchange, put together from the lines of its stream."""

    def __init__(self):
        self.method = self.path = None
        self.status = None
        self.c2s = bytearray()
        self.s2c = bytearray()
        self.is_cut = False

    def add(self, entry: dict):
        note = entry.get("http", {})
        if "request" in note:
            self.method = note["request"]["method"]
            self.path = note["request"]["target"].split("?")[0]
        elif "response" in note:
            self.status = note["response"]["status"]
        elif "closed" in note:
            self.is_cut = True
        elif "event" in note:
            self.s2c += note["event"].encode()
        elif "event_b64" in note:
            self.s2c += base64.b64decode(note["event_b64"])
        else:
            text = entry["msg"].encode() if "msg" in entry else entry["text"].encode()
            if "sse" in entry:
                pieces = [piece.encode() for piece in entry["sse"]]
                rows = text.split(b"\n")
                text = pieces[0] + b"".join(row + piece for row, piece in zip(rows, pieces[1:]))
            getattr(self, entry["dir"]).extend(text)


def recorded(program) -> list[Recorded]:
    """Every exchange of every session, in the order of the streams."""
    found = defaultdict(Recorded)
    for session in sessions(program):
        for line in lines(program.export(session["session"]))[1:]:
            entry = members(line) if b'"http":' not in line else json.loads(line)
            found[entry["stream"]].add(entry)
    return [found[number] for number in sorted(found)]


def exchanges(program, session: str) -> list[dict]:
    """Every exchange of a session that has ended, in the order of the requests."""
    told = program.run("tail", "--json", "--session", session, "--last", "1000000").output
    return sorted(map(json.loads, told.splitlines()), key=lambda exchange: exchange["exchange"])


def entries(program, session: str, *words) -> list[dict]:
    """What `show --json` says of each message, and of what HTTP tells beside them."""
    told = program.run("show", session, "--json", *words).output
    return [json.loads(line) for line in told.splitlines()[1:]]


def assert_all_recorded(program, behind: WireTap):
    """Each HTTP exchange that passed between mcptape and the server is on record, byte for byte."""
    wire = []
    for passed in behind.passed:
        answers = messages(passed.s2c)
        for number, (head, body) in enumerate(messages(passed.c2s)):
            method, target, _ = head[0].split(b" ")
            answer = answers[number] if number < len(answers) else ([b"HTTP/1.1 0 "], b"")
            status = int(answer[0][0].split(b" ")[1])
            wire.append((method.decode(), target.split(b"?")[0].decode(), body, status, answer[1]))
    found = recorded(program)
    assert len(found) == len(wire)
    # Connections are counted as they are accepted, exchanges as they begin: both lists hold the same.
    # Of a client that left, the server's head may have been on its way to us still.
    for exchange in found:
        match = next(
            (
                seen for seen in wire
                if seen[:3] == (exchange.method, exchange.path, bytes(exchange.c2s))
                and (seen[3] == (exchange.status or 0) or exchange.is_cut and exchange.status is None)
                and (seen[4] == bytes(exchange.s2c)
                     or exchange.is_cut and seen[4].startswith(bytes(exchange.s2c))
                     or b"event: endpoint" in seen[4][:20])
            ),
            None,
        )  # fmt: skip
        assert match, (exchange.method, exchange.path, exchange.status, bytes(exchange.c2s)[:200])
        wire.remove(match)
