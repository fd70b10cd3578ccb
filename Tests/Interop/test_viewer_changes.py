"""The viewer's tools beside those of the session before, and the head of a session with what was listed."""

import json

from viewer_browser import ROOT, axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_double import FileSession

HOSTILE = "<img src=x onerror=window.hacked=1>"


def earlier(binary, path, change):
    """The demo as it was recorded before, with another list of tools."""
    lines = (ROOT / "recordings/demo.mcptape.jsonl").read_text().splitlines()
    out = []
    for number, line in enumerate(lines):
        entry = json.loads(line)
        if number == 0:
            entry["sessions"][0]["id"] = "ear1ear1ear1"
        result = entry.get("msg", {}).get("result") if number else None
        if isinstance(result, dict) and "tools" in result:
            change(result)
        out.append(json.dumps(entry, ensure_ascii=False))
    path.write_text("\n".join(out) + "\n")
    return FileSession(binary, path)


def show(viewer, binary, tmp_path, change):  # noqa: F811
    session = earlier(binary, tmp_path / "earlier.mcptape.jsonl", change)
    viewer.double.sessions[session.id] = session
    now = next(identity for identity, one in viewer.double.sessions.items()
               if one.summary["name"] == "demo" and identity != session.id)
    viewer.open(f"s={now}&v=tools")
    return session


def other_tools(result):
    weather = next(tool for tool in result["tools"] if tool["name"] == "weather")
    weather["description"] = f"Was {HOSTILE}"
    weather["inputSchema"]["properties"]["unit"] = {"type": "string"}
    result["tools"] = [tool for tool in result["tools"] if tool["name"] != "divide"]
    result["tools"].append({"name": HOSTILE, "inputSchema": {"type": "object"}})


def test_tools_beside_those_of_the_session_before(viewer, binary, tmp_path, axe):  # noqa: F811
    before = show(viewer, binary, tmp_path, other_tools)
    viewer.wait_text("1 added, 1 removed, 1 changed", ".foot")
    rows = {row.split()[0]: row for row in viewer.rows()}
    assert "+ new" in rows["divide"] and "▲ changed" in rows["weather"]
    assert "− gone" in rows["<img"] and "not offered" in rows["<img"]
    assert "changed" not in rows["search_notes"]
    viewer.press("g")
    viewer.wait_selected("weather")
    viewer.wait_text("changed since the session before", ".aside-part")
    changes = viewer.text(".changes")
    assert before.id in changes and ".description" in changes and ".inputSchema.properties.unit" in changes
    assert viewer.texts(".changes .before")[0].endswith(HOSTILE + '"')
    assert violations(viewer.browser, axe) == []
    assert viewer.browser.js("return window.hacked") is None
    viewer.browser.click(".grid-head [aria-colindex='7'] button")
    viewer.wait_state("v=tools")


def test_the_same_tools_are_no_change(viewer, binary, tmp_path):  # noqa: F811
    show(viewer, binary, tmp_path, lambda result: None)
    viewer.wait_text("no change", ".foot")
    assert not any("new" in row or "gone" in row for row in viewer.rows())


def test_a_list_that_was_not_read_to_its_end_makes_nothing_new(viewer, binary, tmp_path):  # noqa: F811
    def first_page(result):
        other_tools(result)
        result["nextCursor"] = "more"

    show(viewer, binary, tmp_path, first_page)
    viewer.wait_text("1 removed, 1 changed", ".foot")
    assert not any("+ new" in row for row in viewer.rows())


def test_the_head_names_prompts_resources_and_what_both_sides_can(viewer, axe):  # noqa: F811
    session = viewer.double.sessions_by_name()["features-1"]
    viewer.open(f"s={session}")
    viewer.press("h")
    viewer.wait_text("prompts (", ".head-body")
    text = viewer.text(".head-body")
    assert "greet A greeting." in text
    assert "server can" in text and "client can" in text and "sampling" in text
    assert violations(viewer.browser, axe) == []
    viewer.press("h")


def test_the_head_names_resources_and_templates(viewer, binary):  # noqa: F811
    session = FileSession(binary, ROOT / "recordings/sdk-1-to-1.mcptape.jsonl")
    viewer.double.sessions[session.id] = session
    viewer.open(f"s={session.id}")
    viewer.press("h")
    viewer.wait_text("resource templates (", ".head-body")
    assert "resources (" in viewer.text(".head-body")
