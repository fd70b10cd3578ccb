"""A relay between `record` and a server that notes when each message passed, by the clock that `record` has.

timed_tap.py LOG COMMAND…: LOG is a JSON object, with when it began and the messages. It ends as the server
does.
"""

import json
import subprocess
import sys
import threading
import time

log, command = sys.argv[1], sys.argv[2:]
messages = []


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def relay(source, target, direction: str):
    while line := source.readline():
        messages.append([now(), direction, json.loads(line)])
        target.write(line)
        target.flush()
    target.close()


began = now()
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
threading.Thread(target=relay, args=(sys.stdin.buffer, child.stdin, "c2s"), daemon=True).start()
relay(child.stdout, sys.stdout.buffer, "s2c")
with open(log, "w") as file:
    json.dump({"began": began, "messages": messages}, file)
sys.exit(child.wait())
