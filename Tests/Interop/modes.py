"""A recording with a real server behind it, and clients that wait for each answer."""

import gzip
import json
import os

from program import DEADLINE, peer, shell_status

INITIALIZE = {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"},
}


class Client:
    """A client that waits for each answer, as most do."""

    def __init__(self, process):
        self.process = process
        self.number = 0
        self.seen = []

    def send(self, **message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        message = json.loads(self.process.stdout.readline())
        self.seen.append(message)
        return message

    def request(self, method, **params):
        self.number += 1
        self.send(id=self.number, method=method, params=params)
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                return message

    def begin(self):
        self.request("initialize", **INITIALIZE)
        self.send(method="notifications/initialized")
        return self

    def call(self, name, **arguments):
        """The text of a tool's answer, or the message of an error."""
        answer = self.request("tools/call", name=name, arguments=arguments)
        if "error" in answer:
            return answer["error"]["message"]
        return answer["result"]["content"][0]["text"]

    def end(self):
        """The exit status and standard error."""
        output, errors = self.process.communicate(timeout=DEADLINE)
        assert output == b"", output
        return shell_status(self.process.returncode), errors.decode()


class Place:
    """A recording, a server that logs, and clients of a replay of the two."""

    def __init__(self, mcptape, directory, name="x.mcptape.jsonl"):
        self.mcptape = mcptape
        self.log = directory / "server.log"
        self.file = directory / name

    def server(self, version="1"):
        return peer("modes_server", self.log, version)

    def client(self, *options, server=None):
        command = ["--", *(self.server() if server is None else server)] if server != [] else []
        argv = [self.mcptape.binary, "replay", self.file, *options, *command]
        return Client(self.mcptape.start(argv))

    def record(self, *names):
        """The file with calls of these tools."""
        client = self.client("--mode", "once").begin()
        for name in names:
            client.call(name)
        status, errors = client.end()
        assert status == 0, errors
        self.log.unlink()

    @property
    def starts(self):
        return self.log.read_text().splitlines().count("start") if self.log.exists() else 0

    @property
    def lines(self):
        data = self.file.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        return data.decode().splitlines()

    def check(self):
        outcome = self.mcptape.run("check", self.file)
        assert "well formed" in outcome.text, outcome.text
        assert "increase" not in outcome.text + outcome.complaint

    def litter(self):
        """What lies beside the file but for what the test put there."""
        known = {self.file.name, self.log.name, "home", "store"}
        return [name for name in os.listdir(self.file.parent) if name not in known]
