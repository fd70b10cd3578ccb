"""Traffic for the metrics: real SDK clients and servers on stdio and HTTP, and a script with every ending."""

import itertools
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prepared_peers import sdk_peer
from program import DEADLINE, Conversation, Mcptape, peer
from proxy import proxy, sdk_server
from scripted import post, read_request, read_to_end, scripted as scripted_upstream

ALL = ["basic", "requests", "changes", "cancel"]
# What the servers are called: (client generation, its mode, server generation)
STDIO = {"stdio-modern": (2, "auto", 2), "stdio-legacy": (2, "legacy", 1), "stdio-first": (1, "v1", 1)}
HTTP = {"http-modern": (2, "auto", 2), "http-legacy": (1, "v1", 2)}
SCRIPTED = "scripted"
FAILING = "failing"
BROKEN = "broken"
MASKED = "masked"
REPLAYED = "replayed"
GREETING = {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "script", "version": "1"},
}  # fmt: skip


def run(program: Mcptape, *argv):
    process = program.start(argv)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return output


def python(generation: int) -> str:
    return os.environ[f"MCPTAPE_PYTHON_{generation}"]


def on_stdio(program: Mcptape, name: str):
    generation, mode, of = STDIO[name]
    features = program.record(*sdk_peer(python(of), "sdk_feature_server"), options=["--name", name])
    run(program, *sdk_peer(python(generation), "sdk_features", mode, "stdio", *ALL, "--", *features))
    tools = program.record(*sdk_peer(python(of), "sdk_server"), options=["--name", name])
    run(program, *sdk_peer(python(generation), "sdk_client", mode, "interop", *tools))


def on_http(program: Mcptape, name: str, attempt: str = "first"):
    generation, mode, of = HTTP[name]
    with sdk_server(program, python(of), "features", "events") as server:
        upstream = f"http://127.0.0.1:{server}"
        with proxy(program, upstream, "--name", name, name=f"{name}-{attempt}") as port:
            url = f"http://127.0.0.1:{port}/mcp"
            run(program, *sdk_peer(python(generation), "sdk_features", mode, url, *ALL))


class Script:
    """A client that sends line by line, and waits for what must come."""

    def __init__(self, program: Mcptape, name: str):
        argv = program.record(*peer("metered_server"), options=["--name", name])
        self.talk = Conversation(program.start(argv))
        self.numbers = itertools.count(1)

    def send(self, method: str, number=None, **params):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            message["id"] = number
        self.talk.send(json.dumps(message).encode() + b"\n")

    def ask(self, method: str, **params) -> int:
        """Sends a request and waits for its answer."""
        number = next(self.numbers)
        self.send(method, number, **params)
        self.wait_for(number)
        return number

    def wait_for(self, number: int):
        self.talk.wait_for(lambda received: f'"id":{number},'.encode() in received)

    def call(self, name: str, meta: dict | None = None, **arguments):
        more = {"_meta": meta} if meta else {}
        return self.ask("tools/call", name=name, arguments=arguments, **more)


def scripted(program: Mcptape, traces: list[str] = (), name: str = SCRIPTED, while_it_hangs=None):
    """Every way in which a request can end, and a call with a parent of each of the traces."""
    client = Script(program, name)
    client.ask("initialize", **GREETING)
    client.send("notifications/initialized")
    client.ask("ping")
    # Before the list: nobody vouches for the name, unless an earlier session did.
    client.call("ok")
    client.ask("tools/list")
    client.ask("prompts/list")
    client.ask("prompts/get", name="greet")
    client.call("ok", {"progressToken": "p"})
    # The last that succeed, since a bucket shows its newest.
    for trace in traces:
        client.call("ok", {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    client.call("fail")
    client.call("chatter")
    for code in (-32602, -32001, -32800, 7):
        client.call("refuse", code=code)
    client.call("unheard")
    client.ask("vendor/secret")
    late = next(client.numbers)
    client.send("tools/call", late, name="late")
    client.send("notifications/cancelled", requestId=late)
    client.wait_for(late)
    dropped = next(client.numbers)
    client.send("tools/call", dropped, name="hang")
    client.send("notifications/cancelled", requestId=dropped)
    client.send("tools/call", next(client.numbers), name="hang")
    if while_it_hangs:
        while_it_hangs()
    batch = [{"jsonrpc": "2.0", "id": next(client.numbers), "method": "ping"} for _ in range(3)]
    client.talk.send(json.dumps(batch).encode() + b"\n")
    client.wait_for(batch[-1]["id"])
    client.talk.half_close()
    outcome = client.talk.finish()
    assert outcome.status == 0, outcome.complaint


def failing(program: Mcptape):
    """Servers that end badly, while their client is still there."""
    for script, status in (("exit 3", 3), ("kill -KILL $$", 137)):
        argv = program.record("sh", "-c", script, options=["--name", FAILING])
        assert Conversation(program.start(argv)).finish().status == status


def broken(program: Mcptape):
    """A server on HTTP that refuses every call, or dies in its answer."""
    answers = [
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"jsonrpc"',
    ]

    def fail(connection):
        request = json.loads(read_request(connection).partition(b"\r\n\r\n")[2])
        connection.sendall(answers[request["id"] % 2])

    with scripted_upstream(fail) as server:
        with proxy(program, f"http://127.0.0.1:{server}", "--name", BROKEN, name=BROKEN) as port:
            for number in range(4):
                call = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "any"}}
                read_to_end(post(port, json.dumps(call).encode(), fields=("Connection: close",)))


def masked(program: Mcptape):
    """A call with a token that may not be recorded."""
    client = Script(program, MASKED)
    client.call("ok", token="ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8")
    client.talk.half_close()
    assert client.talk.finish().status == 0


def replayed(program: Mcptape, textfile: Path):
    """A session that is recorded, then played to a client that asks once more and for something new."""
    client = Script(program, REPLAYED)
    client.ask("initialize", **GREETING)
    client.send("notifications/initialized")
    client.ask("tools/list")
    client.call("ok")
    client.talk.half_close()
    assert client.talk.finish().status == 0
    asked = [("initialize", GREETING), ("tools/list", {})]
    asked += [("tools/call", {"name": name, "arguments": {}}) for name in ("ok", "ok", "new")]
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for number, (method, params) in enumerate(asked, start=1)
    ]
    words = ("replay", REPLAYED, "--metrics-textfile", textfile)
    program.run(*words, input="\n".join([*lines, ""]).encode(), status=3)


def everything(program: Mcptape):
    """Each server's sessions one after the other, the servers side by side."""
    with ThreadPoolExecutor(3) as pool:
        ways = [pool.submit(on_stdio, program, name) for name in STDIO]
        ways += [pool.submit(on_http, program, name) for name in HTTP]
        ways += [pool.submit(way, program) for way in (scripted, failing, broken, masked)]
    for way in ways:
        way.result()


def again(program: Mcptape, traces: list[str], while_it_hangs):
    """Enough of it once more for every rate to be above zero, calls with traces, and a moment of waiting."""
    with ThreadPoolExecutor(3) as pool:
        ways = [pool.submit(on_stdio, program, "stdio-legacy")]
        ways.append(pool.submit(on_http, program, "http-modern", "second"))
        ways.append(pool.submit(scripted, program, traces, while_it_hangs=while_it_hangs))
    for way in ways:
        way.result()
