"""`export x.html`: the page with a recording inside, opened from a file: whole, silent, harmless."""

import json
import re

import pytest

from test_viewer_hostile import poisoned
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401


class Exported:
    """A page in a file, in the browser."""

    def __init__(self, browser, mcptape, path):  # noqa: F811
        self.browser, self.mcptape, self.path = browser, mcptape, path

    def export(self, *words):
        return self.mcptape.run("export", *map(str, words), "-o", str(self.path))

    def open(self, state=""):
        # A page that differs in its fragment only would not be loaded anew.
        self.browser.call("POST", "/url", {"url": "about:blank"})
        self.browser.open(f"file://{self.path}" + (f"#{state}" if state else ""))
        self.browser.wait("document.querySelector('.row:not([hidden]):not(.waiting)')")

    def rows(self):
        return self.browser.js(
            "return [...document.querySelectorAll('.row:not(.waiting)')].filter(r => !r.hidden)"
            ".map(r => r.innerText.replace(/\\s+/g, ' '))")

    def text(self):
        return self.browser.js("return document.body.innerText")


@pytest.fixture
def exported(browser, mcptape, tmp_path):  # noqa: F811
    page = Exported(browser, mcptape, tmp_path / "page.html")
    browser.look()
    browser.console()
    browser.asked()
    yield page
    assert browser.console() == []
    own = ("file://", "data:", "about:")
    assert [url for url in browser.asked() if not url.startswith(own)] == []
    browser.call("POST", "/url", {"url": "about:blank"})


def test_a_session_opens_from_a_file_with_every_view(exported):
    exported.export(ROOT / "recordings/demo.mcptape.jsonl")
    exported.open()
    assert any("tools/call" in row for row in exported.rows())
    assert "exported" in exported.text()
    session = exported.browser.js("return location.hash").removeprefix("#s=")
    for view in ["messages", "tools", "stats", "problems"]:
        exported.open(f"s={session}&v={view}")
    exported.open(f"s={session}&q=tool:weather")
    exported.browser.wait("document.querySelectorAll('.row:not(.waiting):not([hidden])').length > 0")
    assert all("weather" in row for row in exported.rows())
    exported.open("")
    exported.browser.press("u")
    exported.browser.wait("document.querySelector('.sessions .row:not([hidden])')")


def test_a_part_says_where_one_looks_that_it_is_one(exported):
    exported.export(f"{ROOT}/recordings/demo.mcptape.jsonl#2")
    exported.open()
    assert "▲ exported part, numbered anew" in exported.text()
    exported.export(ROOT / "recordings/demo.mcptape.jsonl")
    exported.open()
    assert "exported" in exported.text() and "part" not in exported.browser.js(
        "return document.querySelector('[role=note]').ariaLabel")


class Answers:
    """The modules behind an exported page, asked directly: served, with the file's pieces put beside them."""

    def __init__(self, viewer, page):  # noqa: F811
        self.browser = viewer.browser
        viewer.open()
        pieces = re.findall(r'id="(mcptape-\w+)">([^<]*)</script>', page.read_text())
        assert pieces
        self.browser.js(
            "for (const [id, text] of arguments[0]) document.body.append(Object.assign("
            "document.createElement('div'), {id, textContent: text, hidden: true}))", pieces)

    def ask(self, expression, *arguments):
        """What `expression` says of `api`; a failure as its sentence."""
        return self.browser.asynchronous(
            "const args = [...arguments];"
            "import('/page/embedded-api.js').then(m => window.embedded ??= m.EmbeddedApi.open())"
            f".then(async (api) => {expression}).then(done, e => done(String(e)))", *arguments)


RECORDINGS = ["demo", "features-1", "features-2-modern", "http-1"]
FILTERS = [
    "tool:*", "method:tools/*", "kind:request -method:tools/call", "status:error,tool_error",
    "kind:notification", "kind:gap", "dir:s2c", "id:3", "size:..200B", "size:>1KB", "duration:1ms..", ">1us",
    "method:ping OR method:initialize", "(tool:* | method:ping) -status:error", "name", '"result"',
    "NOT result", "client:*", "client:nobody", "server:*", "since:2020-01-01", "since:1h", "session:zz",
    "kind:stderr | kind:http", "tool:weather,nothing", 'method:"tools/*"', "method:tools/list AND NOT error",
]


