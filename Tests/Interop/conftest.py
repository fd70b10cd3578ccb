"""What every interop test starts from: the built binary, a home and a store of its own, and a clean end."""

import os
import random
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from program import Mcptape, processes_with  # noqa: E402


def pytest_configure(config):
    """A run in the background, or under nohup, ignores these, and what it starts would inherit that."""
    defaults = {signal.SIGHUP: signal.SIG_DFL, signal.SIGQUIT: signal.SIG_DFL}
    for number, handler in (*defaults.items(), (signal.SIGINT, signal.default_int_handler)):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)
    # Before workers start: they inherit it.
    seed()


def pytest_report_header(config):
    return f"binary: {os.environ.get('MCPTAPE_BINARY', 'MCPTAPE_BINARY is not set')}, seed: {seed()}"


def pytest_terminal_summary(terminalreporter):
    """The matrix of SDK clients, servers and transports: which pairings were played, and how they ended."""
    cells = {}
    for outcome, mark in (("passed", "yes"), ("failed", "NO"), ("skipped", "skipped")):
        for report in terminalreporter.stats.get(outcome, []):
            name, _, pairing = getattr(report, "nodeid", "").partition("test_every_feature_is_played[")
            if pairing and report.when == "call":
                peers, _, origin = pairing.rstrip("]").rpartition(", ")
                cells[peers, origin] = mark
    if not cells:
        return
    origins = list(dict.fromkeys(origin for _, origin in sorted(cells)))
    terminalreporter.section("every feature: recorded on …, played on stdio and HTTP")
    terminalreporter.line(f"{'client to server':24}" + "".join(f"{origin:>11}" for origin in origins))
    for peers in dict.fromkeys(peers for peers, _ in sorted(cells)):
        row = "".join(f"{cells.get((peers, origin), '·'):>11}" for origin in origins)
        terminalreporter.line(f"{peers:24}{row}")


def seed() -> int:
    """Of every random choice; printed, and given back with MCPTAPE_SEED."""
    value = os.environ.get("MCPTAPE_SEED")
    if value is None:
        value = os.environ["MCPTAPE_SEED"] = str(random.SystemRandom().randrange(1 << 32))
    return int(value)


@pytest.fixture
def chance(request) -> random.Random:
    return random.Random(f"{seed()} {request.node.name}")


@pytest.fixture(scope="session")
def binary() -> Path:
    path = os.environ.get("MCPTAPE_BINARY")
    if not path:
        pytest.exit("MCPTAPE_BINARY is not set; run Scripts/interop.sh", returncode=2)
    return Path(path)


@pytest.fixture
def mcptape(binary, tmp_path):
    """The program with a scratch HOME and store. Nothing that it started may be left at the end."""
    program = Mcptape(binary, tmp_path)
    yield program
    program.close()
    left = processes_with(program.token)
    for pid, command in left:
        print(f"left running: {pid} {command}")
    assert not left, "the test left processes behind"


@pytest.fixture(scope="session")
def python_1() -> str:
    return os.environ["MCPTAPE_PYTHON_1"]


@pytest.fixture(scope="session")
def python_2() -> str:
    return os.environ["MCPTAPE_PYTHON_2"]
