"""Stands where a peer with the SDK would: stand_in.py NAME SCRIPT WORD….

Has prepared.py fork the peer, hands it all that a started process has, and ends as it ends. Who ends this
process ends the peer.
"""

import marshal
import os
import signal
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(f"\0{sys.argv[1]}")
# The peer is killed, and then this ends as a process that was killed.
signal.signal(signal.SIGTERM, lambda *_: connection.shutdown(socket.SHUT_WR))
job = {"words": sys.argv[2:], "environment": dict(os.environ), "directory": os.getcwd()}
request = marshal.dumps(job)
socket.send_fds(connection, [len(request).to_bytes(4, "big")], [0, 1, 2])
connection.sendall(request)
# Whoever reads what the peer writes shall find its end there, and whoever writes to it that nobody reads.
nowhere = os.open(os.devnull, os.O_RDWR)
for descriptor in (0, 1, 2):
    os.dup2(nowhere, descriptor)
status = int(connection.recv(16) or b"70")
if status < 0:
    signal.signal(-status, signal.SIG_DFL) if -status != signal.SIGKILL else None
    os.kill(os.getpid(), -status)
os._exit(status)
