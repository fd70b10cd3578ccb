"""What the metrics must say of a recording: counted here anew, from the lines of the exported file alone.

Written from docs/recording-file.md and the meaning of each metric, not from mcptape's sources.
"""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from recording_file import lines, members, message_bytes

STANDARD_METHODS = {
    "initialize", "ping", "server/discover", "tools/list", "tools/call", "resources/list",
    "resources/templates/list", "resources/read", "resources/subscribe", "resources/unsubscribe",
    "subscriptions/listen", "prompts/list", "prompts/get", "completion/complete", "logging/setLevel",
}  # fmt: skip
WAITS = {
    "sampling/createMessage": "sampling", "elicitation/create": "elicitation", "roots/list": "roots",
    "ping": "ping",
}  # fmt: skip
SIDES = {"c2s": "client_to_server", "s2c": "server_to_client"}
OTHER = "_OTHER"
VIOLATIONS = "mcptape_protocol_violations_total"


@dataclass
class Sum:
    """Observations of a histogram."""

    count: int = 0
    seconds: float = 0.0

    def add(self, microseconds: int):
        self.count += 1
        self.seconds += microseconds / 1e6


def sums() -> dict[tuple, Sum]:
    return defaultdict(Sum)


@dataclass
class Figures:
    """By labels in the order of the catalogue; "" is an absent one."""

    operations: dict[tuple, Sum] = field(default_factory=sums)
    waits: dict[tuple, Sum] = field(default_factory=sums)
    sessions_ended: dict[tuple, Sum] = field(default_factory=sums)
    messages: Counter = field(default_factory=Counter)
    sizes: Counter = field(default_factory=Counter)
    counters: Counter = field(default_factory=Counter)
    # What a server's lists named, in whatever session.
    advertised: set = field(default_factory=set)
    # Servers with redacted messages: the recording does not tell how long those were.
    unsized: set = field(default_factory=set)


@dataclass
class Request:
    """One side's request that is not answered yet."""

    t: int
    method: str
    name: str
    params: dict
    stream: int | None
    # When the operation's first round began.
    since: int
    is_cancelled: bool = False

    def unanswered(self, how: str) -> str:
        """How it ended without an answer: a subscription as it should."""
        return "" if self.method == "subscriptions/listen" else how


def error_type(answer: dict) -> str:
    if "error" not in answer:
        return "tool_error" if answer.get("result", {}).get("isError") is True else ""
    code = answer["error"].get("code")
    is_known = isinstance(code, int) and (
        code in (-32700, -32600, -32601, -32602, -32603) or -32099 <= code <= -32000
    )
    return str(code) if is_known else OTHER


