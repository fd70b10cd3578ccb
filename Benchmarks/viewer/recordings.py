"""Recording files for measuring the viewer: many short sessions, three to a run, one very long, one large."""

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import cycle

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
LONG = "1ong1ong1ong"
LARGE = "1arge1arge1a"
BOOT = "13d412d8-7fca-48b7-9376-c30b650db005"


def identity(number):
    text = ""
    for _ in range(11):
        number, letter = divmod(number, 32)
        text += LETTERS[letter]
    return "m" + text


def session(name, identifier, started, host, ends):
    start = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=started)
    return {
        "id": identifier, "name": name, "command": ["server"], "transport": "stdio", "revision": "2025-11-25",
        "client": {"name": "agent", "version": "1"}, "server": {"name": "server", "version": "1"},
        "started": start.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), "redaction": {"defaults": True},
        "capture": "payloads", "host": {"name": "agent", "pid": host, "start_ticks": host},
        "boot": {"id": BOOT, "start_ns": started * 10**9},
        "end": {"reason": "client_closed", "t": ends, "exit_code": 0},
    }


def write(path, sessions, messages):
    """`messages` are `(session or None, sequence, microseconds, direction, text of the message)`."""
    with open(path, "w") as file:
        file.write(json.dumps({"mcptape": 1, "sessions": sessions}) + "\n")
        for owner, sequence, time, direction, text in messages:
            of = f'"session":"{owner}",' if owner else ""
            file.write(f'{{"seq":{sequence},"t":{time},"dir":"{direction}",{of}"msg":{text}}}\n')


def many(path, count):
    sessions = [
        session(name, identity(n), 200 * (n // 3) + n % 3, 1000 + n // 3, 20_000)
        for n, name in zip(range(count), cycle(("notes", "files", "search")), strict=False)]
    call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"find","arguments":{"q":"x"}}}'
    answer = '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"found"}]}}'
    write(path, sessions, (
        (one["id"], sequence, sequence * 1000, direction, text) for one in sessions
        for sequence, direction, text in ((1, "c2s", call), (2, "s2c", answer))))


def long(path, exchanges):
    """Every 1000th exchange fails."""
    def messages():
        for n in range(1, exchanges + 1):
            arguments = f'{{"query":"number {n}","limit":10}}'
            yield None, 2 * n - 1, n * 1000, "c2s", (
                f'{{"jsonrpc":"2.0","id":{n},"method":"tools/call",'
                f'"params":{{"name":"tool_{n % 7}","arguments":{arguments}}}}}')
            content = f'{{"content":[{{"type":"text","text":"the answer to number {n}, in some words"}}]}}'
            failure = '{"code":-32000,"message":"no such thing"}'
            outcome = f'"result":{content}' if n % 1000 else f'"error":{failure}'
            yield None, 2 * n, n * 1000 + 100 + n % 700, "s2c", f'{{"jsonrpc":"2.0","id":{n},{outcome}}}'

    write(path, [session("long", LONG, 2_200_000, 7, (exchanges + 1) * 1000)], messages())


WORDS = (
    "the of and to in is that it for was on are as with his they at be this from have or by one had not but"
    " what all were when we there can an your which their said if do will each about how up out them then she"
    " many some so these would other into has more her two like him see time could no make than first been"
).split()


def large(path, exchanges):
    """Answers of 4 KB, in words that compress as prose does."""
    chance = random.Random(1)

    def messages():
        for n in range(1, exchanges + 1):
            yield None, 2 * n - 1, n * 1000, "c2s", (
                f'{{"jsonrpc":"2.0","id":{n},"method":"tools/call",'
                f'"params":{{"name":"read","arguments":{{"path":"/srv/notes/{n}.md"}}}}}}')
            text = " ".join(chance.choices(WORDS, k=820)) + f" {chance.getrandbits(256):x}"
            yield None, 2 * n, n * 1000 + 500, "s2c", (
                f'{{"jsonrpc":"2.0","id":{n},"result":{{"content":[{{"type":"text","text":"{text}"}}]}}}}')

    write(path, [session("large", LARGE, 2_300_000, 8, (exchanges + 1) * 1000)], messages())
