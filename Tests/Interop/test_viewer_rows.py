"""The table of exchanges in a real browser: rows that unfold, sorting and columns by keys, searches."""

import pytest

from viewer_browser import SIZES, axe, browser, recorded, viewer, violations  # noqa: F401


def open_session(viewer, name, state=""):  # noqa: F811
    viewer.open(f"s={viewer.double.sessions_by_name()[name]}" + (f"&{state}" if state else ""))


def messages(viewer):  # noqa: F811
    """The texts of the rows that are messages, in order."""
    return [" ".join(text.split()) for text in viewer.browser.js(
        "return [...document.querySelectorAll('.row.is-message')].filter(r => !r.hidden)"
        ".sort((a, b) => a.dataset.index - b.dataset.index).map(r => r.innerText)")]


def test_an_exchange_unfolds_into_its_messages_by_keys(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press(*["j"] * 8, "ArrowRight")
    viewer.wait_state("e=8")
    viewer.wait_text("notifications/progress", ".row.is-message")
    assert [row.split()[:2] for row in messages(viewer)] == [
        ["→", "request"], ["←", "notification"], ["←", "notification"], ["←", "notification"],
        ["←", "response"]]
    viewer.browser.wait("document.querySelector('.row[aria-selected=true] .has-fold.is-open')")
    viewer.press("j", "j", "Enter")
    viewer.wait_text("notifications/progress", ".details-title")
    viewer.wait_state("m=17")
    viewer.press("j")
    viewer.wait_state("m=18")
    # Back to the exchange that they belong to.
    viewer.press("ArrowLeft")
    viewer.wait_selected("8")
    assert messages(viewer) == []
    viewer.browser.wait("!location.hash.includes('e=')")


def test_an_exchange_unfolds_by_its_sign(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.browser.drag(".row[data-index='9'] .has-fold", 0.15, 0.15)
    viewer.wait_text("cannot divide", ".row.is-message")
    assert viewer.browser.js("return document.querySelector('.details').hidden")
    viewer.browser.click(".row[data-index='10']")
    viewer.wait_text("message 24", ".details-title")
    viewer.browser.drag(".row[data-index='9'] .has-fold", 0.15, 0.15)
    viewer.browser.wait("!document.querySelector('.row.is-message:not([hidden])')")


def test_what_a_server_asked_back_stands_under_its_parent(viewer):  # noqa: F811
    open_session(viewer, "features-1", "e=14")
    viewer.wait_text("sampling/createMessage", ".row.is-message")
    shown = messages(viewer)
    assert ["↳" in row for row in shown] == [False, True, True, False]
    assert "← request ↳ sampling/createMessage" in shown[1]


def test_unfolded_rows_stay_where_their_exchange_goes(viewer):  # noqa: F811
    viewer.demo("e=8,10&o=-duration")
    viewer.wait_text("cannot divide", ".row.is-message")
    viewer.wait_text("notifications/progress", ".row.is-message")
    rows = viewer.rows()
    assert rows[0].startswith("8")
    assert "request" in rows[1] and "response" in rows[5]
    viewer.browser.js("document.querySelector('.grid').focus()")
    # The next error is looked for among exchanges.
    viewer.press("g", "n")
    viewer.browser.wait(
        "document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText.includes('error')")
    viewer.press("/", *"tool:divide", "Enter")
    viewer.wait_state("q=tool:divide")
    viewer.browser.wait("document.querySelectorAll('.row.is-message:not([hidden])').length === 2")
    # What is no list of numbers unfolds nothing.
    viewer.demo("e=x,<b>,999")
    viewer.wait_rows(23)


@pytest.mark.parametrize("size", SIZES)
def test_unfolded_rows_are_accessible_and_fit(viewer, axe, size):  # noqa: F811
    viewer.browser.look(SIZES[size], size == "narrow")
    open_session(viewer, "features-1", "e=14,7")
    viewer.wait_text("sampling/createMessage", ".row.is-message")
    assert violations(viewer.browser, axe) == []
    assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0
