"""A filter that cannot be read leaves the last good rows and is marked; nobody is asked."""

import pytest

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import browser, recorded, viewer  # noqa: F401

MARK = "document.querySelector('.filter-input').getAttribute('aria-invalid') === 'true'"


def asked(viewer):  # noqa: F811
    return [path for path in viewer.double.requests
            if "filter=" in path and "runs?filter=session" not in path]


def test_a_word_that_turns_out_wrong_is_not_left_half_typed(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("/", *"status")
    # Who types slowly searches for the text meanwhile.
    viewer.wait_state("q=status")
    viewer.wait_text("0 of 23 shown", ".foot")
    viewer.press(*":wrong")
    viewer.browser.wait(MARK)
    viewer.wait_rows(23)
    viewer.wait_text("has no value 'wrong'", ".filter-note")
    assert "shown" not in viewer.text(".foot") and "q=" not in viewer.state()
    viewer.browser.js("document.querySelector('.filter-input').value = ''")
    viewer.press(*"tool:divide sta")
    viewer.wait_state("q=tool:divide+sta")
    viewer.press(*"tus:no")
    viewer.browser.wait(MARK)
    viewer.wait_rows(14)
    viewer.wait_state("q=tool:divide")


def test_typed_fast_it_is_never_asked_for(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.double.requests.clear()
    viewer.browser.js("""
        const box = document.querySelector('.filter-input');
        box.focus();
        for (const text of ['status', 'status:', 'status:w']) {
          box.value = text;
          box.dispatchEvent(new Event('input'));
        }""")
    viewer.browser.asynchronous("setTimeout(() => requestAnimationFrame(() => done(true)), 150)")
    assert asked(viewer) == [] and "q=" not in viewer.state()


@pytest.mark.parametrize("view", ["", "&v=messages", "&v=stats"])
def test_a_wrong_filter_in_the_address_keeps_the_rows(viewer, view):  # noqa: F811
    viewer.demo(f"q=tool:divide{view}")
    viewer.browser.wait("document.querySelector('.row:not([hidden]):not(.waiting)')"
                        " && document.querySelector('.foot').innerText !== ''")
    viewer.wait_text("divide", ".row")
    if not view:
        # All of the session is in sight before what the filter finds.
        viewer.wait_text("of 23 shown", ".foot")
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    rows = viewer.rows()
    viewer.double.requests.clear()
    viewer.browser.js("location.hash = location.hash.replace('tool:divide', 'status:wrong')")
    viewer.browser.wait(MARK)
    viewer.wait_text("has no value 'wrong'", ".filter-note")
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    assert viewer.rows() == rows
    assert asked(viewer) == []
    assert "searched" not in viewer.text(".foot")


def test_a_link_with_a_wrong_filter_shows_all(viewer, run):  # noqa: F811
    viewer.demo("q=status:wrong")
    viewer.browser.wait(MARK)
    viewer.wait_rows(23)
    viewer.open("q=status:wrong")
    viewer.browser.wait(MARK)
    viewer.wait_rows(8)
    open_run(viewer, run, "q=status:wrong")
    viewer.browser.wait(MARK)
    assert asked(viewer) == []
