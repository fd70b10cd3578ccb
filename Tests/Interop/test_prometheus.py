"""A real Prometheus scrapes `serve` while SDK clients and servers talk through `record`."""

import json
import math
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import metrics_traffic
import recorded_metrics
from catalogue import by_sample, catalogue
from collector import Collector
from dashboards import RULES, dashboards, queries, rules, selectors, substituted, variable_selector
from exposition import OPEN_METRICS, TEXT, assert_sound, families, samples, scrape
from program import Mcptape, wait_until
from prometheus_server import Prometheus, needed, text_target
from recorded_http import sessions
from serving import serving

# One scene for all of them.
pytestmark = pytest.mark.xdist_group("prometheus")
JOB = "mcptape"
TRACES = ["4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"]
OPERATIONS = "mcp_client_operation_duration_seconds"


@dataclass
class Scene:
    """Everything is recorded, and was scraped at the end; whatever a later scrape does, that moment stays."""

    port: int
    prometheus: Prometheus
    program: Mcptape
    exports: list[bytes]
    figures: recorded_metrics.Figures
    start: float
    end: float


def quick_rules(directory: Path) -> list[Path]:
    """The rules, evaluated every second instead of every half minute."""
    made = []
    for path in RULES:
        groups = yaml.safe_load(path.read_text())
        for group in groups["groups"]:
            group["interval"] = "1s"
        made.append(directory / path.name)
        made[-1].write_text(yaml.safe_dump(groups))
    return made


def what_passes_is_scraped(prometheus: Prometheus):
    """Sessions may be shorter than the time between two scrapes: nothing would show what is in flight."""
    def is_there(metric):
        selector = f'{metric}{{server="{metrics_traffic.SCRIPTED}"}}'
        return any(prometheus.vector(selector, time.time()).values())

    for metric in ("mcptape_operations_in_flight", "mcptape_sessions_active"):
        wait_until(lambda: is_there(metric))


@pytest.fixture(scope="module")
def scene(binary, tmp_path_factory):
    needed("prometheus")
    program = Mcptape(binary, tmp_path_factory.mktemp("prometheus"))
    try:
        file = program.directory / "replay.prom"
        metrics_traffic.replayed(program, file)
        with (
            Collector() as collector,
            serving(program, "--otlp", collector.url) as server,
            text_target(file) as textfile,
        ):
            port = server.port
            prometheus = Prometheus(
                program.directory / "prometheus", {JOB: port, "ci": textfile}, quick_rules(program.directory)
            )
            try:
                start = prometheus.settle()
                metrics_traffic.everything(program)
                prometheus.settle()
                metrics_traffic.again(program, TRACES, lambda: what_passes_is_scraped(prometheus))
                end = prometheus.settle()
                exports = [program.export(session["session"]) for session in sessions(program)]
                figures = recorded_metrics.figures(exports)
                yield Scene(port, prometheus, program, exports, figures, start, end)
            finally:
                prometheus.close()
    finally:
        program.close()


def test_one_worker_plays_the_scene(request):
    """Groups hold. With pytest 9 and pytest-xdist 3.8 they do not: every worker would play each scene."""
    if request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@prometheus")


# The scrape

def test_the_target_is_up_and_no_scrape_failed(scene):
    assert list(scene.prometheus.vector(f'up{{job="{JOB}"}}', scene.end).values()) == [1]
    assert scene.prometheus.scrape_failures() == []
    told = [item["lastError"] for item in scene.prometheus.get("targets")["activeTargets"]]
    assert [error for error in told if error and "deadline exceeded" not in error] == []


def test_promtool_finds_nothing_in_the_text_format(scene):
    kind, body = scrape(scene.port)
    assert kind == TEXT
    argv = [needed("promtool"), "check", "metrics"]
    done = subprocess.run(argv, input=body, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout + done.stderr == "", done.stdout + done.stderr
    assert_sound(body)


def test_the_strict_parser_takes_the_openmetrics_format(scene):
    kind, body = scrape(scene.port, accept="application/openmetrics-text;version=1.0.0")
    assert kind == OPEN_METRICS
    found = list(text_string_to_metric_families(body))
    assert found[0].name == "target_info" and body.endswith("\n# EOF\n")
    assert all(family.documentation for family in found)
    assert_sound(body)


def test_both_formats_say_the_same(scene):
    """But for what is of the moment: the process, its export, and what else uses the disk."""
    def stable(body):
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for sample in samples(body)
            if not sample.name.startswith(("process_", "mcptape_export_", "mcptape_store_free_bytes"))
        }  # fmt: skip

    text = stable(scrape(scene.port)[1])
    assert text == stable(scrape(scene.port, accept="application/openmetrics-text")[1])


