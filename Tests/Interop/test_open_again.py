"""`mcptape open` once more: it finds the server that shows the same, unless that is another version's."""

import json
import os

import pytest

from program import wait_until
from serving import get, serving
from test_open import DEMO, Desk, background_servers, desk, end  # noqa: F401
from trouble import change_store


def pretend_version(mcptape, version):
    """What a server of another version would have written; it is locked, and not replaced."""
    with open(mcptape.store / "serve.json", "r+") as post:
        entry = json.load(post)
        post.seek(0)
        post.truncate()
        if version:
            entry["version"] = version
        else:
            del entry["version"]
        json.dump(entry, post)
        post.write("\n")


def test_after_an_upgrade_the_server_that_open_started_is_replaced(desk, mcptape):
    first = desk.open().text.strip()
    assert desk.open().text.strip() == first
    (old,) = background_servers(mcptape.store)
    pretend_version(mcptape, "0.0.1")
    second = desk.open().text.strip()
    assert second != first
    (new,) = background_servers(mcptape.store)
    assert new != old
    wait_until(lambda: not os.path.exists(f"/proc/{old}"))
    assert desk.open().text.strip() == second


@pytest.mark.parametrize("version", ["0.0.1", None])
def test_a_server_that_somebody_started_is_left_and_how_to_end_it_is_said(desk, mcptape, version):
    with serving(mcptape) as server:
        pretend_version(mcptape, version)
        refused = desk.open(status=69)
        assert f"kill {server.process.pid}" in refused.complaint
        assert (version or "of an earlier version") in refused.complaint and refused.text == ""
        assert server.get("/healthz")[0] == 200 and background_servers(mcptape.store) == []
        again = mcptape.run("serve")
        assert again.text.strip() == server.url and "end it to have this one's page" in again.complaint


def test_a_file_has_one_server_whatever_its_name(mcptape, tmp_path):
    desk = Desk(mcptape, tmp_path)
    file, link, copy = (tmp_path / f"{name}.mcptape.jsonl" for name in ("file", "link", "copy"))
    file.write_bytes(DEMO.read_bytes())
    copy.write_bytes(DEMO.read_bytes())
    link.symlink_to(file)
    try:
        first = desk.open(str(file)).text.strip()
        scratch = os.path.dirname(desk.told()[0].removeprefix("file://"))
        assert desk.open(str(file), "--exchange", "2").text.strip() == f"{first}&i=2"
        assert desk.open(str(link)).text.strip() == first
        assert os.path.dirname(desk.told()[0].removeprefix("file://")) == scratch
        assert len(background_servers(file)) == 1 and background_servers(link) == []
        other = desk.open(str(copy)).text.strip()
        assert other != first and len(background_servers(copy)) == 1
        # One that is replaced is the same to whoever has its page open: it is read anew.
        os.replace(copy, file)
        assert desk.open(str(file)).text.strip() in (first, other)
        # A killed one leaves its directory, and is not taken for a server.
        killed = background_servers(file) + background_servers(copy)
        for pid in killed:
            os.kill(pid, 9)
        # One that has lost its words may still hold its locks.
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in killed))
        fresh = desk.open(str(file)).text.strip()
        assert fresh not in (first, other) and not os.path.exists(scratch)
        port = int(fresh.partition("/#")[0].rpartition(":")[2])
        assert get(port, "/healthz")[0] == 200
    finally:
        end(background_servers(file) + background_servers(copy))


def test_a_store_that_became_newer_says_so_in_every_answer(mcptape):
    mcptape.run("import", str(DEMO))
    with serving(mcptape) as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        assert server.get("/api/sessions", headers)[0] == 200
        change_store(mcptape, "UPDATE store SET version = version + 1, oldest_writer = version + 1")
        for path, method in (("sessions", "GET"), ("status", "GET"), ("sessions/x/density", "GET")):
            status, _, body = server.get(f"/api/{path}", headers, method=method)
            told = json.loads(body)["error"]
            assert status == 500 and "needs a newer mcptape" in told, (path, status, told)
            assert f"end it (process {server.process.pid})" in told
        assert server.get("/metrics")[0] == 503
        change_store(mcptape, "UPDATE store SET version = version - 1, oldest_writer = version - 1")
        assert server.get("/api/sessions", headers)[0] == 200
