"""Servers that ask for OAuth, behind `record --listen`: pass-through, an injected credential, rewriting."""

import http.client
import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from prepared_peers import sdk_peer
from program import DEADLINE, wait_until
from proxy import proxy
from scripted import post, read_request, read_to_end, scripted

PATH = "/.well-known/oauth-protected-resource"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "interop", "version": "1"},
    },
}


@contextmanager
def oauth_server(program, accepted: Path, *words):
    """The server's port and its process."""
    process = program.start(sdk_peer(os.environ["MCPTAPE_PYTHON_2"], "oauth_server", accepted, *words))
    line = process.stdout.readline()
    assert line, process.stderr.read().decode()
    yield int(line), process
    process.terminate()
    process.communicate(timeout=DEADLINE)


def oauth_client(program, generation: int, url: str, *token) -> dict:
    argv = sdk_peer(os.environ[f"MCPTAPE_PYTHON_{generation}"], "oauth_client", url, *token)
    process = program.start(argv, stdin=subprocess.DEVNULL)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def initialize(port: int, path: str = "/mcp", **headers) -> tuple[int, list, bytes]:
    """Status, fields and body of the answer to `initialize`; without what names a time or a connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    connection.request("POST", path, json.dumps(INITIALIZE), fields)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, [pair for pair in answer.getheaders() if pair[0].lower() != "date"], body


def get(port: int, path: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if answer.status == 200 else body


@pytest.fixture
def accepted(mcptape) -> Path:
    file = mcptape.directory / "accepted"
    file.write_text("token-of-the-client\n")
    return file


def everything_kept(program) -> bytes:
    """Every byte of the store and of its journals, and of what is read and exported from them."""
    # The first batch may still be on its way to the store.
    wait_until(lambda: program.run("sessions", "--json", status=None).output)
    kept = b""
    places = [program.store, *(Path(file.read_text().strip()) for file in program.store.glob("journals/*"))]
    for place in places:
        kept += b"".join(file.read_bytes() for file in place.rglob("*") if file.is_file())
    kept += program.run("sessions", "--json").output
    for line in program.run("sessions", "--json").output.splitlines():
        session = json.loads(line)["session"]
        kept += program.export(session) + program.run("show", session, "--http").output
    return kept


# Pass-through


def test_what_a_server_refuses_with_passes_untouched(mcptape, accepted):
    with oauth_server(mcptape, accepted, "scope") as (port, _), proxy(
        mcptape, f"http://127.0.0.1:{port}/mcp"
    ) as front:
        for token in ("none", "wrong", "token-of-the-client"):
            headers = {} if token == "none" else {"Authorization": f"Bearer {token}"}
            direct, through = initialize(port, **headers), initialize(front, **headers)
            assert through == direct
            challenge = dict(through[1])["www-authenticate"]
            assert f'resource_metadata="http://127.0.0.1:{port}{PATH}/mcp"' in challenge
        assert direct[0] == 403 and 'error="insufficient_scope"' in challenge
        for path in (f"{PATH}/mcp", "/.well-known/oauth-authorization-server"):
            assert get(front, path) == get(port, path) and get(port, path)[0] == 200
    # Each credential is a client of its own.
    kept = everything_kept(mcptape)
    assert b'"status":401' in kept and b'"status":403' in kept


@pytest.mark.parametrize("generation", [1, 2])
def test_a_client_with_a_token_of_its_own_passes(mcptape, accepted, generation):
    with oauth_server(mcptape, accepted) as (port, _), proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        url = f"http://127.0.0.1:{front}/mcp"
        assert oauth_client(mcptape, generation, url, "token-of-the-client")["add"] == "42"
        refused = oauth_client(mcptape, generation, url, "token-of-nobody")
        assert refused["seen"][0] == ["POST", url, 401] and "add" not in refused
    kept = everything_kept(mcptape)
    assert b"token-of-" not in kept and b"Bearer" in kept


@pytest.mark.parametrize("generation", [1, 2])
def test_an_oauth_client_refuses_a_url_that_is_not_the_servers(mcptape, accepted, generation):
    """What the README warns of: the metadata names the server, the client speaks to us."""
    with oauth_server(mcptape, accepted) as (port, _), proxy(mcptape, f"http://127.0.0.1:{port}") as front:
        assert oauth_client(mcptape, generation, f"http://127.0.0.1:{port}/mcp")["add"] == "42"
        result = oauth_client(mcptape, generation, f"http://127.0.0.1:{front}/mcp")
    assert result["raised"] == "OAuthFlowError" and "add" not in result
    assert f"127.0.0.1:{port}/mcp does not match expected http://127.0.0.1:{front}/mcp" in result["says"]
    assert result["secrets"] == []


@pytest.mark.parametrize("generation", [1, 2])
def test_a_server_that_is_known_by_our_url_keeps_its_whole_flow(mcptape, accepted, generation):
    """Registration, authorization and token requests pass through us, and none of it is kept."""
    with oauth_server(mcptape, accepted, "strict", "behind") as (port, process):
        with proxy(mcptape, f"http://127.0.0.1:{port}/mcp") as front:
            process.stdin.write(f"http://127.0.0.1:{front}\n".encode())
            process.stdin.flush()
            result = oauth_client(mcptape, generation, f"http://127.0.0.1:{front}/mcp")
            assert result["add"] == "42", result
            asked = [step[1].rpartition("/")[2] for step in result["seen"]]
            assert "register" in asked and "token" in asked
            assert all(step[1].startswith(f"http://127.0.0.1:{front}/") for step in result["seen"])
            assert len(result["secrets"]) == 4
            # While it records, and afterwards: the journal is gone then.
            kept = everything_kept(mcptape)
    kept += everything_kept(mcptape)
    for secret in result["secrets"]:
        assert secret.encode() not in kept
    for word in (b"code_verifier", b"client_secret", b"refresh_token"):
        assert word + b"=" not in kept and b'"' + word + b'":' not in kept
    # That they took place is on record.
    assert all(f'"target":"/{word}'.encode() in kept for word in ("token", "register", "authorize?"))


# A credential of ours


def test_a_token_from_a_file_is_read_again(mcptape, accepted):
    token = mcptape.directory / "token"
    token.write_text("first-token-0001\n")
    accepted.write_text("first-token-0001\nsecond-token-002\n")
    facts = os.stat(token)
    header = f"Authorization: Bearer {{file:{token}}}"
    with oauth_server(mcptape, accepted) as (port, _), proxy(
        mcptape, f"http://127.0.0.1:{port}/mcp", "--upstream-header", header
    ) as front:
        assert initialize(front)[0] == 200
        # In place of what the client sends, never beside it.
        assert initialize(front, Authorization="Bearer wrong")[0] == 200
        # It changes and nothing that a file system says of it does: only the server's refusal tells.
        with open(token, "r+") as file:
            file.write("second-token-002\n")
        os.utime(token, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        accepted.write_text("second-token-002\n")
        assert initialize(front)[0] == 401
        assert initialize(front)[0] == 200
        # It changes for all to see.
        token.write_text("third-token-of-another-length\n")
        accepted.write_text("third-token-of-another-length\n")
        assert initialize(front)[0] == 200
        # It is gone: said so, and nothing is sent without it.
        token.unlink()
        status, _, body = initialize(front)
        assert status == 502 and body.startswith(b"mcptape: cannot read ")
    kept = everything_kept(mcptape)
    assert b"-token-" not in kept


@pytest.mark.parametrize("source", ["{env:MCP_TOKEN}", "{cmd:cat accepted}", "{file:accepted}"])
def test_a_client_without_oauth_uses_our_token(mcptape, accepted, source):
    mcptape.environment["MCP_TOKEN"] = "token-of-the-client"
    header = f"Authorization: Bearer {source}"
    with oauth_server(mcptape, accepted) as (port, _), proxy(
        mcptape, f"http://127.0.0.1:{port}/mcp", "--upstream-header", header
    ) as front:
        result = oauth_client(mcptape, 2, f"http://127.0.0.1:{front}/mcp", "a-token-that-is-dropped")
        assert result["add"] == "42", result
        kept = everything_kept(mcptape)
        process = mcptape.started[1]
        kept += Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.terminate()
        kept += process.stderr.read()
    kept += everything_kept(mcptape)
    assert b"token-of-the-client" not in kept and b"token-that-is-dropped" not in kept


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_the_clients_to_follow(mcptape, accepted, status):
    """It passes as it came, and our credential does not go where it leads."""
    visits = []
    with scripted(visits.append) as elsewhere:
        place = f"http://127.0.0.1:{elsewhere}/mcp"
        answer = f"HTTP/1.1 {status} Go\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"

        def redirect(connection):
            heads.append(read_request(connection))
            connection.sendall(answer.encode())
            connection.recv(1)

        heads: list[bytes] = []
        header = "Authorization: Bearer {file:accepted}"
        with scripted(redirect) as port, proxy(
            mcptape, f"http://127.0.0.1:{port}", "--upstream-header", header
        ) as front:
            data, _ = read_to_end(post(front, b"{}", fields=("Connection: close",)))
    assert data.startswith(answer.encode()[:-2]) and b"token-of-the-client" in heads[0]
    assert not visits and len(heads) == 1


# Rewriting


@pytest.mark.parametrize("generation", [1, 2])
def test_rewriting_lets_a_client_stay_with_us(mcptape, accepted, generation):
    with oauth_server(mcptape, accepted) as (port, _):
        with proxy(mcptape, f"http://127.0.0.1:{port}/mcp", "--rewrite-resource") as front:
            own = f"http://127.0.0.1:{front}"
            challenge = dict(initialize(front)[1])["www-authenticate"]
            assert f'resource_metadata="{own}{PATH}/mcp"' in challenge
            direct, through = get(port, f"{PATH}/mcp")[1], get(front, f"{PATH}/mcp")[1]
            assert through == {**direct, "resource": f"{own}/mcp"}
            # Issuers are compared by clients, so they are never touched.
            issuer = "/.well-known/oauth-authorization-server"
            assert get(front, issuer) == get(port, issuer)
            result = oauth_client(mcptape, generation, f"{own}/mcp")
            assert result["add"] == "42", result
            # The credentials pass between client and authorization server, not through us.
            assert [step[1] for step in result["seen"] if step[1].endswith("token")] == [
                f"http://127.0.0.1:{port}/token"
            ]
    kept = everything_kept(mcptape)
    assert all(secret.encode() not in kept for secret in result["secrets"])
    # What the server sent is on record, and how it was forwarded otherwise.
    told = f'"removed":"http://127.0.0.1:{port}","inserted":"{own}"'.encode()
    assert told in kept and b'"field":"www-authenticate"' in kept.lower()
    assert f'"resource":"http://127.0.0.1:{port}/mcp"'.encode() in kept.replace(b'\\"', b'"')


def test_rewriting_does_not_help_with_a_server_that_checks_the_audience(mcptape, accepted):
    """The token is for our URL, as the client asked for, and such a server takes only its own."""
    with oauth_server(mcptape, accepted, "strict") as (port, _), proxy(
        mcptape, f"http://127.0.0.1:{port}/mcp", "--rewrite-resource"
    ) as front:
        assert oauth_client(mcptape, 2, f"http://127.0.0.1:{port}/mcp")["add"] == "42"
        result = oauth_client(mcptape, 2, f"http://127.0.0.1:{front}/mcp")
        assert "add" not in result and ["POST", f"http://127.0.0.1:{front}/mcp", 401] in result["seen"]


@pytest.mark.parametrize("generation", [1, 2])
def test_discovery_finds_its_route(mcptape, accepted, generation):
    """Two servers on one port: each client meets its own, with the metadata below the route's name."""
    with oauth_server(mcptape, accepted) as (one, _), oauth_server(mcptape, accepted) as (two, _):
        routes = ["--route", f"/one=http://127.0.0.1:{one}/mcp", "--route", f"/two=http://127.0.0.1:{two}"]
        with proxy(mcptape, "", *routes, "--rewrite-resource") as front:
            own = f"http://127.0.0.1:{front}"
            for name, port in (("one", one), ("two", two)):
                status, document = get(front, f"{PATH}/{name}/mcp")
                assert status == 200 and document["resource"] == f"{own}/{name}/mcp"
                assert document["authorization_servers"] == [f"http://127.0.0.1:{port}"]
                challenge = dict(initialize(front, f"/{name}/mcp")[1])["www-authenticate"]
                assert f'resource_metadata="{own}{PATH}/{name}/mcp"' in challenge
                for place in (f"/.well-known/oauth-authorization-server/{name}",
                              f"/{name}/.well-known/oauth-authorization-server"):  # fmt: skip
                    assert get(front, place)[1]["issuer"] == f"http://127.0.0.1:{port}"
                result = oauth_client(mcptape, generation, f"{own}/{name}/mcp")
                assert result["add"] == "42", result
            # Nobody's: refused, and not with a 404, which would speak for a server.
            assert get(front, PATH)[0] == 421
