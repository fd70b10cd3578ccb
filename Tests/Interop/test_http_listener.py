"""`record --listen` as an operator meets it: flags, files, probes, signals, TLS, credentials."""

import http.client
import http.server
import os
import signal
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from program import DEADLINE, HEEDFUL, wait_until
from proxy import proxy

CERTIFICATES = Path(__file__).parent / "certificates"


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers with the head that it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"{self.requestline}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def upstream(tls: bool = False):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=HEEDFUL, daemon=True).start()
    yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def get(port: int, path: str = "/", headers=(), **settings) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE, **settings)
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    "flags, word",
    [
        (["--upstream", "http://127.0.0.1:1"], "--listen"),
        (["--listen", "0"], "--upstream"),
        (["--listen", "nowhere", "--upstream", "http://a"], "nowhere"),
        (["--listen", "0", "--upstream", "ftp://a"], "ftp://a"),
        (["--listen", "0", "--upstream", "http://a", "--route", "/b=http://b"], "--route"),
        (["--listen", "0.0.0.0:0", "--upstream", "http://a"], "--allow-remote"),
        (["--listen", "0.0.0.0:0", "--upstream", "http://a", "--allow-remote"], "--no-client-auth"),
        (["--listen", "0", "--upstream", "http://a", "--client-token", "secret"], "file:PATH"),
        (["--listen", "0", "--upstream", "http://a", "--client-ca", "x"], "--tls-cert"),
        (["--listen", "0", "--upstream", "http://a", "--tls-cert", "x"], "--tls-key"),
        (["--listen", "0", "--upstream", "https://a", "--insecure", "--upstream-ca", "x"], "--insecure"),
        (["--listen", "0", "--upstream", "http://a", "--upstream-header", "A: {env:NO_SUCH}"], "NO_SUCH"),
        (["--listen", "0", "--route", "/a=http://a", "--upstream-header", "A: b"], "/NAME="),
        (["--listen", "0", "--upstream", "http://a", "--drain", "20"], "--drain"),
        (["--listen", "0", "--upstream", "http://a", "--", "cat"], "not both"),
    ],
)
def test_flags_that_contradict(mcptape, flags, word):
    outcome = mcptape.run("record", *flags, status=64)
    assert word in outcome.complaint and outcome.output == b""
    assert "secret" not in outcome.complaint


def test_files_and_ports_that_cannot_be_used(mcptape):
    listen = ["record", "--listen", "0", "--upstream", "https://127.0.0.1:1"]
    assert "/nowhere" in mcptape.run(*listen, "--upstream-ca", "/nowhere", status=66).complaint
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = mcptape.run("record", "--listen", port, "--upstream", "http://a", status=74)
        assert "Address already in use" in outcome.complaint


def test_a_credential_is_injected_and_shown_nowhere(mcptape):
    token = mcptape.directory / "token"
    token.write_text("from-a-file\n")
    mcptape.environment["MCP_TOKEN"] = "from-the-environment"
    headers = ["A: {env:MCP_TOKEN}", f"B: Bearer {{file:{token}}}", "C: {cmd:echo from-a-command}"]
    options = [word for header in headers for word in ("--upstream-header", header)]
    with upstream() as url, proxy(mcptape, url, *options) as port:
        status, head = get(port, "/mcp?x=1", {"a": "mine", "Origin": "http://localhost:3000"})
        assert status == 200 and head.startswith("GET /mcp?x=1 HTTP/1.1\n")
        assert "A: from-the-environment\n" in head and "mine" not in head
        assert "B: Bearer from-a-file\n" in head and "C: from-a-command\n" in head
        assert f"Host: {url.removeprefix('http://')}\n" in head
        process = mcptape.started[-1]
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert b"from-a-file" not in shown and b"from-the-environment" not in shown
        process.terminate()
        errors = process.stderr.read().decode()
        assert "from-" not in errors and f"http://127.0.0.1:{port} -> {url}" in errors


def test_who_is_turned_away(mcptape):
    token = mcptape.directory / "token"
    token.write_text("let-me-in\n")
    options = ["--client-token", f"file:{token}", "--allow-host", "mcp.svc.cluster"]
    options += ["--allow-origin", "https://ide.example"]
    good = {"Mcptape-Token": "let-me-in"}
    with upstream() as url, proxy(mcptape, url, *options) as port:
        assert get(port)[0] == 403
        assert get(port, headers={"Mcptape-Token": "let-me-out"})[0] == 403
        ours = {**good, "Host": "mcp.svc.cluster:1", "Origin": "https://ide.example"}
        status, head = get(port, headers=ours)
        assert status == 200 and "let-me-in" not in head
        assert get(port, headers={**good, "Host": "evil.example"})[0] == 421
        assert get(port, headers={**good, "Origin": "https://evil.example"})[0] == 403


