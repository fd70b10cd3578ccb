"""SIGHUP: the settings are read again, under traffic, with good files and bad ones."""

import http.client
import json
import signal
import socket
import subprocess
import threading

import pytest

from program import DEADLINE, wait_until
from service import listener, names, service
from test_http_listener import get, upstream

CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_a_reload_changes_routes_and_headers_and_disturbs_no_exchange(mcptape):
    with socket.create_server(("127.0.0.1", 0)) as slow, upstream() as url:
        held = f"http://127.0.0.1:{slow.getsockname()[1]}"
        with service(mcptape, "listeners:\n" + listener("", a=held, b=url)) as running:
            port = running.port()
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"GET /a/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server, _ = slow.accept()
            assert server.recv(65536).startswith(b"GET /x ")
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            text = "listeners:\n" + listener("", a=url, c=url)
            text += "servers: {a: {headers: {X-New: 'yes'}}}\n"
            running.reload(text)
            running.wait_for("reloaded")
            assert "X-New: yes\n" in get(port, "/a/y")[1]
            assert get(port, "/b/y")[0] == 421 and get(port, "/c/y")[0] == 200
            server.sendall(b"cd")
            received = b""
            while not received.endswith(b"abcd"):
                received += client.recv(4096)
            # The same connection, by the new routes.
            client.sendall(b"GET /a/z HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in client.recv(4096)
    assert names(mcptape) == ["a", "c"]


@pytest.mark.parametrize(
    "bad, word",
    [
        ("listeners: [{listen: 0}]\n", "service.yaml:2:13"),
        ("listeners:\n  - {listen: '127.0.0.1:0', upstream: 'http://a', tls_cert: x, tls_key: y}\n", "/x"),
        ("listeners:\n  - {listen: TAKEN, upstream: 'http://a'}\n", "cannot listen"),
        (
            "listeners:\n  - {listen: '127.0.0.1:0', upstream: 'http://a', headers: {X: '{env:NO}'}}\n",
            "NO",
        ),
        ("unknown: 1\n", "unknown key 'unknown'"),
        ("", "no listeners"),
    ],
    ids=["incomplete", "no certificate", "port is taken", "no variable", "unknown key", "empty"],
)
def test_a_bad_file_changes_nothing_and_says_so(mcptape, bad, word):
    with upstream() as url, socket.create_server(("127.0.0.1", 0)) as taken:
        bad = bad.replace("TAKEN", str(taken.getsockname()[1]))
        good = "listeners:\n" + listener(url, "headers: {X-Good: '1'}")
        with service(mcptape, good) as running:
            port = running.port()
            running.reload(bad)
            message = running.wait_for("reload_failed")["message"]
            assert word in message and "everything goes on as it was" in message
            assert "X-Good: 1\n" in get(port)[1]
            running.reload(good)
            running.wait_for("reloaded")
            assert "X-Good: 1\n" in get(port)[1]


def test_traffic_goes_on_while_the_file_changes_to_and_fro(mcptape):
    """Under load each exchange succeeds, by the one file or by the other."""
    with upstream() as url:
        files = ["listeners:\n" + listener(url, f"headers: {{X-Turn: '{turn}'}}") for turn in "ab"]
        with service(mcptape, files[0]) as running:
            port, over, seen, failures = running.port(), threading.Event(), set(), []

            def ask():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
                while not over.is_set():
                    connection.request("GET", "/")
                    answer = connection.getresponse()
                    body = answer.read().decode()
                    if answer.status != 200:
                        failures.append((answer.status, body))
                    seen.add(body.partition("X-Turn: ")[2][:1])

            clients = [threading.Thread(target=ask) for _ in range(4)]
            for client in clients:
                client.start()
            wait_until(lambda: seen == {"a"})
            for turn in range(1, 11):
                bad = turn % 3 == 0
                running.reload("unknown: 1\n" if bad else files[turn % 2])
                event, count = ("reload_failed", turn // 3) if bad else ("reloaded", turn - turn // 3)
                running.wait_for(event, count)
                wait_until(lambda: seen == {"a", "b"})
            over.set()
            for client in clients:
                client.join()
            assert not failures


def test_listeners_come_and_go_with_the_file(mcptape):
    first, second = free_port(), free_port()
    with socket.create_server(("127.0.0.1", 0)) as slow, upstream() as url:
        held = f"http://127.0.0.1:{slow.getsockname()[1]}"
        one = f"  - {{listen: {first}, upstream: '{held}', name: one}}\n"
        two = f"  - {{listen: {second}, upstream: '{url}', name: two}}\n"
        with service(mcptape, "listeners:\n" + one) as running:
            running.wait_for("listening")
            client = socket.create_connection(("127.0.0.1", first))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server, _ = slow.accept()
            server.recv(65536)
            running.reload("listeners:\n" + two)
            running.wait_for("listening", 2)
            running.wait_for("reloaded")
            assert get(second)[0] == 200
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", first)).recv(1)
            # What runs on the listener that goes still ends.
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            answer = b""
            while data := client.recv(4096):
                answer += data
            assert answer.endswith(b"ok")
            # Its recording is complete while the other listener goes on.
            wait_until(lambda: "one" in names(mcptape))
            running.reload("listeners:\n" + one + two)
            running.wait_for("reloaded", 2)
            assert get(second)[0] == 200
    assert names(mcptape) == ["one", "two"]


def test_redaction_rules_are_reloaded(mcptape):
    answer = '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":"PROMPT"}}'
    rules = mcptape.directory / "rules.yaml"
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                while connection.recv(65536):
                    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    connection.sendall(f"{head}Content-Length: {len(answer)}\r\n\r\n{answer}".encode())

        threading.Thread(target=serve, daemon=True).start()
        text = "listeners:\n" + listener(url, "name: asked")
        rules.write_text("# none yet\n")
        with service(mcptape, "redact: {rules: [rules.yaml], sampling: full}\n" + text) as running:
            for turn, mode in enumerate(("full", "off")):
                if turn:
                    rules.write_text("keys: [passenger]\n")
                    running.reload(f"redact: {{rules: [rules.yaml], sampling: {mode}}}\n" + text)
                    running.wait_for("reloaded")
                body = CALL.replace(b'"name"', b'"passenger":"ANN","name"')
                connection = http.client.HTTPConnection("127.0.0.1", running.port(), timeout=DEADLINE)
                connection.request("POST", "/", body, {"Content-Type": "application/json"})
                assert b"PROMPT" in connection.getresponse().read()
            rules.write_text("keyz: []\n")
            running.reload()
            assert f"{rules}:1:1" in running.wait_for("reload_failed")["message"]
    shown = mcptape.run("show", "asked", "--raw").output
    assert shown.count(b"PROMPT") == 1 and shown.count(b"ANN") == 1 and shown.count(b"passenger") == 2


@pytest.mark.parametrize(
    "hang",
    ["sleep 1000", "exec >&-; sleep 1000", "while :; do printf .; sleep 0.05; done"],
    ids=["silent", "closes its output", "talks on"],
)
def test_a_command_that_hangs_does_not_outlive_the_service(mcptape, hang):
    """SIGTERM is served while a command for a header is waited for, and the command ends with us."""
    started = mcptape.directory / "started"
    with upstream() as url:
        with service(mcptape, "listeners:\n" + listener(url)) as running:
            running.wait_for("listening")
            command = f"touch {started}; {hang}"
            running.reload("listeners:\n" + listener(url, f"headers: {{X: '{{cmd:{command}}}'}}"))
            wait_until(started.exists)
            running.end()
            assert "told to end" in running.wait_for("reload_failed")["message"]


def test_a_listener_is_found_again_by_its_address(mcptape):
    """Two on any port, and one whose name changes."""
    port = free_port()
    with upstream() as one, upstream() as two:
        text = "listeners:\n" + listener(one) + listener(two)
        with service(mcptape, text + f"  - {{listen: {port}, upstream: '{one}', name: old}}\n") as running:
            ports = running.port(1), running.port(2)
            running.wait_for("listening", 3)
            running.reload(text + f"  - {{listen: {port}, upstream: '{one}', name: new}}\n")
            said = running.wait_for("reloaded")["message"]
            assert said == "reloaded: 3 listeners as before, 0 new, 0 ending"
            assert f"Host: {one[7:]}\n" in get(ports[0])[1] and f"Host: {two[7:]}\n" in get(ports[1])[1]
            assert get(port)[0] == 200
    assert names(mcptape) == ["127.0.0.1", "127.0.0.1", "new"]


def test_what_needs_a_new_process_is_said(mcptape):
    with upstream() as url:
        text = "listeners:\n" + listener(url)
        with service(mcptape, text) as running:
            running.wait_for("listening")
            running.reload("capture: metadata\nmessage_limit: 1MiB\n" + text)
            running.wait_for("reloaded")
            said = " ".join(line["message"] for line in running.lines)
            assert "capture, message_limit changed" in said and "started anew" in said


def test_without_a_file_secrets_are_read_again_and_the_listener_stays(mcptape):
    token = mcptape.directory / "token"
    token.write_text("first\n")
    with upstream() as url:
        argv = [mcptape.binary, "record", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
        argv += ["--upstream", url, "--client-token", f"file:{token}", "--log-format", "json"]
        process = mcptape.start(argv, stdin=subprocess.DEVNULL)
        port = int(json.loads(process.stderr.readline())["listen"].rpartition(":")[2])
        assert get(port, headers={"Mcptape-Token": "first"})[0] == 200
        token.write_text("second\n")
        process.send_signal(signal.SIGHUP)
        assert json.loads(process.stderr.readline())["event"] == "reloaded"
        assert get(port, headers={"Mcptape-Token": "first"})[0] == 403
        assert get(port, headers={"Mcptape-Token": "second"})[0] == 200
        token.unlink()
        process.send_signal(signal.SIGHUP)
        line = json.loads(process.stderr.readline())
        assert line["event"] == "reload_failed" and str(token) in line["message"]
        assert get(port, headers={"Mcptape-Token": "second"})[0] == 200
        process.terminate()
        assert process.wait(DEADLINE) == 0