@pytest.mark.parametrize("name", RECORDINGS)
def test_filters_and_figures_are_those_of_the_command_line(viewer, mcptape, tmp_path, name):  # noqa: F811
    """The page decides for itself here: in each of many filters it agrees with the program."""
    source = str(ROOT / f"recordings/{name}.mcptape.jsonl")
    mcptape.run("export", source, "--include-human", "-o", str(tmp_path / "page.html"))
    answers = Answers(viewer, tmp_path / "page.html")
    session = json.loads(mcptape.run("show", source, "--json").output.splitlines()[0])["session"]
    for words in FILTERS:
        lines = mcptape.run("show", source, "--json", "--http", words).output.splitlines()
        expected = [json.loads(line)["seq"] for line in lines[1:]]
        found = answers.ask(
            "(await api.all(args[0], 'entries', {filter: args[1]}, 1e6)).items.map(e => e.seq)",
            session, words)
        assert found == expected, words
        rows = map(json.loads, mcptape.run("stats", source, "--json", words).output.splitlines())
        total = next(row for row in rows if row["row"] == "total")
        figures = answers.ask("(await api.of(args[0], 'stats', {filter: args[1]})).total", session, words)
        for key in ("count", "exchanges", "errors", "tool_errors", "p50_us", "max_us", "response_bytes"):
            assert figures.get(key) == total.get(key), (words, key)
    wrong = answers.ask("await api.of(args[0], 'entries', {filter: 'metod:x'})", session)
    assert "did you mean method:?" in wrong


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_bytes_of_every_message_are_the_recorded_ones(viewer, mcptape, tmp_path, name):  # noqa: F811
    source = str(ROOT / f"recordings/{name}.mcptape.jsonl")
    mcptape.run("export", source, "--include-human", "-o", str(tmp_path / "page.html"))
    answers = Answers(viewer, tmp_path / "page.html")
    lines = mcptape.run("show", source, "--json", "--http").output.splitlines()
    entries = [json.loads(line) for line in lines]
    session = entries.pop(0)["session"]
    raw = mcptape.run("show", source, "--raw", "--http").output
    ends = {entry["seq"]: entry.get("eol", "\n") for entry in entries if entry["kind"] != "gap"}
    texts = answers.ask(
        "{ const found = []; for (const seq of args[1])"
        " found.push(new TextDecoder('utf-8', {ignoreBOM: true}).decode(await api.bytes(args[0], seq)));"
        " return found; }", session, list(ends))
    assert "".join(text + end for text, end in zip(texts, ends.values())).encode() == raw


def test_hostile_text_runs_nothing_and_shows_as_text(exported, binary, tmp_path):
    path = tmp_path / "hostile.mcptape.jsonl"
    session = poisoned(binary, "http-1", path)
    exported.export(path, "--allow-secrets")
    page = exported.path.read_text()
    # Whatever it holds is packed: no markup of the recording's is in the file.
    assert "onerror" not in page.split("<body>")[1].split('<script type="module">')[0]
    for state in ["", f"s={session.id}&v=messages", f"s={session.id}&v=tools", f"s={session.id}&i=1"]:
        exported.open(state)
        exported.browser.press("j", "Enter")
        assert exported.browser.js("return window.hacked") is None
        found = exported.browser.js(
            "return [...document.querySelectorAll('script, iframe, svg, style, form, object, embed, base,"
            " img, link')].filter(e => !e.matches('head > *, dialog form, body > script'))"
            ".map(e => e.outerHTML)")
        assert found == []


def test_what_was_left_out_is_said_in_the_page_and_on_standard_error(exported, tmp_path):
    path = tmp_path / "large.mcptape.jsonl"
    header = {"mcptape": 1, "sessions": [{"id": "large", "name": "large", "transport": "stdio"}]}
    lines = [json.dumps(header)]
    for number in range(1, 5):
        noise = "".join(f"{(number * 7919 + i * 104729) % 65521:04x}" for i in range(100_000))
        lines.append(json.dumps({"seq": 2 * number - 1, "t": number * 10, "dir": "c2s", "msg": {
            "jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "t"}}}))
        lines.append(json.dumps({"seq": 2 * number, "t": number * 10 + 5, "dir": "s2c", "msg": {
            "jsonrpc": "2.0", "id": number, "result": {"content": [{"type": "text", "text": noise}]}}}))
    path.write_text("\n".join(lines) + "\n")
    result = exported.export(path, "--max-size", "600KB")
    said = r"the payloads of \d messages? \(.*\) were left out to keep the page under"
    assert re.search(said, result.complaint)
    assert exported.path.stat().st_size <= 600_000
    exported.open("s=large&v=messages")
    assert "not whole" in exported.text()
    exported.open("s=large&i=4&d=result")
    exported.browser.wait("/left out/.test(document.body.innerText)")
    small = exported.mcptape.run("export", str(path), "--max-size", "10KB", "-o", str(tmp_path / "none.html"),
                                 status=64)
    assert "too small" in small.complaint and not (tmp_path / "none.html").exists()


def test_a_selection_and_a_run_are_exported_too(exported):
    exported.mcptape.run("import", str(ROOT / "recordings/demo.mcptape.jsonl"))
    exported.export("last", "tool:weather")
    exported.open()
    assert exported.rows() and all("weather" in row for row in exported.rows())
    exported.export("run:last", "--format", "html")
    exported.open()
    assert any("tools/call" in row for row in exported.rows())


def test_secrets_stop_it_and_redaction_applies(exported, tmp_path):
    path = tmp_path / "secret.mcptape.jsonl"
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    path.write_text("\n".join([
        json.dumps({"mcptape": 1, "sessions": [{"id": "s", "name": "s", "transport": "stdio"}]}),
        json.dumps({"seq": 1, "t": 1, "dir": "c2s", "msg": {
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "t", "arguments": {"a": token}}}}),
    ]) + "\n")
    refused = exported.mcptape.run("export", str(path), "-o", str(exported.path), status=77)
    assert "looks like a secret" in refused.complaint and not exported.path.exists()
    exported.export(path, "--redact")
    exported.open("s=s&v=messages")
    assert token not in exported.text()
