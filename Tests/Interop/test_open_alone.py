"""`mcptape open` starts a server that keeps nothing of whoever started it, on a port that is free."""

import fcntl
import os
import socket
from contextlib import ExitStack

from program import DEADLINE
from serving import serving
from test_open import DEMO, background_servers, end

PORTS = range(6827, 6847)


def test_the_server_holds_no_descriptor_of_whoever_opened(mcptape, tmp_path):
    """A lock of a script would stay held for as long as the server lives."""
    mcptape.run("import", str(DEMO))
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        opening = mcptape.start(
            [mcptape.binary, "open", "--store", mcptape.store, "--no-browser"], pass_fds=(lock,))
        output, _ = opening.communicate(timeout=DEADLINE)
        assert opening.returncode == 0 and output.startswith(b"http://")
        held = [os.readlink(f"/proc/{pid}/fd/{name}") for pid in background_servers(mcptape.store)
                for name in os.listdir(f"/proc/{pid}/fd")]
        assert held and str(tmp_path / "lock") not in held
    finally:
        os.close(lock)
        end(background_servers(mcptape.store))


def test_when_all_its_ports_are_taken_it_takes_any(mcptape):
    others = set()
    with ExitStack() as stack:
        for port in PORTS:
            taken = stack.enter_context(socket.socket())
            try:
                taken.bind(("127.0.0.1", port))
                taken.listen()
            except OSError:
                others.add(port)  # And may give it back at any time.
        server = stack.enter_context(serving(mcptape, listen=None))
        assert server.port not in PORTS or server.port in others
        assert server.get("/healthz")[0] == 200
