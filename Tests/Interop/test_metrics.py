"""Counters are what is on record: counted again here, by a reader that shares no code with mcptape."""

import itertools
import json
import os
import re
import threading
from collections import Counter

import recording_file
from program import DEADLINE, peer, wait_until

PROCESSES = int(os.environ.get("MCPTAPE_METERED_PROCESSES", "20"))
SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
OPERATION = "mcp_client_operation_duration_seconds"


def samples(text: str) -> dict:
    """Every sample of an exposition by its name and labels; none comes twice."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        # In OpenMetrics an exemplar may follow.
        name, labels, value = SAMPLE.match(line.partition(" # {")[0]).groups()
        key = name, frozenset(LABEL.findall(labels or ""))
        assert key not in found, line
        found[key] = float(value)
    return found


def sound(found: dict):
    """Buckets rise, and the last is the count."""
    histograms = {}
    for (name, labels), value in found.items():
        if name.endswith("_bucket"):
            bound = dict(labels)["le"]
            rest = frozenset(label for label in labels if label[0] != "le")
            histograms.setdefault((name[: -len("_bucket")], rest), []).append((float(bound), value))
    assert histograms
    for (name, labels), buckets in histograms.items():
        values = [value for _, value in sorted(buckets)]
        assert values == sorted(values), name
        assert values[-1] == found[f"{name}_count", labels], name


class Recount:
    """What the messages of a recording come to."""

    def __init__(self):
        self.counts = Counter()
        self.seconds = Counter()

    def add(self, name, amount=1, **labels):
        labels = frozenset((key, value) for key, value in labels.items() if value)
        self.counts[name, labels] += amount

    def operation(self, request, error, time):
        tool = request["name"]
        if tool is not None and tool not in self.advertised:
            tool = "_OTHER"
        labels = {"server": self.server, "mcp_method_name": request["method"]}
        labels |= {"gen_ai_tool_name": tool, "error_type": error}
        self.add(f"{OPERATION}_count", **labels)
        key = frozenset((key, value) for key, value in labels.items() if value)
        self.seconds[f"{OPERATION}_sum", key] += (time - request["t"]) / 1e6

    def session(self, data: bytes, server: str, ended: bool):
        self.server, self.advertised, self.open, self.cancelled = server, set(), {}, {}
        self.add("mcptape_sessions_total", server=server, transport="stdio")
        for line in recording_file.lines(data)[1:]:
            entry = recording_file.members(line)
            if entry.get("stderr") or not {"msg", "text", "raw_b64"} & entry.keys():
                continue
            self.message(entry)
        for request in self.open.values() if ended else ():
            # The end's time is not in the file, so only the number of these is compared.
            self.operation(request, "abandoned", request["t"])
            self.add("mcptape_abandoned_total", server=server)

    def message(self, entry):
        direction = {"c2s": "client_to_server", "s2c": "server_to_client"}[entry["dir"]]
        labels = {"server": self.server, "direction": direction}
        size = len(recording_file.message_bytes(entry | {"eol": ""}))
        self.add("mcptape_message_bytes_total", size, **labels)
        self.add("mcptape_message_size_bytes_count", direction=direction)
        try:
            value = json.loads(entry["msg"])
        except (KeyError, ValueError):
            self.add("mcptape_messages_total", kind="invalid", **labels)
            if direction == "server_to_client" and not entry.get("partial"):
                self.add("mcptape_protocol_violations_total", server=self.server, rule="stdout_noise")
            return
        for member in value if isinstance(value, list) else [value]:
            self.add("mcptape_messages_total", kind=self.kind(member, entry["t"]), **labels)

    def kind(self, message, time):
        if "method" not in message:
            self.answer(message, time)
            return "error" if "error" in message else "response"
        params = message.get("params") or {}
        if "id" in message:
            name = params.get("name") if message["method"] == "tools/call" else None
            self.open[message["id"]] = {"method": message["method"], "name": name, "t": time}
            return "request"
        if message["method"] == "notifications/cancelled" and params["requestId"] in self.open:
            request = self.open.pop(params["requestId"])
            self.cancelled[params["requestId"]] = request
            self.operation(request, "cancelled", time)
            self.add("mcptape_cancelled_total", server=self.server)
        return "notification"

    def answer(self, message, time):
        if self.cancelled.pop(message["id"], None):
            return self.add("mcptape_late_total", server=self.server)
        request = self.open.pop(message["id"])
        result = message.get("result") or {}
        error = str(message["error"]["code"]) if "error" in message else None
        self.operation(request, error or ("tool_error" if result.get("isError") else None), time)
        if request["method"] == "tools/list":
            self.advertised |= {tool["name"] for tool in result["tools"]}
        return None


def traffic(chance):
    """Lines without an end: most are answered, some are not, some are cancelled."""
    number = 1
    yield {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    while True:
        number += 1
        tools = ["fine"] * 6 + ["broken", "refused", "silent", "slow", "unheard-of", "noisy"]
        params = {"name": chance.choice(tools), "arguments": {"filling": "p" * chance.randrange(900)}}
        request = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
        if chance.random() < 0.05:
            number += 1
            yield [request, {"jsonrpc": "2.0", "id": number, "method": "prompts/list"}]
        else:
            yield request
        if params["name"] == "slow" or chance.random() < 0.05:
            params = {"requestId": number}
            yield {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


class Client(threading.Thread):
    """Sends a number of lines, then waits until it is told to end, and reads what comes all the while."""

    def __init__(self, process, chance):
        super().__init__(daemon=True)
        self.process, self.stopped, self.received = process, threading.Event(), 0
        self.lines = list(itertools.islice(traffic(chance), 200))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.start()

    def run(self):
        try:
            for number, line in enumerate(self.lines):
                # Which names are labels does not depend on who is faster, once they are advertised.
                wait_until(lambda number=number: number == 0 or self.received)
                os.write(self.process.stdin.fileno(), json.dumps(line).encode() + b"\n")
            assert self.stopped.wait(DEADLINE)
            self.process.stdin.close()
        except (BrokenPipeError, ValueError):
            pass

    def read(self):
        while data := os.read(self.process.stdout.fileno(), 1 << 16):
            self.received += len(data)

    def end(self):
        self.stopped.set()
        for thread in (self, self.reader):
            thread.join(DEADLINE)
            assert not thread.is_alive()
        self.process.wait(DEADLINE)


def test_counters_are_what_is_on_record_after_kills(mcptape, chance):
    """Twenty processes write at once, half of them are killed: nothing is counted twice or left out."""
    clients = []
    for number in range(PROCESSES):
        argv = mcptape.record(*peer("counted_server"), options=["--name", f"server{number % 3}"])
        clients.append(Client(mcptape.start(argv), chance))
    for client in clients:
        enough = chance.randrange(20_000)
        wait_until(lambda: client.received > enough)
    for client in clients[::2]:
        client.process.kill()
    for client in clients:
        client.end()
    # The first reader takes in what the killed ones left.
    sessions = [json.loads(line) for line in mcptape.run("sessions", "--json").text.splitlines()]
    assert len(sessions) == PROCESSES
    recount = Recount()
    for session in sorted(sessions, key=lambda session: session["started"]):
        recount.session(mcptape.export(session["session"]), session["name"], ended=True)
    found = samples(mcptape.run("metrics", "--all").text)
    sound(found)
    for key, count in recount.counts.items():
        assert found.get(key) == count, key
    # Each metric that was counted here holds nothing beside.
    counted = {name for name, _ in recount.counts}
    for key, value in found.items():
        if key[0] in counted and value:
            assert key in recount.counts, key
    for key, seconds in recount.seconds.items():
        if ("error_type", "abandoned") in key[1]:
            continue
        # A recording file tells microseconds.
        operations = recount.counts[key[0].replace("_sum", "_count"), key[1]]
        assert abs(found[key] - seconds) <= 2e-6 * operations, key
    # The same from the recordings, by mcptape itself: all but what the store alone knows.
    total = Counter()
    for session in sessions:
        for key, value in samples(mcptape.run("metrics", session["session"]).text).items():
            total[key] += value
    for key, value in found.items():
        if key[0].startswith((OPERATION, "mcptape_message", "mcptape_wait", "mcptape_time_to")):
            assert abs(total[key] - value) < 1e-6 * max(1, value), key
    # What is removed stays counted.
    mcptape.run("rm", sessions[0]["session"])
    left = samples(mcptape.run("metrics", "--all").text)
    for key, value in found.items():
        if key[0].startswith(("mcp_", "mcptape_message", "mcptape_cancelled")):
            assert left[key] == value, key


def test_names_of_a_hostile_server_do_not_grow_the_exposition(mcptape, tmp_path):
    def lines(names: int, name: str) -> int:
        script = tmp_path / f"{name}.py"
        script.write_text(
            "import json, sys\n"
            "for line in sys.stdin:\n"
            "    id = json.loads(line)['id']\n"
            f"    tools = [{{'name': 'tool%d' % n}} for n in range({names})] if id == 0 else []\n"
            "    print(json.dumps({'jsonrpc': '2.0', 'id': id, 'result': {'tools': tools}}), flush=True)\n"
        )
        requests = [{"jsonrpc": "2.0", "id": 0, "method": "tools/list"}]
        for number in range(names):
            params = {"name": f"tool{number}"}
            request = {"jsonrpc": "2.0", "id": number + 1, "method": "tools/call", "params": params}
            requests.append(request)
        sending = "".join(json.dumps(request) + "\n" for request in requests).encode()
        argv = mcptape.record(*peer(script.with_suffix("")), options=["--name", name])
        assert mcptape.converse(argv, sending).status == 0
        found = samples(mcptape.run("metrics", "--all").text)
        sound(found)
        return sum(("server", name) in labels for _, labels in found)

    assert lines(150, "few") == lines(1000, "many")


def test_the_command_says_what_it_wants(mcptape):
    mcptape.run("metrics", status=66)
    assert "leave out" in mcptape.run("metrics", "--all", "last", status=64).complaint


def test_both_formats_are_whole(mcptape):
    sending = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n'
    assert mcptape.converse(mcptape.record(*peer("counted_server")), sending).status == 0
    text = mcptape.run("metrics").text
    assert text.startswith("# HELP target_info") and "# EOF" not in text
    sound(samples(text))
    marked = mcptape.run("metrics", "--openmetrics").text
    assert marked.startswith("# TYPE target_info") and marked.endswith("\n# EOF\n")
    assert samples(marked) == samples(text)
