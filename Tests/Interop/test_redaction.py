"""Canaries: what the rules must find is put everywhere that they cover, and then looked for everywhere.

The journal is memory-backed here, as it is by default: the bytes as they were lie there alone, not below
the store, and they are gone when the session has ended.
"""

import base64
import http.client
import json
import shutil
import subprocess
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from program import HEEDFUL, PYTHON, Conversation, wait_until
from proxy import proxy

SERVER = """
import json, os, sys
token = os.environ["RESULT"]
for line in sys.stdin.buffer:
    message = json.loads(line)
    print("debug: got " + token, file=sys.stderr, flush=True)
    text = "your session is " + token
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"type": "text", "text": text}]}}
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


def canary() -> str:
    return uuid.uuid4().hex


def jwt() -> tuple[str, str]:
    """A token, and the piece of it that is looked for."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS256'})}.{part({'sub': canary()})}.{(mark := canary())}", mark


def call(number: int, secret: str) -> bytes:
    arguments = {"user": "ann", "api_key": secret}
    message = {
        "jsonrpc": "2.0", "id": number, "method": "tools/call",
        "params": {"name": "login", "arguments": arguments},
    }  # fmt: skip
    return json.dumps(message).encode()


def everything(program) -> bytes:
    """Every file below the store and the home, every export, and what readers say."""
    found = bytearray()
    for root in (program.store, program.home):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                found += b"\n== " + str(path).encode() + b"\n" + path.read_bytes()
    for line in program.run("sessions", "--json").output.splitlines():
        session = json.loads(line)["session"]
        found += line
        for words in (["show", session], ["show", session, "--json"], ["show", session, "--raw"]):
            outcome = program.run(*words)
            found += outcome.output + outcome.errors
        outcome = program.run("export", session, status=None)
        found += outcome.output + outcome.errors
        found += program.export(session)
    for words in (["doctor"], ["stats"], []):
        outcome = program.run(*words, status=None)
        found += outcome.output + outcome.errors
    return bytes(found)


def expect_absent(found: bytes, secrets: dict[str, str]):
    assert b"[redacted:" in found
    for name, secret in secrets.items():
        at = found.find(secret.encode())
        assert at < 0, f"{name}: {found[max(0, at - 200) : at + 60]!r}"


@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed"])
def test_no_canary_of_stdio_is_anywhere(mcptape, is_killed):
    token, mark = jwt()
    secrets = {"argument": canary(), "environment": canary(), "argv": canary(), "result": mark}
    command = [*PYTHON, "-c", SERVER, f"--api-key={secrets['argv']}"]
    environment = mcptape.environment | {"RESULT": token, "PASSWORD": secrets["environment"]}
    talk = Conversation(mcptape.start(mcptape.record(*command), env=environment))
    request = call(1, secrets["argument"]) + b"\n"
    talk.send(request)
    talk.wait_for(lambda received: received.count(b"\n") == 1)
    # Half a line: its bytes wait in the recorder's checkpoint.
    half = len(request) - 8
    talk.send(request[:half])
    wait_until(lambda: b"login" in mcptape.run("show", "last", status=None).output)
    expect_absent(
        b"[redacted:" + b"".join(p.read_bytes() for p in mcptape.store.rglob("*") if p.is_file()), secrets
    )
    if is_killed:
        talk.process.kill()
        talk.finish()
    else:
        talk.send(request[half:])
        talk.wait_for(lambda received: received.count(b"\n") == 2)
        talk.half_close()
        assert talk.finish().status == 0
    assert token.encode() in talk.received, "what is forwarded is never changed"
    expect_absent(everything(mcptape), secrets)


def test_a_redacted_recording_replays(mcptape):
    """With the real secret, and with a dummy that looks like nothing."""
    token, _ = jwt()
    secret = canary()
    mcptape.converse(
        mcptape.record(*PYTHON, "-c", SERVER), call(1, secret) + b"\n",
        env=mcptape.environment | {"RESULT": token},
    )  # fmt: skip
    file = mcptape.directory / "login.mcptape.jsonl"
    mcptape.run("export", "last", "-o", file)
    shutil.rmtree(mcptape.store)
    for value in (secret, "x"):
        outcome = mcptape.converse(
            [mcptape.binary, "replay", "--store", mcptape.store, file], call(7, value) + b"\n"
        )
        assert outcome.status == 0, outcome.complaint
        answer = json.loads(outcome.output)
        assert answer["id"] == 7 and "[redacted:jwt:" in answer["result"]["content"][0]["text"]
        assert "not compared" in outcome.complaint and secret not in outcome.complaint


def test_no_redact_keeps_payloads_as_they_are(mcptape):
    token, mark = jwt()
    secret, argument = canary(), canary()
    mcptape.converse(
        mcptape.record(*PYTHON, "-c", SERVER, f"--api-key={argument}", options=["--no-redact"]),
        call(1, secret) + b"\n", env=mcptape.environment | {"RESULT": token},
    )  # fmt: skip
    export = mcptape.export()
    assert secret.encode() in export and mark.encode() in export
    assert argument.encode() not in export


class Server(BaseHTTPRequestHandler):
    """Answers each call with a token, and names the session."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = [{"type": "text", "text": "your session is " + self.server.token}]
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {"content": content}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Mcp-Session-Id", self.server.session)
        self.send_header("Set-Cookie", "sid=" + self.server.cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed"])
def test_no_canary_of_http_is_anywhere(mcptape, is_killed):
    token, mark = jwt()
    names = ["argument", "authorization", "cookie", "set_cookie", "query", "session", "header"]
    secrets = {name: canary() for name in names} | {"result": mark}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.token, server.session, server.cookie = token, secrets["session"], secrets["set_cookie"]
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()

    def exchange(port):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in (1, 2):
            client.request(
                "POST", f"/mcp?key={secrets['query']}", call(number, secrets["argument"]),
                {
                    "Content-Type": "application/json", "Authorization": "Bearer " + secrets["authorization"],
                    "Cookie": "a=" + secrets["cookie"], "Mcp-Session-Id": secrets["session"],
                    "Mcp-Param-Key": secrets["header"],
                },
            )  # fmt: skip
            assert token.encode() in client.getresponse().read()
        client.close()

    try:
        upstream = f"http://127.0.0.1:{server.server_port}"
        if is_killed:
            file = mcptape.directory / "port"
            process = mcptape.start(
                [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--port-file", file,
                 "--upstream", upstream], stdin=subprocess.DEVNULL,
            )  # fmt: skip
            wait_until(file.exists)
            exchange(int(file.read_text()))
            process.kill()
            process.wait()
        else:
            with proxy(mcptape, upstream) as port:
                exchange(port)
    finally:
        server.shutdown()
        server.server_close()
    found = everything(mcptape)
    assert found.count(b"tools/call") >= 2
    expect_absent(found, secrets)