# Families that `serve` does not show, and why.
NOT_SERVED = {
    "mcptape_replay_requests_total": "of `replay`, not of the store",
}
# Families without a series while nothing passes, and why.
WITHOUT_SERIES = {
    "process_virtual_memory_max_bytes": "there is no limit",
}


def test_the_exposition_is_the_catalogue(scene):
    """Every family of the page is there with its kind, labels and values, and no other."""
    listed = catalogue()
    body = scrape(scene.port)[1]
    shown = families(body)
    assert shown == {name: row.kind for name, row in listed.items() if name not in NOT_SERVED}
    known = by_sample()
    for sample in samples(body):
        labels = known[sample.name].labels
        for label, value in sample.labels.items():
            if label != "le":
                assert label in labels and (not labels[label] or value in labels[label]), sample
    with_series = {known[sample.name].name for sample in samples(body)}
    assert shown.keys() - with_series == WITHOUT_SERIES.keys()


# Values

def summed(scene, metric: str, labels: list[str]) -> dict[tuple, float]:
    """PromQL's sums by those labels, without zeros."""
    expression = f'sum by ({", ".join(labels)}) ({metric}{{job="{JOB}"}})'
    found = scene.prometheus.vector(expression, scene.end)
    rows = {}
    for key, value in found.items():
        row = dict(key)
        if value:
            rows[tuple(row.get(label, "") for label in labels)] = value
    return rows


def assert_histogram(scene, metric: str, labels: list[str], expected: dict):
    counts = summed(scene, f"{metric}_count", labels)
    assert counts == {key: value.count for key, value in expected.items()}
    sums = summed(scene, f"{metric}_sum", labels)
    for key, value in expected.items():
        # The recording's times are whole microseconds, and a duration lies between two of them.
        assert abs(sums.get(key, 0) - value.seconds) <= value.count * 1e-6 + 1e-9, (key, value, sums)


def test_operations_are_those_of_the_recordings(scene):
    labels = ["server", "mcp_method_name", "gen_ai_tool_name", "gen_ai_prompt_name", "error_type"]
    assert_histogram(scene, OPERATIONS, labels, scene.figures.operations)
    # The traffic has every kind of ending.
    endings = {key[-1] for key in scene.figures.operations}
    assert endings >= {"", "tool_error", "cancelled", "abandoned", "transport", "-32602", "-32001", "_OTHER"}
    assert {"_OTHER"} <= {key[1] for key in scene.figures.operations}


def test_waits_are_those_of_the_recordings(scene):
    assert_histogram(scene, "mcptape_wait_duration_seconds", ["server", "kind"], scene.figures.waits)
    assert {kind for _, kind in scene.figures.waits} == {"sampling", "elicitation", "roots", "input_round"}


def test_sessions_are_those_of_the_recordings(scene):
    labels = ["server", "mcp_protocol_version", "error_type"]
    assert_histogram(scene, "mcp_client_session_duration_seconds", labels, scene.figures.sessions_ended)
    assert summed(scene, "mcptape_sessions_active", ["server"]) == {}
    assert summed(scene, "mcptape_operations_in_flight", ["server"]) == {}


def test_messages_and_bytes_are_those_of_the_recordings(scene):
    kinds = summed(scene, "mcptape_messages_total", ["server", "direction", "kind"])
    assert kinds == scene.figures.messages
    sizes = summed(scene, "mcptape_message_bytes_total", ["server", "direction"])
    assert scene.figures.unsized == {metrics_traffic.MASKED}
    for key in sizes.keys() | scene.figures.sizes.keys():
        assert key[0] in scene.figures.unsized or sizes[key] == scene.figures.sizes[key], key
    of_all = summed(scene, "mcptape_message_size_bytes_sum", ["direction"])
    for side in ("client_to_server", "server_to_client"):
        assert of_all[side,] == sum(size for key, size in sizes.items() if key[1] == side)


COUNTERS = {
    "mcptape_cancelled_total": ["server"],
    "mcptape_late_total": ["server"],
    "mcptape_abandoned_total": ["server"],
    "mcptape_progress_notifications_total": ["server"],
    "mcptape_sessions_total": ["server", "transport"],
    "mcptape_protocol_violations_total": ["server", "rule"],
    "mcptape_child_exits_total": ["server", "reason"],
    "mcptape_upstream_http_responses_total": ["server", "code_class"],
    "mcptape_label_overflow_total": ["label"],
    "mcptape_redactions_total": ["server", "rule"],
}


@pytest.mark.parametrize("metric", COUNTERS)
def test_a_counter_is_that_of_the_recordings(scene, metric):
    expected = {key[1:]: value for key, value in scene.figures.counters.items() if key[0] == metric}
    assert expected, "the traffic has none of it"
    assert summed(scene, metric, COUNTERS[metric]) == expected


