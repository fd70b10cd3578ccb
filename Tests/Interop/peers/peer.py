"""A scripted server: logs exactly what it received, sends exactly what it was told to.

Two threads, so that neither direction waits for the other.
"""

import argparse
import os
import signal
import sys
import threading
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--received", help="append every byte of standard input to this file")
arguments.add_argument("--echo", action="store_true", help="send back what arrives")
arguments.add_argument("--send", help="send the bytes of this file")
arguments.add_argument("--errors", help="send the bytes of this file to standard error")
arguments.add_argument("--chunk", type=int, default=1 << 16)
arguments.add_argument("--exit", type=int, default=0)
arguments.add_argument(
    "--close-output-first", action="store_true", help="end standard output before the input ends"
)
arguments.add_argument("--ignore", action="store_true", help="ignore end of file and SIGTERM")
arguments.add_argument(
    "--exit-after-sending", action="store_true", help="do not wait for the end of the input"
)
options = arguments.parse_args()

if options.ignore:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def write_all(descriptor: int, data: bytes):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[: options.chunk]) :]


def receive():
    log = (
        os.open(options.received, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if options.received else None
    )
    while data := os.read(0, 1 << 16):
        if log is not None:
            write_all(log, data)
        if options.echo:
            write_all(1, data)


def send(path: str, descriptor: int):
    with open(path, "rb") as file:
        write_all(descriptor, file.read())


threads = [threading.Thread(target=receive, daemon=True)]
senders = []
if options.send:
    senders.append(threading.Thread(target=send, args=(options.send, 1)))
if options.errors:
    senders.append(threading.Thread(target=send, args=(options.errors, 2)))
for thread in threads + senders:
    thread.start()
for thread in senders:
    thread.join()
if options.close_output_first:
    os.close(1)
if not options.exit_after_sending:
    for thread in threads:
        thread.join()
while options.ignore:
    time.sleep(3600)
sys.stdout = None
os._exit(options.exit)
