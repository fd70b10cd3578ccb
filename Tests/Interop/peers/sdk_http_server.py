"""The SDK's server on HTTP, for both generations: prints its port, then serves until it is ended.

sdk_http_server.py [sse] [json] [stateless]
"""

import socket
import sys

import uvicorn

from sdk_server import server

words = sys.argv[1:]
flags = {"json_response": "json" in words, "stateless_http": "stateless" in words}
if hasattr(server, "settings") and hasattr(server.settings, "json_response"):
    server.settings.json_response = flags["json_response"]
    server.settings.stateless_http = flags["stateless_http"]
    flags = {}
app = server.sse_app() if "sse" in words else server.streamable_http_app(**flags)

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, log_level="error", timeout_keep_alive=600, timeout_graceful_shutdown=1)
uvicorn.Server(config).run(sockets=[listener])
