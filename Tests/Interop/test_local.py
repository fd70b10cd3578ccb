"""Law 7: local by default. Without a listener or an upstream, no command ever opens a socket to anybody."""

import ctypes
import os
import platform
import signal
import struct
import subprocess

import pytest

from program import PYTHON, Conversation, peer, wait_until
from trouble import call, echo, exchange

# Number of `socket` and the audit architecture. Source: linux/audit.h and the tables of system calls.
MACHINES = {"x86_64": (41, 0xC000003E), "aarch64": (198, 0xC00000B7)}

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def socket_filter() -> bytes:
    """Kills whoever asks for a socket of another family than AF_UNIX, which the user database may use.

    Source: seccomp(2); `struct seccomp_data` is nr, arch, instruction pointer (8 bytes), arguments (8 each).
    """
    number, architecture = MACHINES[platform.machine()]
    load, equal, answer = 0x20, 0x15, 0x06
    instructions = [
        (load, 0, 0, 4),
        (equal, 0, 4, architecture),
        (load, 0, 0, 0),
        (equal, 0, 2, number),
        (load, 0, 0, 16),
        (equal, 0, 1, 1),
        (answer, 0, 0, ALLOW),
        (answer, 0, 0, KILL_PROCESS),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def without_network():
    """In a started process, before the program: from here on it and its children die at a socket."""
    code = socket_filter()
    program = Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        os._exit(99)


def confined(argv, **settings) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in argv], preexec_fn=without_network, capture_output=True, **settings
    )


@pytest.fixture(scope="module")
def filter_works():
    if platform.machine() not in MACHINES:
        pytest.skip(f"the system calls of {platform.machine()} are not known here")
    probe = "import socket; socket.socket({})"
    if confined([*PYTHON, "-c", probe.format("socket.AF_UNIX")]).returncode:
        pytest.skip("this system takes no filter of system calls")
    for family in ("AF_INET", "AF_INET6"):
        died = confined([*PYTHON, "-c", probe.format(f"socket.{family}")]).returncode
        assert died == -signal.SIGSYS, "the filter lets a socket through, so it proves nothing"


def sockets(pid: int) -> list[str]:
    """What of the process's descriptors is a socket."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            found.append(target)
    return found


def test_no_command_asks_for_a_socket_in_its_whole_life(mcptape, filter_works, tmp_path):
    # A collector in the environment is for what was told to export; a wrapped server's recorder was not.
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    settings = {"env": {**mcptape.environment, **collector}, "cwd": tmp_path}
    message = call()

    def run(*words, sending: bytes = b"", status: int = 0) -> bytes:
        done = confined([mcptape.binary, *words], input=sending, **settings)
        assert done.returncode == status, (words, done.returncode, done.stderr)
        return done.stdout

    recorded = confined(mcptape.record(*peer("peer", "--echo")), input=message, **settings)
    assert (recorded.returncode, recorded.stdout, recorded.stderr) == (0, message, b"")
    killed = mcptape.start(mcptape.record(*peer("peer", "--echo")))
    conversation = Conversation(killed)
    exchange(conversation, message)
    killed.kill()
    conversation.finish()

    store = ["--store", mcptape.store]
    # The first one recovers what the killed one left.
    assert len(run("sessions", *store, "--json").splitlines()) == 2
    assert run("show", "last~1", *store, "dir:c2s", "--raw") == message
    file = tmp_path / "one.mcptape.jsonl"
    for words in (
        [*store],
        ["search", "add", *store],
        ["stats", "last", *store],
        ["runs", *store],
        ["metrics", "last", *store],
        ["metrics", "--all", *store],
        ["tail", "--session", "last", "--last", "5", *store],
        ["export", "last~1", *store, "--allow-secrets", "-o", file],
        ["export", "last~1", *store, "--allow-secrets", "-o", tmp_path / "one.otlp.json"],
        ["check", file],
        ["show", file],
        ["import", file, "--store", tmp_path / "other"],
        ["replay", file],
        ["prune", *store, "--dry-run"],
        ["doctor", *store],
    ):
        # To `check`, a server that echoes requests is worth a warning.
        run(*words, status=1 if words[0] == "check" else 0)


def test_what_runs_long_holds_no_socket(mcptape, tmp_path):
    message = call()
    recording = echo(mcptape)
    exchange(recording, message)
    wait_until(lambda: mcptape.run("show", "last", "--raw", "dir:c2s", status=None).output == message, 30)
    assert sockets(recording.process.pid) == []
    file = tmp_path / "one.mcptape.jsonl"
    file.write_bytes(mcptape.export())

    following = Conversation(mcptape.start([mcptape.binary, "tail", "--last", "5", "--store", mcptape.store]))
    # The echo asks the client the same thing, and gets its own answer back for the client's question.
    exchange(recording, call(), b'{"jsonrpc":"2.0","id":1,"result":{}}\n')
    following.wait_for(lambda received: b"add" in received, 30)
    assert sockets(following.process.pid) == []
    following.process.send_signal(signal.SIGINT)

    replaying = Conversation(mcptape.start([mcptape.binary, "replay", file]))
    replaying.send(b'{"jsonrpc":"2.0","id":5,"method":"ping"}\n')
    replaying.wait_for(lambda received: received.endswith(b"\n"), 30)
    assert sockets(replaying.process.pid) == []
    for conversation in (recording, replaying):
        conversation.half_close()
    assert recording.finish().status == 0
    replaying.finish()
    following.finish()
