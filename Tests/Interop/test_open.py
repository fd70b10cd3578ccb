"""`mcptape open`: the browser at the right place, a server that was there or comes, and no token in sight."""

import json
import os
import re
import signal
import stat
import time

import pytest

from program import DEADLINE, wait_until
from serving import get, serving
from viewer_browser import ROOT, browser  # noqa: F401

DEMO = ROOT / "recordings/demo.mcptape.jsonl"


class Desk:
    """Somebody's desk: a browser that notes what it is told to show, and how that was said to it."""

    def __init__(self, mcptape, tmp_path):
        self.mcptape, self.log = mcptape, tmp_path / "browser.log"
        script = tmp_path / "browser"
        script.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {self.log}.new\nmv {self.log}.new {self.log}\n")
        script.chmod(0o755)
        self.environment = {**mcptape.environment, "BROWSER": str(script)}

    def open(self, *words, status=0, **environment):
        self.log.unlink(missing_ok=True)
        settings = {**self.environment, **environment}
        return self.mcptape.run("open", *words, status=status, environment=settings)

    def told(self):
        wait_until(self.log.exists)
        return self.log.read_text().split()


def background_servers(word):
    """Servers that `open` started, of which a word is `word`."""
    found = []
    for name in os.listdir("/proc"):
        try:
            words = open(f"/proc/{name}/cmdline", "rb").read().split(b"\0") if name.isdigit() else []
        except OSError:
            continue
        if b"--background" in words and str(word).encode() in words:
            found.append(int(name))
    return found


def end(pids):
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


@pytest.fixture
def desk(mcptape, tmp_path):
    mcptape.run("import", str(DEMO))
    desk = Desk(mcptape, tmp_path)
    yield desk
    end(background_servers(mcptape.store))


def session_id(mcptape):
    return json.loads(mcptape.run("sessions", "--json").output.splitlines()[0])["session"]


def test_it_starts_a_server_that_goes_on_and_finds_it_again(desk, mcptape):
    session = session_id(mcptape)
    url = desk.open("last").text.strip()
    match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/#token=(\w+)&s=(\w+)", url)
    assert match and match[3] == session
    status, _, body = get(int(match[1]), f"/api/sessions/{session}", {"Authorization": f"Bearer {match[2]}"})
    assert status == 200 and json.loads(body)["session"] == session
    assert desk.open(f"{session[:4]}#3").text.strip() == f"{url}&i=3"
    assert desk.open("run:last").text.strip() == url.replace("&s=", "&r=")
    assert desk.open().text.strip() == url.partition("&")[0]
    assert len(background_servers(mcptape.store)) == 1
    # It is nobody's child and in a session of its own, so a closed terminal does not end it.
    pid = background_servers(mcptape.store)[0]
    assert os.getsid(pid) == pid


def test_the_token_is_in_a_file_for_our_eyes_and_in_no_process_list(desk, mcptape):
    url = desk.open("last").text.strip()
    token = re.search(r"token=(\w+)", url)[1]
    (told,) = desk.told()
    assert told.startswith("file://") and token not in told
    path = told.removeprefix("file://")
    facts = os.stat(path)
    assert stat.S_IMODE(facts.st_mode) == 0o600
    assert url.replace("&", "&amp;") in open(path).read()
    for pid in background_servers(mcptape.store):
        assert token.encode() not in open(f"/proc/{pid}/cmdline", "rb").read()
        assert token.encode() not in open(f"/proc/{pid}/environ", "rb").read()
    end(background_servers(mcptape.store))
    assert not os.path.exists(path)
    desk.open("last", "--pass-url")
    assert desk.told()[0].startswith("http://127.0.0.1:")


def test_the_file_leads_a_real_browser_to_the_page(desk, browser):  # noqa: F811
    url = desk.open("last#3").text.strip()
    browser.look()
    browser.console()
    browser.open(desk.told()[0])
    browser.wait("location.href.startsWith(arguments[0])", url.partition("#")[0])
    browser.wait("document.querySelector('.row[aria-selected=true]:not([hidden])')")
    # The page has taken the token out of the address.
    assert "token" not in browser.js("return location.href")
    assert browser.console() == []
    browser.call("POST", "/url", {"url": "about:blank"})


def test_the_running_server_is_used(desk, mcptape):
    with serving(mcptape) as server:
        assert desk.open("last").text.startswith(server.url)
        assert background_servers(mcptape.store) == []


def test_without_a_browser_the_address_is_printed(desk, mcptape):
    outcome = desk.open("last", "--no-browser")
    assert outcome.text.startswith("http://") and outcome.complaint == ""
    assert not desk.log.exists()
    bare = {key: value for key, value in desk.environment.items()
            if key not in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")}
    outcome = mcptape.run("open", "last", environment=bare)
    assert outcome.text.startswith("http://") and "there is no display here" in outcome.complaint
    outcome = desk.open("last", BROWSER="/nowhere/browser:" + desk.environment["BROWSER"] + " --new %s")
    assert outcome.complaint == "" and desk.told()[0] == "--new"
    outcome = desk.open("last", BROWSER="/nowhere/browser")
    assert "cannot start /nowhere/browser" in outcome.complaint


def test_a_file_needs_no_store(mcptape, tmp_path):
    desk = Desk(mcptape, tmp_path)
    file = tmp_path / "copy.mcptape.jsonl"
    file.write_bytes(DEMO.read_bytes())
    try:
        url = desk.open(str(file), "--exchange", "2").text.strip()
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/#token=(\w+)&s=(\w+)&i=2", url)
        status, _, body = get(int(match[1]), "/api/status", {"Authorization": f"Bearer {match[2]}"})
        assert status == 200 and json.loads(body)["files"] == [str(file)]
        scratch = os.path.dirname(desk.told()[0].removeprefix("file://"))
        assert os.path.isdir(scratch)
        assert not mcptape.store.exists()
    finally:
        end(background_servers(file))
    assert not os.path.exists(scratch)


@pytest.mark.parametrize("words, status, complaint", [
    (["none"], 66, "no recording 'none'"), (["last#99"], 66, "has no exchange 99"),
    (["/nowhere/x.jsonl"], 66, "/nowhere/x.jsonl"), (["--exchange", "1"], 64, "--exchange needs"),
])
def test_what_is_not_there_is_said_before_anything_starts(desk, mcptape, words, status, complaint):
    outcome = desk.open(*words, status=status)
    assert complaint in outcome.complaint and not desk.log.exists()
    assert background_servers(mcptape.store) == []


def test_a_server_ends_once_nobody_asks(mcptape):
    with serving(mcptape, "--exit-on-idle", "1s") as server:
        for _ in range(5):
            assert server.get("/healthz")[0] == 200
            time.sleep(0.3)
        assert server.process.wait(DEADLINE) == 0
    mcptape.run("serve", "--exit-on-idle", "soon", status=64)
