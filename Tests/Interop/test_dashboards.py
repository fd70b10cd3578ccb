"""Dashboards and rules without Grafana: shape, types, the linter's rules, PromQL, and the catalogue."""

import json
import subprocess
import sys

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

import grafana_rules
from catalogue import by_sample, catalogue
from dashboards import (
    FOLDER,
    OF_A_SCRAPE,
    RULES,
    dashboards,
    metric_names,
    nodes,
    parsed,
    queries,
    rules,
    selectors,
    variable_selector,
)
from prometheus_server import needed

ALL = dashboards()
WIDTH = 24


@pytest.fixture(params=ALL)
def dashboard(request) -> dict:
    return ALL[request.param]


# Shape

def test_the_files_are_what_the_generator_writes():
    """Change the generator, run it, commit both: `python3 dashboards/generator`."""
    script = "import json, sys, __main__; json.dump(written(), sys.stdout)"
    program = (FOLDER / "generator/__main__.py").read_text().partition("\nif __name__")[0]
    made = subprocess.run(
        [sys.executable, "-B", "-c", f"{program}\n{script}"],
        cwd=FOLDER / "generator", capture_output=True, check=True,
    )  # fmt: skip
    written = json.loads(made.stdout)
    assert written == {path.name: path.read_text() for path in FOLDER.glob("*.json")}


def test_a_dashboard_is_ready_to_import(dashboard):
    assert dashboard["id"] is None and dashboard["schemaVersion"] >= 39
    assert dashboard["title"].startswith("mcptape: ") and dashboard["description"]
    text = json.dumps(dashboard)
    assert "__inputs" not in text and "__requires" not in text and "DS_" not in text
    names = [item["name"] for item in dashboard["templating"]["list"]]
    assert names[:4] == ["datasource", "job", "instance", "server"]
    for name in names[1:]:
        assert f"${name}" in text.replace("${datasource}", ""), f"nothing uses ${name}"


def test_names_are_unique():
    for member in ("uid", "title"):
        values = [item[member] for item in ALL.values()]
        assert len(set(values)) == len(values)
    assert all(item["uid"] == f"mcptape-{name.removesuffix('.json')}" for name, item in ALL.items())


def test_panels_neither_overlap_nor_leave_the_grid(dashboard):
    taken, numbers, titles = {}, [], []
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["w"] > 0 and place["x"] + place["w"] <= WIDTH, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} is on top of {taken[x, y]}"
                taken[x, y] = panel["title"]
        numbers.append(panel["id"])
        titles.append(panel["title"])
    assert len(set(numbers)) == len(numbers)
    # `.lint` and the README name panels by their titles.
    assert len(set(titles)) == len(titles)


def lost(ours, theirs, path="") -> list[str]:
    """What stands in `ours` and not, or otherwise, in `theirs`."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line for key in ours for line in lost(ours[key], theirs.get(key, "absent"), f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            line
            for number, pair in enumerate(zip(ours, theirs))
            for line in lost(*pair, f"{path}[{number}]")
        ]
    return [] if ours == theirs else [f"{path}: {ours!r} became {theirs!r}"]


def test_grafanas_own_types_hold_all_that_it_says(dashboard):
    """Loaded into Grafana's schema and written again, no member is lost: none is misspelt or misplaced."""
    register_default_plugins()
    loaded = Dashboard.from_json(dashboard)
    again = json.loads(JSONEncoder(sort_keys=True).encode(loaded))
    # Grafana writes `definition` itself, and its schema does not know it; an `id` of null is no id.
    missing = [line for line in lost(dashboard, again) if ".definition: " not in line]
    assert missing == [".id: None became 'absent'"]


# The linter's rules

def test_the_linters_rules_hold_but_for_reasoned_exceptions():
    listed = grafana_rules.exceptions()
    used, bad = [], []
    for dashboard in ALL.values():
        for rule, panel, index, message in grafana_rules.complaints(dashboard):
            match = [entry for entry in listed
                     if grafana_rules.is_excepted(entry, dashboard["title"], rule, panel, index)]  # fmt: skip
            used += match
            if not match:
                bad.append(f"{dashboard['title']}: {panel}: {rule}: {message}")
    assert bad == []
    assert [entry for entry in listed if entry not in used] == [], "exceptions that nothing needs"
    assert all(len(entry["reason"]) > 40 for entry in listed)


BROKEN = {
    "template-datasource-rule": lambda d: d["templating"]["list"].pop(0),
    "template-job-rule": lambda d: d["templating"]["list"][1].update(allValue=".*"),
    "template-instance-rule": lambda d: d["templating"]["list"][2].update(multi=False),
    "template-label-promql-rule": lambda d: d["templating"]["list"][3].update(
        query="label_values(rate(a), b)"
    ),
    "template-on-time-change-reload-rule": lambda d: d["templating"]["list"][3].update(refresh=1),
    "uneditable-dashboard": lambda d: d.update(editable=True),
    "panel-datasource-rule": lambda d: d["panels"][0].update(datasource={"uid": "abc"}),
    "panel-title-description-rule": lambda d: d["panels"][0].update(description=""),
    "panel-units-rule": lambda d: d["panels"][0]["fieldConfig"]["defaults"].update(unit="parsecs"),
    "panel-no-targets-rule": lambda d: d["panels"][0].update(targets=[]),
    "target-promql-rule": lambda d: d["panels"][0]["targets"][0].update(expr="sum(rate(a))"),
    "target-rate-interval-rule": lambda d: replace(d, "$__rate_interval", "5m"),
    "target-job-rule": lambda d: replace(d, 'job=~"$job"', 'job="mcptape"'),
    "target-instance-rule": lambda d: replace(d, 'instance=~"$instance", ', ""),
    "target-counter-agg-rule": lambda d: d["panels"][0]["targets"][0].update(expr="sum(a_total)"),
}


