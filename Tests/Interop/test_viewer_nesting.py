"""What is seen by how far in a row begins, and by the sign before it, is told to who does not see it too."""

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import axe, browser, recorded, viewer, violations  # noqa: F401


def nesting(viewer):  # noqa: F811
    """Of each row in sight its text, its level, and whether what is under it is shown; None: nothing is."""
    return viewer.browser.js(
        "return [...document.querySelectorAll('.row')].filter(r => !r.hidden)"
        ".sort((a, b) => a.dataset.index - b.dataset.index).map(r =>"
        " [r.innerText.replace(/\\s+/g, ' ').trim(), r.getAttribute('aria-level'),"
        " r.getAttribute('aria-expanded')])")


def is_sound(viewer, axe):  # noqa: F811
    assert viewer.browser.js("return document.querySelector('.grid').getAttribute('role')") == "treegrid"
    assert violations(viewer.browser, axe) == []


def wait_expanded(viewer, index, wanted):  # noqa: F811
    viewer.browser.wait("document.querySelector(`.row[data-index=\"${arguments[0]}\"]`).ariaExpanded"
                        " === arguments[1]", index, wanted)


def test_exchanges_say_whether_their_messages_are_shown(viewer, axe):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    assert {(level, isExpanded) for _, level, isExpanded in nesting(viewer)} == {("1", "false")}
    viewer.press("g", "ArrowRight")
    wait_expanded(viewer, 0, "true")
    viewer.browser.wait("document.querySelectorAll('.row.is-message').length === 2")
    rows = nesting(viewer)
    # A message has nothing under it.
    assert [row[1:] for row in rows[:4]] == [["1", "true"], ["2", None], ["2", None], ["1", "false"]]
    is_sound(viewer, axe)
    viewer.press("ArrowLeft")
    wait_expanded(viewer, 0, "false")
    viewer.wait_rows(23)
    # Rows that were a message's are an exchange's again.
    assert {(level, isExpanded) for _, level, isExpanded in nesting(viewer)} == {("1", "false")}


def test_rounds_and_questions_say_how_deep_they_stand(viewer, axe):  # noqa: F811
    name = viewer.double.sessions_by_name()["features-2-modern"]
    viewer.open(f"s={name}")
    viewer.wait_text("round 2", ".row")
    rows = nesting(viewer)
    assert {level for text, level, _ in rows if "↻" in text} == {"2"}
    assert {level for text, level, _ in rows if "↻" not in text} == {"1"}
    later = next(index for index, (text, _, _) in enumerate(rows) if "↻" in text)
    viewer.open(f"s={name}&e={rows[later][0].split()[0]}")
    viewer.wait_text("round 2", ".row")
    viewer.browser.wait("document.querySelectorAll('.row.is-message').length > 0")
    viewer.browser.wait("document.querySelector('.row.is-message').ariaLevel === '3'")
    is_sound(viewer, axe)
    # In another order nothing stands under anything.
    viewer.browser.js("location.hash = `s=${arguments[0]}&o=-duration`", name)
    viewer.browser.wait("document.querySelector('[aria-sort=descending]')")
    viewer.browser.wait("[...document.querySelectorAll('.row')].every(r => r.hidden || r.ariaLevel === '1')")
    viewer.wait_text("round 2", ".row")


def test_exchanges_of_a_run_say_it_too(viewer, run, axe):  # noqa: F811
    open_run(viewer, run)
    viewer.press("g", "ArrowRight")
    wait_expanded(viewer, 0, "true")
    viewer.wait_text("↻", ".row")
    viewer.browser.wait("document.querySelectorAll('.row.is-message').length === 2")
    rows = nesting(viewer)
    assert [row[1:] for row in rows[:4]] == [["1", "true"], ["2", None], ["2", None], ["1", "false"]]
    under = {level for text, level, isExpanded in rows if ("↻" in text or "↳" in text) and isExpanded}
    assert under and "1" not in under
    is_sound(viewer, axe)


def test_sessions_stand_under_their_run(viewer, run, axe):  # noqa: F811
    viewer.open()
    viewer.wait_rows(8)
    levels = [[level, isExpanded] for _, level, isExpanded in nesting(viewer)]
    assert levels == [["1", "true"], *[["2", None]] * 3, *[["1", None]] * 4]
    is_sound(viewer, axe)
    viewer.open("y=name")
    viewer.wait_rows(7)
    assert {level for _, level, _ in nesting(viewer)} == {"1"}
