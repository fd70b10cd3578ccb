"""The client script of the SDK tests, for both generations: prints what it got, as JSON.

sdk_client.py MODE SCRIPT COMMAND…: MODE is auto, legacy or v1; SCRIPT is interop, time, git or faults.
Instead of a command, a URL: one that ends in /sse speaks HTTP+SSE, any other Streamable HTTP.
"""

import asyncio
import json
import os
import sys

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

mode, script, command = sys.argv[1], sys.argv[2], sys.argv[3:]
progress: list = []
# Times ten characters: a message that passes a pipe in several pieces.
LARGE = int(os.environ.get("SDK_CLIENT_LARGE", "20000"))


async def note_progress(done, total, message):
    progress.append([done, total, message])


def plain(result):
    return json.loads(result.model_dump_json(by_alias=True, exclude_none=True))


async def attempt(call):
    """A result, or the error that the SDK raises for it."""
    try:
        return plain(await call)
    except Exception as error:
        return {"raised": type(error).__name__, "says": str(error)}


async def interop(client):
    return {
        "tools": await attempt(client.list_tools()),
        "add": await attempt(client.call_tool("add", {"a": 2, "b": 40})),
        "add again": await attempt(client.call_tool("add", {"a": 2, "b": 40})),
        "echo": await attempt(client.call_tool("echo", {"text": 'grüße\n日本 \u2028 \x7f 😀 \\ " /'})),
        "large": await attempt(client.call_tool("echo", {"text": "0123456789" * LARGE})),
        "fail": await attempt(client.call_tool("fail", {"reason": "as asked"})),
        "count": await attempt(client.call_tool("count", {"to": 4}, progress_callback=note_progress)),
        "wrong arguments": await attempt(client.call_tool("add", {"a": "two"})),
        "unknown tool": await attempt(client.call_tool("subtract", {"a": 1})),
        "templates": await attempt(client.list_resource_templates()),
        "resources": await attempt(client.list_resources()),
        "note": await attempt(client.read_resource("note://today")),
        "missing": await attempt(client.read_resource("other://x")),
        "prompts": await attempt(client.list_prompts()),
        "greet": await attempt(client.get_prompt("greet", {"name": "Ada"})),
        "tools at the end": await attempt(client.list_tools()),
        "progress": progress,
    }


async def time(client):
    berlin = {"source_timezone": "Europe/Berlin", "time": "16:30", "target_timezone": "Asia/Tokyo"}
    return {
        "tools": await attempt(client.list_tools()),
        "convert": await attempt(client.call_tool("convert_time", berlin)),
        "unknown zone": await attempt(client.call_tool("get_current_time", {"timezone": "Nowhere/Else"})),
    }


async def git(client):
    path = command[-1]
    return {
        "tools": await attempt(client.list_tools()),
        "status": await attempt(client.call_tool("git_status", {"repo_path": path})),
        "log": await attempt(client.call_tool("git_log", {"repo_path": path, "max_count": 2})),
        "unknown branch": await attempt(
            client.call_tool("git_checkout", {"repo_path": path, "branch_name": "no"})
        ),
        "outside": await attempt(client.call_tool("git_status", {"repo_path": "/"})),
    }


async def faults(client):
    """Two calls side by side, then a third and a fourth."""
    order = []

    async def noted(name, call):
        result = await attempt(call)
        order.append(name)
        return result

    def add():
        return client.call_tool("add", {"a": 2, "b": 40})

    first, tools = await asyncio.gather(noted("add", add()), noted("tools", client.list_tools()))
    results = {"first": first, "tools": tools, "order": order}
    return {**results, "second": await attempt(add()), "third": await attempt(add())}


def connection():
    """The transport to the server that the command line names."""
    url = command[0]
    if not url.startswith("http"):
        return StdioServerParameters(command=command[0], args=command[1:])
    if url.endswith("/sse"):
        from mcp.client.sse import sse_client

        return sse_client(url)
    if mode != "v1":
        return url
    from mcp.client.streamable_http import streamablehttp_client

    return streamablehttp_client(url)


async def main():
    server = connection()
    body = {"interop": interop, "time": time, "git": git, "faults": faults}[script]
    if mode == "v1":
        from mcp import ClientSession

        if isinstance(server, StdioServerParameters):
            server = stdio_client(server)
        async with server as (reading, writing, *_), ClientSession(reading, writing) as client:
            greeting = plain(await client.initialize())
            results = {"handshake": greeting, **await body(client)}
    else:
        from mcp import Client

        async with Client(server, mode=mode) as client:
            greeting = {"version": client.protocol_version, "capabilities": plain(client.server_capabilities)}
            results = {"handshake": greeting, **await body(client)}
    json.dump(results, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    asyncio.run(main())
