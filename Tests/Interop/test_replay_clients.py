"""A thousand clients of one recording at one time, each at its own place in it."""

import asyncio
import json
import resource

from test_http_replay import INITIALIZE, call, recording, served  # noqa: F401

CLIENTS = 1000


async def answer(reading) -> tuple[dict, bytes]:
    head = await reading.readuntil(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].split()[1] == "200", lines[0]
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return fields, await reading.readexactly(int(fields["content-length"]))


def request(body: bytes, session: str = "") -> bytes:
    named = f"Mcp-Session-Id: {session}\r\n" if session else ""
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{named}\r\n"
    return head.encode() + body


async def client(port: int, number: int, everybody_is_there: asyncio.Barrier) -> list[int]:
    reading, writing = await asyncio.open_connection("127.0.0.1", port)
    writing.write(request(INITIALIZE))
    fields, _ = await answer(reading)
    await everybody_is_there.wait()
    results = []
    for asked in range(3):
        writing.write(request(call("a", number * 10 + asked), fields["mcp-session-id"]))
        _, body = await answer(reading)
        message = json.loads(body)
        assert message["id"] == number * 10 + asked
        results.append(message["result"]["n"])
    writing.close()
    return results


def test_a_thousand_clients_at_one_time(mcptape, recording):  # noqa: F811
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))

    async def all_of_them(port: int):
        barrier = asyncio.Barrier(CLIENTS)
        return await asyncio.gather(*[client(port, number, barrier) for number in range(CLIENTS)])

    try:
        with served(mcptape, recording) as port:
            # The first answer, the second, and then the last again.
            assert asyncio.run(all_of_them(port)) == [[1, 2, 2]] * CLIENTS
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
