import Telemetry
import Testing

@testable import Exporters

/// Metrics as OTLP has them.
struct MetricTelemetryTests {
    /// The names that a collector makes for Prometheus.
    ///
    /// Source: OpenTelemetry, compatibility/prometheus_and_openmetrics, OTLP Metric points to Prometheus.
    private func prometheusName(_ names: MetricNames, isMonotonic: Bool) -> String {
        var name = names.name.replacing(".", with: "_")
        let word = ["s": "seconds", "By": "bytes"][names.unit] ?? ""
        if !word.isEmpty, !name.split(separator: "_").contains(Substring(word)) { name += "_" + word }
        return isMonotonic ? name + "_total" : name
    }

    @Test func `a collector makes the catalogue's names of ours`() {
        var names: Set<String> = []
        for row in MetricCatalogue.all {
            guard let made = MetricNames(row) else {
                #expect(row.group == .process || row.name == "target_info")
                continue
            }
            #expect(names.insert(made.name).inserted, "\(made.name) is there twice")
            #expect(made.name.wholeMatch(of: /[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+/) != nil)
            // A gauge of the unit 1 would become a ratio.
            #expect(made.unit != "1")
            #expect(row.unit != .none || row.name == "mcptape_build_info" || made.unit.hasPrefix("{"))
            guard row.group != .process else { continue }
            #expect(prometheusName(made, isMonotonic: row.kind == .counter) == row.name)
        }
        for name in ["mcp.client.operation.duration", "mcp.client.session.duration", "process.cpu.time"] {
            #expect(names.contains(name))
        }
        #expect(MetricCatalogue.all.compactMap { MetricNames($0) }.count > 40)
    }

