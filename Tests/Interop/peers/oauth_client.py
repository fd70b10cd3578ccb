"""A client that does what a server with OAuth asks for, for both generations: prints what it got, as JSON.

oauth_client.py URL [TOKEN]: with a token it sends that one and knows nothing of OAuth.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlparse

from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

try:
    import httpx2 as httpx
    from mcp.client.auth import AuthorizationCodeResult
except ImportError:
    import httpx

    AuthorizationCodeResult = None

url, tokens = sys.argv[1], sys.argv[2:]
REDIRECT = "http://127.0.0.1:1/callback"
seen: list[list] = []


class Memory:
    """What a client would keep on its disk."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


class Person:
    """Opens the page where a person would agree, and is sent back."""

    def __init__(self):
        self.answer = {}

    async def visit(self, place: str):
        async with httpx.AsyncClient(follow_redirects=False) as browser:
            page = await browser.get(place)
        answers = parse_qs(urlparse(page.headers["Location"]).query)
        self.answer = {name: values[0] for name, values in answers.items()}

    async def return_to_us(self):
        code, state = self.answer.get("code", ""), self.answer.get("state")
        if AuthorizationCodeResult is None:
            return code, state
        return AuthorizationCodeResult(code=code, state=state, iss=self.answer.get("iss"))


async def note(response):
    seen.append([response.request.method, str(response.request.url).split("?")[0], response.status_code])


def reason(error: BaseException) -> BaseException:
    """What a group of tasks died of."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def main():
    memory, person, result = Memory(), Person(), {}
    settings = {"event_hooks": {"response": [note]}, "timeout": 60}
    if tokens:
        settings["headers"] = {"Authorization": f"Bearer {tokens[0]}"}
    else:
        metadata = OAuthClientMetadata(
            client_name="interop",
            redirect_uris=[REDIRECT],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope="use",
        )
        settings["auth"] = OAuthClientProvider(url, metadata, memory, person.visit, person.return_to_us)
    try:
        async with (
            httpx.AsyncClient(**settings) as http,
            streamable_http_client(url, http_client=http) as (reading, writing, *_),
            ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            answer = await client.call_tool("add", {"a": 2, "b": 40})
            result["add"] = answer.content[0].text
    except BaseException as error:
        cause = reason(error)
        result["raised"], result["says"] = type(cause).__name__, str(cause)
    secrets = [person.answer.get("code")]
    if memory.tokens:
        secrets += [memory.tokens.access_token, memory.tokens.refresh_token]
    if memory.client:
        secrets += [memory.client.client_secret]
    result["secrets"] = [secret for secret in secrets if secret]
    result["seen"] = seen
    json.dump(result, sys.stdout)


asyncio.run(main())
