"""A session of a million exchanges that nobody had to record."""

import json


class LongSession:
    """A session of any length that is made up row by row: every 1000th exchange fails."""

    def __init__(self, like, identity, count):
        self.number = count
        self.id = identity
        self.summary = {
            **like.summary, "session": identity, "name": "long", "exchanges": count, "errors": count // 1000,
            "tool_errors": 0, "duration_us": count * 1000, "messages": {"c2s": count, "s2c": count},
        }
        self.asked = 0

    def count(self):
        return self.number

    def one(self, number):
        bad = number % 1000 == 0
        row = {
            "exchange": number, "asker": "client", "id": number, "method": "tools/call",
            "name": f"tool_{number % 7}", "era": "modern", "status": "error" if bad else "ok",
            "start_us": number * 1000 - 1000, "duration_us": 100 + number % 900, "first_event_us": 50,
            "request_bytes": 300, "response_bytes": 4000,
            "request_seq": 2 * number - 1, "response_seq": 2 * number, "progress": 0,
        }
        return row

    def exchange_page(self, start, limit, words):
        self.asked += 1
        if words:
            start = -(-start // 1000) * 1000
            numbers = range(start, min(self.number, start + 1000 * (limit - 1)) + 1, 1000)
        else:
            numbers = range(start, min(self.number, start + limit - 1) + 1)
        last = numbers[-1] if len(numbers) else self.number
        step = 1000 if words else 1
        following = last + step if last + step <= self.number else None
        return {"exchanges": [self.one(n) for n in numbers], "next": following}

    def entry(self, seq):
        number = (seq + 1) // 2
        asks = seq % 2 == 1
        entry = {
            "seq": seq, "t_us": number * 1000 - 1000 + (0 if asks else 100), "dir": "c2s" if asks else "s2c",
            "kind": "request" if asks else "response", "id": number, "exchange": number, "bytes": 300,
            "msg": json.loads(self.text(seq)),
        }
        return entry

    def text(self, seq):
        number = (seq + 1) // 2
        if seq % 2 == 1:
            message = {"id": number, "method": "tools/call", "params": {"arguments": {"n": number}}}
        else:
            message = {"id": number, "result": {"content": [{"type": "text", "text": f"answer {number}"}]}}
        return json.dumps({"jsonrpc": "2.0", **message})

    def entry_page(self, start, limit, words):
        last = min(2 * self.number, start + limit - 1)
        following = last + 1 if last < 2 * self.number else None
        return {"entries": [self.entry(seq) for seq in range(start, last + 1)], "next": following}

    @property
    def bytes(self):
        return self

    def get(self, seq):
        return self.text(seq).encode()

    def density(self, buckets):
        """Equal everywhere, but for errors, which are near the end only."""
        each = self.number // buckets
        errors = [0] * (buckets - buckets // 4) + [each // 1000] * (buckets // 4)
        return {"from_us": 0, "to_us": self.number * 1000, "exchanges": [each] * buckets, "errors": errors,
                "longest_us": [999] * buckets, "first": [1 + at * each for at in range(buckets)]}

    def stats(self, words):
        row = {
            "count": self.number, "errors": self.number // 1000, "tool_errors": 0, "pending": 0,
            "cancelled": 0, "p50_us": 500, "p90_us": 900, "p99_us": 990, "max_us": 999, "request_bytes": 1,
            "response_bytes": 1,
        }
        return {"rows": [{"method": "tools/call", "name": "tool_1", "asker": "client", **row}], "total": row}

    def head(self):
        return {}

    @property
    def violations(self):
        return {"violations": [], "is_whole": True}
