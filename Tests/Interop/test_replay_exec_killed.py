"""What `replay --exec` runs does not outlive it."""

import os
import signal
import subprocess

from modes import Place
from program import DEADLINE, PYTHON, wait_until

# It would go on for ever, says who it is, and takes no notice of SIGTERM.
STUBBORN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), os.getpgrp(), flush=True)
while True:
    signal.pause()
"""


def is_there(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_ends_with_a_replay_that_is_killed(mcptape, tmp_path):
    place = Place(mcptape, tmp_path)
    place.record("a")
    words = ["replay", place.file, "--listen", "0", "--exec", "--", *PYTHON, "-c", STUBBORN]
    process = mcptape.start([mcptape.binary, *words], stderr=subprocess.DEVNULL)
    program, group = map(int, process.stdout.readline().split())
    # A terminal's keys reach it as they reach us.
    assert group == os.getpgid(process.pid) and is_there(program)
    process.send_signal(signal.SIGKILL)
    process.wait(DEADLINE)
    wait_until(lambda: not is_there(program))
