"""A Prometheus of the test's own: Debian's package, on loopback, with its own configuration and data."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from program import DEADLINE, HEEDFUL, wait_until

# Where Scripts/prometheus.sh unpacks the package when it is not installed.
UNPACKED = Path(__file__).resolve().parents[2] / ".venv-prometheus/usr/bin"

# A scrape that failed is told on the level of debugging, one that was not wholly taken as a warning.
SCRAPE_TROUBLE = re.compile(r'msg="(Scrape failed|Append failed|Error on ingesting)|level=(warn|error)')


def needed(name: str) -> str:
    """Path of `prometheus` or `promtool`; without it the test is skipped, except in CI."""
    unpacked = UNPACKED / name
    found = shutil.which(name) or (str(unpacked) if unpacked.exists() else None)
    if not found:
        sentence = f"there is no {name}: run Scripts/prometheus.sh, or install Debian's package prometheus"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def moment(text: str) -> float:
    """A time of the API's, which has nanoseconds, as seconds since 1970; 0 for never."""
    if text.startswith("0001-"):
        return 0
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text)).timestamp()


@contextmanager
def text_target(path: Path):
    """The port of a target that shows a file, as node_exporter does with its textfile collector."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            body = path.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=HEEDFUL)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Prometheus:
    """A running Prometheus that scrapes `targets` (job → port)."""

    def __init__(self, directory: Path, targets: dict, rule_files=()):
        self.directory = directory
        directory.mkdir()
        jobs = [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in targets.items()
        ]
        pace = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"}
        config = {"global": pace, "scrape_configs": jobs, "rule_files": [str(path) for path in rule_files]}
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        self.log = []
        self.process = subprocess.Popen(
            [
                needed("prometheus"),
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                # The system chooses the port, and the log tells which.
                "--web.listen-address=127.0.0.1:0",
                "--enable-feature=exemplar-storage",
                "--log.level=debug",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            cwd=directory,
        )  # fmt: skip
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        line = self.wait_for_line("Listening on")
        self.port = int(re.search(r"address=127\.0\.0\.1:(\d+)", line)[1])
        self.wait_for_line("Server is ready")

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.log.append(line)
                self.news.notify_all()
        with self.news:
            self.log.append("the log ended")
            self.news.notify_all()

    def wait_for_line(self, words: str) -> str:
        def found():
            ends = (words, "the log ended")
            return next((line for line in self.log if any(end in line for end in ends)), None)

        with self.news:
            line = self.news.wait_for(found, DEADLINE)
        assert line and words in line, "".join(self.log)
        return line

    def get(self, path: str, **parameters):
        """What the API answers; an error is an assertion with what Prometheus says."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as error:
            told = json.load(error)
        assert told["status"] == "success", f"{parameters}: {told}"
        return told["data"]

    def vector(self, expression: str, at: float) -> dict:
        """The samples of a moment: labels, as a frozen set of pairs, → value."""
        found = self.get("query", query=expression, time=at)
        assert found["resultType"] == "vector", found
        return {
            frozenset(item["metric"].items()): float(item["value"][1]) for item in found["result"]
        }

    def course(self, expression: str, start: float, end: float, step: float = 1) -> list[list[float]]:
        """The values of each series between two times."""
        found = self.get("query_range", query=expression, start=start, end=end, step=step)
        return [[float(value) for _, value in item["values"]] for item in found["result"]]

    def settle(self) -> float:
        """Waits until every target was scraped, and every rule was evaluated after that; answers when."""
        asked = time.time()

        def scraped() -> list[float]:
            found = self.get("targets")["activeTargets"]
            good = [moment(item["lastScrape"]) for item in found if item["health"] == "up"]
            return good if found and len(good) == len(found) and min(good) > asked else []

        last = max(wait_until(scraped))

        def evaluated() -> list[float]:
            ends = [moment(group["lastEvaluation"]) for group in self.get("rules")["groups"]]
            return ends if ends and min(ends) > last else []

        return max(wait_until(evaluated), default=last)

    def scrape_failures(self) -> list[str]:
        """What went wrong with scrapes, but for those that a busy machine did not answer in time."""
        bad = [line for line in self.log if SCRAPE_TROUBLE.search(line)]
        return [line for line in bad if "deadline exceeded" not in line]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.process.stderr.close()