    @Test func `a set is one reading, cumulative since its start`() throws {
        var set = MetricSet()
        let operation: Metric = "mcp_client_operation_duration_seconds"
        set.observe(
            1_500_000, in: operation, ["fs", "tools/call", "read", "", "tool_error"],
            exemplar: Exemplar(traceHigh: 1, traceLow: 2, span: 0x0102_0304_0506_0708, time: 60))
        set.observe(400_000_000_000, in: operation, ["fs", "tools/call", "read", "", "tool_error"])
        set.add(3, to: "mcptape_cancelled_total", ["fs"])
        set.set("mcptape_store_bytes", to: 1 << 40)
        set.set("process_cpu_seconds_total", to: 1_500_000_000)
        set.set("process_threads", to: 4)
        set.set("target_info", ["mcptape", "1", ""], to: 1)
        let metrics = MetricTelemetry.metrics(
            of: .init(set, time: 100, starts: [.traffic: 10, .process: 200]))
        #expect(
            metrics.map(\.name) == [
                "mcp.client.operation.duration", "mcptape.cancelled", "mcptape.store.bytes",
                "process.cpu.time", "process.thread.count",
            ])
        guard case .histogram(let points) = metrics[0].data, let point = points.first else {
            Issue.record("no histogram")
            return
        }
        #expect(
            point.attributes == [
                .init("server", .string("fs")), .init("mcp.method.name", .string("tools/call")),
                .init("gen_ai.tool.name", .string("read")), .init("error.type", .string("tool_error")),
            ])
        #expect(point.start == 10 && point.time == 100)
        #expect(point.count == 2 && point.sum == 400.0015)
        #expect(point.buckets.count == point.bounds.count + 1)
        #expect(point.buckets[1] == 1 && point.buckets.last == 1)
        let identity = SpanIdentity(
            trace: [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2], span: [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(point.exemplars == [.init(time: 60, value: 0.0015, identity: identity)])
        let cancelled = OTLPMetric.NumberPoint(
            attributes: [.init("server", .string("fs"))], start: 10, time: 100, value: .int(3))
        #expect(metrics[1].data == .sum([cancelled], isMonotonic: true))
        let bytes = OTLPMetric.NumberPoint(attributes: [], start: 0, time: 100, value: .int(1 << 40))
        #expect(metrics[2].data == .gauge([bytes]) && metrics[2].unit == "By")
        // A clock that was set back makes no interval that ends before it begins.
        let time = OTLPMetric.NumberPoint(attributes: [], start: 100, time: 100, value: .double(1.5))
        #expect(metrics[3].data == .sum([time], isMonotonic: true))
        let threads = OTLPMetric.NumberPoint(attributes: [], start: 100, time: 100, value: .int(4))
        #expect(metrics[4].data == .sum([threads], isMonotonic: false))
    }

    @Test func `a metric with many points comes in several messages`() {
        var set = MetricSet()
        for number in 0..<150 { set.add(1, to: "mcptape_cancelled_total", ["s\(number)"]) }
        let metrics = MetricTelemetry.metrics(of: .init(set, time: 1, starts: [:]))
        #expect(metrics.map(\.pointCount) == [64, 64, 22])
        #expect(metrics.map { TelemetryItem.metric($0).weight } == [64, 64, 22])
    }

    @Test func `what waits is counted in points`() {
        var limits = OTLPExportQueue.Limits()
        (limits.queue, limits.batch) = (100, 70)
        var queue = OTLPExportQueue(limits, seed: 1)
        let items = (0..<3).map { OTLPExportQueue.Item(resource: 0, bytes: [UInt8($0)], weight: 60) }
        let taken = items.map { queue.add($0, now: 0) }
        #expect(taken == [true, true, false])
        #expect(queue.count == 120 && queue.counts.dropped == 60)
        // Two are more than a request takes.
        let first = queue.step(now: 0)
        #expect(first == .send([items[0]]))
        queue.finished(.accepted(rejected: 7, warning: ""), now: 1)
        #expect(queue.counts.sent == 53 && queue.counts.rejected == 7)
        #expect(queue.count == 60)
        queue.flush()
        let second = queue.step(now: 1)
        #expect(second == .send([items[1]]))
        queue.finished(.refused(reason: ""), now: 1)
        #expect(queue.counts.dropped == 120 && queue.count == 0)
    }

    // MARK: Encodings

    private static let histogram: OTLPMetric = {
        var point = OTLPMetric.HistogramPoint(
            attributes: [.init("server", .string("fs"))], start: 5, time: 7, count: 3, sum: 1.5,
            buckets: [2, 0, 1], bounds: [0.5, 1])
        point.exemplars = [
            .init(time: 6, value: 0.25, identity: SpanIdentity(trace: Array(0..<16), span: Array(0..<8)))
        ]
        return OTLPMetric(
            name: "mcp.client.operation.duration", description: "d", unit: "s", data: .histogram([point]))
    }()

    private static let sum = OTLPMetric(
        name: "n", description: "", unit: "{x}",
        data: .sum(
            [
                .init(attributes: [], start: 1, time: 2, value: .int(-3)),
                .init(attributes: [], start: 0, time: 2, value: .int(0)),
            ], isMonotonic: true))

    /// Bytes that the official Python classes (opentelemetry-proto 1.45) write for the same values.
    @Test func `protobuf is what the official classes write`() {
        #expect(
            Hexadecimal.text(OTLPEncoding.protobuf.encode(Self.histogram))
                == "0a1d6d63702e636c69656e742e6f7065726174696f6e2e6475726174696f6e1201641a01734a95010a9001"
                + "11050000000000000019070000000000000021030000000000000029000000000000f83f321802000000"
                + "00000000000000000000000001000000000000003a10000000000000e03f000000000000f03f422e1106"
                + "0000000000000019000000000000d03f220800010203040506072a10000102030405060708090a0b0c0d"
                + "0e0f4a0e0a0673657276657212040a0266731002")
        #expect(
            Hexadecimal.text(OTLPEncoding.protobuf.encode(Self.sum))
                == "0a016e1a037b787d3a350a1b11010000000000000019020000000000000031fdffffffffffffff0a121902"
                + "0000000000000031000000000000000010021801")
        let gauge = OTLPMetric(
            name: "g", description: "", unit: "",
            data: .gauge([.init(attributes: [], start: 0, time: 2, value: .double(0))]))
        #expect(
            Hexadecimal.text(OTLPEncoding.protobuf.encode(gauge))
                == "0a01672a140a12190200000000000000210000000000000000")
    }

    @Test func `in JSON numbers of 64 bits are strings, ids hexadecimal, enumerations numbers`() {
        #expect(
            String(decoding: OTLPEncoding.json.encode(Self.histogram), as: UTF8.self)
                == #"{"name":"mcp.client.operation.duration","description":"d","unit":"s","histogram":"#
                + #"{"dataPoints":[{"startTimeUnixNano":"5","timeUnixNano":"7","count":"3","sum":1.5,"#
                + #""bucketCounts":["2","0","1"],"explicitBounds":[0.5,1.0],"exemplars":[{"timeUnixNano":"6","#
                + #""asDouble":0.25,"spanId":"0001020304050607","#
                + #""traceId":"000102030405060708090a0b0c0d0e0f"}],"attributes":[{"key":"server","#
                + #""value":{"stringValue":"fs"}}]}],"aggregationTemporality":2}}"#)
        #expect(
            String(decoding: OTLPEncoding.json.encode(Self.sum), as: UTF8.self)
                == #"{"name":"n","unit":"{x}","sum":{"dataPoints":[{"startTimeUnixNano":"1","#
                + #""timeUnixNano":"2","asInt":"-3"},{"timeUnixNano":"2","asInt":"0"}],"#
                + #""aggregationTemporality":2,"isMonotonic":true}}"#)
    }

    @Test func `the interval is the standard variable's`() {
        func interval(_ value: String?) -> OTLPSettings {
            OTLPSettings(.init(flag: "http://c")) { $0 == "OTEL_METRIC_EXPORT_INTERVAL" ? value : nil }
        }
        #expect(interval(nil).metricInterval == 60_000_000_000)
        #expect(interval("250").metricInterval == 250_000_000)
        #expect(interval("soon").metricInterval == 60_000_000_000)
        #expect(interval("soon").warnings.count == 1)
        #expect(interval(nil).exporting([.metrics]).endpoints.keys.map(\.rawValue) == ["metrics"])
    }
}
