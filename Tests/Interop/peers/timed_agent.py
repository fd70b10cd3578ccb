"""An agent over three servers: a client of the SDK that notes each message by the clock that `record` has.

timed_agent.py NAME=MODE… -- COMMAND…: MODE is legacy or auto; in COMMAND every {name} is the server's name.
Prints a JSON object: its process id and, by server, when it was started, its messages, when it was closed.
"""

import asyncio
import contextlib
import json
import os
import sys
import time

import mcp_types as types

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

split = sys.argv.index("--")
servers = dict(word.split("=") for word in sys.argv[1:split])
command = sys.argv[split + 1 :]
story = {name: {"messages": []} for name in servers}


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Noted:
    """A stream of messages that notes when each one passes."""

    def __init__(self, stream, name: str, direction: str):
        self.stream, self.direction, self.messages = stream, direction, story[name]["messages"]

    def note(self, message):
        content = message.message.model_dump(mode="json", by_alias=True, exclude_none=True)
        self.messages.append([now(), self.direction, content])

    async def send(self, message):
        self.note(message)
        await self.stream.send(message)

    async def receive(self):
        message = await self.stream.receive()
        self.note(message)
        return message

    def __aiter__(self):
        return self

    async def __anext__(self):
        message = await self.stream.__anext__()
        self.note(message)
        return message

    async def __aenter__(self):
        await self.stream.__aenter__()
        return self

    async def __aexit__(self, *problem):
        return await self.stream.__aexit__(*problem)

    def __getattr__(self, name):
        return getattr(self.stream, name)


@contextlib.asynccontextmanager
async def noted(name: str):
    words = [word.replace("{name}", name) for word in command]
    story[name]["started"] = now()
    async with stdio_client(StdioServerParameters(command=words[0], args=words[1:])) as (reading, writing):
        yield Noted(reading, name, "s2c"), Noted(writing, name, "c2s")
    story[name]["closed"] = now()


async def person(context, params):
    await asyncio.sleep(0.25)
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def model(context, params):
    await asyncio.sleep(0.15)
    content = types.TextContent(type="text", text="something")
    return types.CreateMessageResult(role="assistant", content=content, model="a model")


async def main():
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for name, mode in servers.items():
            callbacks = {"elicitation_callback": person, "sampling_callback": model}
            clients.append(
                await stack.enter_async_context(Client(noted(name), mode=mode, **callbacks))
            )
        await clients[0].list_tools()
        await asyncio.sleep(0.2)
        for client in clients:
            await client.call_tool("rest", {"seconds": 0.3})
        # Two servers work side by side.
        await asyncio.gather(
            clients[0].call_tool("rest", {"seconds": 0.2}), clients[-1].call_tool("rest", {"seconds": 0.4})
        )
        await asyncio.sleep(0.1)
        for client in clients:
            await client.call_tool("form", {"seconds": 0.05})
        await clients[0].call_tool("sample", {"seconds": 0.05})
        # One server works while a person is asked for another.
        await asyncio.gather(
            clients[0].call_tool("form", {"seconds": 0}), clients[-1].call_tool("rest", {"seconds": 0.1})
        )
    json.dump({"pid": os.getpid(), "servers": story}, sys.stdout)


asyncio.run(main())
