"""`export x.html` of a run: every tab of it, the strip's counts, and nothing that only a server can do."""

import json

from test_viewer_export import Answers, exported  # noqa: F401
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

AGENT = ROOT / "recordings/runs/agent.mcptape.jsonl"


def test_an_exported_run_has_every_tab_and_deletes_nothing(exported):  # noqa: F811
    mcptape, browser = exported.mcptape, exported.browser  # noqa: F811
    mcptape.run("import", str(AGENT))
    run = json.loads(mcptape.run("runs", "--json").output.splitlines()[0])["run"]
    exported.export("run:last", "--include-human")
    for view, text in {"messages": "server/discover", "tools": "never", "stats": "tools/list"}.items():
        exported.open(f"r={run}&v={view}")
        browser.wait("[...document.querySelectorAll('.row')].some(e => e.innerText.includes(arguments[0]))",
                     text)
        assert {row.split()[0] for row in exported.rows()} & {"notes", "files", "search"}
    browser.press("D", "Delete", "?")
    browser.wait("document.querySelector('dialog')")
    assert "delete" not in browser.js("return document.querySelector('dialog').innerText")
    browser.press("Escape")
    exported.open("")
    browser.press("g", "D")
    assert browser.js("return document.querySelectorAll('.removal, .row-act').length") == 0


def test_an_exported_page_counts_for_its_strip(viewer, mcptape, tmp_path):  # noqa: F811
    source = ROOT / "recordings/demo.mcptape.jsonl"
    mcptape.run("export", str(source), "-o", str(tmp_path / "page.html"))
    answers = Answers(viewer, tmp_path / "page.html")
    session = json.loads(mcptape.run("show", str(source), "--json").output.splitlines()[0])
    counted = answers.ask("await api.of(args[0], 'density')", session["session"])
    assert sum(counted["exchanges"]) == session["exchanges"]
    assert sum(counted["errors"]) == session["errors"] + session["tool_errors"]
    assert counted["to_us"] >= session["duration_us"]
