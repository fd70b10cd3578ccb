"""Posts each argument to MCPTAPE_URL, in one session, and prints the answers."""

import os
import sys
import urllib.request

session: dict = {}
for body in sys.argv[1:]:
    request = urllib.request.Request(
        os.environ["MCPTAPE_URL"], body.encode(), {"Content-Type": "application/json", **session}
    )
    with urllib.request.urlopen(request) as answer:
        if "Mcp-Session-Id" in answer.headers:
            session = {"Mcp-Session-Id": answer.headers["Mcp-Session-Id"]}
        print(answer.read().decode())
