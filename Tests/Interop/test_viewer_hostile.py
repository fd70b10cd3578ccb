"""What a hostile server or client can write stays text in the viewer's page: no script, request, link."""

import json

import pytest

from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401
from viewer_double import FileSession

CORPUS = [
    "<img src=x onerror=window.hacked=1>", "<script>window.hacked=1</script>",
    "</script><script>hacked=1</script>",
    "<svg onload=hacked=1><a href='javascript:hacked=1'>x</a></svg>", "javascript:window.hacked=1",
    "\"><iframe srcdoc='<script>parent.hacked=1</script>'>", "<style>*{display:none}</style>",
    "{{constructor}}",
    "\u001b[31mred\u001b]8;;http://evil.example/\u0007link", "http://evil.example/beacon.png",
    "\u202egnp.exe\u200b",
    "![x](http://evil.example/md.png)", "<link rel=stylesheet href=//evil.example/x.css>",
    "__proto__", "a\u0000b",
    "&lt;b&gt;", "' onmouseover='hacked=1", "<form action=//evil.example><input autofocus onfocus=hacked=1>",
]
PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
SVG = "PHN2ZyBvbmxvYWQ9ImhhY2tlZD0xIi8+"
KEPT = {"jsonrpc", "method", "id", "protocolVersion", "io.modelcontextprotocol/protocolVersion", "type",
        "resultType", "progressToken", "requestId", "supportedVersions", "role"}


