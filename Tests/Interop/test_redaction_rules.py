"""Rules of one's own, and what people and models say."""

import json
import subprocess
import uuid
from pathlib import Path

import pytest

import recording_file
from program import PYTHON, Conversation
from redaction_traffic import RULES, SERVER, calls, files


def messages(program, recording="last") -> list[dict]:
    return [
        json.loads(recording_file.members(row)["msg"])
        for row in recording_file.lines(program.export(recording))[1:]
        if b'"msg"' in row
    ]


def test_rules_of_a_file_apply_by_tool(mcptape):
    rules = mcptape.directory / "rules.yaml"
    rules.write_text(RULES)
    given = {"api_key": "k3y", "ssn": "123-45", "a": {"card": "4111"}, "password": "pw-x"}
    mcptape.converse(mcptape.record(*PYTHON, "-c", SERVER, options=["--redact", rules]), calls(given))

    def tool(message) -> str:
        return (message.get("params") or {}).get("name") or message["result"]["structuredContent"]["tool"]

    found = {(tool(message), "method" in message): message for message in messages(mcptape)}
    asked = found["lookup", True]["params"]["arguments"]
    assert asked["api_key"] == "k3y" and asked["a"]["card"].startswith("[redacted:")
    assert asked["ssn"].startswith("[redacted:") and asked["password"].startswith("[redacted:")
    other = found["other", True]["params"]["arguments"]
    assert other["api_key"].startswith("[redacted:") and other["a"]["card"] == "4111"
    assert found["lookup", False]["result"]["structuredContent"]["iban"].startswith("[redacted:")
    assert found["other", False]["result"]["structuredContent"]["iban"] == "DE42"
    assert "[redacted:acme-token:" in json.dumps(found["other", False])
    assert b"123-45" not in files(mcptape.store)
    assert b"acme-token" in mcptape.export()[: mcptape.export().index(b"\n")], "the header names the rules"


def test_the_rules_that_the_document_shows_are_rules(mcptape):
    document = (Path(__file__).parents[2] / "docs" / "redaction.md").read_text()
    rules = mcptape.directory / "rules.yaml"
    rules.write_text(document.split("```yaml\n")[1].split("```")[0])
    given = {"card_number": "4111", "iban": "x"}
    argv = mcptape.record(*PYTHON, "-c", SERVER, options=["--redact", rules])
    assert mcptape.converse(argv, calls(given, tools=("pay",))).status == 0
    told = mcptape.export()
    assert b"4111" not in told and b'"iban": "DE42"' not in told


def test_recovery_applies_the_rules(mcptape):
    """Also when the file is gone, and to a line that was not complete."""
    rules = mcptape.directory / "rules.yaml"
    rules.write_text(RULES)
    talk = Conversation(
        mcptape.start(mcptape.record(*PYTHON, "-c", SERVER, options=["--rules", rules, "--sampling", "off"]))
    )
    ssn, cut = uuid.uuid4().hex, uuid.uuid4().hex
    talk.send(calls({"ssn": ssn, "a": {"card": ssn}}, tools=("lookup",)))
    talk.wait_for(lambda received: received.count(b"\n") == 1)
    talk.send(calls({"ssn": cut}, tools=("lookup",))[:-6])
    rules.unlink()
    talk.process.kill()
    talk.finish()
    told = mcptape.run("show", "last", "--raw").output + mcptape.export() + files(mcptape.store)
    assert told.count(b"[redacted:") > 4 and b'"iban": "DE42"' not in told
    assert ssn.encode() not in told and cut.encode() not in told


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("keys: [ssn]\nkeyz: [a]\n", ":2:1: unknown key 'keyz'"),
        ("keys:\n  - ab\n", ":2:5: key 'ab'"),
        ("keys: ssn\n", ":1:7: keys must be a list"),
        ("pointers: [params]\n", ":1:12: pointer 'params'"),
        ("values:\n  - {name: acme, prefix: ac}\n", ":2:5: prefix 'ac'"),
        ("values:\n  - {name: acme, prefix: acme_, least: many}\n", ":2:40: values.least must be a number"),
        ("values:\n  - {prefix: acme_}\n", ":2:5: a value needs a name"),
        ("built_in: {jwtt: off}\n", ":1:12: unknown key 'jwtt'"),
        ("built_in: {jwt: maybe}\n", ":1:17: 'maybe' is neither on nor off"),
        ("tools:\n  x: {keep: {names: [a]}}\n", ":2:14: unknown key 'names'"),
        ("keys: [a\nb: 1", ":2:"),
        ("- a\n", ":1:1: the file must be a mapping"),
        ("keys: [token one]\nkeys: [token two]\n", "the key 'keys' stands there twice"),
    ],
)
def test_a_wrong_file_stops_before_anything_starts(mcptape, text, place):
    rules, mark = mcptape.directory / "rules.yaml", mcptape.directory / "started"
    rules.write_text(text)
    server = f"open({str(mark)!r}, 'w')"
    argv = mcptape.record(*PYTHON, "-c", server, options=["--redact", rules])
    outcome = mcptape.converse(argv)
    assert outcome.status == 64 and f"{rules}" in outcome.complaint and place in outcome.complaint
    listener = [mcptape.binary, "record", "--store", mcptape.store, "--listen", "0", "--upstream",
                "http://127.0.0.1:9", "--redact", rules]  # fmt: skip
    assert mcptape.converse(listener).status == 64
    assert not mark.exists() and not mcptape.store.exists()


