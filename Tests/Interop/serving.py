"""`mcptape serve` as a fixture, and a scraper that reads what it says."""

import http.client
import re
import subprocess
from contextlib import contextmanager

from program import DEADLINE, Mcptape

SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Serving:
    """A server of the test's store: its process, its port, its token."""

    def __init__(self, process: subprocess.Popen, url: str):
        self.process = process
        self.url = url
        address, _, self.token = url.partition("/#token=")
        self.port = int(address.rpartition(":")[2])

    def get(self, path: str, headers=None, method: str = "GET"):
        return get(self.port, path, headers, method)

    def metrics(self) -> dict:
        return metrics(self.port)


def get(port: int, path: str, headers=None, method: str = "GET"):
    """Status, headers and body of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def metrics(port: int) -> dict:
    status, _, body = get(port, "/metrics")
    assert status == 200, body
    return samples(body.decode())


def samples(text: str) -> dict:
    """What `metrics` says: the value of each name with its labels, sorted. No series comes twice."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, line
        labels = tuple(sorted(LABEL.findall(match[2] or "")))
        assert (match[1], labels) not in found, line
        found[match[1], labels] = float(match[3])
    return found


def total(found: dict, name: str, **labels) -> float:
    """The sum of all series of `name` with these labels."""
    wanted = set(labels.items())
    return sum(value for (key, pairs), value in found.items() if key == name and wanted <= set(pairs))


@contextmanager
def serving(program: Mcptape, *options, listen: str | None = "127.0.0.1:0"):
    """A server that runs, and ends well when the test has not ended it."""
    argv = [program.binary, "serve", "--store", program.store, *options]
    process = program.start(argv + (["--listen", listen] if listen else []), stdin=subprocess.DEVNULL)
    line = process.stdout.readline().decode().strip()
    assert line.startswith("http://127.0.0.1:"), process.stderr.read().decode()
    running = Serving(process, line)
    yield running
    if process.poll() is None:
        process.terminate()
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors.decode()