class Session:
    """Reads one exported session into figures."""

    def __init__(self, figures: Figures, data: bytes):
        self.figures = figures
        self.head = json.loads(lines(data)[0])["sessions"][0]
        self.server = self.head["name"]
        self.pending: dict[str, list[tuple[str, Request]]] = {"c2s": [], "s2c": []}
        # HTTP exchanges that were refused, and when.
        self.refused: dict[int, int] = {}
        # Operations that wait for their next round: (request, when it was answered, its state).
        self.rounds: list[tuple[Request, int, object]] = []
        for line in lines(data)[1:]:
            entry = members(line)
            self.take(entry, json.loads(line) if b'"http":' in line else {})
        self.finish()

    def take(self, entry: dict, whole: dict):
        assert "gap" not in entry, "this reader counts what passed"
        for _, rule in entry.get("redacted", []):
            self.figures.counters["mcptape_redactions_total", self.server, rule] += 1
            self.figures.unsized.add(self.server)
        if "http" in whole:
            return self.note(whole)
        if entry.get("stderr"):
            return
        side = SIDES[entry["dir"]]
        text = message_bytes({**entry, "eol": ""})
        self.figures.sizes[self.server, side] += len(text)
        self.figures.counters["mcptape_message_size_bytes", side] += 1
        try:
            value = json.loads(text)
        except ValueError:
            value = None
            # What broke off is no violation.
            if not entry.get("partial"):
                self.figures.counters[VIOLATIONS, self.server, "stdout_noise"] += 1
        for message in value if isinstance(value, list) else [value]:
            self.message(message, entry)

    def note(self, entry: dict):
        response = entry["http"].get("response")
        if response and not response.get("own"):
            key = ("mcptape_upstream_http_responses_total", self.server, f"{response['status'] // 100}xx")
            self.figures.counters[key] += 1
        if response and response["status"] >= 400:
            self.refused[entry["stream"]] = entry["t"]
        closed = entry["http"].get("closed")
        if not closed:
            return
        for item in [item for item in self.pending["c2s"] if item[1].stream == entry["stream"]]:
            if closed["by"] != "client":
                self.pending["c2s"].remove(item)
                self.observe(item[1], self.refused.get(entry["stream"], entry["t"]), "transport")
            elif self.is_modern(item[1]):
                # Leaving is cancelling in 2026-07-28 only.
                self.cancel(item[1], entry["t"])

    @staticmethod
    def is_modern(request: Request) -> bool:
        meta = request.params.get("_meta", {})
        return "io.modelcontextprotocol/protocolVersion" in meta

    def message(self, message, entry: dict):
        side, kind = SIDES[entry["dir"]], "invalid"
        if isinstance(message, dict) and message.get("jsonrpc") == "2.0":
            if "method" in message:
                kind = "request" if "id" in message else "notification"
            elif "id" in message:
                kind = "error" if "error" in message else "response"
        self.figures.messages[self.server, side, kind] += 1
        if kind == "request":
            self.request(message, entry)
        elif kind == "notification":
            self.notification(message, entry)
        elif kind in ("response", "error"):
            self.answer(message, entry)

    def request(self, message: dict, entry: dict):
        params = message.get("params", {})
        method = message["method"]
        name = params.get("name", "") if method in ("tools/call", "prompts/get") else ""
        request = Request(entry["t"], method, name, params, entry.get("stream"), entry["t"])
        if entry["dir"] == "c2s" and ("inputResponses" in params or "requestState" in params):
            self.continue_round(request)
        self.pending[entry["dir"]].append((json.dumps(message["id"]), request))

    def continue_round(self, request: Request):
        state = request.params.get("requestState")
        for place, (first, answered, wanted) in enumerate(self.rounds):
            if wanted == state and (first.method, first.name) == (request.method, request.name):
                self.figures.waits[self.server, "input_round"].add(request.t - answered)
                request.since = first.since
                del self.rounds[place]
                return

    def notification(self, message: dict, entry: dict):
        if message["method"] == "notifications/progress":
            self.figures.counters["mcptape_progress_notifications_total", self.server] += 1
        if message["method"] == "notifications/cancelled":
            wanted = json.dumps(message["params"].get("requestId"))
            for number, request in reversed(self.pending[entry["dir"]]):
                if number == wanted:
                    if entry["dir"] == "c2s":
                        self.cancel(request, entry["t"])
                    else:
                        request.is_cancelled = True
                    return

    def cancel(self, request: Request, t: int):
        if not request.is_cancelled:
            request.is_cancelled = True
            self.left(request, t, "cancelled")

    def left(self, request: Request, t: int, how: str):
        how = request.unanswered(how)
        self.observe(request, t, how)
        if how:
            self.figures.counters[f"mcptape_{how}_total", self.server] += 1

    def answer(self, message: dict, entry: dict):
        asker = "s2c" if entry["dir"] == "c2s" else "c2s"
        number = json.dumps(message["id"])
        asked = self.pending[asker]
        found = [item for item in asked if item[0] == number]
        # On HTTP an answer comes in the response to its request, unless the stream was taken up again.
        found = [item for item in found if item[1].stream == entry.get("stream")] or found
        if not found:
            if number != "null":
                self.figures.counters[VIOLATIONS, self.server, "orphan_response"] += 1
            return
        asked.remove(found[-1])
        request = found[-1][1]
        if asker == "s2c":
            if not request.is_cancelled:
                kind = WAITS.get(request.method, "other")
                self.figures.waits[self.server, kind].add(entry["t"] - request.t)
        elif request.is_cancelled:
            self.figures.counters["mcptape_late_total", self.server] += 1
        elif message.get("result", {}).get("resultType") == "input_required":
            self.rounds.append((request, entry["t"], message["result"].get("requestState")))
        else:
            self.observe(request, entry["t"], error_type(message))
            for kind in ("tools", "prompts"):
                if request.method == f"{kind}/list":
                    for item in message.get("result", {}).get(kind, []):
                        self.figures.advertised.add((self.server, kind, item["name"]))

    def observe(self, request: Request, t: int, how: str):
        method = request.method if request.method in STANDARD_METHODS else OTHER
        tool = prompt = ""
        if method == "tools/call":
            is_known = (self.server, "tools", request.name) in self.figures.advertised
            tool = request.name if is_known else OTHER
        elif method == "prompts/get":
            is_known = (self.server, "prompts", request.name) in self.figures.advertised
            prompt = request.name if is_known else OTHER
        self.figures.operations[self.server, method, tool, prompt, how].add(t - request.since)
        # A code that JSON-RPC leaves to nobody is _OTHER by the convention, not for lack of room.
        folded = {"mcp_method_name": method, "gen_ai_tool_name": tool, "gen_ai_prompt_name": prompt}
        for label, value in folded.items():
            if value == OTHER:
                self.figures.counters["mcptape_label_overflow_total", label] += 1

    def transport(self) -> str:
        return "sse" if self.head.get("sse") else self.head["transport"]

    def finish(self):
        end = self.head["end"]
        left = [request for _, request in self.pending["c2s"] if not request.is_cancelled]
        for request in [*left, *(first for first, _, _ in self.rounds)]:
            self.left(request, end["t"], "abandoned")
        self.figures.counters["mcptape_sessions_total", self.server, self.transport()] += 1
        revision = self.head.get("revision", "")
        how = None
        if "exit_code" in end:
            how = "exit_0" if end["exit_code"] == 0 else "exit_nonzero"
        elif "signal" in end:
            how = "signal"
        if how:
            self.figures.counters["mcptape_child_exits_total", self.server, how] += 1
        has_failed = end["reason"] == "server_exited" and how != "exit_0"
        failure = "server_exited" if has_failed else ""
        self.figures.sessions_ended[self.server, revision, failure].add(end["t"])


def figures(exports: list[bytes]) -> Figures:
    """Of exported sessions, each alone in its file, in the order in which they began."""
    found = Figures()
    for data in sorted(exports, key=lambda data: json.loads(lines(data)[0])["sessions"][0]["started"]):
        Session(found, data)
    return found
