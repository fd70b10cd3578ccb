"""Figures and tools of a session that is being recorded: counted anew once a second, and up to date then."""

import copy
import time

import pytest

from viewer_browser import browser, recorded, viewer  # noqa: F401

# Many changes a second, as a busy session makes them, for a few seconds.
CHANGES = 60
EACH = 0.05


def test_modules_of_the_pace_in_the_browser(viewer):  # noqa: F811
    viewer.open()
    assert viewer.failed_modules("pace-modules.js") == []


class Growing:
    """A session of which the figures count one call more at each change."""

    def __init__(self, viewer, recorded):  # noqa: F811
        self.viewer = viewer
        self.session = copy.copy(recorded["demo"])
        self.session.summary = {**self.session.summary, "live": True}
        self.calls = 611
        original = self.session.stats

        def stats(words):
            figures = copy.deepcopy(original(words))
            for row in [*figures["rows"], figures["total"]]:
                row["count"] = self.calls
            return figures

        self.session.stats = stats
        viewer.double.sessions = {self.session.id: self.session}

    def grow(self):
        self.calls += 1
        self.viewer.double.change(self.session)

    def wait_shown(self, calls):
        self.viewer.browser.wait(
            "[...document.querySelectorAll('.row .cell')].some(e => e.innerText === arguments[0])",
            str(calls))

    def asked(self, part):
        return sum(path.startswith(f"/api/sessions/{self.session.id}/{part}")
                   for path in self.viewer.double.requests)


@pytest.mark.parametrize("view, part", [
    ("stats", "stats"), ("tools", "exchanges?filter=method%3Atools%2Flist")])
def test_they_are_counted_once_a_second_and_the_last_is_shown(viewer, recorded, view, part):  # noqa: F811
    growing = Growing(viewer, recorded)
    viewer.open(f"s={growing.session.id}&v={view}")
    growing.wait_shown(611)
    before = growing.asked(part)
    began = time.monotonic()
    for _ in range(CHANGES):
        growing.grow()
        time.sleep(EACH)
    # The last one is told in time, whatever came before it.
    growing.wait_shown(growing.calls)
    seconds = time.monotonic() - began
    # One at once, then one a second, each a second after the one before.
    assert growing.asked(part) - before <= seconds + 1


def test_what_is_paused_stays(viewer, recorded):  # noqa: F811
    growing = Growing(viewer, recorded)
    viewer.open(f"s={growing.session.id}&v=stats")
    growing.wait_shown(611)
    growing.grow()
    growing.wait_shown(612)
    # Told, and not shown yet: it rests.
    growing.grow()
    viewer.press("x")
    viewer.wait_text("paused")
    growing.grow()
    viewer.wait_text("changed since")
    asked = growing.asked("stats")
    viewer.press("x")
    growing.wait_shown(614)
    assert growing.asked("stats") > asked


def test_all_percentiles_are_there(viewer):  # noqa: F811
    viewer.demo("v=stats")
    viewer.browser.look((1280, 900))
    viewer.wait_text("tools/call", ".row")
    heads = [text.strip().split()[0] for text in viewer.texts("[role=columnheader]")]
    places = [heads.index(name) for name in ("p50", "p90", "p95", "p99", "Max")]
    assert places == sorted(places)
    identity = viewer.double.sessions_by_name()["demo"]
    total = viewer.double.sessions[identity].stats("")["total"]
    (wanted,) = viewer.browser.asynchronous("""
        import('/page/format.js').then((format) => done([format.duration(arguments[0])]),
          (error) => done([String(error)]))""", total["p95_us"])
    assert viewer.rows()[-1].startswith("all") and wanted in viewer.rows()[-1]
    # It is sorted by, as the others are.
    viewer.browser.click("[role=columnheader]:nth-child(%d)" % (heads.index("p95") + 1))
    viewer.wait_state("y=p95")
