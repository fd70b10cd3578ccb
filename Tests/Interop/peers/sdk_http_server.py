"""The SDK's server on HTTP, for both generations: prints its port, then serves until it is ended.

sdk_http_server.py [sse] [json] [stateless] [features] [events]: `features` is the server that uses all,
`events` lets clients take up a stream again.
"""

import socket
import sys

import uvicorn

words = sys.argv[1:]
flags = {"json_response": "json" in words, "stateless_http": "stateless" in words}
if "features" in words:
    from sdk_feature_server import kept_events, noting_streams, server
else:
    from sdk_server import server
if "events" in words:
    flags |= {"event_store": kept_events, "retry_interval": 10}
if hasattr(server, "settings") and hasattr(server.settings, "json_response"):
    server.settings.json_response = flags["json_response"]
    server.settings.stateless_http = flags["stateless_http"]
    server._event_store = flags.get("event_store")
    server._retry_interval = flags.get("retry_interval")
    flags = {}
app = server.sse_app() if "sse" in words else server.streamable_http_app(**flags)
if "features" in words:
    app = noting_streams(app)

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
# Whoever reads the port may connect at once.
listener.listen()
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, log_level="error", timeout_keep_alive=600, timeout_graceful_shutdown=1)
uvicorn.Server(config).run(sockets=[listener])
