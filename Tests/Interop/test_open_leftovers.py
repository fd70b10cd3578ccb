"""What a killed server of a file left in /tmp goes with the next `open`; what is anybody else's stays."""

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time

import pytest

from program import wait_until
from test_open import DEMO, Desk, background_servers, desk, end  # noqa: F401

LONG_AGO = time.time() - 2 * 86400


@pytest.fixture
def place():
    path = tempfile.mkdtemp(prefix="mcptape-open-", dir="/tmp")
    yield path
    if os.path.islink(path):
        os.unlink(path)
    shutil.rmtree(path, ignore_errors=True)


def publish(place, **entry):
    post = os.path.join(place, "serve.json")
    with open(post, "w") as file:
        json.dump({"pid": 1, "url": "http://127.0.0.1:1/", "token": "t", **entry}, file)
    return post


def test_the_directory_of_a_killed_server_goes(desk, mcptape, tmp_path):
    file = tmp_path / "file.mcptape.jsonl"
    file.write_bytes(DEMO.read_bytes())
    try:
        desk.open(str(file))
        place = os.path.dirname(desk.told()[0].removeprefix("file://"))
        desk.open("last")
        assert sorted(os.listdir(place))[-1] == "serve.json", "its server lives"
        (server,) = background_servers(file)
        os.kill(server, signal.SIGKILL)
        # One that has lost its words may still hold its locks.
        wait_until(lambda: not os.path.exists(f"/proc/{server}"))
        # Not only the next one of a file.
        desk.open("last")
        assert not os.path.exists(place)
    finally:
        end(background_servers(file))


def test_what_is_locked_or_just_made_stays(desk, place):
    """A server is there, or it comes: it makes its directory first, and then says where it serves."""
    desk.open()
    assert os.path.exists(place)
    with open(os.path.join(place, "serve.json"), "w"):
        pass
    desk.open()
    assert os.path.exists(place)
    with open(publish(place)) as post:
        fcntl.flock(post, fcntl.LOCK_EX)
        os.utime(place, (LONG_AGO, LONG_AGO))
        desk.open()
        assert os.path.exists(place)
    desk.open()
    assert not os.path.exists(place)


@pytest.mark.parametrize("begun", [True, False])
def test_what_never_came_goes_later(desk, place, begun):
    if begun:
        open(os.path.join(place, "serve.json"), "w").close()
    os.utime(place, (LONG_AGO, LONG_AGO))
    desk.open()
    assert not os.path.exists(place)


def test_nothing_is_removed_that_such_a_server_does_not_write(desk, place):
    publish(place)
    for name in ("notes.html", "open-notes.txt"):
        open(os.path.join(place, name), "w").close()
    os.mkdir(os.path.join(place, "open-directory.html"))
    desk.open()
    assert sorted(os.listdir(place)) == ["notes.html", "open-directory.html", "open-notes.txt"]


def test_links_lead_nowhere(desk, place, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    publish(theirs)
    # The directory itself, and what is in one.
    os.rmdir(place)
    os.symlink(theirs, place)
    desk.open()
    assert os.path.islink(place) and (theirs / "serve.json").exists()
    os.unlink(place)
    os.mkdir(place, 0o700)
    os.symlink(theirs / "serve.json", os.path.join(place, "serve.json"))
    os.utime(place, (LONG_AGO, LONG_AGO))
    desk.open()
    assert os.path.islink(os.path.join(place, "serve.json")) and (theirs / "serve.json").exists()


@pytest.mark.parametrize("mode, owner", [
    (0o770, None),
    pytest.param(0o700, 65534, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root")),
])
def test_what_others_may_enter_or_own_is_left(desk, place, mode, owner):
    publish(place)
    os.chmod(place, mode)
    if owner:
        os.chown(place, owner, owner)
    desk.open()
    assert os.path.exists(os.path.join(place, "serve.json"))


def test_what_is_no_file_holds_nobody_up(desk, place):
    os.mkfifo(os.path.join(place, "serve.json"))
    os.utime(place, (LONG_AGO, LONG_AGO))
    desk.open()
    assert os.path.exists(place)
