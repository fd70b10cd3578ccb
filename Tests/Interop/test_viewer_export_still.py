"""A page in a file does not go on: there is nothing to follow and nothing to pause, and it offers neither."""

import json

import pytest

from test_viewer_export import exported  # noqa: F401
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

DEMO = ROOT / "recordings/demo.mcptape.jsonl"


def offered(page):
    """What the page says about following and pausing: buttons in sight, and lines of the list of keys."""
    page.browser.press("?")
    page.browser.wait("document.querySelector('dialog.help[open]')")
    lines = page.browser.js(
        "return [...document.querySelectorAll('dialog.help dd')].map(e => e.innerText)")
    page.browser.press("Escape")
    page.browser.wait("!document.querySelector('dialog.help')")
    buttons = page.browser.js(
        "return [...document.querySelectorAll('button')].filter(e => e.checkVisibility())"
        ".map(e => e.title || e.innerText)")
    return [text for text in lines + buttons if "follow" in text or "pause" in text or "go on" in text]


def test_a_session_in_a_file(exported):  # noqa: F811
    exported.export(DEMO)
    exported.open()
    session = exported.browser.js("return location.hash").removeprefix("#s=")
    for view in ("exchanges", "messages"):
        exported.open(f"s={session}&v={view}")
        assert offered(exported) == [], view
        before = exported.browser.js("return document.querySelector('.bar').innerText")
        exported.browser.press("f", "x")
        assert exported.browser.js("return document.querySelector('.bar').innerText") == before
        pressed = exported.browser.js(
            "return [...document.querySelectorAll('[aria-pressed=true]')].map(e => e.title)")
        assert pressed == [] and "paused" not in exported.text()


def test_a_run_in_a_file(exported):  # noqa: F811
    exported.mcptape.run("import", ROOT / "recordings/runs/agent.mcptape.jsonl")
    run = json.loads(exported.mcptape.run("runs", "--json").text.splitlines()[0])["run"]
    exported.export("run:last", "--include-human")
    exported.open(f"r={run}")
    exported.browser.wait("document.querySelector('.session.run .tools-line button')")
    assert offered(exported) == []
    exported.browser.press("f", "x")
    assert "paused" not in exported.text()


@pytest.mark.parametrize("view", ["exchanges", "messages"])
def test_a_page_that_is_served_offers_both(viewer, view):  # noqa: F811
    viewer.demo(f"v={view}")
    texts = offered(viewer)
    assert "follow the newest" in texts and "pause, go on" in texts
    assert "follow the newest (f)" in texts and "pause (x)" in texts
    viewer.press("f")
    viewer.browser.wait("document.querySelector('[aria-pressed=true]')?.title === 'follow the newest (f)'")
