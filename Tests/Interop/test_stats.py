"""What `stats` and `runs` say, against what agents and servers measured by their own clocks."""

import itertools
import json
import os
import shlex
import subprocess
import time

from prepared_peers import sdk_peer
from program import DEADLINE, PEERS, peer

MS = 1_000_000
SERVERS = {"github": "legacy", "fs": "auto", "db": "auto"}


def rows(outcome, kind: str) -> list[dict]:
    return [row for row in map(json.loads, outcome.text.splitlines()) if row["row"] == kind]


def agent(mcptape, names, tapped: bool = False) -> list[str]:
    """The command line of an agent whose servers are behind `record`, and behind a tap of their own."""
    python = os.environ["MCPTAPE_PYTHON_2"]
    server = sdk_peer(python, "timed_server", "{name}")
    if tapped:
        server = peer("timed_tap", mcptape.directory / "{name}.log", *server)
    modes = [f"{name}={SERVERS[name]}" for name in names]
    recorded = mcptape.record(*server, options=["--name", "{name}"])
    return [python, str(PEERS / "timed_agent.py"), *modes, "--", *recorded]


class Session:
    """What one server did, by notes of its messages: stretches of work, of waiting, of start-up."""

    def __init__(self, messages: list, start: int, end: int):
        self.work, self.person, self.model = [], [], []
        asked, operations, waiting = {}, {}, {}
        for at, direction, message in messages:
            method, number = message.get("method"), message.get("id")
            if direction == "c2s" and method and number is not None:
                if method in ("initialize", "server/discover"):
                    asked[number] = None
                    continue
                state = message.get("params", {}).get("requestState")
                if state in operations:
                    since, kind = operations.pop(state)
                    getattr(self, kind).append((since, at))
                asked[number] = at
            elif direction == "s2c" and method and number is not None:
                waiting[number] = (at, "person" if method == "elicitation/create" else "model")
            elif direction == "c2s" and number in waiting:
                since, kind = waiting.pop(number)
                getattr(self, kind).append((since, at))
            elif direction == "s2c" and number in asked:
                begun = asked.pop(number)
                if begun is None:
                    self.startup = (start, at)
                    continue
                self.work.append((begun, at))
                result = message.get("result", {})
                if result.get("resultType") == "input_required":
                    methods = {request["method"] for request in result["inputRequests"].values()}
                    kind = "person" if "elicitation/create" in methods else "model"
                    operations[result["requestState"]] = (at, kind)
        self.whole = (start, end)

    def at(self, instant: int) -> str:
        """What goes on at an instant: the first of these that holds."""

        def within(spans):
            return any(begin <= instant < end for begin, end in spans)

        if within(self.work) and not within(self.person + self.model):
            return "work"
        for kind in ("person", "model"):
            if within(getattr(self, kind)):
                return kind
        return "startup" if within([self.startup]) else "nothing"


