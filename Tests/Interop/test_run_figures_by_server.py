"""Figures of a run for each of its servers: in the API as `stats` counts them, in the page as in the API."""

import json

from serving import serving
from test_serve_deletion import Page
from test_viewer_runs import open_run, recorded_run, run  # noqa: F401
from viewer_browser import ROOT, browser, recorded, viewer  # noqa: F401

AGENT = ROOT / "recordings/runs/agent.mcptape.jsonl"
FIGURES = ("count", "exchanges", "errors", "p50_us", "p95_us", "max_us", "server_p50_us", "waited_person_us",
           "waited_model_us", "request_bytes", "response_bytes")


def test_the_api_has_them_as_stats_counts_them(mcptape):
    mcptape.run("import", AGENT)
    lines = mcptape.run("stats", "run:last", "--by", "server,method,tool", "--json").text.splitlines()
    groups = [row for row in map(json.loads, lines) if row["row"] == "group"]
    with serving(mcptape) as server:
        page = Page(server)
        (run,) = page.ask("runs")["runs"]  # noqa: F811
        answer = page.ask(f"runs/{run['run']}/stats")
        some = page.ask(f"runs/{run['run']}/stats?filter=server:files")
    # Of methods other than tools/call, `--by tool` has one row for all names.
    def key(row):
        return row["server"], row["asker"], row["method"], row.get("tool") or row.get("name") or ""

    found = {key(row): row for row in answer["by_server"]}
    assert len({row["server"] for row in answer["by_server"]}) == 3
    calls = [row for row in groups if row["method"] == "tools/call"]
    assert len(calls) > 3
    for row in calls:
        assert [found[key(row)].get(name) for name in FIGURES] == [row.get(name) for name in FIGURES]
    assert sum(row["count"] for row in answer["by_server"]) == answer["total"]["count"]
    assert any(row["waited_person_us"] for row in answer["by_server"])
    assert {row["server"] for row in some["by_server"]} == {"files"}


def test_the_page_shows_what_the_server_counted(viewer, run):  # noqa: F811
    viewer.browser.look((1280, 1400))
    open_run(viewer, run, "v=stats")
    viewer.wait_text("tools/call", ".row")
    counted = run.stats("")["by_server"]
    shown = [row.replace("← ", "").split() for row in viewer.rows()[:-1]]
    for row in counted:
        words = [row["server"], row["method"], *([row["name"]] if "name" in row else []), str(row["count"])]
        assert any(line[: len(words)] == words for line in shown), (words, shown)
    assert len(shown) == len(counted)
    paths = [path for path in viewer.double.requests if path.endswith("/stats")]
    assert paths and all(path.startswith("/api/runs/") for path in paths)
    viewer.press("/", *"server:files", "Enter")
    viewer.browser.wait("document.querySelector('.grid').ariaRowCount - 2 === arguments[0]",
                        sum(row["server"] == "files" for row in counted))
