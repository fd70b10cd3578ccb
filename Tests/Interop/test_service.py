"""Several listeners from one file, and what they say."""

import json
import socket
import subprocess

from program import DEADLINE, wait_until
from service import Service, listener, names, service
from test_http_listener import get, upstream


def test_two_listeners_in_one_process(mcptape):
    mcptape.environment["TOKEN"] = "s3cr3t-of-github"
    with upstream() as one, upstream() as two:
        text = "listeners:\n" + listener("", "admin: '127.0.0.1:0'", github=one, files=two)
        text += listener(two, "name: single")
        text += "servers: {github: {headers: {Authorization: 'Bearer {env:TOKEN}'}}}\n"
        with service(mcptape, text) as running:
            first = running.wait_for("listening")
            servers = [(server["server"], server["upstream"]) for server in first["servers"]]
            assert servers == [("github", one), ("files", two)]
            assert get(int(first["admin"].rpartition(":")[2]), "/readyz")[0] == 200
            ports = running.port(1), running.port(2)
            github = get(ports[0], "/github/a")[1]
            assert github.startswith("GET /a ") and "Authorization: Bearer s3cr3t-of-github\n" in github
            for port, path in ((ports[0], "/files/b"), (ports[1], "/b")):
                head = get(port, path)[1]
                assert head.startswith("GET /b ") and "Authorization" not in head
                assert f"Host: {two.removeprefix('http://')}\n" in head
            assert get(ports[0], "/other")[0] == 421
        assert names(mcptape) == ["files", "github", "single"]
        assert "s3cr3t" not in json.dumps(running.lines)
        for path in mcptape.store.rglob("*"):
            assert path.is_dir() or b"s3cr3t" not in path.read_bytes(), path


def test_one_that_cannot_listen_keeps_all_from_starting(mcptape):
    with upstream() as url, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = "listeners:\n" + listener(url) + f"  - {{listen: {port}, upstream: '{url}'}}\n"
        running = Service(mcptape, text)
        assert running.process.wait(DEADLINE) == 74
        assert f"127.0.0.1:{port}" in running.wait_for("failed")["message"]


def test_without_listeners_there_is_nothing_to_do(mcptape):
    running = Service(mcptape, "capture: payloads")
    assert running.process.wait(DEADLINE) == 64
    assert "no listeners" in running.wait_for("failed")["message"]


def test_servers_are_captured_each_in_its_own_way(mcptape):
    with upstream() as url:
        text = "listeners:\n" + listener("", open=url, closed=url)
        text += "servers: {closed: {capture: metadata}}\n"
        with service(mcptape, text) as running:
            for name in ("open", "closed"):
                assert get(running.port(), f"/{name}/the-path")[0] == 200
    assert "X-Answer" not in mcptape.run("show", "open").text
    body = b"GET /the-path"
    assert body in mcptape.run("show", "open", "--raw").output
    assert body not in mcptape.run("show", "closed", "--raw").output


def test_the_log_in_its_forms(mcptape):
    with upstream() as url:
        base = [mcptape.binary, "record", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
        base += ["--upstream", url]
        for options, first in (
            ([], "mcptape: http://127.0.0.1:"),
            (["--log-format", "json"], '{"time":"'),
            (["--log-format=json", "--log-level", "debug"], '{"time":"'),
            (["--log-level", "warning"], ""),
            (["--quiet"], ""),
        ):
            ports = mcptape.directory / "port"
            ports.unlink(missing_ok=True)
            process = mcptape.start([*base, "--port-file", ports, *options], stdin=subprocess.DEVNULL)
            wait_until(ports.exists)
            process.terminate()
            _, errors = process.communicate(timeout=DEADLINE)
            assert process.returncode == 0
            assert errors.decode().startswith(first) and bool(errors) == bool(first), errors
            if "json" in "".join(options):
                events = [json.loads(line)["event"] for line in errors.splitlines()]
                assert events == ["listening", "draining", "stopped"]
    failed = mcptape.run("record", "--log-format", "json", "--config", "/nowhere", status=66)
    line = json.loads(failed.complaint)
    assert line["event"] == "failed" and line["level"] == "error" and line["status"] == 66
    assert "/nowhere" in line["message"]
