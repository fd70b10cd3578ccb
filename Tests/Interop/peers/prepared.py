"""A Python that has imported the SDK, and forks for each peer that is asked for: prepared.py NAME.

Starting an interpreter and importing the SDK takes a second of the processor, what a peer then does a tenth
of that. A peer of here is a process of its own all the same, with the descriptors, the environment and the
directory of its stand-in (stand_in.py), and ends with it. This process ends with its standard input.
NAME is that of a socket, in Linux's name space for those that are no files.
"""

import contextlib
import gc
import importlib
import marshal
import os
import random
import runpy
import selectors
import signal
import socket
import sys
import traceback

# What the peers import, in both generations of the SDK; each has its own part of it.
MODULES = [
    "mcp", "mcp_types", "mcp.types", "mcp.client.auth", "mcp.client.sse", "mcp.client.stdio",
    "mcp.client.streamable_http", "mcp.server.auth.provider", "mcp.server.auth.settings",
    "mcp.server.fastmcp", "mcp.server.mcpserver", "mcp.server.mcpserver.resolve", "mcp.server.stdio",
    "mcp.server.streamable_http", "mcp.shared.auth", "uvicorn", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto", "anyio._backends._asyncio",
    "encodings.idna",
]  # fmt: skip


def read_request(connection: socket.socket) -> tuple[dict, list[int]]:
    """The job, its length in front, and the three standard descriptors that came with its first byte."""
    data, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    job = connection.makefile("rb").read(int.from_bytes(data, "big"))
    return marshal.loads(job), descriptors


def become(job: dict, descriptors: list[int]):
    """In the forked process: the peer, from its first line to its end."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, 1024)
    os.chdir(job["directory"])
    os.environ.clear()
    os.environ.update(job["environment"])
    random.seed()
    sys.stdin, sys.stdout = open(0), open(1, "w")
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")
    sys.argv = job["words"]
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


class Forks:
    """The peers that run, each with the connection of its stand-in."""

    def __init__(self, name: str):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"\0{name}")
        self.listener.listen(64)
        self.running: dict[int, socket.socket] = {}
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(0, selectors.EVENT_READ, self.finish)

    def serve(self):
        while True:
            for key, _ in self.selector.select():
                key.data()

    def accept(self):
        connection, _ = self.listener.accept()
        try:
            job, descriptors = read_request(connection)
        except (EOFError, OSError, ValueError):
            return connection.close()
        peer = os.fork()
        if peer == 0:
            become(job, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        ending = os.pidfd_open(peer)
        self.running[peer] = connection
        self.selector.register(ending, selectors.EVENT_READ, lambda: self.ended(peer, ending))
        self.selector.register(connection, selectors.EVENT_READ, lambda: self.left(peer, connection))

    def left(self, peer: int, connection: socket.socket):
        """The stand-in is gone, or says that it shall end: so does the peer."""
        if peer in self.running:
            self.selector.unregister(connection)
            os.kill(peer, signal.SIGKILL)

    def ended(self, peer: int, ending: int):
        self.selector.unregister(ending)
        os.close(ending)
        _, status = os.waitpid(peer, 0)
        connection = self.running.pop(peer)
        with contextlib.suppress(KeyError):
            self.selector.unregister(connection)
        with contextlib.suppress(OSError):
            connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))
        connection.close()

    def finish(self):
        for peer in self.running:
            os.kill(peer, signal.SIGKILL)
        os._exit(0)


def main():
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # What is there now is never looked through again, by nobody.
    gc.collect()
    gc.freeze()
    forks = Forks(sys.argv[1])
    print("ready", flush=True)
    forks.serve()


if __name__ == "__main__":
    main()
