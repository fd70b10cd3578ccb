"""`mcptape serve FILE…`: recording files in the viewer, nothing imported, no store."""

import gzip
import json
import os

import pytest

from program import DEADLINE
from serving import Serving
from viewer_browser import ROOT, browser  # noqa: F401

FILES = [ROOT / f"recordings/{name}.mcptape.jsonl" for name in ("demo", "features-1")]


@pytest.fixture
def serve(mcptape):
    """Starts a server of files; it ends well."""
    running = []

    def start(*files):
        argv = [mcptape.binary, "serve", *files, "--listen", "0"]
        process = mcptape.start(list(map(str, argv)))
        line = process.stdout.readline().decode().strip()
        assert line.startswith("http://127.0.0.1:"), process.stderr.read().decode()
        running.append(Serving(process, line))
        return running[-1]

    yield start
    for server in running:
        server.process.terminate()
        _, errors = server.process.communicate(timeout=DEADLINE)
        assert server.process.returncode == 0, errors.decode()
    assert not mcptape.store.exists()


def ask(server, path):
    status, _, body = server.get("/api/" + path, {"Authorization": f"Bearer {server.token}"})
    assert status == 200, body
    return json.loads(body)


def test_files_are_shown_side_by_side(serve, browser, tmp_path):  # noqa: F811
    packed = tmp_path / "packed.mcptape.jsonl.gz"
    packed.write_bytes(gzip.compress(FILES[0].read_bytes()))
    server = serve(*FILES, packed)
    status = ask(server, "status")
    assert status["files"] == list(map(str, [*FILES, packed])) and status["sessions"] >= 3
    sessions = ask(server, "sessions")["sessions"]
    names = [session["session"] for session in sessions]
    assert len(set(names)) == len(names)
    # The same recording twice is two sessions, and both can be read.
    for name in names:
        exchanges = ask(server, f"sessions/{name}/exchanges")["exchanges"]
        assert exchanges and ask(server, f"sessions/{name}/entries?limit=1")["entries"]
    assert sum(name.endswith("-2") for name in names) == 1
    assert b"process_threads" in server.get("/metrics")[2]
    browser.look()
    browser.console()
    browser.open(f"{server.url}&s={names[0]}")
    browser.wait("document.querySelectorAll('.row:not(.waiting):not([hidden])').length > 3")
    assert browser.console() == []
    browser.call("POST", "/url", {"url": "about:blank"})


def test_a_file_that_changes_is_shown_anew(serve, tmp_path):
    file = tmp_path / "x.mcptape.jsonl"
    lines = FILES[0].read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-4]))
    server = serve(file)
    session = ask(server, "sessions")["sessions"][0]["session"]
    before = ask(server, f"sessions/{session}")["last_seq"]
    revision = ask(server, "status")["revision"]
    assert ask(server, f"changes?since={revision}") == {"revision": revision, "sessions": []}
    file.write_bytes(b"".join(lines))
    changes = ask(server, f"changes?since={revision}")
    assert changes["revision"] > revision and session in changes["sessions"]
    assert ask(server, f"sessions/{session}")["last_seq"] > before
    # What cannot be read leaves what was there.
    file.write_bytes(b"no recording\n")
    assert ask(server, f"sessions/{session}")["last_seq"] > before
    os.unlink(file)
    assert ask(server, f"sessions/{session}")["last_seq"] > before


@pytest.mark.parametrize("content, status", [
    (None, 66), (b"no recording\n", 74), (b'{"mcptape":99}\n', 74), (b'{"mcptape":1,"sessions":[]}\n', 66),
])
def test_a_file_that_cannot_be_read_is_said(mcptape, tmp_path, content, status):
    file = tmp_path / "x.mcptape.jsonl"
    if content is not None:
        file.write_bytes(content)
    argv = [mcptape.binary, "serve", FILES[0], file, "--listen", "0"]
    process = mcptape.start(list(map(str, argv)))
    output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == status and output == b"" and b"x.mcptape.jsonl" in errors
    assert not mcptape.store.exists()


def test_what_is_about_a_store_is_refused_with_files(mcptape):
    for words in (["--store", mcptape.store], ["--otlp", "http://127.0.0.1:1"], ["--metrics-textfile", "x"]):
        argv = [mcptape.binary, "serve", FILES[0], *words]
        process = mcptape.start(list(map(str, argv)))
        _, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 64 and words[0].encode() in errors
