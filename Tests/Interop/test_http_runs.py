"""What one client did over several servers behind proxies is a run; who started the proxies joins nothing."""

import json

from proxy import proxy
from scripted import post, read_to_end, scripted
from test_http_output import answer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def call(port: int, client: str, session: str, **meta):
    identity = {"io.modelcontextprotocol/clientInfo": {"name": client, "version": "1"}} | meta
    params = {"name": "add", "_meta": identity}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    fields = ["Connection: close", f"Mcp-Session-Id: {session}"]
    data, ending = read_to_end(post(port, json.dumps(message).encode(), fields=tuple(fields)))
    assert ending == "end" and b"200 OK" in data


def members(outcome) -> set[str]:
    """The server and client of each session in a recording file."""
    header = json.loads(outcome.output.splitlines()[0])
    return {f"{session['name']} {session['client']['name']}" for session in header["sessions"]}


def test_runs_over_http_and_what_joined_them(mcptape):
    with scripted(answer) as port:
        url = f"http://127.0.0.1:{port}"
        with proxy(mcptape, url, "--name", "one", name="one") as one:
            with proxy(mcptape, url, "--name", "two", name="two") as two:
                call(one, "editor", "1")
                call(two, "editor", "2")
                call(one, "agent", "3", traceparent=PARENT)
                call(two, "worker", "4", traceparent=PARENT)
                call(two, "alone", "5")
    rows = [json.loads(row) for row in mcptape.run("sessions", "--json").output.splitlines()]
    assert len(rows) == 5 and {row["client_address"] for row in rows} == {"127.0.0.1"}
    ids = {f"{row['name']} {row['client']['name']}": row["session"] for row in rows}

    def run(session: str):
        return mcptape.run("export", f"run:{ids[session]}")

    by_client, by_trace = run("two editor"), run("one agent")
    assert members(by_client) == {"one editor", "two editor"}
    assert "2 sessions, joined by the same client, editor at 127.0.0.1" in by_client.complaint
    assert members(by_trace) == {"one agent", "two worker"}
    assert f"2 sessions, joined by the trace {TRACE}" in by_trace.complaint
    last = mcptape.run("export", "run:last")
    assert members(last) == {"two alone"} and "1 session" in last.complaint
    assert "joined" not in last.complaint