def test_a_file_that_is_not_there_and_flags_that_exclude_each_other(mcptape):
    for options, status in (
        # Before the server starts: 125, as for everything that keeps `record` from starting.
        (["--redact", "none.yaml"], 125),
        (["--redact", "none.yaml", "--no-redact"], 64),
        (["--no-redact", "--sampling", "off"], 64),
        (["--elicitation", "some"], 64),
    ):
        argv = mcptape.record(*PYTHON, "-c", SERVER, options=options)
        assert mcptape.converse(argv).status == status, options


# MARK: what a person and a model say

HUMAN = """
import json, sys
def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()
def hear():
    line = sys.stdin.readline()
    return json.loads(line) if line else sys.exit()
prompt = {"messages": [{"role": "user", "content": {"type": "text", "text": "PROMPT"}}], "maxTokens": 5}
form = {"message": "who?", "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}
first = hear()
say({"id": 70, "method": "sampling/createMessage", "params": prompt}); hear()
say({"id": 71, "method": "elicitation/create", "params": form}); hear()
say({"id": first["id"], "result": {"content": []}})
second = hear()
say({"id": second["id"], "result": {"resultType": "input_required", "requestState": "s", "inputRequests": {
    "a": {"method": "sampling/createMessage", "params": prompt},
    "b": {"method": "elicitation/create", "params": form}}}})
third = hear()
say({"id": third["id"], "result": {"content": []}})
hear()
"""

SAID = {"role": "assistant", "content": {"type": "text", "text": "ANSWER"}, "model": "m"}
ANSWERED = {"action": "accept", "content": {"name": "PERSON"}}


def converse_as_human(program, argv) -> None:
    """Both eras: requests of the server, and the rounds of one request."""
    talk = Conversation(program.start(argv))

    def say(message, lines):
        talk.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        talk.wait_for(lambda received: received.count(b"\n") == lines)

    call = {"method": "tools/call", "params": {"name": "t"}}
    say({"id": 1, **call}, 1)
    say({"id": 70, "result": SAID}, 2)
    say({"id": 71, "result": ANSWERED}, 3)
    say({"id": 2, **call}, 4)
    rounds = {"inputResponses": {"a": SAID, "b": ANSWERED}, "requestState": "s"}
    say({"id": 3, "method": "tools/call", "params": {"name": "t", **rounds}}, 5)
    talk.half_close()
    assert talk.finish().status == 0


@pytest.mark.parametrize(
    ("options", "absent", "present"),
    [
        ([], [], ["PROMPT", "ANSWER", "PERSON"]),
        (["--sampling", "shape"], ["PROMPT", "ANSWER"], ["PERSON", "[text:6]"]),
        (["--elicitation", "shape"], ["PERSON"], ["PROMPT", "ANSWER", "[text:6]"]),
        (["--sampling", "off", "--elicitation", "off"], ["PROMPT", "ANSWER", "PERSON", "[text:"], []),
    ],
)
def test_what_people_and_models_say_is_kept_as_told(mcptape, options, absent, present):
    server = mcptape.directory / "server.py"
    server.write_text(HUMAN)
    converse_as_human(mcptape, mcptape.record(*PYTHON, server, options=options))
    told = mcptape.export().decode()
    for word in absent:
        assert word not in told, word
    for word in present:
        assert told.count(word) >= 2, f"{word}: in both eras"
    assert told.count('"action": "accept"') == 2 and told.count('"maxTokens": 5') == 2
    if "--sampling" in options:
        return
    # An export leaves them out by itself, and what it wrote replays.
    shared = mcptape.directory / "shared.mcptape.jsonl"
    mcptape.run("export", "last", "-o", shared)
    for word in ("PROMPT", "ANSWER", "PERSON"):
        assert word not in shared.read_text()
    assert shared.read_text().count("[text:6]") == 6
    outcome = subprocess.run(
        [mcptape.binary, "replay", "--store", mcptape.store, shared], env=mcptape.environment,
        input=b"".join(
            json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
            for message in (
                {"id": 2, "method": "tools/call", "params": {"name": "t"}},
                {"id": 70, "result": SAID}, {"id": 71, "result": ANSWERED},
            )
        ), capture_output=True,
    )  # fmt: skip
    assert b"sampling/createMessage" in outcome.stdout and outcome.returncode == 0, outcome.stderr
