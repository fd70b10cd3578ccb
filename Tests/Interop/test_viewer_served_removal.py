"""Deleting from the page of a real `serve`: the session leaves the page and the store."""

import json

from program import Conversation
from test_viewer_served import served, wait_for_row  # noqa: F401
from viewer_browser import browser  # noqa: F401


def kept(mcptape):
    lines = mcptape.run("sessions", "--json").output.splitlines()
    return {json.loads(line)["name"] for line in lines}


def ask_and_delete(browser):  # noqa: F811
    browser.press("D")
    browser.wait("document.querySelector('dialog')")
    browser.press("ArrowRight", "Enter")


def test_a_session_is_deleted_from_page_and_store(served, browser, mcptape):  # noqa: F811
    browser.open(f"{served.url}&q=server:http-1")
    wait_for_row(browser, "http-1")
    browser.wait("document.querySelector('.row-act')")
    browser.press("g")
    ask_and_delete(browser)
    browser.wait("document.body.innerText.includes('No session matches the filter.')")
    assert kept(mcptape) == {"features-1"}


def test_what_is_being_recorded_is_offered_when_it_has_ended(served, browser, mcptape):  # noqa: F811
    browser.open(served.url)
    wait_for_row(browser, "features-1")
    talk = Conversation(mcptape.start(mcptape.record(mcptape.binary, "demo-server",
                                                     options=["--name", "just-now"])))
    talk.send(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    wait_for_row(browser, "just-now")
    browser.press("g", "D")
    browser.wait("document.querySelector('.toast')?.innerText.includes('when it has ended')")
    talk.half_close()
    talk.finish()
    # It ended: the page hears of it, and offers it.
    browser.wait("document.querySelectorAll('.row-act').length === 3")
    assert kept(mcptape) == {"features-1", "http-1", "just-now"}
