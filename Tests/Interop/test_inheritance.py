"""The server finds the same world behind us as without us."""

import os
import resource
import signal
import subprocess

import pytest

from program import DEADLINE

# What a process can see of what it inherited, apart from process numbers and groups. The masks are those of
# grep, which has them from the shell: the shell blocks its own for the moment in which it starts a program.
REPORT = r"""
printf 'argv: '; for word in "$0" "$@"; do printf '[%s]' "$word"; done; echo
echo "cwd: $(pwd -P)"; echo "umask: $(umask)"
echo "nice: $(nice)"
tr '\0' '\n' </proc/$$/environ | sort
grep -E '^(SigBlk|SigIgn|SigCgt|NoNewPrivs|Seccomp|Uid|Gid|Groups|Cpus_allowed|Cap...):' /proc/self/status
cat /proc/$$/limits
cat /proc/$$/oom_score_adj
"""
DESCRIPTORS = 'for f in /proc/$$/fd/*; do echo "${f##*/}"; done'


def ask(mcptape, argv, **settings) -> bytes:
    process = mcptape.start(argv, stdin=subprocess.PIPE, **settings)
    output, errors = process.communicate(b"", timeout=DEADLINE)
    assert errors == b""
    return output


def expect_equal(direct: bytes, recorded: bytes):
    assert direct.decode().splitlines() == recorded.decode().splitlines()


def test_arguments_directory_environment_and_limits(mcptape, tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    server = [
        "sh",
        "-c",
        REPORT,
        "name with space",
        "",
        "--store",
        "-x",
        "--",
        "ünïcödé",
        "two\nlines",
        "*",
        "$HOME",
    ]
    environment = {
        **mcptape.environment,
        "EMPTY": "",
        "WITH": "equals=and\nline feed",
        "MCPTAPE_STORE": "/nowhere",
    }
    settings = {"cwd": folder, "env": environment, "umask": 0o027}
    expect_equal(ask(mcptape, server, **settings), ask(mcptape, mcptape.record(*server), **settings))


def test_no_descriptor_of_ours_reaches_the_server(mcptape):
    server = ["sh", "-c", DESCRIPTORS]
    expect_equal(ask(mcptape, server), ask(mcptape, mcptape.record(*server)))


def test_a_raised_descriptor_limit_is_the_servers_too(mcptape):

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 777) if hard != resource.RLIM_INFINITY else 777
    settings = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))}
    server = ["sh", "-c", "ulimit -Sn; ulimit -Hn"]
    expect_equal(ask(mcptape, server, **settings), ask(mcptape, mcptape.record(*server), **settings))


@pytest.mark.parametrize(
    "ignored", [(), (signal.SIGHUP,), (signal.SIGINT, signal.SIGQUIT)], ids=["none", "HUP", "INT"]
)
def test_signals_that_the_host_ignores_stay_ignored(mcptape, ignored):
    """As under nohup: what is ignored goes through exec, and what is not, does not."""

    def prepare():
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    server = ["grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status"]
    expect_equal(
        ask(mcptape, server, preexec_fn=prepare), ask(mcptape, mcptape.record(*server), preexec_fn=prepare)
    )


def test_sigpipe_kills_the_server_as_it_would_without_us(mcptape):
    server = ["grep", "-E", "^Sig(Blk|Ign|Cgt):", "/proc/self/status"]
    expect_equal(ask(mcptape, server), ask(mcptape, mcptape.record(*server)))


def test_the_path_is_searched_as_the_host_would(mcptape, tmp_path):
    early, late = tmp_path / "early", tmp_path / "late"
    for folder, answer in ((early, "early"), (late, "late")):
        folder.mkdir()
        (folder / "tool").write_text(f"#!/bin/sh\necho {answer}\n")
        (folder / "tool").chmod(0o755)
    (early / "tool").chmod(0o644)  # found first, but not executable: the search goes on
    environment = {**mcptape.environment, "PATH": f"{early}:{late}:{os.environ['PATH']}"}
    assert ask(mcptape, mcptape.record("tool"), env=environment) == b"late\n"