def parts(sessions: dict[str, Session]) -> dict[str, float]:
    """Where the time went, instant by instant; each server's part is under its name."""
    edges = set()
    for session in sessions.values():
        for spans in (session.work, session.person, session.model, [session.startup, session.whole]):
            edges.update(itertools.chain.from_iterable(spans))
    found = dict.fromkeys(["outside", "person", "model", "startup", *sessions], 0.0)
    for begin, end in itertools.pairwise(sorted(edges)):
        states = {name: session.at((begin + end) // 2) for name, session in sessions.items()}
        working = [name for name, state in states.items() if state == "work"]
        for name in working:
            found[name] += (end - begin) / len(working)
        if not working:
            order = ("person", "model", "startup")
            found[next((kind for kind in order if kind in states.values()), "outside")] += end - begin
    return found


def test_where_a_run_s_time_went(mcptape):
    """An agent over three servers: every part within 10 ms of what both sides of `record` noted."""
    process = mcptape.start(agent(mcptape, SERVERS, tapped=True))
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    told = json.loads(output)["servers"]
    header = json.loads(mcptape.export("run:last").splitlines()[0])
    assert [session["name"] for session in header["sessions"]] == list(SERVERS)
    lengths = {}
    for row in map(json.loads, mcptape.run("sessions", "--json").text.splitlines()):
        lengths[row["name"]] = row["duration_us"] * 1000
    outer, inner = {}, {}
    for session in header["sessions"]:
        name, start = session["name"], session["boot"]["start_ns"]
        tapped = json.loads((mcptape.directory / f"{name}.log").read_text())
        # The begin and the end, which nobody else sees, lie between two things that were seen.
        assert told[name]["started"] <= start <= tapped["began"]
        end = start + lengths[name]
        assert tapped["messages"][-1][0] <= end <= told[name]["closed"]
        outer[name] = Session(told[name]["messages"], start, end)
        inner[name] = Session(tapped["messages"], start, end)
    (row,) = rows(mcptape.run("stats", "run:last", "--json"), "time")
    found = {kind: row[f"{kind}_us"] * 1000 for kind in ("outside", "person", "model", "startup")}
    found |= {share["server"]: share["us"] * 1000 for share in row["servers"]}
    agents, servers = parts(outer), parts(inner)
    assert found.keys() == agents.keys() and row["sessions"] == 3 and row["clock"] == "boot"
    for kind, time_found in found.items():
        sides = sorted((agents[kind], servers[kind]))
        off = [round((time_found - side) / MS, 2) for side in sides]
        print(f"{kind}: {time_found / MS:.2f} ms, off by {off}")
        assert sides[0] - 10 * MS <= time_found <= sides[1] + 10 * MS, (kind, off)
    whole = max(session.whole[1] for session in outer.values())
    whole -= min(session.whole[0] for session in outer.values())
    assert abs(row["total_us"] - whole // 1000) <= 1
    assert row["total_us"] == row["servers_us"] + row["client_us"] + sum(
        row[f"{kind}_us"] for kind in ("outside", "person", "model", "startup")
    )
    # The sleeps that everybody knows of are in it: a person took 0.25 s four times, once beside work.
    assert found["person"] >= 3 * 250 * MS and found["model"] >= 150 * MS and found["outside"] >= 300 * MS
    text = mcptape.run("stats", "run:last")
    assert " outside MCP (model, host, user) + " in text.text.splitlines()[0]
    assert "3 sessions, joined by the same host process, python" in text.complaint


def test_rounds_are_one_operation_and_waits_stand_apart(mcptape):
    process = mcptape.start(agent(mcptape, ["fs", "db"]))
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    groups = rows(mcptape.run("stats", "run:last", "--by", "server,tool", "--json"), "group")
    counts = {(row["server"], row["tool"]): row for row in groups}
    form = mcptape.run("stats", "run:last", "tool:form", "--json")
    (total,) = rows(form, "total")
    assert (total["count"], total["exchanges"]) == (3, 6)
    assert total["waited_person_us"] >= 3 * 250_000 and total["waited_model_us"] == 0
    assert total["server_max_us"] <= total["max_us"] - 250_000
    assert counts["fs", "sample"]["exchanges"] == 2 and counts["fs", "sample"]["waited_model_us"] >= 150_000
    everything = mcptape.run("stats", "run:last", "--json")
    (context,) = rows(everything, "context")
    assert context["definition_bytes"] > 0 and context["tools_listed"] == 8
    unused = [row["tool"] for row in rows(everything, "tool") if row["calls"] == 0]
    assert sorted(unused) == ["sample", "unused", "unused"]
    slowest = next(row for row in rows(everything, "slowest") if row.get("name"))
    shown = mcptape.run("show", f"{slowest['session']}#{slowest['exchange']}").text
    assert f"#{slowest['exchange']}" in shown and slowest["name"] in shown, shown


def test_agents_from_one_shell_are_runs_of_their_own(mcptape):
    """Three Python agents, each over two servers, side by side."""
    line = shlex.join(map(str, agent(mcptape, ["fs", "db"])))
    script = "".join(f"{line} >{number}.json & " for number in range(3)) + "wait"
    shell = mcptape.start(["sh", "-c", script], stdin=subprocess.DEVNULL)
    _, errors = shell.communicate(timeout=DEADLINE)
    told = [json.loads((mcptape.directory / f"{number}.json").read_text()) for number in range(3)]
    listed = [json.loads(row) for row in mcptape.run("runs", "--json").text.splitlines()]
    assert len(listed) == 3, errors.decode()
    assert all(sorted(run["servers"]) == ["db", "fs"] and len(run["sessions"]) == 2 for run in listed)
    texts = [rule["text"] for run in listed for rule in run["joined_by"]]
    assert all(any(f"(pid {one['pid']})" in text for text in texts) for one in told)
    assert [run["joined_by"][0]["rule"] for run in listed] == ["host_process"] * 3
    newest = mcptape.run("stats", "run:last", "--json")
    assert rows(newest, "time")[0]["run"] == listed[0]["run"]
    table = mcptape.run("runs", "--limit", "2").text.splitlines()
    assert len(table) == 3 and "the same host process" in table[1]
    assert mcptape.run("runs", "server:nobody").text == "Nothing matches.\n"
    # Others take a run as well, and a tail of one ends with its last session.
    told = mcptape.run("tail", "--session", "run:last").text.splitlines()
    assert len(told) == 2 and all("ended" in line for line in told), told
    shown = mcptape.run("show", "run:last", "tool:sample", "--json").output
    assert shown.count(b'"sampling/createMessage"') == 1


def test_latency_figures(mcptape):
    """Against a server that says how long it took: never less, and not more than the client saw."""
    process = mcptape.start(mcptape.record(*peer("sleeper"), options=["--name", "sleeper"]))
    took, seen = {"quick": [], "slow": []}, {"quick": [], "slow": []}
    for number in range(120):
        tool = "slow" if number % 3 == 0 else "quick"
        rest = 20 + number % 7 if tool == "slow" else 2 + number % 3
        params = {"name": tool, "arguments": {"ms": rest}}
        request = json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
        began = time.monotonic_ns()
        process.stdin.write(request.encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        seen[tool].append(time.monotonic_ns() - began)
        took[tool].append(json.loads(answer)["result"]["took_ns"])
    process.stdin.close()
    assert process.wait(DEADLINE) == 0
    groups = {row["name"]: row for row in rows(mcptape.run("stats", "sleeper", "--json"), "group")}
    for tool, row in groups.items():
        assert row["exact"] and row["answered"] == len(took[tool])
        for percent in (50, 90, 95, 99, 100):
            key = "max_us" if percent == 100 else f"p{percent}_us"
            rank = -(-percent * len(took[tool]) // 100) - 1
            least, most = sorted(took[tool])[rank], sorted(seen[tool])[rank]
            assert least - MS <= row[key] * 1000 <= most + MS, (tool, percent, row[key], least, most)
        # A server's own time is within 1 ms of what is shown, but for what the way to it and back took.
        way = max(saw - own for saw, own in zip(seen[tool], took[tool]))
        rank = -(-len(took[tool]) // 2) - 1
        assert row["p50_us"] * 1000 - sorted(took[tool])[rank] <= MS + way


def test_two_recordings_side_by_side(mcptape):
    def record(name: str, rest: int, count: int):
        params = {"name": "rest", "arguments": {"ms": rest}}
        requests = (
            json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})
            for number in range(count)
        )
        lines = "".join(f"{request}\n" for request in requests).encode()
        mcptape.converse(mcptape.record(*peer("sleeper"), options=["--name", name]), lines)

    record("sleeper", 1, 12)
    record("sleeper", 1, 30)
    both = mcptape.run("stats", "sleeper", "--compare", "sleeper~1", "--json")
    (pair,) = [row for row in rows(both, "compare") if not row["total"]]
    assert (pair["before"]["count"], pair["after"]["count"]) == (12, 30)
    assert not pair["p50_uncertain"] and pair["p95_uncertain"]
    text = mcptape.run("stats", "sleeper", "--compare", "sleeper~1").text
    assert "12 → 30" in text and "? too few answers to tell" in text
    spans = mcptape.run("stats", "--all", "since:1h", "--compare", "since:2h..1h", "--json")
    (total,) = [row for row in rows(spans, "compare") if row["total"]]
    assert (total["before"]["count"], total["after"]["count"]) == (0, 42)
    for words in (["--compare", ""], ["--compare", "nobody"], ["--by", "tols"], ["--slowest", "-1"],
                  ["--compare", "sleeper~1", "--by", "time"]):  # fmt: skip
        refused = mcptape.run("stats", "sleeper", *words, status=None)
        assert refused.status in (64, 66) and refused.output == b"" and refused.complaint, words