def replace(dashboard: dict, old: str, new: str):
    target = dashboard["panels"][0]["targets"][0]
    assert old in target["expr"]
    target["expr"] = target["expr"].replace(old, new)


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_bites(rule):
    """A dashboard that breaks the rule is complained of under its name."""
    assert BROKEN.keys() == {
        *grafana_rules.DASHBOARD_RULES, *grafana_rules.PANEL_RULES, *grafana_rules.TARGET_RULES,
    }  # fmt: skip
    dashboard = json.loads(json.dumps(ALL["overview.json"]))
    assert rule not in {found for found, *_ in grafana_rules.complaints(dashboard)}
    BROKEN[rule](dashboard)
    found = set()
    try:
        for name, *_ in grafana_rules.complaints(dashboard):
            found.add(name)
    except ValueError:
        # What does not parse is told by its own rule; the others cannot look at it.
        assert rule == "target-promql-rule"
    assert rule in found


# The catalogue

# Metrics that no panel shows, and why.
NOT_SHOWN: dict[str, str] = {}
# What Prometheus adds to a target, or to a histogram's bucket.
ADDED_LABELS = {"job", "instance", "le"}


def expressions() -> dict[str, str]:
    """Of every panel and every rule, by a name."""
    return {
        **{query.name: query.expression for query in queries()},
        **{f"{rule['file']}: {rule.get('record') or rule['alert']}": rule["expr"] for rule in rules()},
    }


def test_every_metric_and_label_that_is_asked_for_exists():
    known = by_sample()
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for name, expression in expressions().items():
        for selector in selectors(expression):
            if selector.name in OF_A_SCRAPE | recorded:
                continue
            assert selector.name in known, f"{name}: no metric {selector.name}"
            labels = known[selector.name].labels
            for matcher in selector.matchers.matchers:
                if matcher.name in ADDED_LABELS:
                    continue
                assert matcher.name in labels, f"{name}: {selector.name} has no label {matcher.name}"
                values = labels[matcher.name]
                for value in matcher.value.split("|") if values else []:
                    assert value in ["", ".*", *values], f"{name}: {matcher.name} is never {value}"


def test_every_label_that_is_grouped_by_exists():
    known = by_sample()
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for name, expression in expressions().items():
        for node, _ in nodes(parsed(expression)):
            modifier = getattr(node, "modifier", None)
            if not isinstance(node, promql_parser.AggregateExpr) or not modifier:
                continue
            inside = [inner for inner, _ in nodes(node)]
            below = {item.name for item in inside if isinstance(item, promql_parser.VectorSelector)}
            if below & (OF_A_SCRAPE | recorded):
                continue
            labels = ADDED_LABELS.union(*(known[metric].labels for metric in below))
            assert set(modifier.labels) <= labels, f"{name}: {modifier.labels}"


def test_every_metric_is_shown_somewhere():
    shown = set().union(*(metric_names(query.expression) for query in queries()))
    missing = {name for name, metric in catalogue().items() if not shown & set(metric.samples)}
    assert missing == NOT_SHOWN.keys()


def test_variables_ask_for_labels_that_exist():
    known = by_sample()
    for dashboard in ALL.values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = variable_selector(variable)
                (name,) = metric_names(selector)
                assert label in {*known[name].labels, "job", "instance"}, variable["query"]


# Rules of Prometheus

@pytest.mark.parametrize("words", [["check", "rules", *RULES],
                                   ["test", "rules", *sorted((FOLDER / "rules/tests").glob("*.yml"))]],
                         ids=["check", "test"])  # fmt: skip
def test_promtool_finds_the_rules_right(words):
    done = subprocess.run([needed("promtool"), *words], capture_output=True, text=True)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def test_each_alert_fires_in_one_case_and_is_silent_in_another():
    cases = yaml.safe_load((FOLDER / "rules/tests/alerts.yml").read_text())["tests"]
    tried = [(test["alertname"], bool(test["exp_alerts"]))
             for case in cases for test in case["alert_rule_test"]]  # fmt: skip
    for rule in rules():
        if "alert" in rule:
            assert {fires for name, fires in tried if name == rule["alert"]} == {True, False}, rule["alert"]


def test_the_page_names_every_dashboard_and_every_alert():
    page = (FOLDER / "README.md").read_text()
    for name in [*ALL, *(rule["alert"] for rule in rules() if "alert" in rule)]:
        assert f"`{name}`" in page, name


def test_each_recording_rule_has_a_case():
    cases = yaml.safe_load((FOLDER / "rules/tests/recording.yml").read_text())["tests"]
    tried = " ".join(test["expr"] for case in cases for test in case["promql_expr_test"])
    for rule in rules():
        assert "record" not in rule or rule["record"] in tried, rule["record"]


def test_an_alert_says_what_happened_and_what_to_do():
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("critical", "warning", "info")
            assert {"summary", "description"} == rule["annotations"].keys(), rule["alert"]
