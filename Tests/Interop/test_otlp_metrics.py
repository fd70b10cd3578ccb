"""Metrics that are pushed: the same as are scraped, under the convention's names."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from collector import PROTOBUF, Collector, Rotel, attributes, free_port
from exposition import Sample, samples, scrape
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from program import DEADLINE, wait_until
from proxy import proxy
from serving import get
from serving import samples as read_samples
from serving import total
from test_otlp import call, push, record, recordings
from test_otlp_live import ping, upstream  # noqa: F401 (a fixture)

CUMULATIVE = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
METRICS = ("--otlp-signal", "metrics")
TRACE = "0af7651916cd43dd8448eb211c80319c"


def decoded(request) -> metrics_service_pb2.ExportMetricsServiceRequest:
    if request.headers["content-type"] == PROTOBUF:
        return request.decoded()
    # OTLP/JSON has ids in hexadecimal, proto3 in base64: those are looked at apart.
    return json_format.Parse(
        json.dumps(without_ids(json.loads(request.content))),
        metrics_service_pb2.ExportMetricsServiceRequest(),
    )


def without_ids(value):
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key not in ("spanId", "traceId")}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


def prometheus_name(metric) -> str:
    """What a collector makes of it. Source: OpenTelemetry, compatibility/prometheus_and_openmetrics."""
    name = metric.name.replace(".", "_")
    word = {"s": "seconds", "By": "bytes"}.get(metric.unit)
    if word and word not in name.split("_"):
        name += f"_{word}"
    return name + ("_total" if metric.sum.is_monotonic else "")


def key(name: str, labels: dict) -> tuple:
    return name, tuple(sorted((label.replace(".", "_"), value) for label, value in labels.items()))


def pushed(metrics: list) -> dict:
    """The samples that Prometheus would show of these metrics."""
    found = {}
    for metric in metrics:
        name = prometheus_name(metric)
        for point in [*metric.gauge.data_points, *metric.sum.data_points]:
            value = point.as_double if point.WhichOneof("value") == "as_double" else point.as_int
            assert key(name, attributes(point)) not in found
            found[key(name, attributes(point))] = value
        for point in metric.histogram.data_points:
            labels, seen = attributes(point), 0
            for bound, count in zip([*point.explicit_bounds, "+Inf"], point.bucket_counts, strict=True):
                seen += count
                found[key(f"{name}_bucket", labels | {"le": str(bound)})] = seen
            assert seen == point.count
            found[key(f"{name}_count", labels)] = point.count
            found[key(f"{name}_sum", labels)] = point.sum
    return found


def scraped(body: str) -> dict:
    def labels(sample: Sample) -> dict:
        edge = sample.labels.get("le")
        return sample.labels | ({"le": str(float(edge))} if edge not in (None, "+Inf") else {})

    return {key(sample.name, labels(sample)): sample.value for sample in samples(body)}


def readings(collector) -> list[list]:
    """All points of one moment belong together: they may come in several requests."""
    by_time: dict[int, list] = {}
    for request in collector.of("metrics"):
        for group in decoded(request).resource_metrics:
            for scope in group.scope_metrics:
                for metric in scope.metrics:
                    kind = getattr(metric, metric.WhichOneof("data"))
                    by_time.setdefault(kind.data_points[0].time_unix_nano, []).append(metric)
    return [by_time[time] for time in sorted(by_time)]


def start_serve(program, url: str, *options, protocol: str = "http/protobuf", interval: str = "50"):
    file = program.directory / "serve.port"
    environment = {
        **program.environment, "OTEL_METRIC_EXPORT_INTERVAL": interval, "OTEL_BSP_SCHEDULE_DELAY": "20",
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
    }  # fmt: skip
    process = program.start(
        [program.binary, "serve", "--store", program.store, "--listen", "0", "--port-file", file,
         "--otlp", url, *options],
        stdin=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    wait_until(lambda: file.exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read().decode()
    return process, int(file.read_text())


def stop(process) -> str:
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    return errors.decode()


def stable(found: dict) -> dict:
    """Without what is of the moment: the process, its export, what else uses the disk."""
    passing = (
        "process_", "mcptape_export_", "mcptape_store_free_bytes", "mcptape_store_bytes", "target_info",
    )  # fmt: skip
    return {key: value for key, value in found.items() if not key[0].startswith(passing)}


# Of a store


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_what_is_pushed_is_what_is_scraped(mcptape, protocol):
    parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    listed = {"id": 9, "method": "tools/list"}
    with Collector() as collector:
        process, port = start_serve(mcptape, collector.url, *METRICS, protocol=protocol)
        record(mcptape, listed, call(1, meta=parent), name="one")
        record(mcptape, listed, call(1), call(2), name="two")
        kind, body = scrape(port)
        seen = len(readings(collector))
        # One that began after that scrape.
        collector.wait(lambda: len(readings(collector)) >= seen + 3)
        again = scrape(port)[1]
        metrics = readings(collector)[seen + 1]
        stop(process)
    expected = stable(scraped(body))
    assert expected == stable(scraped(again)), "the store changed meanwhile"
    found = stable(pushed(metrics))
    assert found.keys() == expected.keys()
    for series, value in expected.items():
        assert found[series] == pytest.approx(value, abs=1e-12), series
    assert total_of(found, "mcp_client_operation_duration_seconds_count", "tools/call") == 3
    names = {metric.name: metric for metric in metrics}
    operations = names["mcp.client.operation.duration"]
    assert operations.unit == "s" and operations.description
    assert operations.histogram.aggregation_temporality == CUMULATIVE
    assert names["mcptape.messages"].sum.aggregation_temporality == CUMULATIVE
    assert names["mcptape.messages"].sum.is_monotonic
    assert names["mcptape.store.sessions"].WhichOneof("data") == "gauge"
    assert names["process.memory.usage"].WhichOneof("data") == "sum"
    assert not names["process.memory.usage"].sum.is_monotonic
    for point in [*operations.histogram.data_points, *names["mcptape.messages"].sum.data_points]:
        assert 0 < point.start_time_unix_nano < point.time_unix_nano


def total_of(found: dict, name: str, method: str) -> float:
    return sum(
        value for (one, labels), value in found.items()
        if one == name and ("mcp_method_name", method) in labels
    )  # fmt: skip


@pytest.mark.parametrize("options", [[], ["--propagate"]], ids=["as it came", "propagated"])
def test_the_resource_is_what_target_info_says_and_exemplars_lead_to_spans(mcptape, options):
    parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with Collector() as collector:
        process, port = start_serve(mcptape, collector.url)
        record(mcptape, {"id": 9, "method": "tools/list"}, call(1, meta=parent), name="one", options=options)
        collector.wait(lambda: collector.spans() and with_exemplars(collector))
        target = next(s for s in samples(scrape(port)[1]) if s.name == "target_info")
        (group,) = collector.of("metrics")[-1].decoded().resource_metrics
        stop(process)
    told = attributes(group.resource)
    for label, attribute in (
        ("service_name", "service.name"), ("service_version", "service.version"),
        ("service_instance_id", "service.instance.id"),
    ):  # fmt: skip
        assert target.labels[label] == told[attribute]
    spans = {span.span_id: span.trace_id for span in collector.spans()}
    found = with_exemplars(collector)
    assert {exemplar.trace_id.hex() for exemplar in found} >= {TRACE}
    for exemplar in found:
        assert spans[exemplar.span_id] == exemplar.trace_id
        assert exemplar.time_unix_nano > 0


def with_exemplars(collector) -> list:
    """The exemplars of the newest reading that tells of a call."""
    for metrics in reversed(readings(collector)):
        points = [p for m in metrics if m.name == "mcp.client.operation.duration"
                  for p in m.histogram.data_points]  # fmt: skip
        found = [exemplar for point in points for exemplar in point.exemplars]
        if any(attributes(point)["mcp.method.name"] == "tools/call" for point in points):
            return found
    return []


def test_counters_go_on_over_a_restart_from_the_same_start(mcptape):
    with Collector() as collector:
        starts = []
        for number in (1, 2):
            process, _ = start_serve(mcptape, collector.url, *METRICS, interval="60000")
            record(mcptape, call(1), name="one")
            # The last reading is sent when it ends.
            stop(process)
            (mcptape.directory / "serve.port").unlink()
            (point,) = [
                point for metric in readings(collector)[-1] if metric.name == "mcptape.sessions"
                for point in metric.sum.data_points
                if attributes(point) == {"server": "one", "transport": "stdio"}
            ]  # fmt: skip
            assert point.as_int == number
            starts.append(point.start_time_unix_nano)
        assert starts[0] == starts[1]


def test_nothing_is_pushed_that_was_not_asked_for(mcptape):
    record(mcptape, call(1), name="one")
    with Collector() as collector:
        process, _ = start_serve(mcptape, collector.url, "--otlp-signal", "traces")
        record(mcptape, call(1), name="two")
        collector.wait(lambda: collector.spans())
        stop(process)
        push(mcptape, "last", collector.url)
        assert collector.of("metrics") == []
        mcptape.environment["OTEL_METRICS_EXPORTER"] = "none"
        (mcptape.directory / "serve.port").unlink()
        process, _ = start_serve(mcptape, collector.url)
        stop(process)
        assert collector.of("metrics") == []


# Of a listener


def test_a_listener_pushes_what_it_recorded_itself(mcptape, upstream):  # noqa: F811
    record(mcptape, call(1), name="somebody-else")
    mcptape.environment["OTEL_METRIC_EXPORT_INTERVAL"] = "50"
    with Collector() as collector:
        admin = free_port()
        options = ["--otlp", collector.url, "--admin-listen", f"127.0.0.1:{admin}"]
        with proxy(mcptape, upstream, *options) as port:
            ping(port, 5)

            def counted(metrics) -> bool:
                return total_of(pushed(metrics), "mcp_client_operation_duration_seconds_count", "ping") == 5

            collector.wait(lambda: any(counted(metrics) for metrics in readings(collector)))
            body = get(admin, "/metrics")[2].decode()
            seen = len(readings(collector))
            collector.wait(lambda: len(readings(collector)) >= seen + 2)
            metrics = readings(collector)[-1]
    expected = stable(scraped(body))
    found = stable(pushed(metrics))
    assert found.keys() == expected.keys()
    assert total_of(found, "mcp_client_operation_duration_seconds_count", "ping") == 5
    assert "somebody-else" not in body
    # How it fares is in its own /metrics.
    told = read_samples(body)
    assert total(told, "mcptape_export_items_total", signal="metrics", result="sent") > 0


# Of a recording


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_a_recording_is_measured_when_it_is_asked_for(mcptape, protocol):
    path = next(path for path in recordings() if path.name == "demo.mcptape.jsonl")
    variables = {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
    with Collector() as collector:
        told = push(mcptape, path, collector.url, *METRICS, environment=variables)
        assert "metrics: " in told.complaint and "traces" not in told.complaint
        (metrics,) = readings(collector)
    expected = scraped(mcptape.run("metrics", path).text)
    measured = {series: value for series, value in expected.items() if series[0].startswith("mcp")}
    # What says who answers is no measurement.
    identity = {"mcptape_build_info", "mcptape_slow_threshold_seconds"}
    measured = {s: v for s, v in measured.items() if s[0] not in identity}
    found = pushed(metrics)
    assert found == {series: pytest.approx(value, abs=1e-12) for series, value in measured.items()}
    # The file says the same.
    file = mcptape.directory / "m.otlp.json"
    mcptape.run("export", path, "-o", file, *METRICS, "--allow-secrets", "--quiet")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    of_file = [metric for line in lines for metric in json_metrics(line)]
    assert {m["name"] for m in of_file} == {m.name for m in metrics}
    exemplars = [
        exemplar for metric in of_file for point in metric.get("histogram", {}).get("dataPoints", [])
        for exemplar in point.get("exemplars", [])
    ]  # fmt: skip
    spans = mcptape.run("export", path, "--format", "otlp", "--quiet", "--include-human").text
    ids = {
        span["spanId"]: span["traceId"] for line in spans.splitlines()
        for scope in json.loads(line)["resourceSpans"][0]["scopeSpans"] for span in scope["spans"]
    }  # fmt: skip
    assert exemplars and all(ids[e["spanId"]] == e["traceId"] for e in exemplars)


def json_metrics(line: dict) -> list[dict]:
    return line["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]


def test_metrics_are_of_whole_sessions(mcptape):
    record(mcptape, call(1), name="one")
    for words in (["last", "--exchange", "1"], ["last", "method:ping"], ["one#1"]):
        told = mcptape.run("export", *words, "--otlp", "http://127.0.0.1:1", *METRICS, status=64)
        assert "metrics are of whole sessions" in told.complaint
    told = mcptape.run("export", "last", "--otlp", "http://127.0.0.1:1", "--otlp-signal", "x", status=64)
    assert "neither traces, logs nor metrics" in told.complaint


# Collectors


def test_the_real_collector_takes_metrics(mcptape):
    path: Path = next(path for path in recordings() if path.name == "demo.mcptape.jsonl")
    with Rotel(mcptape.directory, shown="metrics") as rotel:
        ways = (("http/protobuf", "none"), ("http/json", "none"), ("http/protobuf", "gzip"))
        for protocol, compression in ways:
            variables = {
                "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_EXPORTER_OTLP_COMPRESSION": compression
            }  # fmt: skip
            told = push(mcptape, path, rotel.url, *METRICS, environment=variables)
            assert "not sent" not in told.complaint and "rejected" not in told.complaint
        wait_until(lambda: len(rotel.lines(r"mcp\.client\.operation\.duration")) >= 3)
    text = "\n".join(rotel.lines(r".+"))
    assert "gen_ai.tool.name" in text and "mcptape.message_size" in text


def test_a_partial_success_counts_points(mcptape):
    answer = metrics_service_pb2.ExportMetricsServiceResponse()
    answer.partial_success.rejected_data_points = 5
    answer.partial_success.error_message = "five are wrong"
    with Collector(script=[(200, {}, answer.SerializeToString())]) as collector:
        path = next(path for path in recordings() if path.name == "demo.mcptape.jsonl")
        told = push(mcptape, path, collector.url, *METRICS)
        assert "5 rejected by the collector" in told.complaint and "five are wrong" in told.complaint
        points = sum(len(getattr(m, m.WhichOneof("data")).data_points) for m in readings(collector)[0])
        assert f"metrics: {points - 5} sent" in told.complaint


def test_what_is_refused_is_counted_and_the_next_reading_comes(mcptape):
    with Collector(script=[(400, {}, b"")]) as collector:
        process, port = start_serve(mcptape, collector.url, *METRICS)
        collector.wait(lambda: len(collector.requests) >= 4)
        found = read_samples(get(port, "/metrics")[2].decode())
        errors = stop(process)
    assert total(found, "mcptape_export_items_total", signal="metrics", result="dropped") > 0
    assert total(found, "mcptape_export_items_total", signal="metrics", result="sent") > 0
    assert total(found, "mcptape_export_items_total", signal="traces") == 0
    assert total(found, "mcptape_export_duration_seconds_count", signal="metrics") >= 3
    assert errors.count("takes no metrics: status 400") == 1 and "takes metrics again" in errors
