"""The viewer's page as `mcptape serve` serves it: the real API, while a recorder writes."""

import json

import pytest

from program import Conversation
from serving import serving
from viewer_browser import ROOT, browser  # noqa: F401


@pytest.fixture
def served(mcptape, browser):  # noqa: F811
    """A store with two recordings, its server, and a browser that has seen nothing yet."""
    for name in ["features-1", "http-1"]:
        mcptape.run("import", str(ROOT / f"recordings/{name}.mcptape.jsonl"))
    with serving(mcptape) as server:
        browser.look()
        browser.console()
        browser.asked()
        yield server
        assert browser.console() == []
        origin = server.url.partition("#")[0]
        assert [url for url in browser.asked() if not url.startswith((origin, "data:", "about:"))] == []
        # A page that is left would go on to ask.
        browser.call("POST", "/url", {"url": "about:blank"})


def ask(served, path):
    status, _, body = served.get("/api/" + path, {"Authorization": f"Bearer {served.token}"})
    assert status == 200, body
    return json.loads(body)


def rows(browser):  # noqa: F811
    return browser.js(
        "return [...document.querySelectorAll('.row:not(.waiting)')].filter(r => !r.hidden)"
        ".map(r => r.innerText.replace(/\\s+/g, ' '))")


def wait_for_row(browser, text):  # noqa: F811
    browser.wait(
        "[...document.querySelectorAll('.row:not(.waiting)')]"
        ".some(r => !r.hidden && r.innerText.includes(arguments[0]))", text)


def test_sessions_of_the_store_and_what_was_said_in_one(served, browser):  # noqa: F811
    browser.open(served.url)
    wait_for_row(browser, "features-1")
    wait_for_row(browser, "http-1")
    session = ask(served, "sessions?filter=server:features-1")["sessions"][0]["session"]
    browser.open(f"{served.url}&s={session}&q=status:error")
    wait_for_row(browser, "prompts/list")
    assert all("error" in row for row in rows(browser))
    for view in ["messages", "tools", "stats", "problems"]:
        browser.open(f"{served.url}&s={session}&v={view}")
        browser.wait("[...document.querySelectorAll('.row')].some(r => !r.hidden)")
    # The result as the model received it, out of the exact bytes.
    exchange = ask(served, f"sessions/{session}/exchanges?from=7&limit=1")["exchanges"][0]
    result = ask(served, f"sessions/{session}/messages/{exchange['response_seq']}")["result"]
    browser.open(f"{served.url}&s={session}&i=7")
    browser.wait("document.body.innerText.includes(arguments[0])", result["content"][0]["text"])


def test_what_is_recorded_now_appears_by_itself(served, browser, mcptape):  # noqa: F811
    browser.open(served.url)
    wait_for_row(browser, "features-1")
    server = [mcptape.binary, "demo-server"]
    talk = Conversation(mcptape.start(mcptape.record(*server, options=["--name", "just-now"])))
    talk.send(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    wait_for_row(browser, "just-now")
    session = json.loads(mcptape.run("sessions", "--json", "server:just-now").output)["session"]
    browser.open(f"{served.url}&s={session}")
    wait_for_row(browser, "ping")
    talk.send(b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n')
    wait_for_row(browser, "tools/list")
    talk.half_close()
    talk.finish()


def test_without_the_token_the_page_shows_nothing(served, browser):  # noqa: F811
    browser.js("sessionStorage.clear()") if "127.0.0.1" in browser.js("return location.href") else None
    browser.open(served.url.partition("#")[0] + "#token=wrong")
    browser.wait("/token/i.test(document.body.innerText)")
    assert rows(browser) == []
    # The browser itself notes the refusals.
    assert all("401" in line for line in browser.console())
