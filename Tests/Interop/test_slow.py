"""What `slow` of the configuration means: in `show`, for the page, and for alerts."""

import json

import pytest

from serving import samples, serving

THRESHOLD = ("mcptape_slow_threshold_seconds", ())
# Three calls: of 1.9 s, of 2 s, and a subscription of 9 s, which lasts and is slow for nobody.
RECORDING = """{"mcptape":1,"sessions":[\
{"id":"first0000000","name":"one","transport":"stdio","started":"2026-11-01T10:00:00.000000Z"}]}
{"seq":1,"t":1,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}}
{"seq":2,"t":1900001,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"content":[]}}}
{"seq":3,"t":2000000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a"}}}
{"seq":4,"t":4000000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":2,"result":{"content":[]}}}
{"seq":5,"t":4000001,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"method":"subscriptions/listen","params":{}}}
{"seq":6,"t":13000001,"dir":"s2c","msg":{"jsonrpc":"2.0","id":3,"result":{}}}
"""


@pytest.fixture
def configured(mcptape):
    """Writes the configuration file at its default place."""
    path = mcptape.home / ".config/mcptape/config.yaml"
    path.parent.mkdir(parents=True)
    return path.write_text


@pytest.fixture
def recording(mcptape):
    path = mcptape.directory / "x.mcptape.jsonl"
    path.write_text(RECORDING)
    return path


def marked(mcptape, recording):
    """The durations that `show` marks."""
    lines = mcptape.run("show", recording).text.splitlines()
    return [line.partition("◔ ")[2].split("  ")[0] for line in lines if "◔" in line]


def test_show_marks_what_took_so_long_or_longer(mcptape, recording, configured):
    assert marked(mcptape, recording) == ["2.00 s"]
    assert ", ok, ◔ slow: 2.00 s, " in mcptape.run("show", recording, "--exchange", 2).text
    assert "◔" not in mcptape.run("show", recording, "--exchange", 1).text
    configured("slow: 1900ms\n")
    assert marked(mcptape, recording) == ["1.90 s", "2.00 s"]
    configured("slow: 3s\n")
    assert marked(mcptape, recording) == []


def test_a_configuration_at_fault_keeps_nobody_from_reading_a_file(mcptape, recording, configured):
    configured("listeners: [\n")
    page = mcptape.directory / "x.html"
    for words in (["show", recording], ["metrics", recording], ["export", recording, "-o", page]):
        complaint = mcptape.run(*words).complaint
        assert "config.yaml" in complaint and "slow is 2.00 s here" in complaint
    assert "config.yaml" not in mcptape.run("show", recording, "--json").complaint
    # One that was named is meant.
    path = mcptape.home / ".config/mcptape/config.yaml"
    assert "config.yaml" in mcptape.run("show", recording, "--config", path, status=64).complaint


def test_page_and_alerts_are_told(mcptape, recording, configured):
    file = mcptape.directory / "mcptape.prom"
    record = mcptape.record("true", options=["--metrics-textfile", file])
    for text, seconds in (("", 2), ("slow: 250ms\n", 0.25)):
        configured(text)
        with serving(mcptape) as server:
            status, _, body = server.get("/api/status", {"Authorization": f"Bearer {server.token}"})
            assert (status, json.loads(body)["slow_us"]) == (200, seconds * 1e6)
            assert server.metrics()[THRESHOLD] == seconds
        assert mcptape.converse(record, b"").status == 0
        assert samples(file.read_text())[THRESHOLD] == seconds
        for words in (["--all"], [recording], ["--all", "--openmetrics"]):
            assert f"{THRESHOLD[0]} {seconds}\n" in mcptape.run("metrics", *words).text
