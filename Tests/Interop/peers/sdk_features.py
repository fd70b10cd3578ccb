"""The client of sdk_feature_server.py, for both generations: prints what it got and was asked, as JSON.

sdk_features.py MODE URL GROUP… [-- COMMAND]: MODE is auto, legacy or v1; the groups are functions of this
file. URL is `stdio` for a server that COMMAND starts.
"""

import asyncio
import json
import sys

import anyio
from sdk_client import attempt, plain

from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

try:
    import mcp_types as types
except ImportError:
    from mcp import types

URI = "note://today"
mode, url, groups = sys.argv[1], sys.argv[2], sys.argv[3:]
command = groups[groups.index("--") + 1 :] if "--" in groups else []
groups = groups[: len(groups) - len(command) - bool(command)]
is_sse = url.endswith("/sse")
told: list = []
progress: list = []
arrived = anyio.Event()


async def on_sampling(context, params):
    told.append(["sampling", plain(params)])
    content = types.TextContent(type="text", text="something")
    return types.CreateMessageResult(role="assistant", content=content, model="a model")


async def on_elicitation(context, params):
    told.append(["elicitation", plain(params)])
    if params.mode == "url":
        return types.ElicitResult(action="decline")
    return types.ElicitResult(action="accept", content={"name": "Ada", "age": 36})


async def on_roots(context):
    told.append(["roots"])
    return types.ListRootsResult(roots=[types.Root(uri="file:///work", name="work")])


async def on_log(params):
    told.append(["log", plain(params)])


async def on_message(message):
    """A notification that no callback takes; the first generation wraps it."""
    root = getattr(message, "root", message)
    method = getattr(root, "method", "")
    if isinstance(message, Exception) or method in ("notifications/progress", "notifications/message"):
        return
    told.append([method or type(root).__name__])
    arrived.set()


async def on_progress(done, total, message):
    progress.append([done, total, message])
    arrived.set()


async def until(condition):
    """Waits for something that a callback notes."""
    global arrived
    while not condition():
        arrived = anyio.Event()
        if not condition():
            await arrived.wait()


def call(client, name, arguments=None):
    return attempt(client.call_tool(name, arguments or {}, progress_callback=on_progress))


def is_modern(client):
    return mode == "auto" and client.protocol_version >= "2026"


def pages(client, cursor=None):
    if mode != "v1":
        return client.list_prompts(cursor=cursor)
    return client.list_prompts(params=types.PaginatedRequestParams(cursor=cursor))


async def basic(client):
    reference = types.PromptReference(type="ref/prompt", name="greet")
    found = {
        "tools": await attempt(client.list_tools()),
        "first page": await attempt(pages(client)),
        "second page": await attempt(pages(client, "page 1")),
        "no such page": await attempt(pages(client, "page x")),
        "completion": await attempt(client.complete(reference, {"name": "name", "value": "A"})),
        "narrate": await call(client, "narrate", {"to": 3}),
        "read": await attempt(client.read_resource(URI)),
        "missing": await attempt(client.read_resource("note://tomorrow")),
        "wrong arguments": await call(client, "narrate", {"to": "far"}),
        "unknown": await call(client, "nothing"),
    }
    if not is_modern(client):
        level = client.set_logging_level
        found |= {"ping": await attempt(client.send_ping()), "level": await attempt(level("info"))}
    return found


async def requests(client):
    """What the server asks in the middle of a call."""
    return {name: await call(client, name) for name in ("sample", "form", "link", "roots", "everything")}


async def changes(client):
    """Subscriptions, and what is told of changes."""
    if not is_modern(client):
        found = {"subscribed": await attempt(client.subscribe_resource(URI))}
        found["change"] = await call(client, "change")
        wanted = {"notifications/tools/list_changed", "notifications/resources/updated",
                  "notifications/prompts/list_changed"}  # fmt: skip
        await until(lambda: wanted <= {item[0] for item in told})
        return found | {"unsubscribed": await attempt(client.unsubscribe_resource(URI))}
    found = {}
    options = {"tools_list_changed": True, "resource_subscriptions": [URI]}
    async with client.listen(**options) as listening:
        found["change"] = await call(client, "change")
        found["events"] = [str(await anext(listening)) for _ in range(2)]
    async with client.listen(prompts_list_changed=True) as listening:
        found["change again"] = await call(client, "change")
        found["ended"] = await call(client, "end_listening")
        found["rest"] = [str(event) async for event in listening]
    return found


async def cancel(client):
    """The client gives up: by a notification, or in 2026-07-28 by leaving."""
    if mode == "v1":
        held = asyncio.create_task(call(client, "hold"))
        await until(lambda: [0, 1, "holding"] in progress)
        number = client._request_id - 1
        params = types.CancelledNotificationParams(requestId=number, reason="enough")
        await client.send_notification(
            types.ClientNotification(types.CancelledNotification(params=params))
        )
        # Not every server answers what was cancelled.
        held.cancel()
    else:
        async with anyio.create_task_group() as group:
            group.start_soon(call, client, "hold")
            await until(lambda: [0, 1, "holding"] in progress)
            group.cancel_scope.cancel()
    return {"was cancelled": await call(client, "was_cancelled")}


async def poll(client):
    """The server lets go of the stream."""
    return {"poll": await call(client, "poll")}


async def cut(client):
    """The test cuts the connection."""
    return {"cut": await call(client, "cut")}


async def body(client, greeting):
    found = {"handshake": greeting}
    for group in groups:
        found[group] = await globals()[group](client)
    return found | {"told": sorted(told, key=json.dumps), "progress": progress}


async def main():
    started = StdioServerParameters(command=command[0], args=command[1:]) if command else None
    callbacks = {"sampling_callback": on_sampling, "elicitation_callback": on_elicitation,
                 "list_roots_callback": on_roots, "logging_callback": on_log,
                 "message_handler": on_message}  # fmt: skip
    if mode == "v1":
        from mcp import ClientSession
        from mcp.client.sse import sse_client
        from mcp.client.streamable_http import streamablehttp_client

        connection = sse_client(url) if is_sse else streamablehttp_client(url)
        if url == "stdio":
            connection = stdio_client(started)
        async with connection as (reading, writing, *_):
            async with ClientSession(reading, writing, **callbacks) as client:
                found = await body(client, plain(await client.initialize()))
    else:
        from mcp import Client
        from mcp.client.sse import sse_client

        server = sse_client(url) if is_sse else started if url == "stdio" else url
        async with Client(server, mode=mode, log_level="info", **callbacks) as client:
            found = await body(client, client.protocol_version)
    json.dump(found, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    asyncio.run(main())
