"""Bad input gets a clear sentence and an exit code, and nothing on standard output."""

import gzip
import json

import pytest

from program import peer

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}\n'


@pytest.fixture
def recorded(mcptape):
    """A store with three sessions of one server."""
    for _ in range(3):
        assert (
            mcptape.converse(
                mcptape.record(*peer("peer", "--echo"), options=["--name", "adder"]), CALL
            ).status
            == 0
        )
    return mcptape


def complains(outcome, *words):
    assert outcome.output == b""
    for word in words:
        assert word in outcome.complaint, f"{word!r} is not in {outcome.complaint!r}"


def test_record_without_a_command(mcptape):
    complains(mcptape.run("record", status=64))
    complains(mcptape.run("record", "--", status=64))


def test_unknown_flag(mcptape):
    complains(mcptape.run("sessions", "--no-such-flag", status=64), "--no-such-flag")


def test_unknown_command(mcptape):
    complains(mcptape.run("recrod", status=64))


def test_flags_of_every_command_may_stand_before_it(recorded, tmp_path):
    at_the_end = recorded.run("sessions", "--json", "--store", recorded.store)
    for words in (["--store", recorded.store], ["--no-color", "--store", recorded.store]):
        assert recorded.run(*words, "sessions", "--json").output == at_the_end.output
    elsewhere = tmp_path / "elsewhere"
    complains(recorded.run("--store", elsewhere, "sessions", status=66), str(elsewhere))
    complains(recorded.run("--store", elsewhere, "recrod", status=64), "no command 'recrod'", "record")
    complains(recorded.run("--store", status=64), "--store")


def test_malformed_values_of_flags(mcptape):
    for flag, value in (
        ("--message-limit", "much"),
        ("--capture", "everything"),
        ("--tag", "no-equals-sign"),
    ):
        complains(mcptape.run("record", flag, value, "--", "true", status=64), value)


def test_a_limit_that_shows_nothing(recorded):
    for words in (["sessions"], ["show", "last"], ["search", "add"]):
        for limit in ("0", "-1", "-9223372036854775808"):
            outcome = recorded.run(*words, f"--limit={limit}", status=64)
            complains(outcome, f"--limit {limit}: say 1 or more")
    complains(recorded.run("tail", "--last=-1", status=64), "--last -1: say 0 or more")


def test_json_output_is_harmless_for_a_terminal(mcptape, tmp_path):
    """Our own values are escaped; a message stays what it is."""
    name, id = "a\u202eb\x9b31m\u2028c", '"\x9b\u202e"'
    message = CALL.replace(b'"id":1', b'"id":' + id.encode()).replace(b'"add"', '"\x85\u2066"'.encode())
    outcome = mcptape.converse(mcptape.record(*peer("peer", "--echo"), options=["--name", name]), message)
    assert outcome.output == message
    for words in (["sessions"], ["show", "last"], ["search", "tools"], ["stats"], ["tail", "--last", "9"]):
        if words[0] == "tail":
            words += ["--session", "last"]
        output = mcptape.run(*words, "--json").text
        assert output, words
        for row in output.split("\n"):
            own = row.partition(',"msg":')[0]
            assert not set(own) & set("\x85\x9b\u2028\u202e\u2066"), (words, own)
    assert json.loads(mcptape.run("sessions", "--json").text)["name"] == name
    entries = [json.loads(row) for row in mcptape.run("show", "last", "--json").output.split(b"\n") if row]
    assert json.loads(id) in [entry.get("id") for entry in entries]
    assert message.rstrip(b"\n") in mcptape.run("show", "last", "--json").output
    assert message.rstrip(b"\n") in mcptape.export()


def test_no_such_recording(recorded):
    complains(recorded.run("show", "zzzzzzzz", status=66), "zzzzzzzz")
    complains(recorded.run("show", "last~99", status=66), "last~99")
    complains(recorded.run("show", "./missing.mcptape.jsonl", status=66), "missing.mcptape.jsonl")


def test_an_empty_store_says_where_it_looked(mcptape):
    outcome = mcptape.run("show", "last", status=66)
    complains(outcome, str(mcptape.store))


def test_an_ambiguous_prefix_lists_its_candidates(mcptape):
    """Ids are random: record until two of them share a first character."""

    ids: list[str] = []
    while len({id[:1] for id in ids}) == len(ids):
        assert mcptape.converse(mcptape.record("true")).status == 0
        rows = mcptape.run("sessions", "--json").output.splitlines()
        ids = [json.loads(row)["session"] for row in rows]
    first = next(id[:1] for id in ids if sum(other[:1] == id[:1] for other in ids) > 1)
    outcome = mcptape.run("show", first, status=66)
    complains(outcome, *[id for id in ids if id.startswith(first)])


def test_rules_that_say_nothing(recorded):
    for flag, value, word in (
        ("--ignore", "arguments/time", "/arguments/time"),
        ("--match", "nonsense", "arguments"),
        ("--match", "", "arguments"),
        ("--match", "name,,uri", "arguments"),
        ("--repeats", "twice", "loop"),
        ("--order", "backwards", "recorded"),
    ):
        complains(recorded.run("replay", "last", flag, value, status=64), value, word)
    for words in (["--seed", "7"], ["--port-file", "file"], ["--response", "json"], ["--sse"]):
        complains(recorded.run("replay", "last", *words, status=64), f"{words[0]} needs --listen")


