"""An MCP server that asks for OAuth, with its authorization server: prints its port, then serves.

oauth_server.py FILE [strict] [scope] [behind]: beside the tokens that it issues it takes those that FILE
holds, one a line; `strict` takes an issued token only when it was asked for with this server's own URL;
`scope` asks for a scope that no token has; `behind` reads the origin under which it is known from standard
input. Built on the SDK of the second generation.
"""

import secrets
import socket
import sys
import time
from pathlib import Path

import uvicorn
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthToken

from sdk_server import add, count, echo

accepted, words = Path(sys.argv[1]), sys.argv[2:]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
# Whoever reads the port may connect at once.
listener.listen()
origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
if "behind" in words:
    print(listener.getsockname()[1], flush=True)
    origin = sys.stdin.readline().strip()


class Everything(OAuthAuthorizationServerProvider):
    """Grants everything to everybody, and remembers what it granted."""

    def __init__(self):
        self.clients, self.codes, self.refreshers, self.tokens = {}, {}, {}, {}

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        code = AuthorizationCode(
            code=f"code-{secrets.token_urlsafe(24)}",
            scopes=params.scopes or [],
            expires_at=time.time() + 600,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        known = {"code": code.code, "state": params.state, "iss": origin}
        return construct_redirect_uri(str(params.redirect_uri), **known)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        del self.codes[authorization_code.code]
        return self.issue(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client, refresh_token):
        return self.refreshers.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        return self.issue(client, scopes or refresh_token.scopes, refresh_token.resource)

    def issue(self, client, scopes, resource):
        known = {"client_id": client.client_id, "scopes": scopes, "resource": resource}
        access, refresh = f"access-{secrets.token_urlsafe(24)}", f"refresh-{secrets.token_urlsafe(24)}"
        self.tokens[access] = AccessToken(token=access, expires_at=int(time.time()) + 3600, **known)
        self.refreshers[refresh] = RefreshToken(token=refresh, **known)
        return OAuthToken(
            access_token=access, refresh_token=refresh, expires_in=3600, scope=" ".join(scopes)
        )

    async def load_access_token(self, token):
        if token in accepted.read_text().split():
            own = f"{origin}/mcp"
            return AccessToken(token=token, client_id="static", scopes=["use"], resource=own)
        return self.tokens.get(token)

    async def revoke_token(self, token):
        self.tokens.pop(token.token, None)


server = MCPServer(
    "protected",
    auth_server_provider=Everything(),
    auth=AuthSettings(
        issuer_url=origin,
        resource_server_url=f"{origin}/mcp",
        required_scopes=["use", "more"] if "scope" in words else ["use"],
        validate_token_resource="strict" in words,
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=["use", "more"], default_scopes=["use"]
        ),
    ),
)
for tool in (add, count, echo):
    server.add_tool(tool)

if "behind" not in words:
    print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(
    server.streamable_http_app(), log_level="error", timeout_keep_alive=600, timeout_graceful_shutdown=1
)
uvicorn.Server(config).run(sockets=[listener])
