"""Telemetry as OTLP: decoded by the official classes, taken by a real collector, refused in every way."""

import base64
import json
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from collector import PROTOBUF, Collector, Rotel, attributes, free_port
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2
from program import DEADLINE, wait_until

KIND = {"c2s": trace_pb2.Span.SPAN_KIND_CLIENT, "s2c": trace_pb2.Span.SPAN_KIND_SERVER}
# How rotel prints a span's id.
ID = r"(?m)^\s+ID\s+: (\w+)$"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def recordings() -> list:
    return sorted(Path(__file__).parents[2].glob("recordings/*.mcptape.jsonl"))


def record(program, *lines: dict, name: str = "fs", options=()):
    text = b"".join(json.dumps({"jsonrpc": "2.0", **line}).encode() + b"\n" for line in lines)
    server = [program.binary, "demo-server"]
    return program.converse(program.record(*server, options=["--name", name, *options]), text)


def call(number: int, tool: str = "weather", meta: dict | None = None, **arguments) -> dict:
    params = {"name": tool, "arguments": arguments or {"city": "Oslo"}}
    if meta:
        params["_meta"] = meta
    return {"id": number, "method": "tools/call", "params": params}


def push(program, recording: str, url: str, *options, environment=None, status: int = 0):
    variables = {"OTEL_BSP_EXPORT_TIMEOUT": "20000", **(environment or {})}
    return program.run(
        "export", recording, "--allow-secrets", "--include-human", "--otlp", url, *options,
        environment={**program.environment, **variables}, status=status,
    )  # fmt: skip


def wire(recording) -> tuple[list[dict], dict]:
    """Requests and answers of a recording file, read without mcptape: the requests, answers by key."""
    lines = [json.loads(line) for line in open(recording, encoding="utf-8")]
    requests, answers = [], {}
    for line in lines:
        message = line.get("msg")
        if "text" in line and "dir" in line:
            # What has odd characters in it stands as text, and so does what is no JSON.
            try:
                message = json.loads(line["text"])
            except ValueError:
                continue
        for part in message if isinstance(message, list) else [message]:
            if not isinstance(part, dict) or line.get("dir") not in KIND:
                continue
            session = line.get("s")
            if "method" in part and "id" in part:
                requests.append({"session": session, "dir": line["dir"], "t": line["t"], **part})
            elif "id" in part:
                other = "s2c" if line["dir"] == "c2s" else "c2s"
                answers.setdefault((session, other, json.dumps(part["id"])), []).append((line["t"], part))
    return requests, answers


