"""The filter box and what comes of it: completion of every word, searches that can be ended, sorting."""

import re
import threading

import pytest

from long_session import LongSession
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

PAGE = ROOT / "Sources/CViewerPage/page"


def box(viewer):  # noqa: F811
    return viewer.browser.js("return document.querySelector('.filter-input').value")


def items(viewer):  # noqa: F811
    return [text.split("\n")[0] for text in viewer.texts(".filter-item")]


def test_every_word_and_its_values_are_completed(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("/")
    viewer.press("ArrowDown")
    known = (PAGE / "filter.js").read_text()
    known = known[known.index("export const WORDS") : known.index("\n};")]
    words = re.findall(r"^  (\w+): \{", known, re.MULTILINE)
    # What can be completed is loaded with the first key.
    viewer.browser.wait("document.querySelectorAll('.filter-item').length >= arguments[0]", len(words))
    assert items(viewer)[-len(words):] == [word + ":" for word in words]
    session = viewer.double.sessions_by_name()["demo"]
    offered = {"method": "server/discover", "tool": "search_notes", "status": "tool_error", "id": "10",
               "duration": "100ms..", "size": "1KB..", "kind": "notification", "dir": "s2c", "since": "1h",
               "server": "demo", "client": "mcptape-demo", "session": session}
    assert set(offered) == set(words)
    for word, value in offered.items():
        viewer.browser.js("document.querySelector('.filter-input').value = ''")
        viewer.press(*f"{word}:{value[0]}")
        viewer.browser.wait("[...document.querySelectorAll('.filter-item')]"
                            ".some(e => e.innerText.trim() === arguments[0])", value)
        viewer.press(*["ArrowDown"] * (items(viewer).index(value) + 1), "Tab")
        assert box(viewer) == f"{word}:{value}"
    viewer.press("Enter")
    viewer.wait_rows(23)


def test_earlier_filters_come_back_by_their_beginning(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("/", *"tool:divide status:ok", "Enter")
    viewer.wait_rows(13)
    viewer.press("/")
    viewer.browser.js("document.querySelector('.filter-input').value = ''")
    viewer.press(*"tool:divide s")
    viewer.wait_text("earlier", ".filter-list")
    at = items(viewer).index("tool:divide status:ok")
    viewer.press(*["ArrowDown"] * (at + 1), "Enter")
    viewer.wait_state("q=tool:divide+status:ok")
    assert box(viewer) == "tool:divide status:ok"


def test_a_table_is_sorted_by_keys(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("o", "o", "o")
    viewer.wait_state("o=method")
    viewer.press("o", "o")
    viewer.wait_state("o=duration")
    viewer.press("O")
    viewer.wait_state("o=-duration")
    viewer.browser.wait("document.querySelector('.row[data-index=\"0\"]').innerText.startsWith('8')")
    assert viewer.browser.js(
        "return document.querySelector('.grid-head [aria-sort=descending]').innerText").startswith("Took")
    viewer.press("O")
    viewer.wait_state("o=duration")
    viewer.press("]", "]", "o")
    viewer.wait_text("▲", ".grid-head")


def test_a_hidden_column_stays_hidden(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.browser.js("document.querySelector('.menu summary').focus()")
    viewer.press("Enter")
    viewer.browser.wait("document.querySelector('.menu').open && document.querySelector('.menu label')")
    first = viewer.text(".menu label").split("\n")[0]
    viewer.browser.click(".menu label input")
    viewer.demo()
    viewer.wait_rows(23)
    shown = viewer.text(".grid-head").lower()
    assert first.lower() not in shown
    viewer.browser.js("document.querySelector('.menu summary').click()")
    viewer.browser.click(".menu label input")
    assert first.lower() in viewer.text(".grid-head").lower()


# -- free text runs on the server, page by page


class SlowSession(LongSession):
    """A session in which a search finds one exchange a page, each page when the test lets it."""

    def __init__(self, like):
        super().__init__(like, "slow1slow1sl", 10_000)
        self.gate = threading.Semaphore(0)

    def exchange_page(self, start, limit, words):
        if not words:
            return super().exchange_page(start, limit, words)
        self.gate.acquire(timeout=60)
        following = start + 1000
        return {"exchanges": [self.one(start)], "next": following if following <= self.number else None}

    def entry_page(self, start, limit, words):
        if not words:
            return super().entry_page(start, limit, words)
        self.gate.acquire(timeout=60)
        following = start + 5000
        found = [self.entry(start)] if start > 15_000 else []
        return {"entries": found, "next": following if following <= 20_000 else None}


@pytest.fixture
def slow(viewer, recorded):  # noqa: F811
    session = SlowSession(recorded["demo"])
    viewer.double.sessions = {session.id: session}
    yield session
    session.gate.release(100)


def test_matches_stream_in_and_a_search_can_be_ended(viewer, slow):  # noqa: F811
    viewer.open(f"s={slow.id}&q=needle", ready=".foot")
    slow.gate.release(2)
    viewer.wait_rows(2)
    viewer.wait_text("2 of 10,000 shown so far, 20 % searched", ".foot")
    assert viewer.text("button[title^='end the search']") == "■ stop"
    viewer.press("Escape")
    viewer.wait_text("▶ go on", ".extra")
    # The page that was asked for meanwhile is not waited for.
    slow.gate.release(1)
    viewer.browser.click("button[title='search the rest']")
    slow.gate.release(1)
    viewer.wait_rows(3)
    viewer.browser.click("button[title^='end the search']")
    viewer.wait_text("▶ go on", ".extra")
    slow.gate.release(50)
    viewer.browser.click("button[title='search the rest']")
    viewer.wait_text("10 of 10,000 shown ·", ".foot")
    assert "go on" not in viewer.text(".extra") and "stop" not in viewer.text(".extra")
    numbers = [row.split()[0] for row in viewer.rows()]
    assert numbers == [str(1 + 1000 * page) for page in range(10)]


def test_another_filter_ends_the_search(viewer, slow):  # noqa: F811
    viewer.open(f"s={slow.id}&q=needle", ready=".foot")
    slow.gate.release(1)
    viewer.wait_rows(1)
    viewer.press("/")
    viewer.browser.js("document.querySelector('.filter-input').value = ''")
    viewer.press("x", "y", "Enter")
    viewer.wait_state("q=xy")
    slow.gate.release(50)
    viewer.wait_text("10 of 10,000 shown ·", ".foot")


def test_a_search_of_messages_goes_on_until_something_is_found(viewer, slow):  # noqa: F811
    viewer.open(f"s={slow.id}&v=messages&q=needle", ready=".foot")
    slow.gate.release(2)
    viewer.wait_text("0 messages so far, 49 % searched", ".foot")
    viewer.press("Escape")
    viewer.wait_text("▶ go on", ".extra")
    slow.gate.release(50)
    viewer.browser.click("button[title='search the rest']")
    viewer.wait_text("1 message shown", ".foot")
    viewer.wait_rows(1)
