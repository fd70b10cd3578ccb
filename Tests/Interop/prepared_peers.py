"""Peers with the SDK whose interpreter has imported it beforehand: where not its start is what is tested."""

import os
import subprocess
import threading
import uuid
from functools import cache

from program import PEERS, PYTHON


class Prepared:
    """An interpreter that forks peers, as long as this process lives, which holds its standard input."""

    def __init__(self, python: str):
        self.name = f"mcptape-peers-{uuid.uuid4().hex}"
        # As bare as what peers are started with: an encoding, say, may not come from here.
        self.process = subprocess.Popen(
            [python, PEERS / "prepared.py", self.name], env={"PATH": os.environ["PATH"]}, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout.readline() == b"ready\n"


prepared = cache(Prepared)
# Of threads that want the first peer at the same time, each would start an interpreter.
one_at_a_time = threading.Lock()


def sdk_peer(python: str, script: str, *words) -> list[str]:
    """The command line of a peer that uses the SDK of this Python, as `peer` gives that of one without."""
    with one_at_a_time:
        name = prepared(python).name
    return [*PYTHON, str(PEERS / "stand_in.py"), name, str(PEERS / f"{script}.py"), *map(str, words)]
