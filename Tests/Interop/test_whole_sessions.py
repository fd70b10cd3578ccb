"""A word that names one exchange is not taken for the whole session by commands that take no less."""

import pytest

from viewer_browser import ROOT

FILE = ROOT / "recordings/demo.mcptape.jsonl"
COMMANDS = [["stats"], ["search", "echo", "--in"], ["metrics"], ["replay"]]
OF_SESSIONS = [["rm"], ["keep"], ["keep", "--off"], ["tail", "--session"],
               ["redact", "--in-place"]]
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def refused(mcptape, *words):
    outcome = mcptape.run(*words, status=64)
    assert outcome.output == b""
    assert "exchange" in outcome.complaint and "whole" in outcome.complaint, outcome.complaint


@pytest.mark.parametrize("command", COMMANDS)
def test_of_a_file(mcptape, command):
    refused(mcptape, *command, f"{FILE}#2")


@pytest.mark.parametrize("command", COMMANDS + OF_SESSIONS)
def test_of_the_store(mcptape, command):
    for _ in range(2):
        mcptape.converse(mcptape.record(mcptape.binary, "demo-server"), PING)
    refused(mcptape, *command, "last#1")
    assert len(mcptape.run("sessions", "--json").text.splitlines()) == 2
