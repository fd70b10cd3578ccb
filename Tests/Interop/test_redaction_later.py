"""Redacting what is recorded already, in place, to a file, in an export; and replaying what was redacted."""

import gzip
import http.client
import json
import shutil
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import recording_file
from program import HEEDFUL, PYTHON, Conversation, wait_until
from proxy import proxy
from redaction_traffic import RULES, SERVER, calls, files


def test_rules_apply_to_http_at_once_and_later(mcptape):
    secrets = [uuid.uuid4().hex for _ in range(4)]

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = {"iban": secrets[1], "tool": asked["params"]["name"]}
            answer = {"jsonrpc": "2.0", "id": asked["id"], "result": {"structuredContent": found}}
            body = b"data: " + json.dumps(answer).encode() + b"\n\n: " + secrets[2].encode() + b"\n\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    rules = mcptape.directory / "rules.yaml"
    rules.write_text(RULES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    try:
        with proxy(mcptape, f"http://127.0.0.1:{server.server_port}", "--redact", rules) as port:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for tool in ("lookup", "other"):
                body = calls({"ssn": secrets[0], "later": secrets[3]}, tools=(tool,))
                client.request(
                    "POST", "/mcp", body,
                    {"Content-Type": "application/json", "User-Agent": "agent " + secrets[2]},
                )  # fmt: skip
                assert secrets[1].encode() in client.getresponse().read()
            client.close()
    finally:
        server.shutdown()
        server.server_close()
    told = mcptape.export()
    assert secrets[0].encode() not in told and secrets[3].encode() in told
    assert told.count(secrets[1].encode()) == 1, "the rule is for one of the two tools"
    assert told.count(secrets[2].encode()) == 4, "nothing tells that these are secrets"
    more = mcptape.directory / "more.yaml"
    values = [{"name": "mine", "prefix": secrets[2][:8], "least": 24}]
    more.write_text(json.dumps({"keys": ["later", "iban"], "values": values}))
    mcptape.run("redact", "last", "--in-place", "--redact", more)
    told = mcptape.export() + mcptape.run("show", "last", "--json").output + files(mcptape.store)
    for secret in secrets:
        assert secret.encode() not in told
    assert told.count(b"agent [redacted:mine:") >= 2
    assert b"masked values in HTTP heads" in mcptape.run("export", "last").errors


@pytest.fixture
def secrets() -> dict[str, str]:
    return {name: uuid.uuid4().hex for name in ("password", "ssn", "card")}


def record_openly(program, secrets) -> str:
    given = {"password": secrets["password"], "ssn": secrets["ssn"], "a": {"card": secrets["card"]}}
    program.converse(
        program.record(*PYTHON, "-c", SERVER, options=["--no-redact", "--name", "open"]),
        calls(given, {"harmless": True}, tools=("lookup",)),
    )
    return json.loads(program.run("sessions", "--json").output.splitlines()[0])["session"]


def test_a_session_is_redacted_in_place(mcptape, secrets):
    session = record_openly(mcptape, secrets)
    rules = mcptape.directory / "rules.yaml"
    rules.write_text(RULES)
    before = [row for row in map(recording_file.members, recording_file.lines(mcptape.export())[1:])]
    shown = mcptape.run("show", session, "--json").text
    assert all(secret in shown for secret in secrets.values())
    outcome = mcptape.run("redact", session, "--in-place", "--rules", rules)
    assert outcome.text == f"{session} open: 3 messages changed\n" and outcome.complaint == ""
    found = files(mcptape.store) + files(mcptape.home)
    for words in (["show", session, "--json"], ["show", session, "--raw"], ["search", "lookup"], ["stats"],
                  ["export", session], ["sessions", "--json"]):  # fmt: skip
        told = mcptape.run(*words)
        found += told.output + told.errors
    for name, secret in secrets.items():
        assert secret.encode() not in found, name
    after = [row for row in map(recording_file.members, recording_file.lines(mcptape.export())[1:])]
    assert [(row["seq"], row["t"], row["dir"]) for row in after] == [
        (row["seq"], row["t"], row["dir"]) for row in before
    ]
    assert sum("redacted" in row for row in after) == 3
    assert [old["msg"] for old in before if "harmless" in str(old["msg"])] == [
        new["msg"] for new in after if "harmless" in str(new["msg"])
    ]
    again = mcptape.run("redact", session, "--in-place", "--redact", rules)
    assert again.text.endswith(" 0 messages changed\n")
    assert b"All is well" in mcptape.run("doctor").output


def test_what_is_recorded_now_is_not_redacted_in_place(mcptape):
    talk = Conversation(mcptape.start(mcptape.record(*PYTHON, "-c", SERVER, options=["--no-redact"])))
    talk.send(calls({"password": "x"}, tools=("a",)))
    talk.wait_for(lambda received: received.count(b"\n") == 1)
    wait_until(lambda: mcptape.run("show", "last", status=None).status == 0)
    outcome = mcptape.run("redact", "last", "--in-place", status=77)
    assert "is being recorded" in outcome.complaint
    talk.half_close()
    assert talk.finish().status == 0


@pytest.mark.parametrize("suffix", [".mcptape.jsonl", ".mcptape.jsonl.gz"])
def test_a_file_is_redacted_line_by_line(mcptape, secrets, suffix):
    record_openly(mcptape, secrets)
    file, other = (mcptape.directory / (name + suffix) for name in ("open", "clean"))
    mcptape.run("export", "last", "--allow-secrets", "-o", file)

    def read(path) -> list[bytes]:
        data = path.read_bytes()
        return (gzip.decompress(data) if suffix.endswith("gz") else data).split(b"\n")

    before = read(file)
    shutil.rmtree(mcptape.store)
    assert f"{other}: 1 message changed\n" == mcptape.run("redact", file, "-o", other).text
    assert read(file) == before
    after = read(other)
    assert len(after) == len(before)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 2, "the header and the message"
    assert secrets["password"].encode() not in b"".join(after)
    assert secrets["card"].encode() in b"".join(after)
    mcptape.run("redact", file, "--in-place")
    assert secrets["password"].encode() not in b"".join(read(file))
    mcptape.run("check", file)
    assert sorted(path.name for path in mcptape.directory.glob("*.tmp")) == []


def test_redact_says_what_it_needs(mcptape):
    for words, status in (
        (["last"], 64), (["last", "--in-place", "-o", "x.gz"], 64), (["last#3", "--in-place"], 64),
        (["nothing", "--in-place"], 66), (["nothing.gz", "--in-place"], 66),
    ):  # fmt: skip
        assert mcptape.run("redact", *words, status=None).status == status, words


def test_an_export_is_redacted_when_asked(mcptape, secrets):
    session = record_openly(mcptape, secrets)
    rules = mcptape.directory / "rules.yaml"
    rules.write_text("keys: [ssn, card]\n")
    stopped = mcptape.run("export", session, status=77)
    assert stopped.output == b"" and "--redact" in stopped.complaint
    clean = mcptape.run("export", session, "--redact").text
    assert secrets["password"] not in clean and secrets["card"] in clean
    strict = mcptape.run("export", session, "--rules", rules)
    assert not any(secret in strict.text for secret in secrets.values())
    assert "3 redactions" in strict.complaint
    part = mcptape.run("export", session, "--redact", "--exchange", "1")
    assert secrets["password"] not in part.text and "[redacted:" in part.text
    assert secrets["password"].encode() in mcptape.export(), "the store is as it was"


# MARK: replay

def test_what_was_redacted_here_replays_elsewhere(mcptape):
    """Law 6: another key, the real secret, a dummy that no rule finds, and inside of a longer string."""
    token = "ghp_" + uuid.uuid4().hex + "Ab1c"
    given = [{"password": "first-pw-1", "note": f"use {token} now"}, {"password": "second-pw-2", "note": "-"}]
    mcptape.converse(mcptape.record(*PYTHON, "-c", SERVER), calls(*given, tools=("login",)))
    file = mcptape.directory / "login.mcptape.jsonl"
    mcptape.run("export", "last", "-o", file)
    assert "first-pw-1" not in file.read_text() and token not in file.read_text()

    def replay(store, *arguments, status=0):
        return mcptape.run(
            "replay", "--store", store, file, input=calls(*arguments, tools=("login",)), status=status
        )

    elsewhere = mcptape.directory / "elsewhere"
    shutil.copytree(mcptape.store, elsewhere)
    (elsewhere / "redaction.key").write_bytes(bytes(range(32)))
    nowhere = mcptape.directory / "nowhere"
    for store in (mcptape.store, elsewhere, nowhere):
        for secret, inner in (("first-pw-1", token), ("x", token), ("x", "y"), ("x", "a longer dummy")):
            first = {"password": secret, "note": f"use {inner} now"}
            second = {"password": "second-pw-2" if secret != "x" else "z", "note": "-"}
            outcome = replay(store, first, second)
            assert outcome.output.count(b'"result"') == 2 and "not compared" in outcome.complaint
            assert secret == "x" or secret not in outcome.complaint
        missed = replay(store, {"password": "first-pw-1", "note": f"use {token} later"}, status=3)
        assert token not in missed.text + missed.complaint and "first-pw-1" not in missed.text
        replay(store, {"password": 5, "note": f"use {token} now"}, status=3)
    assert not nowhere.exists(), "a replay makes no store"


def test_under_the_same_key_the_secret_decides(mcptape):
    server = SERVER.replace('"DE42"', 'str(message["id"])')
    given = [{"password": "first-pw-1"}, {"password": "second-pw-2"}]
    mcptape.converse(mcptape.record(*PYTHON, "-c", server), calls(*given, tools=("login",)))

    def answers(*words, asking):
        told = mcptape.run("replay", *words, "last", input=calls(*asking, tools=("login",), first=8)).text
        return [json.loads(line)["result"]["structuredContent"]["iban"] for line in told.splitlines()]

    assert answers(asking=given[::-1]) == ["2", "1"]
    (mcptape.store / "redaction.key").write_bytes(bytes(range(32)))
    assert answers(asking=given[::-1]) == ["1", "2"], "under another key in the order of the recording"
