"""A container that may write nothing but its store: no /tmp, no /dev/shm, no HOME, no name for its user."""

import http.client
import json
import os
import subprocess
import threading
from contextlib import contextmanager

import pytest

from program import DEADLINE, wait_until
from scripted import scripted
from test_http_output import answer
from test_pod import open_place, stranger  # noqa: F401

BODY = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add", "pad": "x" * 60_000}}
)

# $1: the store, $2: its size; the rest is the program. Says its process id, and reads when it has ended.
SCRIPT = """
set -e
store=$1 size=$2 program=$3; shift 3
mount --make-rprivate /
mount -t tmpfs -o "uid=54321,gid=54321,mode=0700,size=$size" none "$store"
while read -r _ _ _ _ place _; do
    case $place in "$store"|/proc*|/sys*|/dev|/dev/pts*) ;; *) mount -o remount,bind,ro "$place" ;; esac
done < /proc/self/mountinfo
for place in /tmp /dev/shm "${store%/*}"; do
    if touch "$place/written" 2> /dev/null; then echo "$place can be written"; exit 1; fi
done
set +e
"$@" & echo $!
wait $!; echo "status $?"
setpriv --reuid=54321 --regid=54321 --clear-groups "$program" stats --all --json --store "$store"
"""


def may_mount() -> bool:
    command = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")


class Pod:
    """The process id of a listener, its port, its log, and after its end what `stats` says."""

    def __init__(self, mcptape, place, url: str, size: str, options):
        store = place / "store"
        store.mkdir()
        argv = [place / "mcptape", "record", "--store", store, "--listen", "127.0.0.1:0", "--upstream", url]
        argv += ["--log-format", "json", *options]
        self.shell = mcptape.start(
            ["unshare", "-m", "sh", "-c", SCRIPT, "sh", store, size, place / "mcptape", *stranger(*argv)],
            stdin=subprocess.DEVNULL, cwd="/",
            env={"PATH": os.environ["PATH"], "HOME": "/", "MCPTAPE_TEST_TOKEN": mcptape.token},
        )  # fmt: skip
        self.store = store
        first = self.shell.stdout.readline().strip()
        assert first.isdigit(), (first, self.shell.stderr.read())
        self.pid = int(first)
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(lambda: self.said("listening") or self.shell.poll() is not None)
        assert self.said("listening"), self.log
        self.port = int(self.said("listening")[0]["listen"].rpartition(":")[2])

    def _read(self):
        for line in self.shell.stderr:
            self.log.append(json.loads(line))

    def said(self, event: str) -> list[dict]:
        return [line for line in self.log if line["event"] == event]

    def post(self) -> int:
        """The status of a call; 0 when its connection was reset."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.request("POST", "/mcp", BODY, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except ConnectionError:
            return 0
        finally:
            connection.close()

    def inside(self, *command) -> subprocess.CompletedProcess:
        """A command as root in the pod's file systems."""
        return subprocess.run(["nsenter", "-t", str(self.pid), "-m", *command], capture_output=True)


@contextmanager
def pod(mcptape, place, size="64m", options=()):
    with scripted(answer) as port:
        running = Pod(mcptape, place, f"http://127.0.0.1:{port}", size, options)
        yield running
        os.kill(running.pid, 15)
        status, *rows = running.shell.stdout.read().splitlines()
        assert running.shell.wait(DEADLINE) == 0 and status == b"status 0", (status, running.log)
        running.calls = json.loads(rows[-1])["count"]


def test_a_root_that_may_not_be_written_takes_nothing_from_a_listener(mcptape, open_place):  # noqa: F811
    with pod(mcptape, open_place) as running:
        assert [running.post() for _ in range(3)] == [200, 200, 200]
    assert running.calls == 3
    assert not running.said("recording_impaired"), running.log


def test_fail_closed_stops_traffic_on_a_full_disk_until_there_is_space(mcptape, open_place):  # noqa: F811
    with pod(mcptape, open_place, "16m", ["--fail-closed"]) as running:
        assert running.post() == 200
        filler = running.store / "filler"
        assert running.inside("dd", "if=/dev/zero", f"of={filler}", "bs=64k").returncode != 0
        seen = []
        wait_until(lambda: seen.append(running.post()) or seen[-1] == 503)
        # Until the journal was full calls were recorded and answered; one may have been on its way.
        assert set(seen[:-1]) <= {200, 0} and seen.count(0) <= 1, seen
        assert running.post() == 503
        assert any("requests are refused" in line["message"] for line in running.said("recording_impaired"))
        running.inside("rm", filler)
        wait_until(lambda: running.post() == 200)
        assert any("are taken again" in line["message"] for line in running.said("recording_resumed"))
    assert running.calls > 1 + seen.count(200), "every call that was answered is on record"
