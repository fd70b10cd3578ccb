"""The details of an exchange in a real browser: difference, copies, search, trees of any length."""

import json
import subprocess

import pytest

from viewer_browser import ROOT, SIZES, axe, browser, recorded, viewer, violations  # noqa: F401
from viewer_double import FileSession

RECORDINGS = ROOT / "recordings"


def clipboard(viewer):  # noqa: F811
    """What was copied, once the page has said so."""
    viewer.wait_text("copied", ".toast")
    return viewer.browser.asynchronous("navigator.clipboard.readText().then(done, e => done(String(e)))")


@pytest.fixture
def copying(viewer):  # noqa: F811
    viewer.browser.cdp(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    return viewer


def choose(viewer, words):  # noqa: F811
    """Opens the menu with its key and takes the entry that begins so, by keys."""
    viewer.browser.js("document.querySelector('.toast')?.remove()")
    viewer.press("y")
    viewer.wait_text(words, ".copy-item")
    entries = [text.split("\n")[0] for text in viewer.texts(".copy-item")]
    viewer.press(*["ArrowDown"] * entries.index(words), "Enter")
    viewer.browser.wait("document.querySelector('.toast')")


def diff_rows(viewer):  # noqa: F811
    return [" ".join(text.split()).replace(" , ", ", ") for text in viewer.texts(".diff-table tbody tr")]


def test_modules_of_the_details_in_the_browser(viewer):  # noqa: F811
    viewer.open()
    assert viewer.failed_modules("detail-modules.js") == []


# -- difference


def test_an_exchange_is_compared_with_the_call_before(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("n")
    viewer.wait_selected("10")
    viewer.press("d")
    viewer.wait_state("i=10&d=diff")
    viewer.wait_text("the call before", ".diff-head")
    assert viewer.text(".diff-sum").startswith("≠ 3 changed · took 179 µs, now 117 µs")
    rows = diff_rows(viewer)
    assert "≠b, changed 3 0" in rows
    assert "≠isError, changed false true" in rows
    # What is equal is found too, and unfolds.
    viewer.press("s", *"_meta")
    viewer.wait_text("1 of 2", ".search-count")
    viewer.press("Escape")
    viewer.demo("i=10&d=diff", ready=".equal")
    viewer.browser.js("[...document.querySelectorAll('.equal')].find(e => e.innerText.includes('2')).click()")
    viewer.wait_text("resultType", ".diff-table th")
    assert "=resultType, equal \"complete\" \"complete\"" in diff_rows(viewer)
    viewer.press("Escape")
    viewer.browser.wait("document.querySelector('.details').hidden")


def test_an_exchange_is_marked_and_any_other_compared_with_it(viewer):  # noqa: F811
    viewer.demo()
    viewer.wait_rows(23)
    viewer.press("j", "j", "j", "m")
    viewer.wait_text("marked #3", ".toast")
    assert viewer.rows()[2].startswith("◆ 3")
    viewer.press("j", "j", "d")
    viewer.wait_state("i=5&d=diff&c=3")
    viewer.browser.wait("document.querySelector('.diff-table .changed')?.innerText.includes('city')")
    viewer.wait_text("#3", ".diff-head strong")
    # Another one in the table is compared with the same.
    viewer.press("j")
    viewer.wait_state("i=6&d=diff&c=3")
    viewer.wait_text("#6", ".diff-head strong")
    viewer.browser.click(".diff-head button[title^='compare with the call after']")
    viewer.wait_state("c=4")
    viewer.browser.click(".diff-head button[title^='the other way']")
    viewer.wait_state("i=4&d=diff&c=6")
    viewer.wait_text("#4", ".diff-head strong")
    viewer.browser.js("document.querySelector('.diff-head .find').focus()")
    viewer.press("8", "Enter")
    viewer.wait_state("c=8")
    viewer.wait_text("build_report", ".diff")
    viewer.press("Escape", "m")
    viewer.wait_text("marked #4", ".toast")
    viewer.press("m")
    viewer.wait_text("no longer marked", ".toast")
    viewer.browser.wait("![...document.querySelectorAll('.row')].some(e => e.innerText.includes('◆'))")


def test_a_marked_exchange_is_compared_over_sessions_and_by_a_link(viewer):  # noqa: F811
    sessions = viewer.double.sessions_by_name()
    viewer.open(f"s={sessions['features-1']}&i=2")
    viewer.wait_text("tools/list", ".details-title")
    viewer.browser.click(".details-actions [title^='mark']")
    viewer.press("u")
    viewer.wait_text("http-1", ".row")
    viewer.press("G", "k")
    viewer.browser.js(f"location.hash = '#s={sessions['http-1']}&i=2'")
    viewer.wait_text("#2 tools/list", ".details-title")
    viewer.browser.click("#part-diff")
    viewer.wait_state(f"d=diff&c={sessions['features-1']}@2")
    viewer.wait_text("equal in both", ".diff")
    state = viewer.state().lstrip("#")
    viewer.open(state, ready=".diff-head")
    viewer.wait_text(f"{sessions['features-1']} #2", ".diff-head")


def test_what_cannot_be_compared_says_so(viewer):  # noqa: F811
    viewer.demo("i=1&d=diff", ready=".diff .notice")
    viewer.wait_text("Nothing earlier asked the same", ".diff")
    viewer.demo("i=1&d=diff&c=999", ready=".diff .notice")
    viewer.wait_text("There is no exchange #999", ".diff")
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    bytes_of, session.bytes = session.bytes, {}
    try:
        viewer.demo("i=10&d=diff", ready=".diff-sum")
        viewer.wait_text("Neither side has a body", ".diff")
    finally:
        session.bytes = bytes_of
    assert [line for line in viewer.browser.console() if "404" not in line] == []


def test_lines_and_moved_items_stand_side_by_side(viewer, binary, tmp_path):  # noqa: F811
    before = {"text": "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine", "list": ["a", "b", "c", "d"]}
    after = {"text": "one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine", "list": ["d", "a", "b", "c", "e"]}
    session = made(binary, tmp_path, [before, after])
    viewer.double.sessions = {session.id: session}
    viewer.open(f"s={session.id}&i=2&d=diff", ready=".diff-sum")
    rows = diff_rows(viewer)
    assert "−2, removed two" in rows and "+2, added 2" in rows
    assert "=, equal 5 equal lines" in rows
    moved = [row for row in rows if "↕" in row]
    assert len(moved) == 2 and all("moved" in row for row in moved)
    assert '+[4], added "e"' in rows
    assert "↕ 1 moved" in viewer.text(".diff-sum")


def made(binary, directory, results):
    """A recording of one tool whose calls gave these results."""
    header = {"mcptape": 1, "sessions": [{"id": "madeformtest", "name": "made", "transport": "stdio"}]}
    lines = [json.dumps(header)]
    for number, result in enumerate(results, 1):
        asked = {"jsonrpc": "2.0", "id": number, "method": "tools/call",
                 "params": {"name": "make", "arguments": {"number": number}}}
        answer = {"jsonrpc": "2.0", "id": number,
                  "result": {"content": [{"type": "text", "text": "done"}], "structuredContent": result}}
        for direction, message in (("c2s", asked), ("s2c", answer)):
            place = {"seq": len(lines), "t": len(lines) * 100, "dir": direction}
            lines.append(json.dumps({**place, "msg": message}))
    path = directory / "made.mcptape.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return FileSession(binary, path)


# -- copies


@pytest.mark.parametrize("name, number", [
    ("demo", 10), ("demo", 8), ("features-1", 14), ("http-1", 7), ("http-1", 14), ("features-2-modern", 5)])
def test_a_copied_recording_is_the_exported_one(copying, binary, tmp_path, name, number):
    """What the page makes is what `export --exchange N --context` makes, and it is played."""
    viewer = copying  # noqa: F811
    viewer.open(f"s={viewer.double.sessions_by_name()[name]}&i={number}", ready=".details-body > *")
    choose(viewer, "a recording file")
    path = tmp_path / "copied.mcptape.jsonl"
    path.write_text(clipboard(viewer))
    done = subprocess.run([binary, "check", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    exported = subprocess.run(
        [binary, "export", RECORDINGS / f"{name}.mcptape.jsonl", "--exchange", str(number), "--context",
         "--allow-secrets", "--include-human"], capture_output=True, text=True)
    assert exported.returncode == 0, exported.stderr

    def messages(text):
        # The text around an event is not the message's.
        return [(entry["seq"], entry["t"], entry["dir"], entry.get("stream"), line[line.index(',"msg":'):])
                for line in text.splitlines()[1:] for entry in [json.loads(line)]]

    assert messages(path.read_text()) == messages(exported.stdout)
    asked = [line[line.index(',"msg":') + 7 : -1] for line in path.read_text().splitlines()[1:]
             if json.loads(line)["dir"] == "c2s" and "method" in json.loads(line)["msg"]]
    played = subprocess.run([binary, "replay", path], input="\n".join(asked[:2]) + "\n", capture_output=True,
                            text=True, timeout=60)
    assert played.returncode == 0, played.stderr
    assert len(played.stdout.splitlines()) >= 1


def test_lines_and_commands_are_copied(copying):
    viewer = copying  # noqa: F811
    viewer.demo("i=10")
    viewer.wait_text("cannot divide", ".details")
    choose(viewer, "the answer as a JSON-RPC line")
    assert json.loads(clipboard(viewer))["result"]["isError"] is True
    choose(viewer, "a curl command")
    assert clipboard(viewer).startswith("curl -sS -X POST")
    viewer.press("y")
    viewer.wait_text("--match name", ".copy-item")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('.copy-menu').open")
    # The details are still open: Escape closed the menu alone.
    assert "i=10" in viewer.state()


def test_a_copied_rule_does_what_it_says(copying, binary):
    viewer = copying  # noqa: F811
    viewer.demo("i=10&d=request", ready=".tree-row")
    viewer.wait_text("arguments", ".tree")
    viewer.browser.js("document.querySelector('.tree').focus()")
    names = [text.split(":")[0].split("\n")[-1] for text in viewer.texts(".tree-row")]
    viewer.press(*["ArrowDown"] * names.index("b"), "r")
    rule = clipboard(viewer)
    assert rule == "--ignore tool:divide:/arguments/b"
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    ask = json.loads(session.bytes[24])
    ask["params"]["arguments"]["b"] = 77
    play = [binary, "replay", RECORDINGS / "demo.mcptape.jsonl"]
    line = json.dumps(ask) + "\n"
    missed = subprocess.run(play, input=line, capture_output=True, text=True, timeout=60)
    assert missed.returncode == 3
    found = subprocess.run([*play, *rule.split(" ")], input=line, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0 and json.loads(found.stdout)["result"], found.stderr
    # The menu knows the same rule, and the one for the whole request.
    choose(viewer, "--match name")
    words = clipboard(viewer).split(" ")
    found = subprocess.run([*play, *words], input=line, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stderr


def test_a_value_of_an_answer_is_bound(copying, binary):
    viewer = copying  # noqa: F811
    viewer.open(f"s={viewer.double.sessions_by_name()['features-1']}&i=7&d=response", ready=".tree-row")
    viewer.wait_text("structuredContent", ".tree")
    viewer.browser.js("document.querySelector('.tree').focus()")
    names = [text.split(":")[0].split("\n")[-1] for text in viewer.texts(".tree-row")]
    viewer.press(*["ArrowDown"] * (names.index("structuredContent") + 1), "b")
    rule = clipboard(viewer)
    assert rule == "--bind tool:narrate:/result/structuredContent/result"
    done = subprocess.run([binary, "verify", RECORDINGS / "features-1.mcptape.jsonl", *rule.split(" "), "--",
                           "false"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 64, done.stderr
    viewer.press(*["ArrowUp"] * len(names), "b")
    viewer.wait_text("only a value of an answer can be bound", ".toast")


def test_bytes_are_saved_and_hex_is_copied(copying, tmp_path):
    viewer = copying  # noqa: F811
    viewer.browser.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    viewer.demo("i=10&d=raw", ready=".details pre")
    viewer.browser.click(".details-body button[title='save the exact bytes as a file']")
    viewer.wait_text("saved", ".toast")
    session = viewer.double.sessions[viewer.double.sessions_by_name()["demo"]]
    path = tmp_path / f"{session.id}-10-request.bin"
    for _ in range(500):
        if path.exists() and path.stat().st_size:
            break
        viewer.browser.rest()
    assert path.read_bytes() == session.bytes[24]
    viewer.press("5")
    viewer.wait_text("00000000  7b 22", ".details pre")
    viewer.browser.js("document.querySelector('.toast')?.remove()")
    viewer.browser.click(".details-body button[title='copy all of the hex dump']")
    assert clipboard(viewer).startswith("00000000  7b 22 6a 73")
    choose(viewer, "a recording file, saved")
    path = tmp_path / f"{session.id}-10.mcptape.jsonl"
    for _ in range(500):
        if path.exists() and path.stat().st_size:
            break
        viewer.browser.rest()
    assert json.loads(path.read_text().splitlines()[0])["mcptape"] == 1


# -- search and trees


def test_a_text_is_found_inside_every_part(viewer):  # noqa: F811
    viewer.demo("i=10")
    viewer.wait_text("cannot divide", ".details")
    viewer.press("s", *"divide")
    viewer.wait_text("1 of 1", ".search-count")
    viewer.wait_state("f=divide")
    viewer.press("Escape")
    viewer.browser.wait("!document.querySelector('.search-inside')")
    viewer.press("2", "s", *"modelcontext")
    viewer.wait_text("1 of 3", ".search-count")
    viewer.press("Enter")
    viewer.wait_text("2 of 3", ".search-count")
    assert "clientInfo" in viewer.text(".tree-row[aria-selected=true]")
    viewer.browser.js("document.querySelector('.details-body').focus()")
    viewer.press("N")
    viewer.wait_text("3 of 3", ".search-count")
    viewer.press("N", "P")
    viewer.wait_text("3 of 3", ".search-count")
    # The text stays while the part is another one.
    viewer.press("4")
    viewer.wait_text("found", ".search-count")
    raw = viewer.text(".details pre").lower().count("modelcontext")
    viewer.wait_text(f"{raw} found", ".search-count")
    viewer.press("5")
    viewer.wait_text("00000000", ".details pre")
    viewer.browser.js("document.querySelector('.search-inside .find').select()")
    viewer.browser.js("document.querySelector('.search-inside .find').focus()")
    viewer.press(*"7b 22 6a")
    viewer.wait_text("1 of 2", ".search-count")
    viewer.press(*"ffff")
    viewer.wait_text("nothing found", ".search-count")
    viewer.demo("i=10&d=response&f=zero", ready=".tree-row")
    viewer.wait_text("1 of 1", ".search-count")
    assert "cannot divide 1 by zero" in viewer.text(".tree-row[aria-selected=true]")


def test_a_text_beyond_what_is_drawn_is_reached(viewer, binary, tmp_path):  # noqa: F811
    session = made(binary, tmp_path, [{"text": "x" * 300_000 + "needle", "end": 1}])
    viewer.double.sessions = {session.id: session}
    viewer.open(f"s={session.id}&i=1&d=raw", ready=".details pre")
    viewer.press("s", *"needle")
    viewer.wait_text("1 of 1", ".search-count")
    assert viewer.browser.js("return document.querySelectorAll('.details pre')[1].textContent"
                             ".includes('needle')")
    viewer.browser.js("document.querySelector('.details-body').focus()")
    viewer.press("5")
    viewer.wait_text("1 found", ".search-count")
    viewer.press("N")
    viewer.browser.wait(
        "[...document.querySelectorAll('.details pre')].some(e => e.textContent.includes('needle'))")


def test_an_array_of_100_000_is_a_few_rows(viewer, binary, tmp_path):  # noqa: F811
    session = made(binary, tmp_path, [{"list": [*range(100_000)], "long": "line\n" * 50_000}])
    viewer.double.sessions = {session.id: session}
    viewer.open(f"s={session.id}&i=1&d=response", ready=".tree-row")
    viewer.wait_text("[ 100,000 items ]", ".tree-row")
    assert "250,000 characters" in viewer.text(".tree")
    viewer.press("s", *"54321")
    viewer.wait_text("1 of 1", ".search-count")
    assert viewer.text(".tree-row[aria-selected=true]").split() == ["54321:", "54321"]
    assert viewer.text(".path") == ".result.structuredContent.list[54321]"
    assert "50,000 … 59,999" in viewer.text(".tree")
    assert len(viewer.texts(".tree-row")) < 300
    assert viewer.browser.js("return document.querySelectorAll('*').length") < 3000


# -- how it looks


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_details_are_accessible_and_fit(viewer, axe, size, dark):  # noqa: F811
    viewer.browser.look(SIZES[size], dark)
    sessions = viewer.double.sessions_by_name()
    states = [f"s={sessions['demo']}&i=10&d=diff", f"s={sessions['features-1']}&i=12&d=diff&c=10",
              f"s={sessions['demo']}&i=2&d=response&f=name", f"s={sessions['http-1']}&i=7&d=raw&f=a"]
    for state in states:
        viewer.open(state, ready=".diff-table, .search-count")
        viewer.browser.wait("!document.querySelector('.details').innerText.includes('Loading')")
        assert violations(viewer.browser, axe) == [], state
        over = viewer.browser.js("return document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{state}: {over} px too wide"
    viewer.press("y")
    viewer.wait_text("a recording file", ".copy-item")
    assert violations(viewer.browser, axe) == []
    box = viewer.browser.js(
        "const b = document.querySelector('.copy-menu .menu-box').getBoundingClientRect();"
        " return [b.left, b.right, innerWidth]")
    assert 0 <= box[0] and box[1] <= box[2]
