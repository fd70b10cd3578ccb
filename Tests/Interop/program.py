"""The built binary as hosts and people use it: started, fed, read, waited for. Deadlines are a safety net."""

import glob
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

DEADLINE = 300.0
PEERS = Path(__file__).parent / "peers"
# Of `serve_forever`: how often a server looks whether it shall end. The library's half second is idle time.
HEEDFUL = (0.02,)
# Isolated and without site packages: a scripted peer starts in 15 ms.
PYTHON = [sys.executable, "-I", "-S"]


def peer(name: str, *arguments) -> list[str]:
    """The command line of one of the scripted peers."""
    return [*PYTHON, str(PEERS / f"{name}.py"), *map(str, arguments)]


@dataclass
class Outcome:
    """What came of a process: its status as a shell shows it, and what it wrote."""

    status: int
    output: bytes
    errors: bytes

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace")

    @property
    def complaint(self) -> str:
        return self.errors.decode("utf-8", "replace")


def shell_status(returncode: int) -> int:
    return returncode if returncode >= 0 else 128 - returncode


class Mcptape:
    """One home, one store, and the processes that a test started with them."""

    def __init__(self, binary: Path, directory: Path):
        self.binary = binary
        self.directory = directory
        self.token = f"interop-{uuid.uuid4().hex}"
        self.home = directory / "home"
        self.home.mkdir()
        self.store = directory / "store"
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{binary.parent}:{os.environ['PATH']}",
            "MCPTAPE_TEST_TOKEN": self.token,
        }
        self.started: list[subprocess.Popen] = []

    # Starting

    def record(self, *command, options=()) -> list[str]:
        """The command line that puts `record` in front of `command`."""
        return [
            str(self.binary),
            "record",
            "--store",
            str(self.store),
            *map(str, options),
            "--",
            *map(str, command),
        ]

    def start(self, argv, **settings) -> subprocess.Popen:
        settings.setdefault("stdin", subprocess.PIPE)
        settings.setdefault("stdout", subprocess.PIPE)
        settings.setdefault("stderr", subprocess.PIPE)
        settings.setdefault("env", self.environment)
        settings.setdefault("cwd", self.directory)
        process = subprocess.Popen([str(word) for word in argv], **settings)
        self.started.append(process)
        return process

    def converse(self, argv, sending: bytes = b"", chunk: int = 1 << 16, **settings) -> Outcome:
        """Starts `argv`, sends all of `sending`, half-closes, and reads both outputs to their end."""
        return Conversation(self.start(argv, **settings)).feed(sending, chunk).finish()

    # Reading

    def run(self, *words, environment=None, status: int | None = 0, input: bytes = b"") -> Outcome:
        """Runs a command on the test's store and checks its exit status (None: any)."""
        argv = [str(self.binary), *map(str, words)]
        if words and words[0] != "demo" and "--store" not in words:
            argv[2:2] = ["--store", str(self.store)]
        process = self.start(argv, env=environment or self.environment)
        try:
            output, errors = process.communicate(input, timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{argv} did not end") from None
        outcome = Outcome(shell_status(process.returncode), output, errors)
        if status is not None:
            assert outcome.status == status, (
                f"{' '.join(argv)}: {outcome.status}, not {status}\n{outcome.text}\n{outcome.complaint}"
            )
        return outcome

    def recorded(self, direction: str, recording: str = "last") -> bytes:
        """What `show --raw` gives for one direction: the exact bytes, line ends included."""
        return self.run("show", recording, f"dir:{direction}", "--raw").output

    def export(self, recording: str = "last") -> bytes:
        """As it is recorded."""
        return self.run("export", recording, "--allow-secrets", "--include-human").output

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(DEADLINE)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    try:
                        stream.close()
                    except OSError:
                        pass
        wait_until(lambda: not processes_with(self.token), limit=10, complain=False)
        # Stores go with the test's directory; what lies in memory for them would stay.
        remove_journals(self.directory)


@dataclass
class Conversation:
    """A process that is written to and read from at the same time, each stream by a thread."""

    process: subprocess.Popen
    received: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    threads: list[threading.Thread] = field(default_factory=list)
    progress: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self):
        self._spawn(self._collect, self.process.stdout, self.received)
        if self.process.stderr:
            self._spawn(self._collect, self.process.stderr, self.errors)

    def feed(self, data: bytes, chunk: int = 1 << 16) -> "Conversation":
        """Sends `data` in pieces of `chunk` bytes, then half-closes."""
        self._spawn(self._send, data, chunk)
        return self

    def send(self, data: bytes):
        """Sends now, and keeps the stream open."""
        os.write(self.process.stdin.fileno(), data)

    def wait_for(self, condition, limit: float = DEADLINE):
        """Waits until `condition(received)` holds; it is asked whenever something arrives."""
        with self.progress:
            held = self.progress.wait_for(lambda: condition(self.received), limit)
        assert held, (
            f"waited {limit} s in vain; received {bytes(self.received[-300:])!r}, {bytes(self.errors)!r}"
        )

    def half_close(self):
        self.process.stdin.close()

    def finish(self, limit: float = DEADLINE) -> Outcome:
        """Waits for the process and for the end of its outputs."""
        end = time.monotonic() + limit
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"did not end in {limit} s: {self.process.args}") from None
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))
            assert not thread.is_alive(), "a stream stayed open after the process had ended"
        return Outcome(shell_status(self.process.returncode), bytes(self.received), bytes(self.errors))

    def _spawn(self, body, *arguments):
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def _send(self, data: bytes, chunk: int):
        descriptor = self.process.stdin.fileno()
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view[:chunk]) :]
        except BrokenPipeError:
            pass
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def _collect(self, stream, into: bytearray):
        while True:
            try:
                data = os.read(stream.fileno(), 1 << 18)
            except OSError:  # a terminal whose other end is gone
                data = b""
            with self.progress:
                into += data
                self.progress.notify_all()
            if not data:
                return


def remove_journals(place: Path):
    """Removes the journals in memory whose store is, or was, somewhere below `place`."""
    below = os.fsencode(place) + b"/"
    for pattern in ("/dev/shm/mcptape-*/*/head", "/run/user/*/mcptape/*/head"):
        for head in glob.glob(pattern):
            try:
                is_ours = below in Path(head).read_bytes()
            except OSError:
                continue
            if is_ours:
                shutil.rmtree(Path(head).parent, ignore_errors=True)


def wait_until(condition, limit: float = DEADLINE, complain: bool = True) -> bool:
    """Asks `condition` again and again, until it holds or the deadline has passed."""
    end = time.monotonic() + limit
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            assert not complain, f"waited {limit} s in vain for {condition}"
            return False
        time.sleep(0.005)


# The processes that were there before any test was: none of them is a test's, as long as it is there.
strangers = set(os.listdir("/proc"))


def processes_with(token: str) -> list[tuple[int, str]]:
    """Every living process whose environment holds `token`: ours, the server, and whatever they started."""
    found = []
    needle = token.encode()
    names = os.listdir("/proc")
    # A number may be given out again when its process has gone.
    strangers.intersection_update(names)
    for name in names:
        if name in strangers or not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if needle not in file.read():
                    continue
            with open(f"/proc/{name}/stat", "rb") as file:
                state = file.read().rpartition(b")")[2].split()[0]
            if state in (b"Z", b"X"):
                continue
            with open(f"/proc/{name}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        found.append((int(name), command))
    return found


def signal_name(number: int) -> str:
    return signal.Signals(number).name