class Poison:
    """Puts one text of the corpus after the other into every string."""

    def __init__(self):
        self.turn = 0

    def text(self, text):
        self.turn += 1
        return f"{text}{CORPUS[self.turn % len(CORPUS)]}"

    def value(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {key: item if key in KEPT else self.value(item) for key, item in value.items()}
        return value


def poisoned(binary, name, path):
    """The recording with every string poisoned that the program lets through, and some more messages."""
    poison = Poison()
    lines = (ROOT / f"recordings/{name}.mcptape.jsonl").read_text().splitlines()
    header = json.loads(lines[0])
    session = header["sessions"][0]
    for key in ("name", "command", "client", "server", "directory", "tags"):
        if key in session:
            session[key] = poison.value(session[key])
    out = [json.dumps(header)]
    last = 0
    for line in lines[1:]:
        entry = json.loads(line)
        last = max(last, entry.get("seq", 0))
        for key in ("msg", "text"):
            if key in entry:
                entry[key] = poison.value(entry[key])
        head = entry.get("http", {}).get("request") or entry.get("http", {}).get("response")
        for field in (head or {}).get("fields", []):
            if field[0] not in ("content-type", "content-length", "Content-Length"):
                field[1] = poison.text(field[1]).replace("\u0000", "")
        msg = entry.pop("msg", None)
        out.append(json.dumps({**entry, **({"msg": msg} if msg is not None else {})}))
    time = json.loads(out[-1])["t"]
    stream = {"stream": json.loads(out[-1])["stream"]} if "stream" in json.loads(out[-1]) else {}
    for index, message in enumerate(additions()):
        direction = "s2c" if "result" in message or index % 2 else "c2s"
        place = {"seq": last + index + 1, "t": time + index, "dir": direction, **stream}
        out.append(json.dumps({**place, "msg": message}))
    path.write_text("\n".join(out) + "\n")
    return FileSession(binary, path)


def additions():
    yield {"jsonrpc": "2.0", "id": 9001, "method": "tools/call",
           "params": {"name": CORPUS[0], "arguments": {text: text for text in CORPUS}}}
    yield {"jsonrpc": "2.0", "id": 9001, "result": {"content": [
        *({"type": "text", "text": text} for text in CORPUS),
        {"type": "image", "data": PNG, "mimeType": "image/svg+xml"},
        {"type": "image", "data": SVG, "mimeType": "image/png"},
        {"type": "resource",
         "resource": {"uri": "javascript:hacked=1", "text": CORPUS[1], "mimeType": "text/html"}},
        {"type": "resource_link", "uri": "http://evil.example/", "name": CORPUS[3]}, {"type": CORPUS[1]},
    ], "structuredContent": {text: text for text in CORPUS}}}
    yield {"jsonrpc": "2.0", "id": 9002, "method": CORPUS[1], "params": {"name": CORPUS[5]}}
    odd = {"content": "none", "messages": 7, "contents": [[], None, 1]}
    yield {"jsonrpc": "2.0", "id": 9002, "result": odd}


@pytest.fixture
def hostile(viewer, binary, tmp_path):  # noqa: F811
    sessions = [poisoned(binary, name, tmp_path / f"{name}.mcptape.jsonl") for name in ("demo", "http-1")]
    viewer.double.sessions = {session.id: session for session in sessions}
    viewer.double.store = CORPUS[0]
    return sessions


def harmless(viewer):  # noqa: F811
    """No script ran, and nothing of ours became an element that loads, runs or leads away."""
    assert viewer.browser.js("return window.hacked") is None
    found = viewer.browser.js(
        "return [...document.querySelectorAll("
        "'script, iframe, svg, style, form, object, embed, base, img, a, link')]"
        ".filter(e => !(e.matches('head > *, dialog form') || (e.tagName === 'A' &&"
        " e.getAttribute('href').startsWith('#')))).map(e => e.outerHTML.slice(0, 200))")
    assert found == []


def test_nothing_recorded_runs_loads_or_leads_away(viewer, hostile):  # noqa: F811
    viewer.open()
    viewer.wait_text("<", ".row")
    harmless(viewer)
    for session in hostile:
        for view in ("messages", "tools", "stats", "problems"):
            viewer.open(f"s={session.id}&v={view}")
            viewer.press("h", "j", "Enter")
            harmless(viewer)
        numbers = [e["exchange"] for e in session.exchanges][-3:] + [1, 2]
        for number in numbers:
            viewer.open(f"s={session.id}&i={number}", ready=".details-body > *")
            for part in "12345678":
                viewer.press(part)
                harmless(viewer)


def test_what_is_compared_copied_and_searched_stays_text(viewer, hostile):  # noqa: F811
    for session in hostile:
        last = session.exchanges[-2]["exchange"]
        viewer.open(f"s={session.id}&i={last}&d=diff&c={last + 1}", ready=".diff-table")
        # Everything is unfolded.
        viewer.browser.js("document.querySelectorAll('.equal').forEach(e => e.click())")
        assert "<img src=x onerror" in viewer.text(".diff-table")
        harmless(viewer)
        viewer.open(f"s={session.id}&i={last}&d=diff&c={CORPUS[0]}@1", ready=".diff-head")
        harmless(viewer)
        viewer.open(f"s={session.id}&i={last}&d=response&f=hacked", ready=".search-count")
        viewer.wait_text("1 of", ".search-count")
        viewer.browser.js("document.querySelector('.tree').focus()")
        for _ in range(12):
            viewer.press("Enter", "ArrowDown", "r", "b")
        viewer.press("y")
        viewer.wait_text("a curl command", ".copy-item")
        harmless(viewer)
        viewer.browser.js("document.querySelector('.search-inside .find').focus()")
        viewer.press(*"<svg onload", "Enter")
        harmless(viewer)


def test_unfolded_rows_and_completions_stay_text(viewer, hostile):  # noqa: F811
    for session in hostile:
        last = session.exchanges[-2]["exchange"]
        viewer.open(f"s={session.id}&e=1,2,{last},{CORPUS[0]}&q=tool:{CORPUS[0]}", ready=".filter-note")
        viewer.open(f"s={session.id}&e=1,2,{last}")
        viewer.wait_text("<", ".row.is-message")
        viewer.press("G")
        harmless(viewer)
        viewer.press("/", *"tool:")
        viewer.browser.wait("document.querySelector('.filter-item')")
        harmless(viewer)


def test_control_characters_are_shown_not_obeyed(viewer, hostile):  # noqa: F811
    session = hostile[0]
    number = session.exchanges[-2]["exchange"]
    viewer.open(f"s={session.id}&i={number}", ready=".details .text")
    text = viewer.text(".details")
    assert "⟨1B⟩[31mred" in text and "⟨202E⟩gnp.exe" in text and "a⟨00⟩b" in text
    assert not any(character in text for character in "\u001b\u202e\u200b\u0000")


def test_a_picture_comes_by_a_click_and_only_when_it_is_one(viewer, hostile):  # noqa: F811
    session = hostile[0]
    number = session.exchanges[-2]["exchange"]
    viewer.open(f"s={session.id}&i={number}", ready=".details .text")
    harmless(viewer)
    assert len(viewer.texts(".details button[title='show the image']")) == 1
    assert "its bytes are no PNG, JPEG, GIF or WebP" in viewer.text(".details")
    viewer.browser.js("document.querySelector(\".details button[title='show the image']\").click()")
    # What it claims to be is not believed: the type is the one of its bytes.
    viewer.browser.wait("document.querySelector('.picture')?.naturalWidth === 1")
    source = viewer.browser.js("return document.querySelector('.picture').src")
    assert source.startswith("data:image/png;base64,")


def test_the_browser_itself_refuses_markup(viewer, hostile):  # noqa: F811
    """Should a line of the page ever try, the policy stops it."""
    viewer.open()
    refused = viewer.browser.js(
        "try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); return 'taken' }"
        " catch (error) { return error.name }")
    assert refused == "TypeError"
    assert viewer.browser.js("return document.querySelector('body > b')") is None
    logged = viewer.browser.console()
    assert all("TrustedHTML" in line or "Trusted Type" in line for line in logged), logged