def test_a_replay_may_leave_out_what_changes_from_run_to_run(recorded):
    other = CALL.replace(b'"add"', b'"add","arguments":{"at":17}')
    assert b"was not recorded like this" in recorded.run("replay", "last", input=other, status=3).output
    for flags in (["--ignore", "/arguments/at"], ["--match", "name"], ["--ignore", "tool:add:/*/at"]):
        answer = json.loads(recorded.run("replay", "last", *flags, input=other).output)
        assert answer["id"] == 1 and "error" not in answer


def test_unknown_filter_word(recorded):
    complains(recorded.run("show", "last", "colour:red", status=64), "colour")


def test_a_filter_value_that_the_shell_ate(recorded):
    complains(recorded.run("show", "last", "duration:", status=64), "duration")


def test_a_filter_that_does_not_parse(recorded):
    for words in ("(", "status:wrong", "duration:fast", "size:..", "dir:up"):
        complains(recorded.run("show", "last", words, status=64))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"hello\n",
        b"{}\n",
        b"[]\n",
        b'{"mcptape":"x"}\n',
        b"\xff\xfe\x00",
        b"\x1f\x8b garbage",
        b"PK\x03\x04",
        b'{"version":"1.0","interactions":[]}\n',
        b'{"mcptape":1,"sessions":[]}\n{"seq":1,"t":0,"dir":"c2s","msg":{"a"\n',
    ],
    ids=repr,
)
def test_a_foreign_or_broken_file(mcptape, tmp_path, content):
    path = tmp_path / "broken.mcptape.jsonl"
    path.write_bytes(content)
    complains(mcptape.run("show", path, status=74), "broken.mcptape.jsonl")
    complains(mcptape.run("replay", path, status=74), "broken.mcptape.jsonl")
    checked = mcptape.run("check", path, status=74)
    assert "broken.mcptape.jsonl" in checked.text + checked.complaint


def test_a_file_from_a_newer_version(mcptape, tmp_path):
    path = tmp_path / "newer.mcptape.jsonl"
    path.write_bytes(b'{"mcptape":2,"sessions":[]}\n')
    outcome = mcptape.run("show", path, status=74)
    complains(outcome, "newer")


def test_a_truncated_file(recorded, tmp_path):
    whole = recorded.export()
    path = tmp_path / "cut.mcptape.jsonl"
    path.write_bytes(whole[:-20])
    # What is whole is shown, what is not is said, and a test that depends on it must not pass.
    shown = recorded.run("show", path, status=74)
    assert "tools/call" in shown.text and "cut.mcptape.jsonl" in shown.complaint
    complains(recorded.run("replay", path, status=74), "cut.mcptape.jsonl")

    packed = tmp_path / "cut.mcptape.jsonl.gz"
    packed.write_bytes(gzip.compress(whole)[:-10])
    complains(recorded.run("show", packed, status=74), "cut.mcptape.jsonl.gz")


def test_help_and_version(mcptape):
    for words in (["--help"], ["record", "--help"], ["show", "--help"], ["replay", "--help"]):
        process = mcptape.start([mcptape.binary, *words])
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0 and output and not errors
    process = mcptape.start([mcptape.binary, "--version"])
    assert process.communicate(timeout=60)[0].strip()


def test_a_full_pipe_downstream_is_no_error(recorded):
    """`mcptape show | head -n 1` ends quietly."""
    command = f'"{recorded.binary}" show last --store "{recorded.store}" | head -n 1'
    process = recorded.start(["bash", "-c", command + '; echo "${PIPESTATUS[0]}"'])
    output, errors = process.communicate(timeout=60)
    assert errors == b""
    assert output.splitlines()[-1] in (b"0", b"141")


def test_a_filter_is_read_before_what_it_filters(mcptape):
    for command in (["show", "nothing"], ["export", "nothing"], ["sessions"], ["search", "x"], ["tail"]):
        outcome = mcptape.run(*command, "tool:a OR", status=64)
        complains(outcome, "filter, column 10: a filter word or a text is missing before the end")
    complains(mcptape.run("stats", "--all", "a OR", status=64), "before the end")


@pytest.mark.parametrize("name", ["", "last", "last~1", "run:x", "a/b", "a.jsonl", "a~1", "a#1"])
def test_a_name_that_nobody_could_type_is_refused(mcptape, name):
    complains(mcptape.run("record", "--name", name, "--", "true", status=64), f"--name '{name}'")
    listen = ["--listen", "0", "--upstream", "http://127.0.0.1:1"]
    complains(mcptape.run("record", "--name", name, *listen, status=64), f"--name '{name}'")
    assert not mcptape.store.exists()


def test_a_route_bears_its_servers_name(mcptape):
    words = ["record", "--listen", "0", "--route", "/last=http://127.0.0.1:1"]
    complains(mcptape.run(*words, status=64), "'last' means the newest session")
