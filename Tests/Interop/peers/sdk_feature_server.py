"""A server that uses every feature of the SDKs, for both generations. Imported by sdk_http_server.py; alone
it is a server on stdio.

It waits for the client, never for time: `hold` until it is cancelled, `poll` and `cut` until the client has
come back for the rest of the stream.
"""

import anyio
from pydantic import BaseModel

try:
    from mcp_types import (
        CompleteRequestParams,
        CompleteResult,
        CreateMessageResult,
        ElicitRequest,
        ElicitRequestURLParams,
        EmptyResult,
        InputRequiredResult,
        ListPromptsResult,
        ListRootsResult,
        PaginatedRequestParams,
        SetLevelRequestParams,
        SubscribeRequestParams,
        TextContent,
        UnsubscribeRequestParams,
    )

    from mcp.server.mcpserver import Context, MCPServer as Server

    IS_MODERN = True
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP as Server
    from mcp.types import CreateMessageResult, ListPromptsRequest, ListPromptsResult, TextContent

    IS_MODERN = False

from mcp.server.streamable_http import EventStore

URI = "note://today"


class KeptEvents(EventStore):
    """Every event, so that a stream can be taken up again; says when one was."""

    def __init__(self):
        self.events: list = []
        self.resumed = anyio.Event()

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events))

    async def replay_events_after(self, last_event_id, send_callback):
        stream = self.events[int(last_event_id) - 1][0]
        # One event more than the client asks for, as servers with coarse stores do.
        for number, (of, message) in enumerate(list(self.events), start=1):
            if of == stream and message is not None and number >= int(last_event_id):
                from mcp.server.streamable_http import EventMessage

                await send_callback(EventMessage(message, str(number)))
        self.resumed.set()
        return stream


kept_events = KeptEvents()
cancelled = anyio.Event()
listening = anyio.Event()
server = Server("features", instructions="Uses everything.")


class Answer(BaseModel):
    name: str
    age: int


@server.tool()
async def narrate(to: int, context: Context) -> str:
    """Counts with progress and log lines."""
    for number in range(1, to + 1):
        await context.report_progress(number, to, f"at {number}")
        await context.info(f"line {number}")
    return f"narrated {to}"


@server.tool()
async def hold(context: Context) -> str:
    """Runs until it is cancelled."""
    await context.report_progress(0, 1, "holding")
    try:
        await anyio.sleep_forever()
    finally:
        cancelled.set()
    return "never"


@server.tool()
async def was_cancelled() -> str:
    """Answers once `hold` was cancelled."""
    await cancelled.wait()
    return "hold was cancelled"


@server.tool()
async def poll(context: Context) -> str:
    """Lets go of the stream, and answers once the client has taken it up again."""
    kept_events.resumed = anyio.Event()
    await context.report_progress(1, 2, "before")
    await context.close_sse_stream()
    await kept_events.resumed.wait()
    await context.report_progress(2, 2, "after")
    return "polled"


@server.tool()
async def cut(context: Context) -> str:
    """As `poll`, but the test cuts the connection when it sees the word."""
    kept_events.resumed = anyio.Event()
    await context.report_progress(1, 2, "cut here")
    await kept_events.resumed.wait()
    return "cut and resumed"


@server.tool()
async def change(context: Context) -> str:
    """Tells of changes: on the stream of a GET, or to the subscriptions of 2026-07-28."""
    if IS_MODERN and context.protocol_version >= "2026":
        await context.notify_tools_changed()
        await context.notify_resource_updated(URI)
        await context.notify_prompts_changed()
        return "told"
    await listening.wait()
    await context.session.send_tool_list_changed()
    await context.session.send_resource_updated(URI)
    await context.session.send_prompt_list_changed()
    return "told"


@server.resource("note://today")
def today() -> str:
    """A note."""
    return "the note of today"


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Say hello to {name}."


@server.prompt()
def part(name: str) -> str:
    """A farewell."""
    return f"Say goodbye to {name}."


def completed(argument) -> list[str]:
    return [name for name in ("Ada", "Alan", "Grace") if name.startswith(argument.value)]


def page(prompts: list, cursor: str | None) -> ListPromptsResult:
    """One prompt a page."""
    at = int(cursor.removeprefix("page ")) if cursor else 0
    following = {"nextCursor": f"page {at + 1}"} if at + 1 < len(prompts) else {}
    return ListPromptsResult(prompts=[prompts[at]], **following)


