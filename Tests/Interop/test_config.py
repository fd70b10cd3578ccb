"""The configuration file: found, read, preferred in the right order, and refused with line and column."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from program import peer

CALL = (
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":"payload"}}}\n'
)


@pytest.fixture
def write(mcptape):
    """Writes the configuration at its default place; answers the path."""

    def write(text: str, path=None):
        path = path or mcptape.home / ".config/mcptape/config.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def settings(mcptape, *words, **environment) -> dict:
    """What `config --json` says, by name: value, origin, source."""
    process = mcptape.start(
        [mcptape.binary, "config", "--json", *words], env={**mcptape.environment, **environment}
    )
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    rows = [json.loads(line) for line in output.splitlines()]
    return {row["setting"]: (row["value"], row["origin"], row.get("source")) for row in rows}


def test_flag_before_environment_before_file_before_default(mcptape, write):
    standard = str(mcptape.home / ".local/state/mcptape")
    assert settings(mcptape)["store"] == (standard, "default", None)
    path = write("capture: metadata\nstore: /srv/of-the-file\n")
    assert settings(mcptape)["store"] == ("/srv/of-the-file", "file", f"{path}:2")
    assert settings(mcptape)["capture"] == ("metadata", "file", f"{path}:1")
    variable = {"MCPTAPE_STORE": "/srv/of-the-environment"}
    expected = ("/srv/of-the-environment", "environment", "MCPTAPE_STORE")
    assert settings(mcptape, **variable)["store"] == expected
    expected = ("/srv/of-the-flag", "flag", "--store")
    assert settings(mcptape, "--store", "/srv/of-the-flag", **variable)["store"] == expected


def test_which_file_is_read(mcptape, write, tmp_path):
    places = {
        "standard": write("store: /standard"),
        "xdg": write("store: /xdg", tmp_path / "xdg/mcptape/config.yaml"),
        "variable": write("store: /variable", tmp_path / "variable.yaml"),
        "flag": write("store: /flag", tmp_path / "flag.yaml"),
    }
    environment, words = {}, []
    assert settings(mcptape)["store"][0] == "/standard"
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert settings(mcptape, **environment)["store"][0] == "/xdg"
    environment["MCPTAPE_CONFIG"] = str(places["variable"])
    assert settings(mcptape, **environment)["store"][0] == "/variable"
    words = ["--config", str(places["flag"])]
    found = settings(mcptape, *words, **environment)
    assert found["store"][0] == "/flag"
    assert found["config"] == (str(places["flag"]), "flag", "--config")
    # Nothing in the working directory is read, and a relative XDG value is none.
    assert settings(mcptape, XDG_CONFIG_HOME="xdg")["store"][0] == "/standard"


def test_paths_are_seen_from_the_file(mcptape, write, tmp_path):
    path = write("store: here/store\njournal: ../journal\n", tmp_path / "a/b.yaml")
    found = settings(mcptape, "--config", path)
    assert found["store"][0] == f"{tmp_path}/a/here/store"
    assert found["journal"][0] == f"{tmp_path}/a/../journal"


def test_a_file_that_is_named_must_be_there(mcptape, tmp_path):
    missing = tmp_path / "missing.yaml"
    assert str(missing) in mcptape.run("config", "--config", missing, status=66).complaint
    environment = {**mcptape.environment, "MCPTAPE_CONFIG": str(missing)}
    complaint = mcptape.run("sessions", status=66, environment=environment).complaint
    assert str(missing) in complaint and "MCPTAPE_CONFIG" in complaint
    # Before the server starts: 125, as for everything that keeps `record` from starting.
    argv = mcptape.record(*peer("peer", "--echo"), options=["--config", missing])
    outcome = mcptape.converse(argv, CALL)
    assert outcome.status == 125 and outcome.output == b""


@pytest.mark.parametrize(
    "text, place, words",
    [
        ("stor: x", "1:1", ["unknown key 'stor'", "store"]),
        ("capture: all", "1:10", ["payloads, metadata, off"]),
        ("\nretention:\n  age: 5\n", "3:8", ["retention.age", "30d"]),
        ("retention: {agee: 5d}", "1:13", ["unknown key 'agee' in retention"]),
        ("store: [a]", "1:8", ["store", "a list"]),
        ("store:", "1:7", ["store", "nothing"]),
        ("durable: 1", "1:10", ["true or false"]),
        ("durable: 'true'", "1:10", ["true or false"]),
        ("message_limit: -1", "1:16", ["a size"]),
        ("- a", "1:1", ["a mapping", "a list"]),
        ("a: b: c", "1:5", ["not YAML"]),
        ("store: a\nstore: b", "", ["'store'", "twice"]),
        ("redact: {sampling: some}", "1:20", ["full, shape, off"]),
        ("redact: {rule: [a]}", "1:10", ["unknown key 'rule' in redact", "rules"]),
        ("redact: {rules: {a: b}}", "1:17", ["redact.rules", "a list"]),
        ("log: {format: xml}", "1:15", ["text, json"]),
        ("slow: 0s", "1:7", ["slow", "above 0"]),
        ("slow: 2", "1:7", ["slow", "a duration"]),
        ("servers: {last: {}}", "1:11", ["'last'", "newest session"]),
        ("servers: {a: {header: {}}}", "1:15", ["unknown key 'header'", "headers"]),
        ("servers: {a: {headers: {X: '{foo:x}'}}}", "1:28", ["{foo:", "{env:NAME}"]),
        ("listeners: {}", "1:12", ["listeners", "a list"]),
        ("listeners: [{upstream: 'http://a'}]", "1:13", ["'listen'"]),
        ("listeners: [{listen: '8808'}]", "1:13", ["'upstream: URL'", "routes"]),
        ("listeners: [{listen: nowhere, upstream: 'http://a'}]", "1:22", ["nowhere"]),
        ("listeners: [{listen: 1, upstream: 'ftp://a'}]", "1:35", ["ftp://a"]),
        ("listeners: [{listen: 1, routes: {run:x: 'http://a'}}]", "1:34", ["'run:x'", "a run"]),
        (
            "listeners:\n- {listen: 1, upstream: 'http://a'}\n- {listen: 1, upstream: 'http://a'}",
            "3:3",
            ["two listeners", "127.0.0.1:1"],
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(mcptape, write, text, place, words):
    path = write(text)
    for command in (["config"], ["sessions"], ["record", "--", "true"]):
        outcome = mcptape.run(*command, status=64)
        assert outcome.output == b""
        assert outcome.complaint.startswith(f"mcptape: {path}:{place}"), outcome.complaint
        for word in words:
            assert word in outcome.complaint


def test_a_credential_in_clear_is_refused_and_not_repeated(mcptape, write):
    write("servers: {a: {headers: {Authorization: Bearer very-secret}}}")
    complaint = mcptape.run("config", status=64).complaint
    assert "{env:NAME}" in complaint and "very-secret" not in complaint
    for header in ("Authorization: Bearer very-secret", "x-api-key: very-secret", "Cookie: a=very-secret"):
        words = ["record", "--listen", "0", "--upstream", "http://127.0.0.1:1", "--upstream-header", header]
        write("")
        complaint = mcptape.run(*words, status=64).complaint
        assert "{env:NAME}" in complaint and "very-secret" not in complaint


@pytest.mark.parametrize("loose", ["file", "directory"])
def test_a_file_that_others_may_write_takes_no_secrets_along(mcptape, write, loose):
    path = write("store: /srv/x\nservers: {a: {headers: {X: '{cmd:touch ran}'}}}")
    place = path if loose == "file" else path.parent
    place.chmod(0o777)
    complaint = mcptape.run("config", status=64).complaint
    assert f"{path}:2:" in complaint and "a command is not run" in complaint
    assert f"{place} may be written by everybody" in complaint
    write("servers: {a: {headers: {X: '{file:/etc/hostname}'}}}")
    assert "a secret is not read" in mcptape.run("config", status=64).complaint
    # What tells nothing to anybody is read.
    write("store: /srv/x\nservers: {a: {headers: {X: plain}}}")
    assert settings(mcptape)["store"][0] == "/srv/x"
    place.chmod(0o700)
    write("servers: {a: {headers: {X: '{cmd:touch ran}'}}}")
    assert settings(mcptape)["servers.a.headers.X"][0] == "{cmd:…}"
    assert not (mcptape.directory / "ran").exists(), "only a listener runs it"


def test_the_example_of_the_documents_is_good(mcptape):
    document = (Path(__file__).parents[2] / "docs/configuration.md").read_text()
    example = mcptape.directory / "example.yaml"
    example.write_text(document.partition("```yaml\n")[2].partition("```")[0])
    (mcptape.directory / "redact.yaml").write_text("keys: [ssn]\n")
    found = settings(mcptape, "--config", example)
    assert found["store"] == ("/var/lib/mcptape", "file", f"{example}:1")
    assert found["servers.github.headers.Authorization"][0] == "Bearer {file:/run/secrets/github}"


def test_the_settings_are_in_force(mcptape, write):
    store = mcptape.directory / "elsewhere"
    write(f"store: {store}\ncapture: payloads\nservers: {{quiet: {{capture: metadata}}}}\n")
    for name in ("quiet", "loud", "flagged"):
        argv = [mcptape.binary, "record", "--name", name]
        argv += ["--capture", "off"] if name == "flagged" else []
        assert mcptape.converse([*argv, "--", *peer("peer", "--echo")], CALL).status == 0
    shown = {}
    for name in ("quiet", "loud"):
        process = mcptape.start([mcptape.binary, "show", name])
        shown[name] = process.communicate(timeout=60)[0].decode()
    assert "payload not recorded" in shown["quiet"] and "a=\"payload\"" not in shown["quiet"]
    assert "payload not recorded" not in shown["loud"]
    assert store.is_dir() and not (mcptape.home / ".local").exists()


def test_rules_of_the_file_and_of_flags_are_both_in_force(mcptape, write, tmp_path):
    for name in ("config", "flag"):
        write(f"keys: [of the {name}]\n", tmp_path / f"rules/{name}.yaml")
    path = write("redact: {rules: rules/config.yaml, sampling: shape}\n", tmp_path / "config.yaml")
    found = settings(mcptape, "--config", path)
    assert found["redact.rules"] == (f"{tmp_path}/rules/config.yaml", "file", f"{path}:1")
    values = b'{"of the config":"one","of the flag":"two","c":"three"}'
    message = b'{"jsonrpc":"2.0","method":"x","params":%s}\n' % values
    options = ["--config", path, "--redact", tmp_path / "rules/flag.yaml"]
    assert mcptape.converse(mcptape.record(*peer("peer", "--echo"), options=options), message).status == 0
    recorded = mcptape.recorded("c2s")
    assert b"one" not in recorded and b"two" not in recorded and b'"c":"three"' in recorded
    write("keys: [x]\nkey: 1\n", tmp_path / "rules/config.yaml")
    argv = mcptape.record("true", options=["--config", path])
    outcome = mcptape.converse(argv)
    assert outcome.status == 64 and f"{tmp_path}/rules/config.yaml:2:1" in outcome.complaint


def test_without_a_file_one_attempt_to_open_it_is_all(mcptape):
    """The server's start waits for nothing else."""
    strace = subprocess.run(["sh", "-c", "command -v strace"], capture_output=True, text=True)
    if strace.returncode:
        pytest.skip("strace is not installed")
    log = mcptape.directory / "calls"
    argv = ["strace", "-f", "-o", log, "-e", "trace=%file,execve", *mcptape.record("true")]
    assert mcptape.converse(argv).status == 0
    touched = [line for line in log.read_text().splitlines() if "config/mcptape" in line]
    assert len(touched) == 1 and "ENOENT" in touched[0], touched


def test_a_home_that_may_not_be_looked_into_has_no_configuration(mcptape):
    if os.geteuid() != 0:
        pytest.skip("becomes another user")
    with tempfile.TemporaryDirectory(prefix="mcptape-") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "home").mkdir(mode=0o700)
        program = place / "mcptape"
        program.write_bytes(mcptape.binary.read_bytes())
        program.chmod(0o755)
        argv = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", program, "config"]
        process = mcptape.start(argv, env={**mcptape.environment, "HOME": str(place / "home")}, cwd="/")
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
        assert output.decode().splitlines()[1].split() == ["config", "-", "default"]
