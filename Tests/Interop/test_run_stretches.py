"""A host that is open all day is several runs: recordings whose times are written by hand."""

import json

HOST = {"name": "host", "pid": 4711, "start_ticks": 99}
MINUTE = 60_000_000


def call(number: int, begin: int, end: int, tool: str) -> list[dict]:
    return [
        {"t": begin, "dir": "c2s", "msg": {
            "jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool}}},
        {"t": end, "dir": "s2c", "msg": {"jsonrpc": "2.0", "id": number, "result": {"content": []}}},
    ]


def recording(mcptape, name: str, start: int, lines: list[dict], end: int) -> str:
    """A file with one session of the host that begins `start` minutes after noon; times in microseconds."""
    path = mcptape.directory / f"{name}.mcptape.jsonl"
    head = {"mcptape": 1, "sessions": [{
        "id": f"{name}00000000", "name": name, "command": [name], "transport": "stdio",
        "revision": "2025-11-25",
        "started": f"2026-11-23T{12 + start // 60:02}:{start % 60:02}:00.000000000Z",
        "host": HOST, "boot": {"id": "aaaaaaaa-0000-4000-8000-000000000000",
                               "start_ns": (start + 1) * MINUTE * 1000},
        "end": {"reason": "client_closed", "t": end, "exit_code": 0}}]}
    ordered = sorted(lines, key=lambda line: line["t"])
    numbered = [{"seq": number, **line} for number, line in enumerate(ordered, 1)]
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in [head, *numbered]))
    return str(path)


def rows(outcome) -> list[dict]:
    return [json.loads(line) for line in outcome.text.splitlines()]


def day(mcptape, pause: int):
    """github works at noon, and again so many microseconds after its last answer; fs only at noon."""
    again = 5_000_000 + pause
    said = [{"t": 60_000_000, "stderr": True, "text": "idle"}] if pause > 120_000_000 else []
    github = recording(mcptape, "gith", 0, [
        *call(1, 1_000_000, 2_000_000, "morning"), *call(2, 3_000_000, 5_000_000, "morning"), *said,
        *call(3, again, again + 4_000_000, "evening"),
    ], again + 5_000_000)
    fs = recording(mcptape, "fsfs", 0, call(1, 2_000_000, 4_000_000, "read"), again + 5_000_000)
    mcptape.run("import", github, fs)


def test_ten_silent_minutes_cut_and_nine_fifty_nine_do_not(mcptape):
    day(mcptape, 10 * MINUTE - 1_000_000)
    (only,) = rows(mcptape.run("runs", "--json"))
    assert only["run"] == "fsfs00000000" and only["exchanges"] == 4 and "parts" not in only


def test_each_run_has_its_part(mcptape):
    day(mcptape, 120 * MINUTE)
    evening, morning = rows(mcptape.run("runs", "--json"))
    assert [evening["run"], morning["run"]] == ["gith00000000.120", "fsfs00000000"]
    assert [evening["exchanges"], morning["exchanges"]] == [1, 3]
    assert evening["duration_us"] == 5_000_000 and morning["duration_us"] == 5_000_000
    assert evening["parts"] == [
        {"session": "gith00000000", "from_us": 120 * MINUTE + 5_000_000,
         "to_us": 120 * MINUTE + 10_000_000, "first": 3}]
    assert [(part["session"], part["first"], part["last"]) for part in morning["parts"]
            if "last" in part] == [("gith00000000", 1, 2)]
    assert "gith00000000.120" in mcptape.run("runs").text


def test_statistics_are_of_the_stretch(mcptape):
    day(mcptape, 120 * MINUTE)
    for word, count, total, servers in [
        ("run:last", 1, 5_000_000, {"gith": 4_000_000}),
        ("run:gith.120", 1, 5_000_000, {"gith": 4_000_000}),
        ("run:fsfs", 3, 5_000_000, {"fsfs": 1_500_000, "gith": 2_500_000}),
        # What a link said before the evening came.
        ("run:gith", 3, 5_000_000, {"fsfs": 1_500_000, "gith": 2_500_000}),
    ]:
        found = rows(mcptape.run("stats", word, "--json"))
        (time,) = [row for row in found if row["row"] == "time"]
        assert found[-1]["count"] == count, word
        assert time["total_us"] == total and time["silences"] == 0, (word, time)
        assert {share["server"]: share["us"] for share in time["servers"]} == servers, word


def test_show_has_the_stretch_and_export_whole_sessions(mcptape):
    day(mcptape, 120 * MINUTE)
    morning = mcptape.run("show", "run:gith").text
    assert morning.count("morning") == 4 and "evening" not in morning
    assert "idle" in morning, "what is said in a silence belongs to the run before it"
    evening = mcptape.run("show", "run:last")
    assert "evening" in evening.text and "morning" not in evening.text and "idle" not in evening.text
    assert b"only a part" in evening.errors
    exported = mcptape.run("export", "run:last").text
    assert exported.count('"evening"') == 1 and exported.count('"morning"') == 2


def test_a_long_call_does_not_cut_and_sessions_cover_each_other(mcptape):
    lines = [*call(1, 1_000_000, 2_000_000, "a"), *call(2, 25 * MINUTE, 25 * MINUTE + 1_000_000, "a")]
    one = recording(mcptape, "aaaa", 0, lines, 26 * MINUTE)
    other = recording(mcptape, "bbbb", 0, call(1, 5 * MINUTE, 20 * MINUTE, "slow"), 20 * MINUTE)
    mcptape.run("import", one)
    assert len(rows(mcptape.run("runs", "--json"))) == 2
    mcptape.run("import", other)
    (run,) = rows(mcptape.run("runs", "--json"))
    assert run["run"] == "aaaa00000000" and run["exchanges"] == 3
