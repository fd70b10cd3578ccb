"""`serve` of a store that may be read and not written: a read-only mount, or another's permissions."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from program import DEADLINE, wait_until
from serving import Serving, total
from test_open import desk  # noqa: F401
from test_pod import needs_root, open_place, stranger  # noqa: F401
from test_read_only_root import may_mount

# $1: the store; the rest is the program.
READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
if touch "$1/written" 2> /dev/null; then echo "$1 can be written"; exit 1; fi
shift
exec "$@"
"""


def ping_through(program, name: str):
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    argv = program.record(program.binary, "demo-server", options=["--name", name, "--journal", "store"])
    assert program.converse(argv, ping).status == 0


def mounted(store, *argv) -> list[str]:
    return ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(store), *map(str, argv)]


def serve(program, argv) -> Serving:
    process = program.start(argv, stdin=subprocess.DEVNULL)
    line = process.stdout.readline().decode().strip()
    assert line.startswith("http://127.0.0.1:"), process.stderr.read().decode()
    return Serving(process, line)


def end(server: Serving) -> list[str]:
    """What it said on standard error."""
    server.process.terminate()
    _, errors = server.process.communicate(timeout=DEADLINE)
    assert server.process.returncode == 0, errors.decode()
    return errors.decode().splitlines()


def ask(server: Serving, path: str, status: int = 200, method: str = "GET"):
    fields = {"Authorization": f"Bearer {server.token}"}
    found, _, body = server.get(f"/api/{path}", fields, method)
    assert found == status, body
    return json.loads(body)


def assert_shown(server: Serving, names: set):
    assert server.get("/")[0] == 200
    assert total(server.metrics(), "mcptape_sessions_total") == len(names)
    status = ask(server, "status")
    assert status["can_delete"] is False and status["sessions"] == len(names)
    sessions = ask(server, "sessions")["sessions"]
    assert {session["name"] for session in sessions} == names
    told = ask(server, f"sessions/{sessions[0]['session']}", 403, "DELETE")
    assert "cannot be written, so nothing is deleted" in told["error"]


def assert_told(lines: list[str], store):
    told = [line for line in lines if "is read only here" in line]
    assert len(told) == 1 and str(store) in told[0] and "nothing can be deleted" in told[0]
    assert all("cannot" not in line for line in lines), lines


@pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")
def test_a_store_on_a_read_only_mount_is_served_and_followed(mcptape):
    ping_through(mcptape, "one")
    kept = sorted(mcptape.store.iterdir())
    argv = [mcptape.binary, "serve", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
    server = serve(mcptape, mounted(mcptape.store, *argv, "--otlp", "http://127.0.0.1:1"))
    assert_shown(server, {"one"})
    # Whoever may write it goes on.
    ping_through(mcptape, "two")
    wait_until(lambda: ask(server, "status")["sessions"] == 2)
    assert_shown(server, {"one", "two"})
    lines = end(server)
    assert_told(lines, mcptape.store)
    assert any("nothing is exported" in line for line in lines)
    assert {path.name for path in kept} >= {path.name for path in mcptape.store.iterdir()} - {"recovery.lock"}


@pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")
def test_a_server_that_runs_is_found_through_a_read_only_mount(mcptape):
    ping_through(mcptape, "one")
    argv = [mcptape.binary, "serve", "--store", mcptape.store, "--listen", "127.0.0.1:0"]
    first = serve(mcptape, argv)
    second = mcptape.start(mounted(mcptape.store, *argv), stdin=subprocess.DEVNULL)
    output, errors = second.communicate(timeout=DEADLINE)
    assert second.returncode == 0 and output.decode().strip() == first.url
    assert b"serves this store already" in errors
    end(first)


@needs_root
def test_a_store_that_its_owner_may_only_read_is_served(mcptape, open_place):  # noqa: F811
    ping_through(mcptape, "one")
    store = open_place / "store"
    shutil.copytree(mcptape.store, store)
    for path in [store, *store.rglob("*")]:
        os.chown(path, 54321, 54321)
        path.chmod(0o500 if path.is_dir() else 0o400)
    argv = [open_place / "mcptape", "serve", "--store", store, "--listen", "127.0.0.1:0"]
    server = serve(mcptape, stranger(*map(str, argv)))
    assert_shown(server, {"one"})
    assert_told(end(server), store)


@pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")
@pytest.mark.parametrize("words", [["serve", "--listen", "127.0.0.1:0"], ["sessions"], ["metrics", "--all"]])
def test_what_sqlite_lacks_for_reading_is_said_with_what_to_do(mcptape, words):
    """As in a copy of the index alone: SQLite would have to make the file of its shared memory."""
    ping_through(mcptape, "one")
    mcptape.run("doctor")
    for path in mcptape.store.glob("index.sqlite-*"):
        path.unlink()
    argv = mounted(mcptape.store, mcptape.binary, words[0], "--store", mcptape.store, *words[1:])
    process = mcptape.start(argv, stdin=subprocess.DEVNULL)
    output, errors = process.communicate(timeout=DEADLINE)
    told = errors.decode()
    assert process.returncode == 77 and output == b"", told
    assert "index.sqlite-shm, which is missing and may not be made here" in told
    assert "copy the directory" in told


@pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")
def test_a_store_that_is_not_there_and_cannot_be_made_says_so(mcptape):
    place = mcptape.directory / "place"
    place.mkdir()
    argv = mounted(place, mcptape.binary, "serve", "--store", place / "store", "--listen", "127.0.0.1:0")
    process = mcptape.start(argv, stdin=subprocess.DEVNULL)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 77 and b"cannot create" in errors


@pytest.mark.skipif(not may_mount(), reason="may not make a mount namespace")
def test_a_browser_is_led_to_it_by_a_file_elsewhere(mcptape, desk):  # noqa: F811
    argv = mounted(mcptape.store, mcptape.binary, "open", "last", "--store", mcptape.store)
    process = mcptape.start(argv, env=desk.environment, stdin=subprocess.DEVNULL)
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, errors.decode()
    (told,) = desk.told()
    page = Path(told.removeprefix("file://"))
    assert page.stat().st_mode & 0o777 == 0o600 and mcptape.store not in page.parents
    assert output.decode().strip().replace("&", "&amp;") in page.read_text()
    shutil.rmtree(page.parent)
