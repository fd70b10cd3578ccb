"""Bodies that are large: what cannot be drawn as a tree can still be read."""

import json

import pytest

from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401
from viewer_double import FileSession


def session_with(binary, path, *messages):
    """The session of a recording whose last exchange is these messages, each a JSON text and its sender."""
    lines = (ROOT / "recordings/time.mcptape.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    for index, (sender, text) in enumerate(messages, 1):
        lines.append(f'{{"seq":{last["seq"] + index},"t":{last["t"] + index},"dir":"{sender}","msg":{text}}}')
    path.write_text("\n".join(lines) + "\n")
    session = FileSession(binary, path)
    # The program tells a large message in parts.
    session.bytes |= {last["seq"] + index: text.encode() for index, (_, text) in enumerate(messages, 1)}
    return session


def opened(viewer, session, state):  # noqa: F811
    viewer.double.sessions = {session.id: session}
    viewer.open(f"s={session.id}&i={session.count()}{state}", ready=".details-title")


@pytest.mark.parametrize("filling", ["x", "\\\\\\\""])
def test_a_text_of_many_megabytes_is_read(viewer, binary, tmp_path, filling):  # noqa: F811
    text = filling * ((9 << 20) // len(filling))
    session = session_with(
        binary, tmp_path / "large.mcptape.jsonl",
        ("c2s", '{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"get"}}'),
        ("s2c", '{"jsonrpc":"2.0","id":901,"result":{"content":[{"type":"text","text":"%s"}]}}' % text))
    opened(viewer, session, "")
    viewer.wait_text("load 9", ".details-body")
    viewer.browser.click(".details-body .tool.wordy")
    shown = json.loads(f'"{filling}"')
    viewer.wait_text(shown * 100, ".details-body pre")
    viewer.wait_text("more characters: see Raw", ".details-body")
    viewer.press("3")
    viewer.wait_text("content", ".details-body .tree-row .key")
    viewer.press("4")
    viewer.wait_text(filling * 100, ".details-body pre")


def test_what_is_nested_too_deeply_is_raw(viewer, binary, tmp_path):  # noqa: F811
    deep = "[" * 600 + "]" * 600
    session = session_with(
        binary, tmp_path / "deep.mcptape.jsonl",
        ("c2s", '{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":"get"}}'),
        ("s2c", '{"jsonrpc":"2.0","id":901,"result":{"content":[],"structuredContent":%s}}' % deep))
    opened(viewer, session, "&d=raw")
    viewer.wait_text("[" * 600, ".details-body pre")


@pytest.fixture
def two_lists(viewer, binary, tmp_path):  # noqa: F811
    """Two calls of one tool, each answered with so many items; opens the difference."""

    def opened(before, after):
        messages = []
        for identity, value in ((901, before), (902, after)):
            messages += [
                ("c2s", '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"g"}}' % identity),
                ("s2c", '{"jsonrpc":"2.0","id":%d,"result":{"structuredContent":%s}}'
                 % (identity, json.dumps(value)))]
        opened_session = session_with(binary, tmp_path / "lists.mcptape.jsonl", *messages)
        viewer.double.sessions = {opened_session.id: opened_session}
        viewer.open(f"s={opened_session.id}&i={opened_session.count()}&d=diff", ready=".diff-sum")
        viewer.wait_text("answered", ".diff h3")
        return lambda: viewer.browser.js("return document.getElementsByTagName('*').length")

    return opened


@pytest.mark.parametrize("form", [list, "\n".join], ids=["items", "lines"])
def test_a_long_difference_is_drawn_as_it_is_asked_for(viewer, two_lists, form):  # noqa: F811
    elements = two_lists(form(f"b{n}" for n in range(2400)), form(f"a{n}" for n in range(2400)))
    assert elements() < 1500
    viewer.wait_text("more rows", ".diff-rest")
    rows = "return document.querySelectorAll('.diff-table:last-of-type tbody tr').length"
    before = viewer.browser.js(rows)
    viewer.browser.click(".diff-rest")
    assert viewer.browser.js(rows) == 2 * before
    # What is not drawn is found all the same.
    viewer.press("s", *"a2399")
    viewer.wait_text("1 of 1", ".search-count")


def test_equal_items_unfold_by_hundreds(viewer, two_lists):  # noqa: F811
    items = [f"a{n}" for n in range(3000)]
    elements = two_lists(items, [*items, "new"])
    before = elements()
    viewer.browser.js("[...document.querySelectorAll('.equal')].at(-1).click()")
    assert elements() < before + 1000
    viewer.press("s", *"a2999")
    viewer.wait_text("1 of 2", ".search-count")


def test_details_of_a_session_take_few_elements(viewer):  # noqa: F811
    for state in ("i=10", "i=10&d=response", "i=10&d=diff"):
        viewer.demo(state, ready=".details-body > *")
        viewer.browser.wait("!document.querySelector('.details-body').innerText.includes('Loading')")
        assert viewer.browser.js("return document.getElementsByTagName('*').length") < 500, state
