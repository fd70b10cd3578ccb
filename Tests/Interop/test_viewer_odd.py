"""Answers that are not as the protocol has them: nothing of them is hidden, and nothing is another one's."""

import json
import re

import pytest

from viewer_browser import ROOT, SIZES, browser, recorded, viewer  # noqa: F401
from viewer_double import FileSession


@pytest.fixture
def answered(viewer, binary, tmp_path):  # noqa: F811
    """Opens the details of a call that was answered with members of a JSON text."""

    def opened(members, state="", name="get", arguments="{}"):
        lines = (ROOT / "recordings/time.mcptape.jsonl").read_text().splitlines()
        last = json.loads(lines[-1])
        call = ('{"jsonrpc":"2.0","id":901,"method":"tools/call","params":{"name":%s,"arguments":%s}}'
                % (json.dumps(name), arguments))
        for index, (sender, text) in enumerate(
                (("c2s", call), ("s2c", '{"jsonrpc":"2.0","id":901,%s}' % members)), 1):
            lines.append(f'{{"seq":{last["seq"] + index},"t":{last["t"] + index},"dir":"{sender}",'
                         f'"msg":{text}}}')
        path = tmp_path / "odd.mcptape.jsonl"
        path.write_text("\n".join(lines) + "\n")
        session = FileSession(binary, path)
        viewer.double.sessions = {session.id: session}
        viewer.open(f"s={session.id}&i={session.count()}{state}", ready=".details-body > *")
        return viewer

    return opened


@pytest.mark.parametrize(("error", "shown"), [
    ('{"code":"E1","message":{"why":"so"}}', ["E1", "why", "so"]),
    ('"out of order"', ["out of order"]),
    ('{"code":-32000,"message":"no","hint":"ask later"}', ["-32000", "no", "hint", "ask later"]),
    ("[-32000]", ["-32000"]),
    ("{}", ["✕ error"]),
])
def test_an_error_of_any_form_is_seen(answered, error, shown):
    viewer = answered(f'"error":{error}')  # noqa: F811
    viewer.wait_text("✕ error", ".banner")
    text = viewer.text(".banner")
    assert [word for word in shown if word not in text] == []


def test_of_a_member_that_is_said_twice_the_last_is_shown(answered):
    text = lambda words: '[{"type":"text","text":"%s"}]' % words  # noqa: E731
    members = f'"content":{text("first")},"isError":true,"content":{text("second")},"isError":false'
    members = f'"result":{{{members}}}'
    viewer = answered(members)  # noqa: F811
    viewer.wait_text("second", ".details-body pre")
    body = viewer.text(".details-body")
    assert "first" not in body and "says that it failed" not in body
    assert "said more than once, the last is shown: .result.content, .result.isError" in body
    viewer = answered(members, "&d=response")
    viewer.wait_text("this one counts", ".tree-row")
    assert [" counts " in text for text in viewer.texts(".tree-row") if "⚠" in text] == [
        False, False, True, True]


def test_what_asks_back_is_no_result_for_the_model(viewer):  # noqa: F811
    identity = viewer.double.sessions_by_name()["features-2-modern"]
    asking = next(one for one in viewer.double.sessions[identity].exchanges
                  if one.get("result_type") == "input_required")
    viewer.open(f"s={identity}&i={asking['exchange']}", ready=".details-body h3")
    labels = [text.lower() for text in viewer.texts(".details-body h3")]
    assert labels == ["arguments", "asks back, for the client"]


LONG = "a_tool_with_a_name_that_goes_on_" * 12


def seen_within(viewer, selector, around):  # noqa: F811
    """Whether an element lies within another one, side by side."""
    return viewer.browser.js(
        "const [a, b] = [arguments[0], arguments[1]].map(s => document.querySelector(s)"
        ".getBoundingClientRect()); return a.width > 0 && a.left >= b.left - 1 && a.right <= b.right + 1",
        selector, around)


@pytest.mark.parametrize("size", SIZES)
def test_a_long_name_leaves_status_and_duration_in_sight(answered, viewer, size):  # noqa: F811
    viewer.browser.look(SIZES[size])
    answered('"result":{"content":[]}', name=LONG)
    viewer.wait_text("✓ ok", ".details-title")
    assert seen_within(viewer, ".details-title .is-ok", ".details-title")
    assert seen_within(viewer, ".details-title > :last-child", ".details-title")
    assert LONG[:380] in viewer.browser.js("return document.querySelector('.details-title').title")


def test_a_member_without_a_name_has_one_to_see(answered):
    viewer = answered('"result":{"content":[]}', arguments='{"":3}')  # noqa: F811
    viewer.wait_text('"": 3', ".details-body .tree-row")


def test_the_chosen_part_is_in_sight_on_a_small_screen(viewer):  # noqa: F811
    viewer.browser.look(SIZES["narrow"])
    viewer.demo("i=10&d=diff", ready=".diff-sum")
    assert seen_within(viewer, "#part-diff", ".details .tabs")
    viewer.demo("i=10&d=hex", ready=".details-body pre")
    heights = viewer.browser.js("const pre = document.querySelector('.details-body pre');"
                                "return [pre.textContent.trimEnd().split('\\n').length * 18 + 12,"
                                " pre.scrollHeight, document.documentElement.scrollWidth]")
    assert heights[1] < heights[0] + 19 and heights[2] <= 390, heights


def test_timing_has_the_time_of_day_to_its_fraction(viewer):  # noqa: F811
    viewer.demo("i=10&d=timing", ready=".details-body .facts dd")
    began = viewer.texts(".details-body .facts dd")[0]
    assert re.search(r" s · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$", began), began
