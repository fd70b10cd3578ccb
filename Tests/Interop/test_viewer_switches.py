"""The switches in the bar say what they do, and a pause what it holds back of the page in sight."""

from viewer_browser import SIZES, browser, recorded, viewer  # noqa: F401


def test_switches_say_what_they_do(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    assert viewer.texts(".bar button[title*='(t)']") == ["time: relative"]
    viewer.press("t")
    viewer.browser.wait("document.querySelector(\".bar button[title*='(t)']\").innerText === 'time: of day'")
    viewer.browser.js("localStorage.removeItem('mcptape.times')")
    viewer.press("x")
    # Another session is none of this page's.
    for name in ("http-1", "demo"):
        viewer.double.change(viewer.double.sessions[viewer.double.sessions_by_name()[name]])
    viewer.wait_text("paused, this session changed since", ".live-state")
    viewer.press("u")
    viewer.wait_rows(4)
    viewer.wait_text("paused, 2 sessions changed since", ".live-state")
    viewer.browser.look(SIZES["narrow"])
    assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0
