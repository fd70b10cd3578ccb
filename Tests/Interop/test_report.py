"""What replays found, in files that survive their processes, and merged."""

import json
import os
import signal
import subprocess
import xml.etree.ElementTree

import pytest


def call(tool, number=1):
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool}}
    return json.dumps(message).encode() + b"\n"


@pytest.fixture
def recording(tmp_path):
    """A recording of calls of `a` and `b`."""
    path = tmp_path / "ab.mcptape.jsonl"
    lines = [b'{"mcptape":1,"sessions":[{"id":"s1","name":"ab"}]}\n']
    for number, tool in enumerate("ab", 1):
        answer = b'{"jsonrpc":"2.0","id":%d,"result":{}}\n' % number
        for direction, message in ((b"c2s", call(tool, number)), (b"s2c", answer)):
            head = b'{"seq":%d,"t":%d,"dir":"%s","msg":' % (len(lines), len(lines), direction)
            lines.append(head + message.strip() + b"}\n")
    path.write_bytes(b"".join(lines))
    return path


def test_a_report_survives_its_process(mcptape, recording, tmp_path):
    report = tmp_path / "report.json"
    replay = subprocess.Popen(
        [mcptape.binary, "replay", recording, "--report", report],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    replay.stdin.write(call("a") + call("missing"))
    replay.stdin.flush()
    replay.stdout.readline()
    assert b"never recorded" in replay.stdout.readline()
    replay.send_signal(signal.SIGKILL)
    replay.communicate()
    stored = json.loads(report.read_bytes())
    assert stored["missCount"] == 1 and not stored["finished"]
    outcome = mcptape.run("report", report, status=3)
    assert "miss: tools/call missing was never recorded" in outcome.text
    assert "was killed or still runs" in outcome.text


def test_replays_of_many_processes_are_one(mcptape, recording, tmp_path):
    directory = tmp_path / "reports"
    directory.mkdir()
    (directory / "foreign.json").write_text("{}")
    for tool in "ab":
        mcptape.run("replay", recording, "--report", directory, "--all-played", input=call(tool), status=4)
    assert len(os.listdir(directory)) == 3
    outcome = mcptape.run("report", directory)
    assert outcome.text.strip().endswith(
        "2 replays, 2 requests, 2 answered from the recording"
    ), outcome.text
    assert json.loads(mcptape.run("report", directory, "--json").output)["status"] == 0
    mcptape.run("replay", recording, "--report", directory, input=call("c"), status=3)
    annotations = mcptape.run("report", directory, "--github", status=3).text.splitlines()
    assert annotations[0].startswith("::error file=") and "tools/call c" in annotations[0]


def test_one_that_is_gone_hides_no_other(mcptape, recording, tmp_path):
    directory = tmp_path / "reports"
    directory.mkdir()
    mcptape.run("replay", recording, "--report", directory, input=call("missing"), status=3)
    (directory / "z.json").symlink_to(tmp_path / "gone")
    os.mkfifo(directory / "pipe.json")
    outcome = mcptape.run("report", directory, status=3)
    assert "tools/call missing" in outcome.text and "z.json is left out" in outcome.complaint
    mcptape.run("report", directory / "pipe.json", status=74)


def test_junit(mcptape, recording, tmp_path):
    report = tmp_path / "report.xml"
    lines = call("a") + call("c")
    mcptape.run("replay", recording, "--report", report, "--all-played", input=lines, status=3)
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failures = suite.findall("testcase/failure")
    assert [failure.get("type") for failure in failures] == ["miss", "never_asked"]
    mcptape.run("report", report, status=3)


def test_what_cannot_be_a_report(mcptape, recording, tmp_path):
    wrong = mcptape.run("replay", recording, "--report", tmp_path / "report.txt", status=64)
    assert ".json or .xml" in wrong.complaint
    nowhere = mcptape.run("replay", recording, "--report", tmp_path / "no" / "r.json", status=66)
    assert str(tmp_path / "no") in nowhere.complaint
    mcptape.run("report", tmp_path / "none.json", status=66)
    (tmp_path / "empty").mkdir()
    mcptape.run("report", tmp_path / "empty", status=66)
    (tmp_path / "other.json").write_text("{}")
    mcptape.run("report", tmp_path / "other.json", status=74)


def test_verifications_are_told_beside_replays(mcptape, recording, tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    mcptape.run("replay", recording, "--report", reports, input=call("a") + call("b"))
    assert mcptape.run("report", reports).status == 0
    command = [mcptape.binary, "replay", recording, "--quiet"]
    mcptape.run("verify", recording, "--allow-writes", "--report", reports / "v.xml", "--", *command)
    outcome = mcptape.run("report", reports)
    assert "2 exchanges compared, no difference" in outcome.text
    # Nothing but tools that may write: nothing is compared.
    mcptape.run("verify", recording, "--report", reports / "v.json", "--", *command, status=1)
    outcome = mcptape.run("report", reports, status=1)
    assert "nothing was compared" in outcome.text
    assert "::error" in mcptape.run("report", reports, "--github", status=1).text
    # A miss of a replay weighs more.
    mcptape.run("replay", recording, "--report", reports, input=call("c"), status=3)
    mcptape.run("report", reports, status=3)
