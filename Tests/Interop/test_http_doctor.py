"""`doctor --upstream`: what it says of real servers, and how it ends."""

import json
import os
import socket
import threading

import pytest

from authority import Authority
from proxy import sdk_server
from test_http_authorization import accepted, oauth_server  # noqa: F401


def doctor(program, url: str, *options, status: int) -> dict:
    """What it reports to programs; what it says to people ends the same way and names the same server."""
    shown = program.run("doctor", "--upstream", url, *options, status=status)
    assert url.partition("?")[0] in shown.text and shown.errors == b""
    outcome = program.run("doctor", "--upstream", url, *options, "--json", status=status)
    return json.loads(outcome.output)


def answers(report: dict) -> dict:
    return {answer["question"]: answer for answer in report["answers"]}


@pytest.mark.parametrize(
    "generation, words, era",
    [(2, "", "modern"), (2, "stateless json", "modern"), (1, "", "legacy"), (1, "json", "legacy")],
)
def test_which_transport_and_era_answer(mcptape, generation, words, era):
    with sdk_server(mcptape, os.environ[f"MCPTAPE_PYTHON_{generation}"], *words.split()) as port:
        report = doctor(mcptape, f"http://localhost:{port}/mcp", status=0)
    assert report["verdict"] == "ready" and "127.0.0.1" in report["addresses"]
    found = answers(report)
    assert found["server/discover"].get("era") == (era if era == "modern" else None)
    assert found["initialize"]["era"] == "legacy" and found["initialize"]["server"].startswith("interop")
    assert found["initialize"]["sessions"] == ("stateless" not in words)
    assert report["advice"] == [f"mcptape record --listen 8808 --upstream http://localhost:{port}/mcp"]
    # It looks at a server and makes no store.
    assert not mcptape.store.exists()


@pytest.mark.parametrize("generation", [1, 2])
def test_the_older_transport(mcptape, generation):
    with sdk_server(mcptape, os.environ[f"MCPTAPE_PYTHON_{generation}"], "sse") as port:
        report = doctor(mcptape, f"http://127.0.0.1:{port}/sse", status=0)
        assert answers(report)["GET"]["transport"] == "http+sse"
        report = doctor(mcptape, f"http://127.0.0.1:{port}/nothing", status=69)
        assert report["verdict"] == "other" and "/sse" in report["advice"][0]


def test_a_server_with_oauth(mcptape, accepted):  # noqa: F811
    with oauth_server(mcptape, accepted) as (port, _):
        url = f"http://127.0.0.1:{port}/mcp"
        report = doctor(mcptape, url, status=77)
        found = report["authorization"]
        assert found["oauth"] and found["resource"] == url and found["scopes"] == ["use"]
        assert found["authorization_servers"] == [f"http://127.0.0.1:{port}"]
        assert any(f"mcptape record -- npx -y mcp-remote {url}" in line for line in report["advice"])
        assert any("--upstream-header" in line for line in report["advice"])
        header = ["--upstream-header", "Authorization: Bearer {file:accepted}"]
        report = doctor(mcptape, url, *header, status=0)
        assert report["verdict"] == "ready" and "token-of" not in json.dumps(report)
        accepted.write_text("another\n")
        refused = mcptape.directory / "old"
        refused.write_text("token-of-the-client\n")
        header = ["--upstream-header", f"Authorization: Bearer {{file:{refused}}}"]
        report = doctor(mcptape, url, *header, status=77)
        assert "refuses the credential" in report["advice"][0] and "token-of" not in json.dumps(report)


ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def serve(listener: socket.socket, context=None):
    """Answers whatever connects with a 404, or breaks off where TLS does not come about."""

    def loop():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(peer, server_side=True) if context else peer as stream:
                    # What is no HTTP is answered too, as servers without TLS do.
                    stream.recv(65536)
                    stream.sendall(ANSWER)
            except OSError:
                peer.close()

    threading.Thread(target=loop, daemon=True).start()


@pytest.mark.parametrize(
    "hosts, days, options, step, text",
    [
        (("localhost",), 30, ["ca"], None, None),
        (("localhost",), 30, [], "tls", "authority is unknown here"),
        (("localhost",), -10, ["ca"], "tls", "expired"),
        (("elsewhere.example",), 30, ["ca"], "tls", "for another name"),
        (("elsewhere.example",), -10, ["--insecure"], None, None),
        (None, 0, ["ca"], "tls", "speaks no TLS"),
    ],
    ids=["good", "unknown", "expired", "another name", "insecure", "no TLS"],
)
def test_tls(mcptape, hosts, days, options, step, text):
    authority = Authority(mcptape.directory)
    context = authority.server_context(*hosts, days=days) if hosts else None
    options = ["--upstream-ca", authority.file] if options == ["ca"] else options
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serve(listener, context)
        report = doctor(mcptape, f"https://localhost:{listener.getsockname()[1]}/mcp", *options, status=69)
    if step is None:
        assert report["verdict"] == "other" and report["tls"]["version"] == "TLS 1.3"
        assert report["tls"]["verified"] == ("--insecure" not in options)
        return
    assert report["verdict"] == "unreachable" and report["failure"]["step"] == step
    assert text in report["failure"]["text"] and "--upstream-ca" in report["advice"][0]


def test_nobody_there(mcptape):
    report = doctor(mcptape, "http://127.0.0.1:1/mcp?key=hidden", status=69)
    assert report["failure"]["step"] == "connect" and "refused" in report["failure"]["text"]
    assert "hidden" not in json.dumps(report)
    report = doctor(mcptape, "https://nowhere.invalid/mcp", status=69)
    assert report["failure"]["step"] == "resolve" and report["answers"] == []


@pytest.mark.parametrize(
    "words",
    [
        ["--insecure"], ["--upstream-ca", "x"], ["--upstream-header", "A: b"],
        ["--upstream", "http://a", "--repair"], ["--upstream", "ftp://a"],
        ["--upstream", "http://a:b@c"], ["--upstream", "https://a", "--insecure", "--upstream-ca", "x"],
        ["--upstream", "http://a", "--upstream-header", "A: {env:NO_SUCH}"],
    ],
)  # fmt: skip
def test_flags_that_contradict(mcptape, words):
    mcptape.run("doctor", *words, status=64)
