"""The viewer's page in a real browser, over a double of the API: pages, keys, links, filters."""

import re
import shutil
import subprocess

import pytest

from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

PAGE = ROOT / "Sources/CViewerPage/page"


def test_every_file_of_the_page_is_embedded():
    source = "".join((ROOT / "Sources/CViewerPage" / name).read_text()
                     for name in ("scripts.h", "cviewerpage.c"))
    embedded = re.findall(r'#embed "page/([^"]+)"', source)
    served = re.findall(r'\{"(/[^"]*)", \w+, (\w+), sizeof (\w+)\}', source)
    files = sorted(path.name for path in PAGE.iterdir())
    assert sorted(embedded) == files
    assert sorted(path for path, _, _ in served) == sorted(
        "/" if name == "index.html" else f"/page/{name}" for name in files)
    assert all(name == length for _, name, length in served)


def test_the_files_of_the_page_are_small():
    for path in PAGE.iterdir():
        lines = path.read_text().split("\n")
        assert len(lines) <= 401, path.name
        long = [number for number, line in enumerate(lines, 1) if len(line) > 110]
        assert not long, f"{path.name}: longer than 110 columns: {long}"


def test_the_page_knows_the_filter_words_of_the_program():
    source = (ROOT / "Sources/Recording/Filters/FilterWord.swift").read_text()
    head = source[source.index("enum FilterWord") : source.index("struct Value")]
    words = re.findall(r"^    case (\w+)", head, re.MULTILINE)
    known = (PAGE / "filter.js").read_text()
    known = known[known.index("export const WORDS") : known.index("\n};")]
    assert sorted(words) == sorted(re.findall(r"^  (\w+): \{", known, re.MULTILINE))


