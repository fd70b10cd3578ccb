"""A recording with a real server behind it on HTTP, and clients of Streamable HTTP that wait for answers."""

import http.client
import json
import subprocess
from contextlib import contextmanager

from modes import INITIALIZE
from program import DEADLINE, shell_status

SAMPLED = {"action": "accept"}


class HTTPClient:
    """One client: of the older revisions with `begin`, of 2026-07-28 without."""

    def __init__(self, port, first=0):
        self.port = port
        self.number = first
        self.fields = {}
        self.types = []
        self.seen = []

    def post(self, message, **fields):
        """The answer to a POST, its head read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        connection.request("POST", "/mcp", json.dumps(message), {**given, **self.fields, **fields})
        return connection.getresponse()

    def messages(self, answer):
        """The messages of an answer as they come."""
        self.types.append(answer.headers.get("Content-Type", ""))
        if not self.types[-1].startswith("text/event-stream"):
            body = answer.read()
            if body:
                yield json.loads(body)
            return
        while line := answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def send(self, **message):
        assert self.post({"jsonrpc": "2.0", **message}).status == 202

    def request(self, method, params):
        self.number += 1
        number = self.number
        answer = self.post({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if session := answer.headers.get("Mcp-Session-Id"):
            self.fields["Mcp-Session-Id"] = session
        for message in self.messages(answer):
            self.seen.append(message)
            if "method" in message and "id" in message:
                self.send(id=message["id"], result=SAMPLED)
            elif message.get("id") == number:
                return message
        raise AssertionError(f"no answer to {method}: HTTP {answer.status}")

    def begin(self):
        self.request("initialize", INITIALIZE)
        self.send(method="notifications/initialized")
        return self

    def call(self, name, **arguments):
        """The text of a tool's answer, or the message of an error."""
        params = {"name": name, "arguments": arguments, "_meta": {"progressToken": f"t{self.number}"}}
        answer = self.request("tools/call", params)
        if "error" in answer:
            return answer["error"]["message"]
        return answer["result"]["content"][0]["text"]

    def leave(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        connection.request("DELETE", "/mcp", headers=self.fields)
        assert connection.getresponse().status == 200


@contextmanager
def listening(mcptape, file, *options, server=(), status=0, ending="terminate", name="listening"):
    """The port of a replay of `file` with a real server behind it, and what it says at the end."""
    port_file = mcptape.directory / f"{name}.port"
    port_file.unlink(missing_ok=True)
    words = ["replay", file, "--listen", "127.0.0.1:0", "--port-file", port_file, *options]
    words += ["--", *server] if server else []
    process = mcptape.start([mcptape.binary, *words], stdout=subprocess.DEVNULL)
    said = []
    first = process.stderr.readline()
    while b" is served at http://127.0.0.1:" not in first:
        assert first, said
        said.append(first)
        first = process.stderr.readline()
    try:
        yield int(port_file.read_text()), said
    finally:
        getattr(process, ending)()
        _, errors = process.communicate(timeout=DEADLINE)
        said.append(errors)
        if ending != "kill":
            assert shell_status(process.returncode) == status, errors.decode()
