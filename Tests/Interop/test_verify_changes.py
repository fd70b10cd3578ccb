"""`verify` against a server that changes: each planted change is found, and nothing else is."""

import json
import xml.etree.ElementTree as ET

import pytest

from program import Conversation, peer
from test_verify import unchanged, verify

INFO = {"name": "client", "version": "1"}


def call(tool, **arguments):
    return "tools/call", {"name": tool, "arguments": arguments}


HANDSHAKE = [("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": INFO})]
READING = [("tools/list", {}), call("echo", text="hello"), call("ask")]


class Recorded:
    """A recording of the changing server, and the command of the server with changes."""

    def __init__(self, program, asked, name="session"):
        self.program = program
        self.log = program.directory / "asked.log"
        self.file = program.directory / f"{name}.mcptape.jsonl"
        client = Conversation(
            program.start(program.record(*self.server(), options=["-o", self.file, "--no-redact"]))
        )
        number = 0
        for method, params in asked:
            number += 1
            # What the server made up is what a client repeats.
            given = [json.loads(line) for line in bytes(client.received).splitlines()]
            params = params(given) if callable(params) else params
            request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            client.send(json.dumps(request).encode() + b"\n")
            if params.get("name") == "ask":
                client.wait_for(lambda got: b"createMessage" in got)
                content = {"type": "text", "text": "something"}
                said = {"role": "assistant", "content": content, "model": "m"}
                client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "result": said}).encode() + b"\n")
            client.wait_for(lambda got: f'"id": {number}, "result"'.encode() in got
                            or f'"id": {number}, "error"'.encode() in got)  # fmt: skip
            if method == "initialize":
                client.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        client.half_close()
        assert client.finish().status == 0
        self.log.unlink()

    def server(self, *changes):
        return peer("changing_server", self.log, *changes)

    def verify(self, *changes, options=(), status=0) -> dict:
        return verify(self.program, self.file, *options, "--", *self.server(*changes), status=status)

    def asked(self) -> list[str]:
        return [line.strip() for line in self.log.read_text().splitlines()]


@pytest.fixture
def recorded(mcptape):
    return Recorded(mcptape, HANDSHAKE + READING)


def found(report) -> list[tuple]:
    return [(each.get("exchange"), each["kind"], each["pointer"]) for each in report["findings"]]


ECHO = "/result/structuredContent"
TEXT = "/result/content/0/text"
# the change: what is found
CHANGES = {
    "renamed-tool": [(2, "missing", "/result/tools/echo"), (2, "extra", "/result/tools/repeat")],
    "description": [(2, "value", "/result/tools/echo/description")],
    "schema": [(2, "value", "/result/tools/echo/inputSchema/properties/text/type")],
    "removed-tool": [(2, "missing", "/result/tools/stamp")],
    "order": [(2, "order", "/result/tools")],
    "value": [(3, "value", f"{TEXT}/said"), (3, "value", f"{ECHO}/said")],
    "shape": [(3, "shape", f"{TEXT}/length"), (3, "shape", f"{ECHO}/length")],
    "missing-member": [(3, "missing", f"{TEXT}/length"), (3, "missing", f"{ECHO}/length")],
    "extra-member": [(3, "extra", f"{TEXT}/new"), (3, "extra", f"{ECHO}/new")],
    "error": [(3, "error", "/result"), (None, "missing", "")],
    "tool-error": [(3, "error", "/result/isError"), (None, "missing", "")],
    "silent": [(None, "missing", "")],
    "notification": [(None, "value", "/params/level")],
    "chatty": [(None, "extra", "")],
    "other-question": [(5, "value", "/params/messages/0/content/text")],
    "no-question": [(4, "value", TEXT), (5, "missing", "")],
}


def test_each_planted_change_is_found_and_nothing_on_an_unchanged_server(recorded):
    unchanged(recorded.verify())
    for change, expected in CHANGES.items():
        # A tool under another name is no longer declared to read, so it is not called.
        report = recorded.verify(change, status=1)
        assert sorted(map(str, found(report))) == sorted(map(str, expected)), (change, report["findings"])


def test_a_slower_answer_is_a_difference_when_asked(recorded):
    report = recorded.verify("slow")
    unchanged(report)
    assert all("latency" in exchange for exchange in report["exchanges"])
    report = recorded.verify("slow", options=["--max-slowdown", "20"], status=1)
    assert found(report) == [(3, "latency", "")]


def test_a_call_that_is_not_answered_in_time(recorded):
    report = recorded.verify("hang", options=["--timeout", "300ms"], status=1)
    assert (3, "missing", "") in found(report)
    assert "no answer within 300 ms" in report["findings"][0]["text"]
    # The rest is asked all the same.
    assert "tools/call ask" in recorded.asked()


