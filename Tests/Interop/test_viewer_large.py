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
