"""The flags that every command takes are taken by every command."""

import re

import pytest

from viewer_browser import ROOT

DEMO = ROOT / "recordings/demo.mcptape.jsonl"


def commands(mcptape):
    listed = mcptape.start([mcptape.binary, "--help"]).communicate()[0].decode()
    names = re.findall(r"^  ([a-z]+)(?: \(default\))?(?:  |$)", listed.partition("SUBCOMMANDS:")[2], re.M)
    assert {"record", "replay", "check", "serve", "status"} <= set(names), listed
    return [name for name in names if name != "help"]


def test_each_of_them_stands_in_the_help_of_each(mcptape):
    for name in commands(mcptape):
        told = mcptape.start([mcptape.binary, name, "--help"]).communicate()[0].decode()
        lacking = [flag for flag in ("--store", "--config", "--log-level", "--no-color")
                   if not re.search(rf"^  {flag}\b", told, re.M)]
        assert lacking == [], name


@pytest.mark.parametrize("first", [True, False])
def test_check_takes_them_and_looks_at_no_store(mcptape, first):
    flags = ["--store", mcptape.store, "--no-color"]
    words = [*flags, "check", DEMO] if first else ["check", DEMO, *flags]
    told = mcptape.run(*words)
    assert told.text.startswith(f"{DEMO}: well formed") and told.complaint == ""
    assert not mcptape.store.exists()