def test_no_tool_that_may_write_is_called_without_permission(mcptape):
    asked = HANDSHAKE + [("tools/list", {}), call("echo", text="x"), call("drop"), ("vendor/wipe", {})]
    recorded = Recorded(mcptape, asked)
    report = recorded.verify()
    assert report["differences"] == 0 and report["skipped"] == 2
    skipped = {each["exchange"]: each["reason"] for each in report["exchanges"] if "reason" in each}
    assert skipped == {4: "may_write", 5: "unknown_method"}
    assert "tools/call drop" not in recorded.asked() and "vendor/wipe" not in recorded.asked()
    assert recorded.verify(options=["--strict"], status=1)["differences"] == 0

    unchanged_but = recorded.verify(options=["--allow-tool", "drop"])
    assert unchanged_but["skipped"] == 1 and "tools/call drop" in recorded.asked()
    recorded.log.unlink()
    unchanged(recorded.verify(options=["--allow-writes", "--strict"]))
    assert "tools/call drop" in recorded.asked() and "vendor/wipe" in recorded.asked()
    # What no longer says that it only reads is not called either.
    recorded.log.unlink()
    report = recorded.verify("writes-now", status=1)
    assert "tools/call echo" not in recorded.asked()
    assert found(report) == [(2, "missing", "/result/tools/echo/annotations")]


def test_without_a_live_list_it_is_asked_for_before_a_call(mcptape):
    recorded = Recorded(mcptape, HANDSHAKE + [call("echo", text="x"), ("tools/list", {})])
    unchanged(recorded.verify())
    assert recorded.asked()[2:] == ["tools/list", "tools/call echo", "tools/list"]
    # Without any recorded list nothing says what a tool does.
    bare = Recorded(mcptape, HANDSHAKE + [call("echo", text="x")], name="bare")
    report = bare.verify(status=1)
    assert report["comparedNothing"] and report["exchanges"][1]["reason"] == "no_tools_list"


def test_a_dry_run_asks_nobody(recorded):
    told = recorded.program.run("verify", recorded.file, "--dry-run").text
    assert told.splitlines() == [
        "send    #1 initialize", "send    #2 tools/list", "send    #3 tools/call echo",
        "send    #4 tools/call ask",
    ]  # fmt: skip
    told = recorded.program.run("verify", recorded.file, "--dry-run", "--json", "--", *recorded.server()).text
    assert [json.loads(line)["sent"] for line in told.splitlines()] == [True] * 4
    assert not recorded.log.exists()


def test_what_the_server_makes_up_replaces_what_was_recorded(mcptape):
    def page(given):
        return {"cursor": given[-1]["result"]["nextCursor"]}

    def look(given):
        made = given[-1]["result"]["structuredContent"]["id"]
        return {"name": "look", "arguments": {"text": f"thing://{made}/x"}}

    asked = HANDSHAKE + [("tools/list", {}), ("prompts/list", {}), ("prompts/list", page), call("make")]
    recorded = Recorded(mcptape, asked + [("tools/call", look)])
    report = recorded.verify(status=1)
    assert found(report) == [(5, "value", f"{ECHO}/id"), (6, "value", TEXT)]
    (proposal,) = report["proposals"]
    assert proposal == {"bind": f"tool:make:{ECHO}/id", "from": 5, "to": 6}
    unchanged(recorded.verify(options=["--bind", proposal["bind"]]))
    # One exchange, and what it depends on.
    recorded.log.unlink()
    report = recorded.verify(options=["--exchange", "4"])
    assert [each["exchange"] for each in report["exchanges"]] == [1, 3, 4]
    assert recorded.asked() == ["initialize", "notifications/initialized", "prompts/list", "prompts/list"]
    assert verify(mcptape, "last#4", "--", *recorded.server())["compared"] == 3


def test_noise_is_learned(mcptape):
    recorded = Recorded(mcptape, HANDSHAKE + [("tools/list", {}), call("stamp")])
    assert recorded.verify(status=1)["differences"] == 2
    noise = mcptape.directory / "session.noise"
    unchanged(recorded.verify(options=["--learn-noise", noise]))
    places = [line for line in noise.read_text().splitlines() if not line.startswith("#")]
    assert places == [f"tool:stamp:{ECHO}/time", f"tool:stamp:{ECHO}/id"]
    unchanged(recorded.verify(options=["--noise", noise]))
    # What is no noise is found all the same.
    report = recorded.verify("fixed", options=["--noise", noise], status=1)
    assert found(report) == [(3, "shape", f"{ECHO}/fixed")]
    noise.write_text("# ours\n\nnonsense\n")
    outcome = mcptape.run("verify", recorded.file, "--noise", noise, "--", "true", status=74)
    assert f"{noise}:3: 'nonsense' is no place" in outcome.complaint


def test_a_server_that_ends_in_the_middle(recorded):
    outcome = recorded.program.run(
        "verify", recorded.file, "--json", "--", *recorded.server("die"), status=1
    )
    report = json.loads(outcome.output)
    assert (3, "missing", "") in found(report)
    assert "the server ended with status 3" in report["findings"][0]["text"]
    assert report["exchanges"][3]["reason"] == "server_gone"
    assert "the server said: out of memory" in outcome.complaint


