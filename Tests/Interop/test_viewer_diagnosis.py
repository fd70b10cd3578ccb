"""What is wrong with a session, in the viewer: in the list, above its table, and in a page in one file."""

import json

import pytest

from program import Conversation
from serving import serving
from viewer_browser import browser  # noqa: F401


@pytest.fixture
def troubled(mcptape):
    """A server that is not there, one that ends with 3, and one that is well."""
    mcptape.converse(mcptape.record("/nowhere/server", options=["--name", "absent"]))
    words = "echo 'no key in config.json' >&2; exit 3"
    # Standard input stays open: it is the server that ends.
    Conversation(mcptape.start(mcptape.record("sh", "-c", words, options=["--name", "crashed"]))).finish()
    mcptape.converse(
        mcptape.record(mcptape.binary, "demo-server", options=["--name", "well"]),
        b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    rows = map(json.loads, mcptape.run("sessions", "--json").text.splitlines())
    return {row["name"]: row for row in rows}


def told(browser):  # noqa: F811
    return browser.js("return [...document.querySelectorAll('.trouble')].filter(e => e.checkVisibility())"
                      ".map(e => e.innerText)")


def test_what_is_wrong_is_said_as_in_the_terminal(mcptape, troubled, browser):  # noqa: F811
    assert "no key in config.json" in troubled["crashed"]["diagnosis"]
    browser.look()
    with serving(mcptape) as server:
        browser.open(server.url)
        for name, state in [("absent", "✕ not started"), ("crashed", "✕ exit 3"), ("well", "")]:
            browser.wait(
                "[...document.querySelectorAll('.row:not([hidden])')].some(r =>"
                " r.innerText.includes(arguments[0]) && r.innerText.includes(arguments[1]))", name, state)
        for name, session in troubled.items():
            path = f"/api/sessions/{session['session']}"
            status, _, body = server.get(path, {"Authorization": f"Bearer {server.token}"})
            assert status == 200 and json.loads(body).get("diagnosis") == session.get("diagnosis"), name
            browser.open(f"{server.url}&s={session['session']}")
            browser.wait("document.querySelector('.head-line')?.textContent.includes('→')")
            wanted = [f"✕ {session['diagnosis']}"] if "diagnosis" in session else []
            assert told(browser) == wanted
        browser.call("POST", "/url", {"url": "about:blank"})


def test_a_page_in_one_file_says_it_too(mcptape, troubled, browser, tmp_path):  # noqa: F811
    file = tmp_path / "crashed.html"
    mcptape.run("export", "crashed", "-o", file)
    browser.look()
    browser.open(f"file://{file}#s={troubled['crashed']['session']}")
    browser.wait("[...document.querySelectorAll('.trouble')]"
                 ".some(e => e.innerText.includes('no key in config.json'))")
