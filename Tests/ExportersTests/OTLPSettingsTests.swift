import Testing

@testable import Exporters

struct OTLPSettingsTests {
    private func settings(
        _ variables: [String: String] = [:], flag: String? = nil, file: String? = nil
    ) -> OTLPSettings {
        OTLPSettings(.init(flag: flag, file: file)) { variables[$0] }
    }

    private func urls(_ settings: OTLPSettings) -> [String] {
        OTLPSignal.allCases.map { settings.endpoints[$0]?.url ?? "-" }
    }

    private static let base = "OTEL_EXPORTER_OTLP_ENDPOINT"

    @Test func `nothing is exported unless an endpoint is stated`() {
        #expect(settings().endpoints.isEmpty)
        #expect(settings([Self.base: ""]).endpoints.isEmpty)
        #expect(settings(["OTEL_TRACES_EXPORTER": "otlp"]).endpoints.isEmpty)
    }

    @Test func `flag before environment before file`() {
        let all = settings([Self.base: "http://e"], flag: "http://f", file: "http://c")
        #expect(urls(all) == ["http://f/v1/traces", "http://f/v1/logs", "http://f/v1/metrics"])
        #expect(all.origin == "--otlp")
        let two = settings([Self.base: "http://e"], file: "http://c")
        #expect(two.endpoints[.traces]?.url == "http://e/v1/traces")
        #expect(two.origin == Self.base)
        #expect(settings(file: "http://c/").endpoints[.traces]?.url == "http://c/v1/traces")
    }

    @Test func `an address of another protocol is told and exports nothing`() {
        for address in ["localhost:4317", "grpc://h:4317", "unix:///s"] {
            let found = settings([Self.base: address])
            #expect(found.endpoints.isEmpty)
            #expect(settings([Self.base: address], file: "http://c").endpoints.count == 3)
            #expect(found.warnings == ["\(Self.base) is ignored: it is no address with http:// or https://"])
        }
        let one = settings([
            Self.base: "http://h", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "localhost:4317",
        ])
        #expect(urls(one) == ["http://h/v1/traces", "http://h/v1/logs", "http://h/v1/metrics"])
        #expect(settings([Self.base: "localhost:4317"], flag: "http://f").endpoints.count == 3)
    }

