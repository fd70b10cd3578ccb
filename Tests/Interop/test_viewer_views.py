"""The viewer's tools, figures and problems, and how every view looks: sizes, themes, accessibility."""

import json
import threading

import pytest

from viewer_browser import ROOT, SIZES, axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_double import FileSession


def test_tools_with_their_cost(viewer):
    viewer.demo("v=tools")
    viewer.wait_text("wether", ".row")
    by_name = {row.split()[0]: row for row in viewer.rows()}
    assert "not offered" in by_name["wether"] and " 14 " in by_name["divide"]
    assert "never called" in viewer.text(".foot")
    viewer.press("j")
    viewer.wait_text("Tells the weather of a city.", ".aside-part")
    viewer.press("Enter")
    viewer.wait_rows(4)
    viewer.wait_state("q=tool:weather")


def test_a_definition_that_changes_is_marked(viewer, binary, tmp_path):
    path = tmp_path / "changed.mcptape.jsonl"
    lines = (ROOT / "recordings/demo.mcptape.jsonl").read_text().splitlines()
    asked, listed = ([json.loads(line) for line in lines if f'"id":2,"{member}"' in line][0]
                     for member in ("method", "result"))
    listed["msg"]["result"]["tools"][0]["description"] = "Tells the weather, and sends it on."
    last = json.loads(lines[-1])
    for entry in (asked, listed):
        entry["msg"]["id"] = 900
        entry["seq"], entry["t"] = last["seq"] + 1, last["t"] + 10
        last = entry
        lines.append(json.dumps(entry, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n")
    session = FileSession(binary, path)
    viewer.double.sessions = {session.id: session}
    viewer.demo("v=tools")
    viewer.wait_text("and sends it on", ".row")
    marked = [row.split()[0] for row in viewer.rows() if "▲" in row]
    assert marked == ["weather"]
    viewer.press("j")
    viewer.wait_text("its definition changed within the session, at #24", ".aside-part")


def test_figures_lead_to_their_exchanges(viewer):
    viewer.demo("v=stats")
    viewer.wait_text("tools/call divide", ".row")
    assert viewer.rows()[0].startswith("tools/call divide 14 ✕ 1 7 % 101 µs")
    point = ("(kind) => { const canvas = document.querySelector('.chart-canvas');"
             " const box = canvas.getBoundingClientRect(); canvas.dispatchEvent("
             "new PointerEvent(kind, {clientX: box.left + 4, clientY: box.top + 9})); }")
    viewer.browser.wait(f"(({point})('pointermove'), document.querySelector('.chart-note').innerText) ==="
                        " '50 µs – 100 µs: 10 exchanges'")
    viewer.browser.js(f"({point})('click')")
    viewer.wait_state("q=duration:50us..99us")
    viewer.wait_rows(10)
    viewer.demo("v=stats")
    viewer.wait_text("tools/call divide", ".row")
    viewer.press("j", "Enter")
    viewer.wait_state("q=tool:divide")


def test_problems_open_what_they_are_about(viewer):
    viewer.demo("v=problems")
    viewer.wait_text("cannot divide 1 by zero", ".row")
    viewer.wait_text("Unknown tool: wether", ".row")
    viewer.press("j", "Enter")
    viewer.wait_text("#10", ".details-title")


def test_problems_stay_in_sight_while_they_are_looked_for_again(viewer, monkeypatch):
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    found = {"seq": 3, "t_us": 5, "rule": "duplicate_id", "exchange": 2, "text": "the same id"}
    monkeypatch.setattr(session, "violations", {"violations": [found], "is_whole": True})
    viewer.demo("v=problems")
    viewer.wait_text("⚑ duplicate id", ".row")
    answer, asked, ready = viewer.double.of_session, threading.Event(), threading.Event()

    def held(session, rest, *facts):
        if rest == ["violations"]:
            asked.set()
            assert ready.wait(20)
        return answer(session, rest, *facts)

    viewer.double.of_session = held
    viewer.double.change(session)
    assert asked.wait(20)
    viewer.browser.asynchronous("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))")
    assert any("⚑ duplicate id" in row for row in viewer.rows())
    ready.set()


def test_heads_of_http_are_shown(viewer):
    viewer.open(f"s={viewer.double.sessions_by_name()['http-1']}&i=7&d=http", ready=".details pre")
    text = viewer.text(".details")
    assert "POST /mcp HTTP/1.1" in text and "HTTP/1.1 200 OK" in text and "(masked)" in text


# -- how it looks


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_view_is_accessible_and_fits(viewer, axe, size, dark):  # noqa: F811
    viewer.browser.look(SIZES[size], dark)
    session = viewer.double.sessions_by_name()
    states = {
        "": ".row", f"s={session['demo']}&i=10": ".tree-row",
        f"s={session['http-1']}&v=messages&m=12": ".details pre",
        f"s={session['features-1']}&v=tools": ".row", f"s={session['demo']}&v=stats": ".row",
        f"s={session['demo']}&v=problems": ".row", f"s={session['http-1']}&i=14&d=timing": ".near-row",
    }
    # Every colour and every size is looked at whole once.
    whole = (size == "wide") != dark
    for state, ready in states.items():
        viewer.open(state, ready=ready)
        if whole or (dark and "i=" in state):
            assert violations(viewer.browser, axe, None if whole else ["color-contrast"]) == [], state
        over = viewer.browser.js("return document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{state}: {over} px too wide"
    viewer.press("?")
    viewer.browser.wait("document.querySelector('dialog')")
    if whole:
        assert violations(viewer.browser, axe) == []


def test_the_checker_finds_what_is_wrong(viewer, axe):  # noqa: F811
    viewer.open()
    viewer.browser.js("document.querySelector('main').append(document.createElement('button'))")
    assert [line.split(":")[0] for line in violations(viewer.browser, axe)] == ["button-name"]


def test_as_many_rows_as_in_devtools(viewer):
    viewer.demo()
    viewer.wait_rows(23)
    seen = viewer.browser.js(
        "const box = document.querySelector('.grid').getBoundingClientRect();"
        "return [...document.querySelectorAll('.row')].filter(r => !r.hidden)"
        ".map(r => r.getBoundingClientRect())"
        ".filter(r => r.top >= box.top + 24 && r.bottom <= box.bottom && r.height === 24).length")
    assert seen >= 22


def test_a_result_is_two_taps_away_on_a_phone(viewer):
    viewer.browser.look(SIZES["narrow"])
    viewer.open()
    viewer.wait_rows(4)
    viewer.browser.click(".row[data-index='0']")
    viewer.wait_text("divide", ".row")
    viewer.browser.click(".row[data-index='9']")
    viewer.wait_text("cannot divide 1 by zero", ".details")
