"""The dashboards and rules of the repository, read: panels, queries, variables, and what PromQL they hold."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import promql_parser
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "dashboards"
RULES = [FOLDER / "rules/recording.yml", FOLDER / "rules/alerts.yml"]
# What Prometheus adds to each target by itself.
OF_A_SCRAPE = {"up", "scrape_duration_seconds", "scrape_samples_scraped"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")


def dashboards() -> dict[str, dict]:
    """File name → dashboard."""
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(dashboard: dict) -> list[dict]:
    """All panels, those in rows included, without the rows."""
    found = []
    for panel in dashboard["panels"]:
        found += panel.get("panels", []) if panel["type"] == "row" else [panel]
    return found


@dataclass
class Query:
    """One target of a panel."""

    file: str
    dashboard: str
    panel: str
    index: int
    expression: str
    is_instant: bool

    @property
    def name(self) -> str:
        return f"{self.file}: {self.panel} #{self.index}"


def queries() -> list[Query]:
    return [
        Query(file, dashboard["title"], panel["title"], index, target["expr"], target["instant"])
        for file, dashboard in dashboards().items()
        for panel in panels(dashboard)
        for index, target in enumerate(panel["targets"])
    ]


def rules() -> list[dict]:
    """Every recording rule and alert, with the file that it stands in."""
    return [
        {"file": path.name, **rule}
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def substituted(expression: str, window: str = "5m", span: str = "1h", **values) -> str:
    """The expression with Grafana's variables replaced; those not named stand for all."""
    known = {"__rate_interval": window, "__interval": "1m", "__range": span, **values}
    return _VARIABLE.sub(lambda found: known.get(next(filter(None, found.groups())), ".*"), expression)


def parsed(expression: str, **values):
    """The syntax tree; raises ValueError where PromQL or its types are wrong."""
    return promql_parser.parse(substituted(expression, **values))


def nodes(node, path=()):
    """Every node of the tree with the nodes above it, outermost first."""
    yield node, path
    inner = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector", "param")]
    for child in [*inner, *getattr(node, "args", [])]:
        if child is not None and not isinstance(child, str):
            yield from nodes(child, (*path, node))


def selectors(expression: str, **values) -> list:
    """The selectors of metrics, in order."""
    found = [node for node, _ in nodes(parsed(expression, **values))]
    return [node for node in found if isinstance(node, promql_parser.VectorSelector)]


def metric_names(expression: str) -> set[str]:
    return {selector.name for selector in selectors(expression)}


def variable_selector(variable: dict) -> tuple[str, str]:
    """Of `label_values(SELECTOR, LABEL)`, the selector and the label."""
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"])
    assert found, f"{variable['name']}: {variable['query']} is not label_values(selector, label)"
    return found[1], found[2]
