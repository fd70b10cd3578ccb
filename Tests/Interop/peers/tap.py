"""A relay that logs both directions to files, for comparing what two places of one connection saw.

tap.py LOG COMMAND…: appends to LOG.c2s and LOG.s2c before it forwards, and ends as the command does.
"""

import os
import subprocess
import sys
import threading

log, command = sys.argv[1], sys.argv[2:]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def relay(source: int, target: int, path: str):
    with open(path, "wb", buffering=0) as file:
        try:
            while data := os.read(source, 1 << 16):
                file.write(data)
                view = memoryview(data)
                while view:
                    view = view[os.write(target, view) :]
        except BrokenPipeError:
            pass
    os.close(target)


upward = threading.Thread(target=relay, args=(0, child.stdin.fileno(), log + ".c2s"), daemon=True)
upward.start()
relay(child.stdout.fileno(), 1, log + ".s2c")
os._exit(child.wait() & 0xFF)
