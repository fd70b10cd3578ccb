"""One server for both generations of the Python SDK: tools, progress, errors, a resource, a prompt."""

import sys

try:
    from mcp.server.mcpserver import Context, MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP as Server

server = Server("interop", instructions="Adds, echoes, counts and fails.")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


@server.tool()
def echo(text: str) -> str:
    """Gives the text back."""
    return text


@server.tool()
def fail(reason: str) -> str:
    """Always fails."""
    raise ValueError(reason)


@server.tool()
async def count(to: int, context: Context) -> str:
    """Counts, and says how far it is."""
    print(f"counting to {to}", file=sys.stderr, flush=True)
    for number in range(1, to + 1):
        await context.report_progress(number, to, f"at {number}")
    return f"counted to {to}"


@server.resource("note://{name}")
def note(name: str) -> str:
    """A note."""
    return f"the note {name}: grüße, 日本, \u2028 😀"


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Say hello to {name}."


if __name__ == "__main__":
    server.run("stdio")