def test_a_server_that_refuses_the_revision_is_one_difference(recorded):
    report = recorded.verify("refuse", status=1)
    assert found(report) == [(1, "error", "/result")] and report["comparedNothing"]
    assert {each.get("reason") for each in report["exchanges"][1:]} == {"handshake_refused"}
    assert recorded.asked() == ["initialize"]


def test_a_server_that_is_not_there(recorded):
    for words in (["--upstream", "http://127.0.0.1:9/mcp"], ["--", "false"], ["--", "no-such-program"]):
        outcome = recorded.program.run("verify", recorded.file, *words, status=69)
        assert "cannot" in outcome.text + outcome.complaint, outcome


def test_reports(recorded):
    directory = recorded.program.directory
    files = [directory / f"report.{suffix}" for suffix in ("xml", "json", "sarif", "txt")]
    options = [word for file in files for word in ("--report", file)]
    recorded.program.run(
        "verify", recorded.file, *options, "--", *recorded.server("value", "writes-now"), status=1
    )
    suite = ET.parse(files[0]).getroot().find("testsuite")
    assert suite.attrib["tests"] == "4" and suite.attrib["skipped"] == "1"
    names = [case.attrib["name"] for case in suite.findall("testcase") if case.find("failure") is not None]
    # What `echo` would have logged is not missed: it was not called.
    assert names == ["#2 tools/list"] and suite.attrib["failures"] == "1"
    report = json.loads(files[1].read_text())
    assert report["differences"] == 1 and report["skipped"] == 1
    assert json.loads(suite.find("properties/property").attrib["value"]) == report
    sarif = json.loads(files[2].read_text())["runs"][0]
    assert [each["level"] for each in sarif["results"]] == ["error", "note"]
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in sarif["results"]]
    assert all(region["startLine"] > 1 for region in regions), regions
    rules = {rule["id"] for rule in sarif["tool"]["driver"]["rules"]}
    assert {each["ruleId"] for each in sarif["results"]} <= rules
    assert "skipped #3 tools/call echo" in files[3].read_text()
    github = recorded.program.run(
        "verify", recorded.file, "--github", "--", *recorded.server("value"), status=1
    )
    assert all(line.startswith("::error file=") for line in github.text.splitlines())
    assert len(github.text.splitlines()) == 2


def test_update_writes_what_changed_and_nothing_else(recorded):
    before = recorded.file.read_text().splitlines()
    outcome = recorded.program.run(
        "verify", recorded.file, "--update", "--", *recorded.server("value", "description", "silent")
    )
    assert "2 messages written anew, 1 removed" in outcome.complaint
    after = recorded.file.read_text().splitlines()
    kept = [line for line in before if line in after]
    assert len(kept) == len(before) - 3 and len(after) == len(before) - 1
    recorded.program.run("check", recorded.file)
    unchanged(recorded.verify("value", "description", "silent"))
    # What no line stands for cannot be written.
    outcome = recorded.program.run(
        "verify", recorded.file, "--update", "--",
        *recorded.server("value", "description", "silent", "chatty"), status=1,
    )  # fmt: skip
    assert recorded.file.read_text().splitlines() == after
    stored = recorded.program.run("verify", "last", "--update", "--", "true", status=None)
    assert stored.status in (64, 66)


def test_redacted_values_match_and_are_not_sent(mcptape):
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    asked = HANDSHAKE + [("tools/list", {}), call("echo", text="plain"), call("echo", text=secret)]
    recorded = Recorded(mcptape, asked)
    mcptape.run("redact", recorded.file, "--in-place")
    assert secret not in recorded.file.read_text()
    report = recorded.verify()
    assert report["differences"] == 0 and report["exchanges"][3]["reason"] == "redacted_arguments"


@pytest.mark.parametrize(
    "words, said",
    [
        (["x.mcptape.jsonl"], "say which server"),
        (["x.mcptape.jsonl", "--upstream", "http://a", "--", "b"], "two servers"),
        (["x.mcptape.jsonl", "--insecure", "--", "b"], "belong to --upstream"),
        (["x.mcptape.jsonl", "--ignore", "time", "--", "b"], "--ignore time"),
        (["x.mcptape.jsonl", "--bind", "time", "--", "b"], "--bind time"),
        (["x.mcptape.jsonl", "--timeout", "5", "--", "b"], "--timeout 5"),
        (["x.mcptape.jsonl", "--report", "x.pdf", "--", "b"], "--report x.pdf"),
        (["x.mcptape.jsonl", "--json", "--github", "--", "b"], "say one"),
        (["x.mcptape.jsonl", "--dry-run", "--update"], "--dry-run"),
    ],
)
def test_wrong_usage(mcptape, words, said):
    assert said in mcptape.run("verify", *words, status=64).complaint


def test_no_such_recording_or_exchange(recorded):
    recorded.program.run("verify", "none.mcptape.jsonl", "--", "true", status=66)
    outcome = recorded.program.run("verify", recorded.file, "--exchange", "99", "--", "true", status=66)
    assert "has no exchange #99" in outcome.complaint
