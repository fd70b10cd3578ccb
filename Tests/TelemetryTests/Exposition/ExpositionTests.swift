import Telemetry
import Testing

struct ExpositionTests {
    /// One of each kind, with everything that has to be escaped, and an example.
    private static let sample: MetricSet = {
        var set = MetricSet()
        set.set("target_info", ["mcptape", "1.0", "a\\b"], to: 1)
        set.set("mcptape_build_info", ["1.0", "", "6.2"], to: 1)
        set.add(3, to: "mcptape_cancelled_total", ["we\"ird\nname\\"])
        set.add(2, to: "mcptape_cancelled_total", ["fs"])
        set.add(1_048_576, to: "mcptape_message_bytes_total", ["fs", "client_to_server"])
        let operation: Metric = "mcp_client_operation_duration_seconds"
        let labels = ["fs", "tools/call", "read", "", ""]
        set.observe(
            1_500_000, in: operation, labels,
            exemplar: Exemplar(
                traceHigh: 0x0af7_6519_16cd_43dd, traceLow: 0x8448_eb21_1c80_319c,
                span: 0xb7ad_6b71_6920_3331, time: 1_700_000_000_250_000_000))
        set.observe(400_000_000_001, in: operation, labels)
        set.observe(2_000_000, in: operation, ["fs", "tools/call", "read", "", "tool_error"])
        set.observe(300, in: "mcptape_message_size_bytes", ["client_to_server"])
        set.set("mcptape_operations_in_flight", ["fs", "tools/call"], to: 0)
        set.set("process_start_time_seconds", to: 1_700_000_000_250_000_000)
        return set
    }()

    @Test func `text is as Prometheus 0_0_4 has it`() {
        Golden.expect(Exposition.write(Self.sample, .text), in: "exposition.txt")
    }

    @Test func `OpenMetrics is as its version 1_0 has it`() {
        Golden.expect(Exposition.write(Self.sample, .openMetrics), in: "exposition.openmetrics")
    }

    @Test func `a group that is not asked for is left out with its heads`() {
        let text = String(
            decoding: Exposition.write(Self.sample, .text, groups: [.identity]), as: UTF8.self)
        #expect(text.split(separator: "\n").count == 8)
        #expect(text.hasPrefix("# HELP target_info"))
    }

    @Test func `ids of an example keep their zeros, and fit into what OpenMetrics allows`() {
        let exemplar = Exemplar(traceHigh: 0, traceLow: 0xab, span: 1)
        #expect(exemplar.traceID == String(repeating: "0", count: 30) + "ab")
        #expect(exemplar.spanID == "0000000000000001")
        #expect("trace_id".count + "span_id".count + exemplar.traceID.count + exemplar.spanID.count <= 128)
    }

    @Test(
        arguments: [
            (nil, Exposition.Format.text), ("", .text), ("*/*", .text), ("text/html", .text),
            ("application/openmetrics-text;version=1.0.0", .openMetrics),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text;version=0.0.1", .text),
            ("application/openmetrics-text;version=1.0.0;q=0", .text),
            ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.5", .text),
            ("Application/OpenMetrics-Text; Version=\"1.0.0\" ; Q=0.5 , */*;q=0.1", .openMetrics),
            ("text/plain;version=1.0.0;q=0.9,application/openmetrics-text;q=0.2", .openMetrics),
            // Prometheus 2.42 and 3.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
                    + "*/*;q=0.2", .openMetrics
            ),
            ("application/openmetrics-text;q=nonsense", .text), (";;;,,=;q", .text),
        ] as [(String?, Exposition.Format)])
    func `the format is the one that Accept asks for`(accept: String?, format: Exposition.Format) {
        #expect(Exposition.format(accept: accept) == format)
    }

    @Test func `a bound is written as Go writes it`() throws {
        var bounds: [String] = []
        var set = MetricSet()
        set.observe(1, in: "mcptape_message_size_bytes", ["client_to_server"])
        set.observe(1, in: "mcptape_overhead_seconds", ["client_to_server"])
        for line in String(decoding: Exposition.write(set, .text), as: UTF8.self).split(separator: "\n") {
            guard let match = line.firstMatch(of: /le="([^"]*)"/) else { continue }
            bounds.append(String(match.output.1))
        }
        let sizes = [
            "256.0", "1024.0", "4096.0", "16384.0", "65536.0", "262144.0", "1.048576e+06", "4.194304e+06",
            "1.6777216e+07", "+Inf",
        ]
        let overhead = [
            "1e-05", "2.5e-05", "5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01",
            "0.05", "0.1", "+Inf",
        ]
        #expect(bounds == sizes + overhead)
    }
}