@pytest.mark.parametrize("recording", recordings(), ids=lambda path: path.name.split(".")[0])
@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_spans_are_what_was_on_the_wire(mcptape, recording, protocol):
    """Counted and compared with the file's own lines, both encodings decoded by the official classes."""
    with Collector() as collector:
        variables = {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_TRACES_SAMPLER": "always_on"}
        push(mcptape, recording, collector.url, "--otlp-signal", "traces", environment=variables)
        if protocol == "http/json":
            found = [span for request in collector.requests for span in json_spans(request)]
        else:
            assert {r.headers["content-type"] for r in collector.requests} == {PROTOBUF}
            found = collector.spans()
    requests, answers = wire(recording)
    assert sorted((span.name.split(" ")[0], span.kind) for span in found) == sorted(
        (request["method"], KIND[request["dir"]]) for request in requests
    )
    assert len({(span.trace_id, span.span_id) for span in found}) == len(found)
    for span in found:
        told = attributes(span)
        assert told["mcp.method.name"] == span.name.split(" ")[0]
        matching = [
            request
            for request in requests
            if request["method"] == told["mcp.method.name"]
            and str(request["id"]) == told["jsonrpc.request.id"]
            and KIND[request["dir"]] == span.kind
        ]
        assert matching, told
        if span.name.startswith("tools/call"):
            assert told["gen_ai.operation.name"] == "execute_tool"
            assert told["gen_ai.tool.name"] in {request["params"]["name"] for request in matching}
        else:
            assert "gen_ai.operation.name" not in told
        if len(matching) > 1:
            continue
        (request,) = matching
        answer = answers.get((request["session"], request["dir"], json.dumps(request["id"])), [])
        if len(answer) == 1 and told.get("error.type") != "cancelled":
            time_taken = (span.end_time_unix_nano - span.start_time_unix_nano) / 1000
            assert abs(time_taken - (answer[0][0] - request["t"])) <= 1, told
            part = answer[0][1]
            if "error" in part:
                assert told["rpc.response.status_code"] == str(part["error"]["code"])
            elif part["result"].get("isError"):
                assert told["error.type"] == "tool_error" and span.status.code == 2
            else:
                assert "error.type" not in told and span.status.code == 0


def json_spans(request) -> list:
    """Official JSON reads ids as base64; OTLP's are hexadecimal, so they are put into that form first."""
    data = json.loads(request.content)

    def plain(node):
        if isinstance(node, list):
            return [plain(part) for part in node]
        if not isinstance(node, dict):
            return node
        ids = {"traceId", "spanId", "parentSpanId"}
        return {
            key: base64.b64encode(bytes.fromhex(value)).decode() if key in ids else plain(value)
            for key, value in node.items()
        }

    message = json_format.ParseDict(plain(data), trace_service_pb2.ExportTraceServiceRequest())
    return [s for group in message.resource_spans for scope in group.scope_spans for s in scope.spans]


def test_exporting_twice_gives_the_same(mcptape):
    record(mcptape, call(1), call(2, city="Rome"), {"id": 3, "method": "tools/list"})
    with Collector() as first, Collector() as second:
        push(mcptape, "last", first.url)
        push(mcptape, "last", second.url)
        spans = [s.SerializeToString() for s in first.spans()]
        assert len(spans) == 3
        assert spans == [s.SerializeToString() for s in second.spans()]
        records = [r.SerializeToString() for r in first.records()]
        # Each message, and what the server says on standard error.
        assert len(records) >= 6 and records == [r.SerializeToString() for r in second.records()]


def test_the_trace_of_the_client_is_gone_on_with(mcptape):
    meta = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
    unsampled = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
    invalid = {"traceparent": f"00-{TRACE}-0000000000000000-01"}
    record(mcptape, call(1, meta=meta), call(2, meta=unsampled), call(3, meta=invalid))
    with Collector() as collector:
        push(mcptape, "last", collector.url)
        found = {attributes(span)["jsonrpc.request.id"]: span for span in collector.spans()}
        records = collector.records()
    assert set(found) == {"1", "3"}
    assert found["1"].trace_id.hex() == TRACE and found["1"].parent_span_id.hex() == PARENT
    assert found["1"].trace_state == "vendor=1" and found["1"].flags == 0x301
    assert found["3"].trace_id.hex() != TRACE and found["3"].parent_span_id == b""
    (request,) = [r for r in records if r.body.string_value.endswith("tools/call weather")
                  and attributes(r)["jsonrpc.request.id"] == "1"]  # fmt: skip
    assert (request.trace_id, request.span_id) == (found["1"].trace_id, found["1"].span_id)


def test_payloads_leave_only_when_asked_for(mcptape):
    record(mcptape, call(1, city="Zanzibar"))
    with Collector() as collector:
        push(mcptape, "last", collector.url)
        assert collector.requests and not any(b"Zanzibar" in r.body for r in collector.requests)
    with Collector() as collector:
        push(mcptape, "last", collector.url, "--otlp-content")
        (span,) = collector.spans()
        told = attributes(span)
        assert json.loads(told["gen_ai.tool.call.arguments"]) == {"city": "Zanzibar"}
        assert "content" in json.loads(told["gen_ai.tool.call.result"])
        assert any("Zanzibar" in record.body.string_value for record in collector.records())


def test_a_suspected_secret_stops_the_export(mcptape):
    text = json.dumps({"jsonrpc": "2.0", **call(1, city="ghp_" + "a1B2" * 9)}).encode() + b"\n"
    server = [mcptape.binary, "demo-server"]
    mcptape.converse(mcptape.record(*server, options=["--no-redact"]), text)
    with Collector() as collector:
        mcptape.run("export", "last", "--otlp", collector.url, "--otlp-content", status=77)
        assert collector.requests == []
        mcptape.run("export", "last", "--otlp", collector.url, "--otlp-content", "--redact")
        assert collector.requests and not any(b"a1B2a1B2" in r.content for r in collector.requests)


def test_a_file_is_json_lines(mcptape):
    record(mcptape, *[call(number) for number in range(1, 1101)])
    path = mcptape.directory / "spans.otlp.json"
    mcptape.run("export", "last", "-o", path, "--quiet")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    counts = [len(line["resourceSpans"][0]["scopeSpans"][0]["spans"]) for line in lines]
    assert counts == [512, 512, 76]
    assert path.read_text() == mcptape.run("export", "last", "--format", "otlp", "--quiet").text
    logs = mcptape.run("export", "last", "--format", "otlp", "--otlp-signal", "logs", "--quiet").text
    assert all(json.loads(line)["resourceLogs"] for line in logs.splitlines())
    one = mcptape.run("export", "last", "--exchange", "7", "--format", "otlp", "--quiet").text
    (span,) = json.loads(one)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert {"key": "mcptape.exchange", "value": {"intValue": "7"}} in span["attributes"]
    mcptape.run("export", "last", "--format", "otlp", "--otlp-signal", "all", status=64)
    mcptape.run("export", "last", "--otlp-content", status=64)


def test_the_environment_says_how(mcptape):
    """Endpoint by flag; the rest by the standard variables."""
    record(mcptape, call(1))
    with Collector() as collector:
        variables = {
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_SERVICE_NAME": "edge",
            "OTEL_RESOURCE_ATTRIBUTES": "team=x,service.name=no",
            "OTEL_TRACES_SAMPLER": "nonsense",
        }
        told = push(mcptape, "last", collector.url + "/base/", environment=variables)
        assert "OTEL_TRACES_SAMPLER=nonsense is ignored" in told.complaint
        assert {r.path for r in collector.requests} == {"/base/v1/traces", "/base/v1/logs"}
        for request in collector.requests:
            assert request.headers["api-key"] == "a b"
            assert request.headers["content-encoding"] == "gzip"
            assert "OTel-OTLP-Exporter-Swift/" in request.headers["user-agent"]
        ((resource, _),) = collector.spans_with_resource()
        told = attributes(resource)
        assert told["service.name"] == "edge" and told["team"] == "x"
        assert told["telemetry.sdk.language"] == "swift"


def test_one_connection_is_kept(mcptape):
    record(mcptape, *[call(number) for number in range(1, 1101)])
    with Collector() as collector:
        push(mcptape, "last", collector.url, "--otlp-signal", "traces")
        assert len(collector.requests) == 3 and collector.connections == 1


def test_four_statuses_and_no_others_are_tried_again(mcptape):
    record(mcptape, call(1))
    date = {"Retry-After": formatdate(time.time() + 2, usegmt=True)}
    with Collector(script=[(429, {"Retry-After": "1"}, b""), (503, date, b""), (502, {}, b"")]) as collector:
        told = push(mcptape, "last", collector.url, "--otlp-signal", "traces")
        assert "traces: 1 sent, 3 retries" in told.complaint
        times = [request.time for request in collector.requests]
        assert times[1] - times[0] >= 1.0
        assert len({request.body for request in collector.requests}) == 1
    for status in (400, 401, 404, 413, 500, 501):
        refusal = (status, {"Content-Type": "application/json"}, b'{"message":"no, you"}')
        with Collector(script=[refusal]) as one:
            told = push(mcptape, "last", one.url, "--otlp-signal", "traces", status=69)
            assert len(one.requests) == 1 and f"status {status}: no, you" in told.complaint


@pytest.mark.parametrize("trouble", ["reset", "garbage"])
def test_a_lost_connection_is_tried_again(mcptape, trouble):
    record(mcptape, call(1))
    with Collector(script=[trouble, trouble]) as collector:
        told = push(mcptape, "last", collector.url, "--otlp-signal", "traces")
        assert "traces: 1 sent, 2 retries" in told.complaint and len(collector.requests) == 3


def test_a_collector_that_says_nothing(mcptape):
    record(mcptape, call(1))
    with Collector(script=["silence"]) as collector:
        quick = {"OTEL_EXPORTER_OTLP_TIMEOUT": "300"}
        told = push(mcptape, "last", collector.url, "--otlp-signal", "traces", environment=quick)
        assert "traces: 1 sent, 1 retries" in told.complaint


def test_a_partial_success_is_counted_and_never_sent_again(mcptape):
    record(mcptape, call(1), call(2), call(3))
    answer = trace_service_pb2.ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 2
    answer.partial_success.error_message = "too old"
    with Collector(script=[(200, {}, answer.SerializeToString())]) as collector:
        told = push(mcptape, "last", collector.url, "--otlp-signal", "traces")
        assert "the collector says of traces: too old" in told.complaint
        assert "traces: 1 sent, 2 rejected by the collector" in told.complaint
        assert len(collector.requests) == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<html>", b'{"partialSuccess":null}'])
def test_an_answer_of_garbage_with_200_is_taken_for_taken(mcptape, body):
    record(mcptape, call(1))
    with Collector(script=[(200, {}, body), (200, {"Content-Type": "application/json"}, body)]) as collector:
        for _ in range(2):
            assert "traces: 1 sent" in push(
                mcptape, "last", collector.url, "--otlp-signal", "traces"
            ).complaint


def test_no_collector(mcptape):
    record(mcptape, call(1))
    dead = f"http://127.0.0.1:{free_port()}"
    soon = {"OTEL_BSP_EXPORT_TIMEOUT": "300"}
    told = push(mcptape, "last", dead, environment=soon, status=69)
    assert "Connection refused" in told.complaint and "traces: 0 sent, 1 not sent" in told.complaint
    mcptape.run("export", "last", "--otlp", "localhost:4318", status=64)


def test_the_real_collector_takes_it(mcptape):
    """rotel prints what it decoded: names, ids and attributes are ours."""
    path = next(path for path in recordings() if path.name == "demo.mcptape.jsonl")
    with Rotel(mcptape.directory) as rotel:
        ways = (("http/protobuf", "none"), ("http/json", "none"), ("http/protobuf", "gzip"))
        for protocol, compression in ways:
            variables = {
                "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_EXPORTER_OTLP_COMPRESSION": compression
            }  # fmt: skip
            told = push(mcptape, path, rotel.url, environment=variables)
            assert "not sent" not in told.complaint and "rejected" not in told.complaint
        told = mcptape.run("export", path, "--format", "otlp", "--quiet", "--include-human")
        lines = told.text.splitlines()
        spans = [s for line in lines for s in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]]
        wait_until(lambda: len(rotel.lines(ID)) >= 3 * len(spans))
        printed = rotel.lines(ID)
    assert sorted(printed) == sorted(3 * [span["spanId"] for span in spans])
    text = "\n".join(rotel.lines(r".+"))
    assert "gen_ai.tool.name" in text and "tools/call weather" in text
