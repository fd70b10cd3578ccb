"""The rules of Grafana's dashboard-linter, written anew from their documentation.

A rule yields complaints; `.lint` beside the dashboards lists the reasoned exceptions in that program's own
format, so whoever has it gets the same result.
"""

import promql_parser
import yaml

from dashboards import FOLDER, nodes, panels, parsed, variable_selector

# Those of Grafana's units that a dashboard here may use.
UNITS = {
    "none", "short", "percentunit", "bytes", "Bps", "s", "cps", "reqps", "dateTimeFromNow",
}  # fmt: skip
WITH_UNITS = ("stat", "singlestat", "graph", "table", "timeseries", "gauge")
# What stands for a variable here: unlike any value.
MARKS = {"job": "JOB", "instance": "INSTANCE", "__rate_interval": "7m7s", "__range": "9m9s"}


def complaints(dashboard: dict):
    """(rule, panel or None, index of the target or None, what is wrong)."""
    for rule, check in DASHBOARD_RULES.items():
        for message in check(dashboard):
            yield rule, None, None, message
    for panel in panels(dashboard):
        for rule, check in PANEL_RULES.items():
            for message in check(panel):
                yield rule, panel["title"], None, message
        for index, target in enumerate(panel.get("targets", [])):
            for rule, check in TARGET_RULES.items():
                for message in check(target["expr"]):
                    yield rule, panel["title"], index, message


def exceptions() -> list[dict]:
    """The entries of `.lint`, each with its rule."""
    listed = yaml.safe_load((FOLDER / ".lint").read_text())["exclusions"]
    return [{"rule": rule, **entry} for rule, about in listed.items() for entry in about["entries"]]


def is_excepted(entry: dict, title: str, rule: str, panel: str | None, index: int | None) -> bool:
    return (
        entry["rule"] == rule
        and entry["dashboard"] == title
        and (panel is None or entry.get("panel") == panel)
        and (index is None or entry.get("targetIdx", "") in ("", str(index)))
    )


# Dashboards

def template(dashboard: dict, name: str) -> dict | None:
    return next((item for item in dashboard["templating"]["list"] if item["name"] == name), None)


def template_datasource(dashboard):
    found = [item for item in dashboard["templating"]["list"] if item["type"] == "datasource"]
    if len(found) != 1:
        yield f"{len(found)} variables for the data source"
        return
    if (found[0]["name"], found[0]["label"], found[0]["query"]) != (
        "datasource", "Data source", "prometheus",
    ):  # fmt: skip
        yield "the variable should be datasource, labelled Data source, for prometheus"


def template_of(name: str):
    def check(dashboard):
        found = template(dashboard, name)
        if not found:
            yield f"there is no variable {name}"
            return
        wanted = {"type": "query", "label": name.title(), "multi": True, "allValue": ".+"}
        for key, value in wanted.items():
            if found[key] != value:
                yield f"{name}: {key} is {found[key]!r}, not {value!r}"
        if found["datasource"]["uid"] not in ("$datasource", "${datasource}"):
            yield f"{name} uses another data source"

    return check


def template_label_promql(dashboard):
    for item in dashboard["templating"]["list"]:
        if item["type"] != "query":
            continue
        selector, _ = variable_selector(item)
        try:
            is_selector = isinstance(parsed(selector), promql_parser.VectorSelector)
        except ValueError as error:
            yield f"{item['name']}: {error}"
            continue
        if not is_selector:
            yield f"{item['name']}: {selector} is not a selector"


def template_reload(dashboard):
    for item in dashboard["templating"]["list"]:
        if item["type"] == "query" and item["refresh"] != 2:
            yield f"{item['name']} is not read again when the time range changes"


def uneditable(dashboard):
    if dashboard["editable"]:
        yield "the dashboard can be edited in Grafana, where changes would be lost"


# Panels

def panel_datasource(panel):
    for holder in (panel, *panel.get("targets", [])):
        if holder.get("datasource", {}).get("uid") not in ("$datasource", "${datasource}"):
            yield "another data source than the variable's"


def panel_title_description(panel):
    if not panel.get("title") or not panel.get("description"):
        yield "no title or no description"


def panel_units(panel):
    if panel["type"] not in WITH_UNITS:
        return
    config = panel["fieldConfig"]
    named = [config["defaults"].get("unit", "")]
    for override in config["overrides"]:
        named += [item["value"] for item in override["properties"] if item["id"] == "unit"]
    for unit in named:
        if unit not in UNITS:
            yield f"unit {unit!r}"


def panel_no_targets(panel):
    if not panel.get("targets"):
        yield "no query"


# Queries

def target_promql(expression):
    try:
        parsed(expression)
    except ValueError as error:
        yield str(error)


def calls(expression: str):
    """Each range selector with the function that it is handed to."""
    for node, path in nodes(parsed(expression, **MARKS, window="7m7s", span="9m9s")):
        if isinstance(node, promql_parser.MatrixSelector):
            yield node, getattr(getattr(path[-1] if path else None, "func", None), "name", None)


def target_rate_interval(expression):
    for node, function in calls(expression):
        if function in ("rate", "irate") and node.range.total_seconds() != 427:
            yield f"{function} over another window than $__rate_interval"


def target_matcher(name: str):
    def check(expression):
        for node, _ in nodes(parsed(expression, **MARKS)):
            if not isinstance(node, promql_parser.VectorSelector):
                continue
            matchers = [item for item in node.matchers.matchers if item.name == name]
            found = [(item.op, item.value) for item in matchers]
            if found != [(promql_parser.MatchOp.Re, MARKS[name])]:
                yield f'{node.name} has no {name}=~"${name}"'

    return check


def target_counter_agg(expression):
    for node, path in nodes(parsed(expression)):
        if not isinstance(node, promql_parser.VectorSelector) or not (node.name or "").endswith("_total"):
            continue
        function = getattr(getattr(path[-2] if len(path) > 1 else None, "func", None), "name", None)
        if function not in ("rate", "irate", "increase"):
            yield f"{node.name} is a counter, and not under rate, irate or increase"


DASHBOARD_RULES = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_of("job"),
    "template-instance-rule": template_of("instance"),
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_reload,
    "uneditable-dashboard": uneditable,
}
PANEL_RULES = {
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
}
TARGET_RULES = {
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": target_matcher("job"),
    "target-instance-rule": target_matcher("instance"),
    "target-counter-agg-rule": target_counter_agg,
}
