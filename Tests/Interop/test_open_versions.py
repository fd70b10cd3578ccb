"""Versions of mcptape that are installed side by side: the newer server is used by all, and none is ended for
an older one."""

import json
import os

import pytest

from serving import serving
from test_open import DEMO, Desk, background_servers, desk, end  # noqa: F401
from test_open_again import pretend_version


@pytest.mark.parametrize("version", ["99.0.0", "0.10.0-rc.1+abc"])
def test_an_older_open_uses_the_newer_server(desk, mcptape, version):
    first = desk.open().text.strip()
    (server,) = background_servers(mcptape.store)
    pretend_version(mcptape, version)
    for _ in range(2):
        again = desk.open("last")
        assert again.text.strip().startswith(first) and again.complaint == ""
        assert background_servers(mcptape.store) == [server]
    assert os.path.exists(f"/proc/{server}")


def test_an_older_open_uses_the_newer_server_that_somebody_started(desk, mcptape):
    with serving(mcptape) as server:
        pretend_version(mcptape, "99.0.0")
        assert desk.open().text.strip() == server.url
        assert background_servers(mcptape.store) == []


def pretend_commit(mcptape, time):
    """That what serves is a build of another commit of our version, installed at `time`."""
    with open(mcptape.store / "serve.json") as post:
        entry = json.load(post)
    version = entry["version"].partition("+")[0] + "+ffffffffffff"
    pretend_version(mcptape, version)
    with open(mcptape.store / "serve.json", "r+") as post:
        entry = {**json.load(post), "installed": time}
        post.seek(0)
        post.truncate()
        json.dump(entry, post)


@pytest.mark.parametrize("age, replaced", [(-60, True), (60, False), (0, False)])
def test_of_two_builds_of_a_version_the_one_installed_later_serves(desk, mcptape, age, replaced):
    first = desk.open().text.strip()
    ours = os.stat(mcptape.binary).st_mtime
    pretend_commit(mcptape, int(ours) + age)
    second = desk.open().text.strip()
    assert (second != first) == replaced
    assert desk.open().text.strip() == second


def test_a_file_is_shown_by_the_newer_server(mcptape, tmp_path):
    desk = Desk(mcptape, tmp_path)
    file = tmp_path / "file.mcptape.jsonl"
    file.write_bytes(DEMO.read_bytes())
    try:
        first = desk.open(str(file)).text.strip()
        post = os.path.dirname(desk.told()[0].removeprefix("file://")) + "/serve.json"
        for version, is_used in (("99.0.0", True), ("0.0.1", False)):
            with open(post, "r+") as opened:
                entry = {**json.load(opened), "version": version}
                opened.seek(0)
                opened.truncate()
                json.dump(entry, opened)
            assert (desk.open(str(file)).text.strip() == first) == is_used
        assert len(background_servers(file)) == 2
    finally:
        end(background_servers(file))