    @Test func `what mcptape does not use is told, once`() {
        let found = settings([
            Self.base: "http://h", "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
            "OTEL_BLRP_MAX_QUEUE_SIZE": "7", "OTEL_EXPORTER_OTLP_HEADERS": "host=x,x.dot=1,Content-Type=y",
        ])
        #expect(found.endpoints[.logs]?.headers.map(\.name) == ["x.dot"])
        #expect(
            found.warnings == [
                "OTEL_EXPORTER_OTLP_HEADERS: 'host' cannot be a header; it is ignored",
                "OTEL_EXPORTER_OTLP_HEADERS: 'Content-Type' cannot be a header; it is ignored",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta is ignored: mcptape does not use it",
                "OTEL_BLRP_MAX_QUEUE_SIZE=7 is ignored: mcptape does not use it",
            ])
        let same = settings([
            Self.base: "http://h", "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "Cumulative",
        ])
        #expect(same.warnings.isEmpty)
    }

    @Test func `a base gets the signal's path, a signal's own endpoint is used as it is`() {
        let found = settings([
            Self.base: "http://h:1/base/",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://l/in",
        ])
        #expect(urls(found) == ["http://t/", "http://l/in", "http://h:1/base/v1/metrics"])
        let one = settings(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x"])
        #expect(urls(one) == ["http://t/x", "-", "-"])
    }

    @Test func `signals are left out by their exporter's variable, and by the disabled SDK`() {
        let some = settings([
            Self.base: "http://h", "OTEL_LOGS_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "OTLP",
        ])
        #expect(urls(some) == ["http://h/v1/traces", "-", "http://h/v1/metrics"])
        let odd = settings([Self.base: "http://h", "OTEL_TRACES_EXPORTER": "zipkin"])
        #expect(odd.endpoints[.traces] == nil)
        #expect(odd.warnings == ["OTEL_TRACES_EXPORTER=zipkin is ignored: mcptape exports by otlp, or none"])
        #expect(settings([Self.base: "http://h", "OTEL_SDK_DISABLED": "TRUE"]).endpoints.isEmpty)
        #expect(!settings([Self.base: "http://h", "OTEL_SDK_DISABLED": "1"]).endpoints.isEmpty)
        #expect(!settings(["OTEL_SDK_DISABLED": "true"], flag: "http://f").endpoints.isEmpty)
    }

    @Test func `headers, encoding, compression and time`() {
        let found = settings([
            Self.base: "https://h",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, X-Two = 2 ,broken,bad name=1,x=%0A",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "only=traces",
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "HTTP/JSON",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION": "none",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "250",
            "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "soon",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca.pem",
        ])
        let (traces, logs) = (found.endpoints[.traces], found.endpoints[.logs])
        #expect(traces?.headers == [.init(name: "only", value: "traces")])
        #expect(logs?.headers == [.init(name: "api-key", value: "a b"), .init(name: "X-Two", value: "2")])
        #expect(traces?.encoding == .protobuf)
        #expect(logs?.encoding == .json)
        #expect(traces?.isCompressed == true)
        #expect(logs?.isCompressed == false)
        #expect(traces?.timeout == 250_000_000)
        #expect(logs?.timeout == 10_000_000_000)
        #expect(traces?.certificate == "/ca.pem")
        let warnings = found.warnings.joined(separator: "\n")
        #expect(warnings.contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc is ignored"))
        #expect(warnings.contains("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT=soon is ignored"))
        #expect(warnings.contains("'bad name' cannot be a header"))
        // A header may be a credential: its value is in no warning.
        #expect(!warnings.contains("a b"))
    }

    @Test func `a certificate of ours and its key belong together`() {
        let file = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"
        let key = "OTEL_EXPORTER_OTLP_CLIENT_KEY"
        let both = settings([
            Self.base: "https://h", file: "/c.pem", key: "/c.key",
            "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE": "/l.pem",
            "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY": "/l.key",
        ])
        #expect(both.endpoints[.traces]?.client == .init(file: "/c.pem", key: "/c.key"))
        #expect(both.endpoints[.logs]?.client == .init(file: "/l.pem", key: "/l.key"))
        #expect(both.warnings.isEmpty)
        for (only, value) in [(file, "/c.pem"), (key, "/c.key")] {
            let one = settings([Self.base: "https://h", only: value])
            #expect(one.endpoints[.traces] != nil && one.endpoints[.traces]?.client == nil)
            #expect(one.warnings.contains { $0.contains("\(only)=\(value) is ignored") }, "\(one.warnings)")
        }
    }

    @Test func `the service's name beats the resource attribute`() {
        let found = settings([
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=a,team=x%2Cy", "OTEL_SERVICE_NAME": "b",
        ])
        #expect(found.resource == [.init("service.name", .string("b")), .init("team", .string("x,y"))])
    }

    @Test func `limits and the queue`() {
        let found = settings([
            "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_EXPORT_TIMEOUT": "200",
            "OTEL_BSP_MAX_QUEUE_SIZE": "10",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "20", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "3",
            "OTEL_ATTRIBUTE_COUNT_LIMIT": "2",
        ])
        #expect(found.queue.delay == 100_000_000)
        #expect(found.queue.patience == 200_000_000)
        #expect(found.queue.queue == 10)
        #expect(found.queue.batch == 10)
        var attributes: [OTLPAttribute] = [
            .init("a", .string("wörter")), .init("b", .int(1)), .init("c", .int(2)),
        ]
        #expect(found.trace.limits.apply(to: &attributes) == 1)
        #expect(attributes == [.init("a", .string("wör")), .init("b", .int(1))])
    }

    @Test func `samplers`() {
        func sampler(_ name: String, _ argument: String? = nil) -> TraceSampler {
            var variables = ["OTEL_TRACES_SAMPLER": name]
            variables["OTEL_TRACES_SAMPLER_ARG"] = argument
            return settings(variables).trace.sampler
        }
        let sampled = TraceContext(
            traceParent: "00-\(String(repeating: "1", count: 32))-0000000000000001-01", state: nil)
        let unsampled = TraceContext(
            traceParent: "00-\(String(repeating: "1", count: 32))-0000000000000001-00", state: nil)
        let low = Array(repeating: UInt8(0), count: 15) + [1]
        let high = Array(repeating: UInt8(0xFF), count: 16)
        #expect(TraceSampler() == sampler("parentbased_always_on"))
        #expect(sampler("always_on").keeps(low, parent: unsampled))
        #expect(!sampler("parentbased_always_on").keeps(low, parent: unsampled))
        #expect(sampler("parentbased_always_off").keeps(low, parent: sampled))
        #expect(!sampler("always_off").keeps(low, parent: sampled))
        #expect(sampler("traceidratio", "0.5").keeps(low, parent: nil))
        #expect(!sampler("traceidratio", "0.5").keeps(high, parent: nil))
        #expect(sampler("traceidratio", "1").keeps(high, parent: nil))
        #expect(sampler("traceidratio", "2").root == .all)
        #expect(sampler("whatever") == TraceSampler())
    }
}
