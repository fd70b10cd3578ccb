"""A session that is deleted while its page is open: the page says so for as long as it is shown."""

from viewer_browser import browser, recorded, viewer  # noqa: F401

NOTE = "document.querySelector('#page').previousElementSibling"


def test_a_page_whose_session_is_gone_says_so_and_stays(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    identity = viewer.double.sessions_by_name()["demo"]
    session = viewer.double.sessions.pop(identity)
    viewer.double.change(session, isGone=True)
    viewer.browser.wait(f"{NOTE}.checkVisibility() && {NOTE}.innerText.includes('this session was deleted')")
    viewer.wait_rows(23)
    assert viewer.browser.js("return document.querySelector('.toast')") is None
    # A key asks for nothing more; the line goes with the page.
    viewer.press("D")
    assert viewer.browser.js("return document.querySelector('dialog')") is None
    viewer.press("u")
    viewer.wait_rows(3)
    viewer.browser.wait(f"!{NOTE}.checkVisibility()")
    assert all("404" in line for line in viewer.browser.console())