def test_nothing_is_lacking_and_nothing_left(scene):
    assert summed(scene, "mcptape_gaps_total", ["server"]) == {}
    assert summed(scene, "mcptape_journals", ["state"]) == {}
    (stored,) = summed(scene, "mcptape_store_sessions", []).values()
    assert stored == sum(value.count for value in scene.figures.sessions_ended.values())


def test_a_recording_measured_offline_says_the_same(scene):
    """`metrics FILE`, for each session alone."""
    known = by_sample()
    assert len(scene.exports) > 10
    for number, data in enumerate(scene.exports):
        file = scene.program.directory / f"{number}.mcptape.jsonl"
        file.write_bytes(data)
        expected = recorded_metrics.figures([data])
        body = scene.program.run("metrics", file).text
        assert_sound(body)
        found = {}
        for sample in samples(body):
            if sample.value and sample.name in (f"{OPERATIONS}_count", "mcptape_messages_total"):
                labels = known[sample.name].labels
                found[sample.name, *(sample.labels.get(label, "") for label in labels)] = sample.value
        told = {(f"{OPERATIONS}_count", *key): value.count for key, value in expected.operations.items()}
        assert found == told | {("mcptape_messages_total", *key): n for key, n in expected.messages.items()}


def test_the_replay_tells_how_it_answered(scene):
    expression = 'sum by (server, result) (mcptape_replay_requests_total{job="ci"})'
    found = scene.prometheus.vector(expression, scene.end)
    results = {dict(key)["result"]: value for key, value in found.items()}
    assert results == {"exact": 3, "repeated": 1, "nearest": 0, "forwarded": 0, "miss": 1}
    assert {dict(key)["server"] for key in found} == {metrics_traffic.REPLAYED}


# Exemplars

def exported_spans(program: Mcptape) -> dict[str, str]:
    """Span ids → trace ids of all that `export --format otlp` makes of the store."""
    found = {}
    for session in sessions(program):
        done = program.run("export", session["session"], "--format", "otlp", "--allow-secrets")
        for line in done.text.splitlines():
            for group in json.loads(line)["resourceSpans"]:
                for scope in group["scopeSpans"]:
                    found |= {span["spanId"]: span["traceId"] for span in scope["spans"]}
    return found


def test_an_operation_leads_to_its_trace(scene):
    """Each exemplar names a span that is exported: in the client's trace where the client states one."""
    found = scene.prometheus.get(
        "query_exemplars", query=f"{OPERATIONS}_bucket", start=scene.start, end=scene.end
    )
    spans = exported_spans(scene.program)
    stated = set()
    for series in found:
        for item in series["exemplars"]:
            trace, span = item["labels"]["trace_id"], item["labels"]["span_id"]
            assert spans[span] == trace, series
            if trace in TRACES:
                stated.add(trace)
                assert series["seriesLabels"]["server"] == metrics_traffic.SCRIPTED
                assert series["seriesLabels"]["gen_ai_tool_name"] == "ok"
    assert stated and len(found) > 10


# Dashboards and rules

# Queries without a value where nothing is set up, and why.
EMPTY = {
    "proxy.json: Memory #2": "a limit of virtual memory is a rare thing",
}


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.name)
def test_a_panel_shows_something(scene, query):
    expression = substituted(query.expression, window="1h", span="1h")
    start = scene.end if query.is_instant else scene.start
    values = scene.prometheus.course(expression, start, scene.end)
    is_empty = not any(not math.isnan(value) for series in values for value in series)
    assert is_empty == (query.name in EMPTY), EMPTY.get(query.name, expression)


@pytest.mark.parametrize("name", dashboards())
def test_a_variable_has_values(scene, name):
    for variable in dashboards()[name]["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = variable_selector(variable)
            found = scene.prometheus.get(
                f"label/{label}/values", **{"match[]": substituted(selector)}, start=scene.start
            )
            assert found, variable["query"]


def test_each_rule_is_evaluated_without_an_error(scene):
    told = [rule for group in scene.prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(told) == len(rules())
    assert [rule for rule in told if rule["health"] != "ok" or rule.get("lastError")] == []


@pytest.mark.parametrize("name", [rule["record"] for rule in rules() if "record" in rule])
def test_a_recording_rule_makes_series(scene, name):
    found = scene.prometheus.vector(name, scene.end)
    assert any(not math.isnan(value) for value in found.values())


@pytest.mark.parametrize("rule", [rule for rule in rules() if "alert" in rule], ids=lambda r: r["alert"])
def test_an_alert_looks_at_series_that_exist(scene, rule):
    """An alert over a misspelt name or label would be silent for ever."""
    for selector in selectors(rule["expr"]):
        matchers = [item for item in selector.matchers.matchers if item.name != "__name__"]
        inner = ", ".join(f'{item.name}{OPERATORS[str(item.op)]}"{item.value}"' for item in matchers)
        expression = f"last_over_time({selector.name}{{{inner}}}[1h])"
        assert scene.prometheus.vector(expression, scene.end), expression


OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
