"""Every state is in the address, every key has something for the mouse, and no tab is out of reach."""

from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import SIZES, browser, recorded, viewer  # noqa: F401


def first_cells(viewer):  # noqa: F811
    return [row.split()[0] for row in viewer.rows()]


def test_sessions_are_sorted_by_any_column(viewer, run):  # noqa: F811
    viewer.open()
    viewer.wait_rows(8)
    heads = viewer.browser.js("return [...document.querySelectorAll('.grid-head [role=columnheader]')]"
                              ".map(e => [e.innerText.trim(), Boolean(e.querySelector('button'))])")
    assert all(sorts for title, sorts in heads if title != "Del."), heads
    viewer.browser.click(".grid-head [aria-colindex='10'] button")
    viewer.wait_state("y=exchanges")
    viewer.wait_rows(7)
    counts = [session.summary["exchanges"] for session in viewer.double.sessions.values()]
    names = {session.summary["name"]: session.summary["exchanges"]
             for session in viewer.double.sessions.values()}
    assert [names[name] for name in first_cells(viewer)] == sorted(counts)
    viewer.press("O")
    viewer.wait_state("y=-exchanges")
    viewer.browser.wait("document.querySelector('.row[data-index=\"0\"]').innerText.startsWith(arguments[0])",
                        max(names, key=names.get))
    # A link leads to the same order; the third click is back at the newest.
    viewer.open("y=name")
    viewer.wait_rows(7)
    assert first_cells(viewer) == sorted(names)
    viewer.press("g", "Enter")
    viewer.wait_state("s=")
    assert "y=" not in viewer.state()


def test_orders_and_the_chosen_tool_are_in_the_address(viewer):  # noqa: F811
    viewer.demo("v=stats&y=-max")
    viewer.wait_text("tools/call", ".row")
    longest = viewer.rows()[0]
    viewer.browser.click(".grid-head [aria-sort=descending] button")
    viewer.browser.wait("!location.hash.includes('y=')")
    viewer.demo("v=stats&o=duration")
    viewer.wait_text("tools/call", ".row")
    assert "report" in longest or longest != viewer.rows()[0]
    viewer.demo("v=tools&n=weather&y=name")
    viewer.wait_text("Tells the weather of a city.", ".aside-part")
    viewer.wait_selected("weather")
    names = first_cells(viewer)
    assert names == sorted(names)
    viewer.press("k")
    viewer.browser.wait("!location.hash.includes('n=weather') && location.hash.includes('n=')")


def test_the_mouse_has_what_keys_have(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.browser.click(".bar button[title*='(t)']")
    viewer.browser.wait("/:\\d\\d\\.\\d{6}/.test(document.querySelector('.row[data-index=\"1\"]').innerText)")
    viewer.browser.click(".bar button[title*='(t)']")
    viewer.browser.wait("document.querySelector('.row[data-index=\"1\"]').innerText.includes('+0.00')")
    viewer.browser.click(".bar button[title*='(t)']")
    viewer.browser.click(".foot .to-errors")
    viewer.wait_state("q=status:error,tool_error")
    viewer.wait_rows(2)


def reachable(viewer):  # noqa: F811
    """The names of the tabs that are whole in sight, without scrolling anything."""
    return viewer.browser.js(
        "return [...document.querySelectorAll('.tools-line [role=tab]')].filter(e => {"
        " const box = e.getBoundingClientRect();"
        " const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);"
        " return box.left >= 0 && box.right <= innerWidth && e.contains(at); }).map(e => e.innerText)")


TABS = ["Exchanges", "Messages", "Tools", "Stats", "Problems"]


def test_every_tab_is_in_reach_on_a_phone(viewer, run):  # noqa: F811
    viewer.browser.look(SIZES["narrow"])
    viewer.demo()
    viewer.wait_rows(23)
    assert reachable(viewer) == TABS
    viewer.browser.click("#tab-problems")
    viewer.wait_text("cannot divide 1 by zero", ".row")
    assert reachable(viewer) == TABS
    open_run(viewer, run)
    assert reachable(viewer) == TABS
    viewer.browser.click("#tab-problems")
    viewer.wait_state("v=problems")
    assert viewer.browser.js("return document.documentElement.scrollWidth - innerWidth") <= 0


def test_who_is_waited_for_is_drawn_in_the_time_line_of_an_exchange(viewer):  # noqa: F811
    """Stripes where a bar would be whole: columns of pixels that are empty between others that are not."""
    name = viewer.double.sessions_by_name()["features-1"]
    session = viewer.double.sessions[name]
    asked = next(one for one in session.exchanges if one["asker"] == "server" and one.get("parent")
                 and one["method"] == "sampling/createMessage")
    parent = session.exchanges[asked["parent"] - 1]
    end = asked["start_us"] + asked["duration_us"]
    # So near that the wait is wide.
    viewer.open(f"s={name}&t={parent['start_us']}-{end}")
    viewer.wait_text(parent["name"], ".row")
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    drawn = viewer.browser.js("""
        const row = [...document.querySelectorAll('.row:not([hidden])')]
          .find((e) => e.innerText.includes(arguments[0]));
        const canvas = document.querySelector('.grid-canvas');
        const y = Number(row.dataset.index) * 24 + 12;
        const { data } = canvas.getContext('2d').getImageData(0, y, canvas.width, 1);
        return [...Array(canvas.width).keys()].map((x) => data[4 * x + 3] > 0);""", parent["name"])
    span = end - parent["start_us"]
    inner = len(drawn) - 12
    left = 6 + (asked["start_us"] - parent["start_us"]) / span * inner
    striped = drawn[int(left) + 2 : len(drawn) - 8]
    changes = sum(a != b for a, b in zip(striped, striped[1:]))
    assert len(striped) > 40 and changes > len(striped) / 4, (len(striped), changes)


def test_lanes_and_the_kind_of_times_are_in_the_address(viewer):  # noqa: F811
    viewer.demo("l=on&k=wall")
    viewer.wait_text("tools/call", ".row")
    viewer.browser.wait("document.querySelector('.lanes')?.checkVisibility()")
    viewer.browser.wait("document.querySelector('.row').innerText.match(/\\d\\d:\\d\\d:\\d\\d/)")
    # A link leaves nothing behind for the next one.
    assert viewer.browser.js("return localStorage.getItem('mcptape.lanes') ?? ''") == ""
    viewer.press("l")
    viewer.wait_state("l=off")
    viewer.browser.wait("!document.querySelector('.lanes').checkVisibility()")
    viewer.press("t")
    viewer.wait_state("k=delta")
    viewer.browser.wait("!document.querySelector('.row').innerText.match(/\\d\\d:\\d\\d:\\d\\d/)")
    viewer.press("t")
    viewer.wait_state("k=relative")
    # What was last is there without a link, and in the address of the next place.
    viewer.press("t", "l")
    viewer.wait_state("l=on")
    viewer.demo("v=messages")
    viewer.wait_state("v=messages")
    viewer.browser.wait("document.querySelector('.row').innerText.match(/\\d\\d:\\d\\d:\\d\\d/)")
    viewer.press("]")
    viewer.wait_state("v=tools")
    viewer.wait_state("k=wall")
    viewer.browser.js("localStorage.removeItem('mcptape.lanes'); localStorage.removeItem('mcptape.times')")
