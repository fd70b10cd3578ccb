"""`mcptape record --config FILE` as a service: started, listened to, told to reload and to end."""

import json
import signal
import subprocess
import threading
from contextlib import contextmanager

from program import DEADLINE


class Service:
    """`record --config FILE`: its file, its log, its ports."""

    def __init__(self, mcptape, text: str, **settings):
        self.mcptape = mcptape
        self.path = mcptape.directory / "service.yaml"
        self.write(text)
        argv = [mcptape.binary, "record", "--config", self.path, "--log-format", "json"]
        settings.setdefault("stdin", subprocess.DEVNULL)
        self.process = mcptape.start(argv, **settings)
        self.lines = []
        self.news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def write(self, text: str):
        self.path.write_text(f"store: {self.mcptape.store}\n{text}")

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(json.loads(line))
                self.news.notify_all()

    def wait_for(self, event: str, count: int = 1) -> dict:
        """The line that says that `event` happened for the `count`th time."""

        def found():
            return [line for line in self.lines if line["event"] == event]

        with self.news:
            assert self.news.wait_for(lambda: len(found()) >= count, DEADLINE), self.lines
            return found()[count - 1]

    def port(self, number: int = 1) -> int:
        return int(self.wait_for("listening", number)["listen"].rpartition(":")[2])

    def reload(self, text: str | None = None):
        if text is not None:
            self.write(text)
        self.process.send_signal(signal.SIGHUP)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0


@contextmanager
def service(mcptape, text: str, **settings):
    running = Service(mcptape, text, **settings)
    yield running
    if running.process.poll() is None:
        running.end()


def listener(url: str, more: str = "", **routes) -> str:
    """An entry of `listeners:`, on any port."""
    places = ", ".join(f"{name}: '{target}'" for name, target in routes.items())
    where = f"routes: {{{places}}}" if routes else f"upstream: '{url}'"
    return f"  - {{listen: '127.0.0.1:0', {where}{', ' if more else ''}{more}}}\n"


def names(mcptape) -> list[str]:
    """The server names of all sessions."""
    rows = mcptape.run("sessions", "--json").output.splitlines()
    return sorted(json.loads(row)["name"] for row in rows)