def test_nothing_makes_elements_of_text():
    """`textContent` and text nodes only: what was recorded never meets a parser of HTML."""
    doors = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|Function\(")
    for path in PAGE.glob("*.js"):
        assert not doors.search(path.read_text()), path.name


def test_modules_in_node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the same tests run in the browser")
    done = subprocess.run(
        [node, "--test", "Tests/Interop/page"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_modules_in_the_browser(viewer):
    viewer.open()
    assert viewer.failed_modules("modules.js") == []


def test_the_page_is_light(viewer):
    """What a session's table needs, before compression; the other views come when they are opened."""
    viewer.open("s=" + viewer.double.sessions_by_name()["demo"])
    loaded = {path for path in viewer.double.requests if not path.startswith("/api/")}
    weight = sum((PAGE / (path.removeprefix("/page/") or "index.html")).stat().st_size
                 for path in ("" if path == "/" else path for path in loaded))
    assert weight < 150_000, f"{weight} bytes: {sorted(loaded)}"


# -- the list of sessions


def test_sessions_are_listed_and_opened_by_keys(viewer):
    viewer.open()
    viewer.wait_rows(4)
    first, second = viewer.rows()[:2]
    assert first.startswith("demo") and "2026-07-28" in first and "mcptape-demo-server 1.0.0" in first
    assert "✕ 1" in first and "⚠ 1" in first
    viewer.press("j")
    viewer.wait_selected("demo")
    viewer.press("j")
    viewer.wait_selected(second.split()[0])
    viewer.press("k", "G", "g", "Enter")
    viewer.wait_text("server/discover", ".row")
    assert viewer.state() == "#s=" + viewer.double.sessions_by_name()["demo"]
    viewer.press("u")
    viewer.wait_rows(4)
    assert viewer.state() == ""


def test_sessions_are_filtered(viewer):
    viewer.open()
    viewer.wait_rows(4)
    viewer.press("/", *"server:demo", "Enter")
    viewer.wait_rows(1)
    assert viewer.rows()[0].startswith("demo")
    assert viewer.state() == "#q=server:demo"
    viewer.press("/", *"server:nobody", "Enter")
    viewer.wait_text("No session matches")


def test_the_token_leaves_the_address_and_outlives_a_reload(viewer):
    viewer.demo()
    assert "token" not in viewer.state()
    viewer.browser.call("POST", "/refresh", {})
    viewer.wait_text("server/discover", ".row")
    assert "token" not in viewer.state()


def test_without_the_token_the_page_says_what_to_do(viewer):
    viewer.open()
    viewer.browser.js("sessionStorage.clear()")
    viewer.browser.open(viewer.double.origin + "/")
    viewer.wait_text("This page needs its link")
    refused = [line for line in viewer.browser.console() if "401" not in line]
    assert refused == []


# -- one session


def test_the_failing_arguments_are_two_keys_away(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("n", "Enter")
    viewer.wait_text("cannot divide 1 by zero", ".details")
    viewer.wait_selected("10")
    assert "⚠ tool error" in viewer.selected()
    assert [text.split() for text in viewer.texts(".details .tree-row")[1:3]] == [["a:", "1"], ["b:", "0"]]
    viewer.wait_state("i=10")


def test_keys_of_a_session(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("j", "j", "ArrowDown")
    viewer.wait_selected("3")
    viewer.press("k")
    viewer.wait_selected("2")
    viewer.press("G")
    viewer.wait_selected("23")
    viewer.press("p")
    viewer.wait_selected("11")
    viewer.press("g", "j", "j", "Enter")
    viewer.wait_text("#3", ".details-title")
    viewer.press(".")
    viewer.wait_text("#4", ".details-title")
    viewer.press(",")
    viewer.wait_text("#3", ".details-title")
    viewer.press("2")
    viewer.wait_state("d=request")
    viewer.wait_text('"2.0"', ".details .tree")
    viewer.press("5")
    viewer.wait_text("00000000  7b 22", ".details pre")
    viewer.press("7")
    viewer.wait_text("messages of this exchange", ".details")
    viewer.press("Escape")
    viewer.browser.wait("document.querySelector('.details').hidden")
    viewer.press("h")
    viewer.wait_text("Four tools about weather", ".head-body")
    viewer.press("h", "?")
    viewer.wait_text("next, previous error", "dialog")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('dialog')")
    viewer.press("]")
    viewer.wait_state("v=messages")
    viewer.press("[", "[")
    viewer.wait_state("v=problems")


def test_times_theme_zoom_and_follow(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    start = lambda: viewer.rows()[1].split()[4]  # noqa: E731
    assert start() == "0.010825"
    viewer.press("t")
    viewer.browser.wait("/:\\d\\d\\.\\d{6}/.test(document.querySelector('.row[data-index=\"1\"]').innerText)")
    viewer.press("t")
    viewer.browser.wait("document.querySelector('.row[data-index=\"1\"]').innerText.includes('+0.006972')")
    viewer.press("t", "T")
    assert viewer.browser.js("return document.documentElement.dataset.theme") == "light"
    viewer.press("T")
    assert viewer.browser.js("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"
    viewer.press("T", "f")
    assert viewer.browser.js("return document.querySelector('[aria-pressed]').ariaPressed") == "true"
    viewer.press("f", "n")
    viewer.wait_selected("10")
    viewer.press("z")
    viewer.wait_state("t=")
    viewer.wait_text("of 23 shown", ".foot")
    viewer.press("z")
    viewer.wait_rows(23)


def test_a_link_leads_to_the_same_place(viewer):
    viewer.demo("i=8&d=timing")
    viewer.wait_text("notifications/progress", ".near")
    viewer.wait_selected("8")
    viewer.demo("v=messages&m=21")
    viewer.wait_text("A report of 3 pages", ".details")
    viewer.wait_selected("21")
    viewer.demo("q=tool:divide&o=-duration")
    viewer.wait_rows(14)
    took = [row.split() for row in viewer.rows()]
    assert took[0][0] == "9"
    viewer.demo("t=250000-253400")
    viewer.wait_rows(3)
    viewer.demo("i=999", ready=".details .notice")
    viewer.wait_text("There is no exchange #999", ".details")


def test_back_goes_to_where_one_was(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("j", "Enter")
    viewer.wait_text("#1", ".details-title")
    viewer.browser.js("history.back()")
    viewer.browser.wait("document.querySelector('.details').hidden")


def test_a_filter_is_checked_completed_and_remembered(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("/", *"statu:ok")
    viewer.wait_text("did you mean status:?", ".filter-note")
    assert viewer.text(".filter-marks .wrong") == "statu:"
    viewer.press("Escape")
    viewer.press("/", *"stat", "Tab")
    # What can be completed is loaded with the first key, and Tab waits for it.
    viewer.browser.wait("document.querySelector('.filter-input').value === 'status:'")
    viewer.press(*"tool", "ArrowDown", "Enter", "Enter")
    viewer.wait_rows(1)
    viewer.wait_state("q=status:tool_error")
    viewer.press("/", *"tool:wea", "Tab")
    assert viewer.browser.js("return document.querySelector('.filter-input').value") == "tool:weather"
    viewer.press("Enter")
    viewer.wait_rows(4)
    viewer.press("/")
    viewer.browser.js("document.querySelector('.filter-input').value = ''")
    viewer.press("a", "\ue003")
    viewer.wait_text("status:tool_error", ".filter-list")
    viewer.press("Escape", "Escape")


def test_what_the_server_cannot_read_is_marked_where_it_says(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("/", *"x since:1000-01-01", "Enter")
    viewer.wait_text("since: cannot read '1000-01-01'", ".filter-note")
    assert viewer.text(".filter-marks .wrong") == "1"
    assert [line for line in viewer.browser.console() if "400" not in line] == []


def test_what_was_recorded_without_payloads_still_has_its_timing(viewer):
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    bytes_of, session.bytes = session.bytes, {}
    try:
        viewer.demo("i=8", ready=".details .notice")
        viewer.wait_text("there is no message", ".details")
        viewer.press("7")
        viewer.wait_text("notifications/progress", ".near")
    finally:
        session.bytes = bytes_of
    assert [line for line in viewer.browser.console() if "404" not in line] == []


def test_columns_sort_and_can_be_hidden(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.browser.click(".grid-head [aria-colindex='5'] button")
    viewer.wait_state("o=duration")
    viewer.browser.wait("document.querySelector('.row[data-index=\"22\"]').innerText.startsWith('8')")
    viewer.browser.click(".grid-head [aria-colindex='5'] button")
    viewer.wait_state("o=-duration")
    viewer.browser.wait("document.querySelector('.row[data-index=\"0\"]').innerText.startsWith('8')")
    viewer.browser.click(".menu summary")
    viewer.browser.click(".menu label:nth-of-type(2) input")
    assert "First" not in viewer.text(".grid-head")
    viewer.browser.click(".menu label:nth-of-type(2) input")
    assert "First" in viewer.text(".grid-head")


def test_a_stretch_of_time_is_brushed(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    viewer.browser.drag(".minimap-canvas", 0.0, 0.5)
    viewer.wait_rows(8)
    viewer.wait_state("t=0-")
    viewer.browser.click(".minimap-clear")
    viewer.wait_rows(23)


def test_the_tree_folds_finds_and_copies(viewer):
    viewer.demo("i=2&d=response", ready=".tree-row")
    before = len(viewer.texts(".tree-row"))
    viewer.browser.js("document.querySelector('.tree').focus()")
    viewer.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft")
    assert len(viewer.texts(".tree-row")) < before
    assert viewer.text(".path") == ".result"
    viewer.press("ArrowRight")
    assert len(viewer.texts(".tree-row")) == before
    viewer.browser.js("document.querySelector('.details-body').focus()")
    viewer.press("s", *"search_notes")
    viewer.wait_text("1 of 1", ".search-count")
    assert viewer.text(".path") == ".result.tools[1].name"
    viewer.browser.cdp(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    viewer.press("Escape")
    viewer.browser.js("document.querySelector('.tree').focus()")
    viewer.press("C")
    viewer.wait_text("copied the path", ".toast")
