"""A server of the SDK that takes the time it is told to: timed_server.py NAME."""

import sys
from typing import Annotated

import anyio
from mcp_types import CreateMessageResult, SamplingMessage, TextContent
from pydantic import BaseModel

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.resolve import Elicit, Resolve, Sample

server = MCPServer(sys.argv[1])


class Answer(BaseModel):
    name: str


def ask_person() -> Elicit[Answer]:
    return Elicit("Who are you?", Answer)


def ask_model() -> Sample:
    return Sample([SamplingMessage(role="user", content=TextContent(type="text", text="Say."))], max_tokens=9)


@server.tool()
async def rest(seconds: float) -> str:
    """Rests."""
    await anyio.sleep(seconds)
    return "rested"


@server.tool()
async def form(seconds: float, answer: Annotated[Answer, Resolve(ask_person)]) -> str:
    """Asks a person, then rests."""
    await anyio.sleep(seconds)
    return answer.name


@server.tool()
async def sample(seconds: float, said: Annotated[CreateMessageResult, Resolve(ask_model)]) -> str:
    """Asks a model, then rests."""
    await anyio.sleep(seconds)
    return said.model


@server.tool()
async def unused() -> str:
    """Is never called."""
    return ""


if __name__ == "__main__":
    server.run("stdio")
