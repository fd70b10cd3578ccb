"""A TCP relay that keeps what passes, and the messages of HTTP in it: what a peer of a proxy saw."""

import re
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Passed:
    """The bytes of one connection."""

    c2s: bytearray = field(default_factory=bytearray)
    s2c: bytearray = field(default_factory=bytearray)


class WireTap:
    """Listens on a port of its own and relays to another; `passed` holds every connection in order.

    `cut_after` is a word of the server's: once it has passed, its connection is cut, this one time.
    """

    def __init__(self, port: int, cut_after: bytes | None = None):
        self.target = port
        self.cut_after = cut_after
        self.passed: list[Passed] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Ends listening, and waits for what is still passing."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(30)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            passed = Passed()
            self.passed.append(passed)
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, into in ((client, server, passed.c2s), (server, client, passed.s2c)):
                thread = threading.Thread(target=self._pump, args=(source, sink, into), daemon=True)
                thread.start()
                self.threads.append(thread)

    def _pump(self, source, sink, into: bytearray):
        try:
            while data := source.recv(1 << 16):
                into += data
                sink.sendall(data)
                if self.cut_after and self.cut_after in data:
                    self.cut_after = None
                    break
        except OSError:
            pass
        for end in (sink, source):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


HOP_BY_HOP = (b"connection", b"keep-alive", b"te", b"upgrade", b"proxy-connection", b"host")


def messages(data: bytes) -> list[tuple[list[bytes], bytes]]:
    """The messages of one direction: each head without what a proxy may edit, and its content."""
    found = []
    while data:
        head, separator, data = bytes(data).partition(b"\r\n\r\n")
        assert separator, f"a head is cut: {head!r}"
        lines = head.split(b"\r\n")
        kept = [lines[0]] + [
            line for line in lines[1:] if line.split(b":")[0].lower() not in HOP_BY_HOP
        ]
        low = head.lower()
        body = b""
        if b"\r\ntransfer-encoding: chunked" in low:
            while data:
                size, _, data = data.partition(b"\r\n")
                length = int(size or b"0", 16)  # cut before a chunk
                body, data = body + data[:length], data[length + 2 :]
                if length == 0:
                    break
        elif length := re.search(rb"\r\ncontent-length: *(\d+)", low):
            body, data = data[: int(length[1])], data[int(length[1]) :]
        found.append((kept, body))
    return found