if IS_MODERN:
    from typing import Annotated

    from mcp_types import Completion, SamplingMessage

    from mcp.server.mcpserver.resolve import Elicit, ListRoots, Resolve, Sample

    def ask_form() -> Elicit[Answer]:
        return Elicit("Who are you?", Answer)

    def ask_model() -> Sample:
        said = SamplingMessage(role="user", content=TextContent(type="text", text="Say something."))
        return Sample([said], max_tokens=20)

    def ask_roots() -> ListRoots:
        return ListRoots()

    @server.tool()
    async def form(answer: Annotated[Answer, Resolve(ask_form)]) -> str:
        """Asks the user."""
        return f"{answer.name} is {answer.age}"

    @server.tool()
    async def sample(said: Annotated[CreateMessageResult, Resolve(ask_model)]) -> str:
        """Asks the client's model."""
        return f"{said.model} said {said.content.text}"

    @server.tool()
    async def roots(found: Annotated[ListRootsResult, Resolve(ask_roots)]) -> str:
        """Asks for the roots."""
        return " ".join(str(root.uri) for root in found.roots)

    @server.tool()
    async def everything(
        answer: Annotated[Answer, Resolve(ask_form)],
        said: Annotated[CreateMessageResult, Resolve(ask_model)],
    ) -> str:
        """Asks for two things at once."""
        return f"{answer.name} and {said.model}"

    @server.tool()
    async def link(context: Context) -> str | InputRequiredResult:
        """Sends the user to a page."""
        url, message = "https://example.com/consent", "Please agree there."
        if context.protocol_version < "2026":
            answer = await context.elicit_url(message, url, "consent-1")
            await context.session.send_elicit_complete("consent-1", context.request_id)
            return f"the user said {answer.action}"
        if context.input_responses is None:
            request = ElicitRequest(params=ElicitRequestURLParams(message=message, url=url))
            return InputRequiredResult(input_requests={"consent": request})
        return f"the user said {context.input_responses['consent'].action}"

    @server.tool()
    async def end_listening() -> str:
        """Ends every subscription in good order."""
        server._lowlevel_server.get_request_handler("subscriptions/listen").handler.close()
        return "ended"

    async def list_prompts(context, params):
        return page(await server.list_prompts(), params.cursor)

    async def nothing(context, params):
        return EmptyResult()

    async def complete(context, params):
        return CompleteResult(completion=Completion(values=completed(params.argument)))

    add = server._lowlevel_server.add_request_handler
    add("prompts/list", PaginatedRequestParams, list_prompts)
    add("logging/setLevel", SetLevelRequestParams, nothing)
    add("resources/subscribe", SubscribeRequestParams, nothing)
    add("resources/unsubscribe", UnsubscribeRequestParams, nothing)
    add("completion/complete", CompleteRequestParams, complete)
else:
    from mcp.types import Completion, SamplingMessage

    @server.tool()
    async def form(context: Context) -> str:
        """Asks the user."""
        answer = await context.elicit("Who are you?", Answer)
        return f"{answer.data.name} is {answer.data.age}"

    @server.tool()
    async def sample(context: Context) -> str:
        """Asks the client's model."""
        said = await context.session.create_message(
            [SamplingMessage(role="user", content=TextContent(type="text", text="Say something."))],
            max_tokens=20, related_request_id=context.request_id,
        )  # fmt: skip
        return f"{said.model} said {said.content.text}"

    @server.tool()
    async def roots(context: Context) -> str:
        """Asks for the roots, on the stream of the GET: this generation cannot tie it to the call."""
        await listening.wait()
        found = await context.session.list_roots()
        return " ".join(str(root.uri) for root in found.roots)

    @server.tool()
    async def everything(context: Context) -> str:
        """Asks for two things, one after the other."""
        answer = await context.elicit("Who are you?", Answer)
        said = await context.session.create_message(
            [SamplingMessage(role="user", content=TextContent(type="text", text="Say something."))],
            max_tokens=20, related_request_id=context.request_id,
        )  # fmt: skip
        return f"{answer.data.name} and {said.model}"

    @server.tool()
    async def link(context: Context) -> str:
        """Sends the user to a page."""
        answer = await context.elicit_url(
            "Please agree there.", "https://example.com/consent", "consent-1"
        )
        await context.session.send_elicit_complete("consent-1", context.request_id)
        return f"the user said {answer.action}"

    inner = server._mcp_server

    @inner.list_prompts()
    async def list_prompts(request: ListPromptsRequest) -> ListPromptsResult:
        return page(await server.list_prompts(), request.params.cursor if request.params else None)

    @inner.set_logging_level()
    async def set_level(level):
        pass

    @inner.subscribe_resource()
    async def subscribe(uri):
        pass

    @inner.unsubscribe_resource()
    async def unsubscribe(uri):
        pass

    @server.completion()
    async def complete(ref, argument, context):
        return Completion(values=completed(argument))


def noting_streams(app):
    """The application, which notes when the stream of a GET is there to be told of changes."""

    async def noted(scope, receive, send):
        async def sent(message):
            await send(message)
            if message["type"] == "http.response.start" and message["status"] == 200:
                listening.set()

        is_get = scope["type"] == "http" and scope["method"] == "GET"
        await app(scope, receive, sent if is_get else send)

    return noted


if __name__ == "__main__":
    # On stdio there is always a way to the client.
    listening.set()
    server.run("stdio")
