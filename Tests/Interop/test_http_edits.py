"""What is forwarded otherwise than it came is on record as it came, and with what makes it what went out."""

import json
import socket

from program import DEADLINE
from proxy import proxy
from scripted import read_request, scripted

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_what_a_client_of_the_old_transport_received_can_be_rebuilt(mcptape):
    def answer(connection):
        read_request(connection)
        port = connection.getsockname()[1]
        event = b": hello\n\nevent: endpoint\ndata: http://127.0.0.1:%d/messages?session_id=1\n\n" % port
        connection.sendall(HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(event), event))
        connection.recv(1)

    with scripted(answer) as port, proxy(mcptape, "", "--route", f"/a=http://127.0.0.1:{port}") as front:
        client = socket.create_connection(("127.0.0.1", front), timeout=DEADLINE)
        client.sendall(b"GET /a/sse HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % front)
        received = b""
        while b"\r\n0\r\n\r\n" not in received:
            received += client.recv(4096)
        client.close()
        own = f"http://localhost:{front}/a"
        assert f"data: {own}/messages?session_id=1\n".encode() in received
    lines = [json.loads(line)["http"] for line in mcptape.export().splitlines()[1:]]
    edit = next(line["edited"] for line in lines if "edited" in line)
    came = "".join(line["event"] for line in lines if "event" in line)
    assert edit["removed"] == f"http://127.0.0.1:{port}" and edit["inserted"] == own
    sent = came[: edit["offset"]] + edit["inserted"] + came[edit["offset"] + len(edit["removed"]) :]
    assert f"data: http://127.0.0.1:{port}/messages" in came
    # But for the value of the query, which is a credential.
    assert sent.startswith(f": hello\n\nevent: endpoint\ndata: {own}/messages?session_id=[redacted:")
    assert "edited by mcptape" in mcptape.run("show", "last", "--http").text
