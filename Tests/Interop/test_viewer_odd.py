"""Answers that are not as the protocol has them: nothing of them is hidden, and nothing is another one's."""

import json

import pytest

from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401
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