OUR_HOSTS = ["localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]", "127.1.2.3", "own.example:9"]
FOREIGN_HOSTS = [
    "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost@evil.example", "0.0.0.0",
    "127.1", "2130706433", "[::2]", "sub.own.example", "own.example.", "localhost:port", "",
]  # fmt: skip
OUR_ORIGINS = [None, "http://localhost", "https://127.0.0.1:3000", "http://[::1]:1", "app://own"]
FOREIGN_ORIGINS = [
    "null", "http://evil.example", "https://localhost.evil.example", "http://localhost@evil.example",
    "http://own.example", "file://", "app://own.evil", "http://localhost/", "localhost",
]  # fmt: skip


def test_every_host_with_every_origin(mcptape):
    options = ["--allow-host", "own.example", "--allow-origin", "app://own", "--capture", "off"]
    with upstream() as url, proxy(mcptape, url, *options) as port:
        for host in OUR_HOSTS + FOREIGN_HOSTS:
            for origin in OUR_ORIGINS + FOREIGN_ORIGINS:
                headers = {"Host": host} | ({"Origin": origin} if origin is not None else {})
                status, text = get(port, headers=headers)
                wanted = 421 if host in FOREIGN_HOSTS else 403 if origin in FOREIGN_ORIGINS else 200
                assert status == wanted, (host, origin, status, text)
                # What is refused did not get to the server, and says whose answer it is.
                assert text.startswith("GET / HTTP/1.1" if wanted == 200 else "mcptape: "), text
        # No origin is ever told that it may read what comes: that is the server's to say.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        connection.request("GET", "/", headers={"Origin": "http://localhost"})
        answer = connection.getresponse()
        assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-control")]


def test_tls_on_both_sides_with_certificates_of_clients(mcptape):
    options = ["--tls-cert", CERTIFICATES / "server.pem", "--tls-key", CERTIFICATES / "server.key"]
    options += ["--client-ca", CERTIFICATES / "authority.pem"]
    options += ["--upstream-ca", CERTIFICATES / "authority.pem"]
    with upstream(tls=True) as url, proxy(mcptape, url, *options) as port:
        context = ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")
        with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=context)
            connection.request("GET", "/")
            connection.getresponse()
        context.load_cert_chain(CERTIFICATES / "client.pem", CERTIFICATES / "client.key")
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=DEADLINE, context=context)
        connection.request("GET", "/secure")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read().startswith(b"GET /secure HTTP/1.1")


def test_a_pods_life(mcptape):
    """Probes by address, a termination under load: not ready at once, the running exchange ends, status 0."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        url = f"http://127.0.0.1:{slow.getsockname()[1]}"
        ports = mcptape.directory / "port"
        process = mcptape.start(
            [mcptape.binary, "record", "--listen", "0", "--upstream", url, "--port-file", ports]
            + ["--admin-listen", "127.0.0.1:0", "--drain", "60s"],
            stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": "/", "MCPTAPE_TEST_TOKEN": mcptape.token},
        )
        line = process.stderr.readline().decode()
        admin = int(line.partition("probes at http://127.0.0.1:")[2].partition("/")[0])
        port = int(ports.read_text())
        assert get(admin, "/healthz")[0] == 200 and get(admin, "/readyz")[0] == 200
        assert get(admin, "/mcp")[0] == 404
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        server, _ = slow.accept()
        received = b""
        while not received.endswith(b"{}"):
            received += server.recv(4096)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: get(admin, "/readyz")[0] == 503)
        assert process.poll() is None and get(admin, "/healthz")[0] == 200
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        answer = b""
        while data := client.recv(4096):
            answer += data
        assert answer.endswith(b"\r\n\r\nok")
        assert process.wait(DEADLINE) == 0


def test_a_large_body_takes_no_memory(mcptape):
    """256 MiB each way: what is resident stays small, and every byte arrives."""
    size = 256 << 20
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with proxy(mcptape, url) as port:
            process = mcptape.started[-1]
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size)
            server, _ = listener.accept()

            def pour(sink):
                block = bytes(1 << 20)
                for _ in range(size >> 20):
                    sink.sendall(block)

            def drain(source) -> int:
                got, head = 0, b""
                while b"\r\n\r\n" not in head:
                    head += source.recv(65536)
                got = len(head.partition(b"\r\n\r\n")[2])
                while got < size:
                    got += len(source.recv(1 << 20))
                return got

            thread = threading.Thread(target=pour, args=(client,))
            thread.start()
            assert drain(server) == size
            thread.join()
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            thread = threading.Thread(target=pour, args=(server,))
            thread.start()
            assert drain(client) == size
            thread.join()
            facts = Path(f"/proc/{process.pid}/status").read_text()
            anonymous = int(facts.split("RssAnon:")[1].split()[0])
            assert anonymous < 64 << 10, f"{anonymous} KiB"
