"""Keys that come before what they are for: the details are loaded when they are first opened."""

from viewer_browser import browser, recorded, viewer  # noqa: F401


def test_keys_typed_ahead_wait_for_the_details(viewer):  # noqa: F811
    viewer.demo()
    # All at once: nothing of the details is there when the second comes.
    viewer.press("j", "Enter", "7")
    viewer.wait_state("d=timing")
    viewer.browser.wait("document.querySelector('#part-timing')?.getAttribute('aria-selected') === 'true'")
    viewer.demo()
    viewer.press("j", "Enter", "3", "s")
    viewer.browser.wait("document.activeElement?.matches('.search-inside .find')")
    viewer.wait_state("d=response")


def test_they_are_forgotten_when_the_details_are_closed(viewer):  # noqa: F811
    viewer.demo()
    viewer.press("j", "Enter", "7", "Escape", "Enter")
    viewer.browser.wait("document.querySelector('#part-result')?.getAttribute('aria-selected') === 'true'")
    assert "d=" not in viewer.state()


def test_a_refused_clipboard_is_said(viewer):  # noqa: F811
    viewer.demo("i=2")
    viewer.browser.wait("document.querySelector('.details-actions button[title^=\"copy as a\"]')")
    viewer.browser.js(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
        " document.execCommand = () => false;")
    viewer.press("c")
    viewer.wait_text("not copied", ".toast")


def test_what_is_copied_is_what_is_selected_however_fast(viewer, recorded):  # noqa: F811
    viewer.demo("i=2", ready=".details-actions button")
    viewer.browser.js("navigator.clipboard.writeText = (text) => {"
                      " (window.copied ??= []).push(text); return Promise.resolve(); }")
    demo = recorded["demo"]
    for number in (3, 4, 5):
        # Both at once: the exchange is not there when the second comes.
        viewer.press("j", "c")
        viewer.browser.wait("(window.copied ?? []).length === arguments[0]", number - 2)
        wanted = demo.bytes[demo.exchanges[number - 1]["request_seq"]].decode().rstrip("\n")
        assert viewer.browser.js("return window.copied.at(-1)") == wanted
