"""Every key of the help does what it says: the lists here, in the page and in docs/ are one."""

import re

import pytest

from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

SELECTED = ("document.querySelector('.row[aria-selected=true]:not([hidden])')?.innerText.trim()"
            ".startsWith('{}')")
HASH = "location.hash.includes('{}')"
TOAST = "document.querySelector('.toast')?.innerText.includes('{}')"
TITLE = "document.querySelector('.details-title')?.innerText.includes('{}')"
PRESSED = "document.querySelector('button[title*=\"({})\"]')?.ariaPressed === '{}'"
TREE = "document.querySelector('.path')?.textContent === '{}'"
ASKED = "document.querySelector('dialog.removal')"
PAUSED = "document.querySelector('.live-state').innerText.startsWith('paused')"

# Of each place of the page: what to press, in order, and what is then true.
SESSION = [
    ("j", SELECTED.format(1)), ("↓", SELECTED.format(2)), ("k", SELECTED.format(1)),
    ("G", SELECTED.format(23)), ("↑", SELECTED.format(22)), ("g", SELECTED.format(1)),
    ("n", SELECTED.format(10)), ("n", SELECTED.format(11)), ("p", SELECTED.format(10)),
    (",", SELECTED.format(9)), (".", SELECTED.format(10)),
    ("→", HASH.format("e=10")), ("←", "!" + HASH.format("e=")),
    ("m", TOAST.format("marked #10")), ("k", SELECTED.format(9)),
    ("d", HASH.format("d=diff&c=10") + " && document.querySelector('.diff-head strong')"),
    ("1", "!" + HASH.format("d=diff")), ("8", HASH.format("d=diff")), ("Esc", "!" + HASH.format("i=")),
    ("Enter", TITLE.format("#9")), ("c", TOAST.format("copied the JSON-RPC line")),
    ("y", "document.querySelector('.copy-menu').open"), ("Esc", "!document.querySelector('.copy-menu').open"),
    ("Esc", "document.querySelector('.details').hidden"),
    ("o", HASH.format("o=number")), ("O", HASH.format("o=-number")),
    ("t", TOAST.format("times are of the day")), ("x", PAUSED), ("x", "!" + PAUSED),
    ("T", TOAST.format("theme: light")), ("z", HASH.format("t=")), ("z", "!" + HASH.format("t=")),
    ("f", PRESSED.format("f", "true")), ("f", PRESSED.format("f", "false")),
    ("l", PRESSED.format("l", "true")), ("l", PRESSED.format("l", "false")),
    ("h", "document.querySelector('.head').open"), ("h", "!document.querySelector('.head').open"),
    ("r", TOAST.format("run")), ("]", HASH.format("v=messages")), ("[", "!" + HASH.format("v=")),
    ("D", ASKED), ("Esc", "!" + ASKED), ("Delete", ASKED), ("Esc", "!" + ASKED),
    ("/", "document.activeElement.matches('.filter-input')"),
]
SEARCH = [
    ("s", "document.activeElement.matches('.search-inside .find')"),
]
FOUND = [
    ("N", "document.querySelector('.search-count').innerText === '2 of 3'"),
    ("P", "document.querySelector('.search-count').innerText === '1 of 3'"),
]
INSIDE_TREE = [
    ("↓", TREE.format(".jsonrpc")), ("c", TOAST.format("copied the value")), ("C", TOAST.format("the path")),
    ("↓", TREE.format(".id")), ("↓", TREE.format(".result")),
    ("←", "document.querySelector('.tree-row[aria-selected=true]').ariaExpanded === 'false'"),
    ("→", "document.querySelector('.tree-row[aria-selected=true]').ariaExpanded === 'true'"),
    ("→", TREE.format(".result.content")), ("r", TOAST.format("--ignore tool:divide:/result/content")),
    ("b", TOAST.format("--bind tool:divide:/result/content")),
]
NAMES = {"↓": "ArrowDown", "↑": "ArrowUp", "→": "ArrowRight", "←": "ArrowLeft", "Esc": "Escape"}


def press_all(viewer, steps):  # noqa: F811
    for key, condition in steps:
        if "toast" in condition:
            viewer.browser.js("document.querySelector('.toast')?.remove()")
        viewer.press(NAMES.get(key, key))
        viewer.browser.wait(condition)


@pytest.fixture
def copying(viewer):  # noqa: F811
    viewer.browser.cdp(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    return viewer


def test_keys_of_the_table(copying):
    copying.demo()
    copying.wait_rows(23)
    press_all(copying, SESSION)


def test_keys_inside_the_details(copying):
    copying.demo("i=10&d=request", ready=".tree-row")
    press_all(copying, SEARCH)
    copying.demo("i=10&d=request&f=modelcontext", ready=".tree-row")
    copying.wait_text("1 of 3", ".search-count")
    press_all(copying, FOUND)
    copying.demo("i=10&d=response", ready=".tree-row")
    copying.browser.js("document.querySelector('.tree').focus()")
    press_all(copying, INSIDE_TREE)


def test_the_lists_of_keys_are_one(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("?")
    viewer.wait_text("next, previous error", "dialog")
    shown = set(viewer.texts("dialog kbd"))
    viewer.press("?")
    viewer.browser.wait("!document.querySelector('dialog')")
    viewer.press("u")
    viewer.browser.wait("!location.hash.includes('s=')")
    parts = {f"{number}" for number in range(1, 9)}
    shown = {key for key in shown if key != "1 … 8"} | parts
    tried = {key for key, _ in [*SESSION, *SEARCH, *FOUND, *INSIDE_TREE]} | {"?", "u"}
    # The parts between are pressed one after the other in the hostile tests.
    assert shown == tried | parts
    table = (ROOT / "docs/viewer.md").read_text()
    table = table[table.index("## Keys") : table.index("Filter words are")]
    told = set(re.findall(r"`([^`]+)`", " ".join(line.split("|")[1] for line in table.splitlines()
                                                  if line.startswith("| "))))
    assert told == (shown - parts) | {"1", "8"}
