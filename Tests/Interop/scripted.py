"""A server that does what a test tells it to, byte by byte, and a client of HTTP without a library."""

import socket
import struct
import threading
from contextlib import contextmanager

from program import DEADLINE


@contextmanager
def scripted(script, context=None):
    """The port of a server that runs `script(connection)` for each connection; what it raises is raised."""
    listener = socket.create_server(("127.0.0.1", 0))
    failures, threads = [], []

    def play(connection):
        connection.settimeout(DEADLINE)
        try:
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                script(connection)
        except OSError:
            pass
        except BaseException as failure:
            failures.append(failure)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=play, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(DEADLINE)
    if failures:
        raise failures[0]


def read_request(connection) -> bytes:
    """A whole request: its head, and as much of a body as the head says."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise OSError("no request came")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reset(connection):
    """Ends a connection with a reset, not with an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def post(port: int, body: bytes, path: str = "/mcp", fields: tuple[str, ...] = ()) -> socket.socket:
    """A connection on which a POST was sent."""
    client = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *fields, "", ""]
    client.sendall("\r\n".join(lines).encode() + body)
    return client


def read_to_end(client) -> tuple[bytes, str]:
    """All that comes, and how it ended: `end` or `reset`."""
    data = b""
    try:
        while more := client.recv(65536):
            data += more
    except ConnectionResetError:
        return data, "reset"
    finally:
        client.close()
    return data, "end"
