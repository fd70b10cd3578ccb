"""What the viewer's page loads at first, before compression: what is not in sight comes when it is."""

import pytest

from test_viewer_runs import recorded_run, run  # noqa: F401
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

PAGE = ROOT / "Sources/CViewerPage/page"
LIMIT = 145_000
LATER = ["stats-view.js", "tools-view.js", "problems-view.js", "messages-view.js", "charts.js", "help.js",
         "raw-view.js", "lanes.js", "lanes.css", "session-lists.js", "removal.js", "detail-pane.js",
         "details.css", "json-tree.js", "statistics.js", "expanded-rows.js", "filter-list.js", "figures.js",
         "session-facts.js", "run-changes.js", "paced.js", "columns.js", "divider.js", "empty-text.js"]


def loaded(viewer, state, settled):  # noqa: F811
    """The files that a page asked for until it came to rest, by the server and by the browser."""
    viewer.double.requests.clear()
    viewer.open(state)
    # The last question of a page at rest: from here on it only asks for changes.
    viewer.browser.wait("performance.getEntriesByType('resource').some(e => e.name.includes(arguments[0]))",
                        settled)
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    asked = {path.removeprefix("/page/").strip("/") or "index.html"
             for path in viewer.double.requests if not path.startswith("/api/")}
    told = viewer.browser.js(
        "return [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
        ".filter(e => !e.name.includes('/api/') && e.name.startsWith(location.origin))"
        ".map(e => [e.name.split('#')[0].split('/').at(-1) || 'index.html', e.decodedBodySize])")
    weight = {name: (PAGE / name).stat().st_size for name in asked}
    assert dict(map(tuple, told)) == weight
    return weight


@pytest.mark.parametrize("kind", ["sessions", "session", "run"])
def test_what_is_loaded_at_first_is_light(viewer, run, kind):  # noqa: F811
    demo = viewer.double.sessions_by_name()["demo"]
    state, settled = {"sessions": ("", "/api/runs"), "session": (f"s={demo}", "/api/runs?filter=session"),
                      "run": (f"r={run.id}", "/messages/")}[kind]
    weight = loaded(viewer, state, settled)
    assert sum(weight.values()) < LIMIT, weight
    assert not set(LATER) & set(weight)


def test_what_is_opened_is_loaded_then(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    for key, name in {"]": "messages-view.js", "?": "help.js"}.items():
        viewer.press(key)
        viewer.browser.wait(
            "performance.getEntriesByType('resource').some(e => e.name.endsWith(arguments[0]))", name)
    viewer.press("Escape")
