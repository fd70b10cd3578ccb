"""A session with batches for the double of the API: their messages are exchanges', as in `serve`."""

import json

from told_exchanges import exchanges_of
from viewer_double import FileSession


def members(entries):
    """The entries, each batch replaced by its messages; every request gets the next number."""
    numbers, newest = {}, 0
    for entry in entries:
        messages = entry["msg"] if entry["kind"] == "batch" else [entry.get("msg")]
        for message in messages:
            one = dict(entry)
            if entry["kind"] == "batch":
                one |= {"kind": "request" if "method" in message else "response", "msg": message,
                        "id": message["id"], "bytes": len(json.dumps(message, separators=(",", ":")))}
                one |= {"method": message["method"]} if "method" in message else {}
                params = message.get("params")
                one |= {"name": params["name"]} if isinstance(params, dict) and "name" in params else {}
            if one["kind"] == "request":
                newest += 1
                numbers[one["id"]] = newest
            if one["kind"] in ("request", "response"):
                one["exchange"] = numbers[one["id"]]
            yield one


class BatchSession(FileSession):
    """Its filters are words of the kind `method:a,b`, `kind:a` and `status:a`."""

    def __init__(self, binary, path):
        super().__init__(binary, path)
        self.members = list(members(self.entries))
        self.exchanges = exchanges_of(self.members)
        self.status = {exchange.get("response_seq"): exchange["status"] for exchange in self.exchanges}

    def matches(self, words):
        wanted = [word.split(":", 1) for word in words.split()]
        holds = lambda entry: all(  # noqa: E731
            self.value(entry, key) in values.split(",") for key, values in wanted)
        # A batch is a message of no method; its exchanges have theirs.
        return ({entry["seq"] for entry in self.entries if holds(entry)},
                {one["exchange"] for one in self.members if "exchange" in one and holds(one)})

    def value(self, entry, key):
        return self.status.get(entry["seq"]) if key == "status" else entry.get(key)
