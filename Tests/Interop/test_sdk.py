"""The official SDKs and real servers, directly, through `record`, from `replay`: always the same."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import recording_file
from program import DEADLINE, PEERS, Mcptape, peer

# What a host passes on; both SDKs hand a server these variables and little else.
INHERITED = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")

# client generation, its mode, script, server: the SDK's own server, or a published one
PAIRINGS = {
    "2.x modern to 2.x": (2, "auto", "interop", 2),
    "2.x legacy to 2.x": (2, "legacy", "interop", 2),
    "2.x modern to 1.x": (2, "auto", "interop", 1),
    "2.x legacy to 1.x": (2, "legacy", "interop", 1),
    "1.x to 2.x": (1, "v1", "interop", 2),
    "1.x to 1.x": (1, "v1", "interop", 1),
    "time, 2.x": (2, "auto", "time", 2),
    "time, 1.x": (1, "v1", "time", 1),
    "git, 2.x": (2, "auto", "git", 2),
    "git, 1.x to 2.x": (1, "v1", "git", 2),
}


def python(generation: int) -> str:
    return os.environ[f"MCPTAPE_PYTHON_{generation}"]


def server_command(script: str, generation: int, repository: Path) -> list[str]:
    return {
        "interop": [python(generation), str(PEERS / "sdk_server.py")],
        "time": [python(generation), "-m", "mcp_server_time", "--local-timezone", "Europe/Berlin"],
        # The client script takes the repository from the end of the command line.
        "git": [python(generation), "-m", "mcp_server_git", "--repository", str(repository)],
    }[script]


@dataclass
class Run:
    """One run of a client script: its results, and the bytes that it saw on its connection."""

    results: dict
    c2s: bytes
    s2c: bytes


def run_client(program: Mcptape, pairing, command: list[str], name: str, start=None) -> Run:
    """Runs the client of the pairing; `start` is what starts its script when that is not Python itself."""
    generation, mode, script, _ = pairing
    log = program.directory / name
    tap = peer("tap", log, *command)
    if script == "git":
        # A tap, record or replay in front: the script still finds the repository at the end.
        assert command[-1].startswith("/")
    start = start or [python(generation), str(PEERS / "sdk_client.py")]
    client = [*start, mode, script, *tap]
    environment = {
        **program.environment,
        "LOGNAME": "tester",
        "USER": "tester",
        "SHELL": "/bin/sh",
        "TERM": "dumb",
    }
    process = program.start(client, env=environment)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return Run(json.loads(output), Path(f"{log}.c2s").read_bytes(), Path(f"{log}.s2c").read_bytes())


@dataclass
class Case:
    """A pairing, run directly, through `record`, and from `replay` of what that recorded."""

    program: Mcptape
    direct: Run
    recorded: Run
    server_side: Path
    replayed: Run | None = None
    file: Path | None = None


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("repository")
    who = {
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "HOME": str(path),
        "PATH": os.environ["PATH"],
    }
    (path / "hello.txt").write_text("hello\n")
    for words in (["init", "-q", "-b", "main"], ["add", "hello.txt"], ["commit", "-q", "-m", "Say hello"]):
        subprocess.run(["git", *words], cwd=path, env=who, check=True)
    return path


# The tests of one pairing look at one scene: on different workers each would have to play it.
SCENES = [pytest.param(pairing, marks=pytest.mark.xdist_group(f"sdk, {name}"), id=name)
          for name, pairing in PAIRINGS.items()]  # fmt: skip


@pytest.fixture(scope="module", params=SCENES)
def case(request, binary, tmp_path_factory, repository):
    pairing = request.param
    program = Mcptape(binary, tmp_path_factory.mktemp("sdk"))
    server = server_command(pairing[2], pairing[3], repository)
    direct = run_client(program, pairing, server, "direct")
    server_side = program.directory / "server"
    file = program.directory / "session.mcptape.jsonl"
    recording = program.record(*peer("tap", server_side, *server), options=["-o", file])
    recorded = run_client(program, pairing, recording, "recorded")
    found = Case(program, direct, recorded, server_side, file=file)
    if file.exists():
        # The script wants the repository at the end of any command line; replay takes tags for nothing.
        words = [program.binary, "replay", file]
        if pairing[2] == "git":
            words = ["sh", "-c", 'exec "$0" replay "$1"', program.binary, file, repository]
        found.replayed = run_client(program, pairing, [str(word) for word in words], "replayed")
    yield found
    program.close()


def test_results_are_the_same_through_record(case):
    assert case.recorded.results == case.direct.results


def test_the_client_sent_and_got_the_same_bytes_as_without_us(case):
    assert case.recorded.c2s == case.direct.c2s
    assert case.recorded.s2c == case.direct.s2c


def test_both_sides_saw_the_same_bytes(case):
    assert Path(f"{case.server_side}.c2s").read_bytes() == case.recorded.c2s
    assert Path(f"{case.server_side}.s2c").read_bytes() == case.recorded.s2c


def test_the_recording_holds_the_same_bytes(case):
    assert case.program.recorded("c2s") == case.recorded.c2s
    assert case.program.recorded("s2c") == case.recorded.s2c
    exported = recording_file.streams(case.program.export())
    written = recording_file.load(case.file)
    assert exported["c2s"] == written["c2s"] == case.recorded.c2s
    assert exported["s2c"] == written["s2c"] == case.recorded.s2c


def test_the_replay_gives_the_same_results(case):
    assert case.replayed.results == case.recorded.results


def test_the_session_is_shown(case):
    shown = case.program.run("show", "last").text
    assert "tools/list" in shown and "tools/call" in shown
    rows = [json.loads(row) for row in case.program.run("stats", "last", "--json").output.splitlines()]
    assert rows
