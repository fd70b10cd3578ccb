/// What rows of the catalogue share.
extension MetricCatalogue {
    typealias Label = MetricDefinition.Label

    static let service = [
        Label("service_name"), Label("service_version"), Label("service_instance_id"),
    ]
    static let build = [Label("version"), Label("revision"), Label("swift_version")]
    /// The session's server name, never a text of the wire.
    static let server = Label("server")
    static let method = Label("mcp_method_name")
    static let tool = Label("gen_ai_tool_name")
    static let prompt = Label("gen_ai_prompt_name")
    static let errorType = Label("error_type")
    static let direction = Label("direction", ["client_to_server", "server_to_client"])
    static let gapDirection = Label("direction", ["client_to_server", "server_to_client", "standard_error"])
    static let messageKind = Label("kind", ["request", "response", "error", "notification", "invalid"])
    static let codeClass = Label("code_class", ["2xx", "3xx", "4xx", "5xx"])
    static let waitKind = Label("kind", ["sampling", "elicitation", "roots", "ping", "input_round", "other"])
    static let transport = Label("transport", ["stdio", "http", "sse"])
    static let rule = Label(
        "rule",
        [
            "invalid_json", "not_jsonrpc", "stdout_noise", "orphan_response", "invalid_trace_context",
            "duplicate_id", "header_mismatch",
        ])
    static let gapReason = Label("reason", ["journal_full", "no_space", "journal_unavailable", "damaged"])
    static let signal = Label("signal", ["traces", "metrics", "logs"])

    /// The convention's bounds from 10 ms to 5 min, with 1, 2 and 5 ms before them.
    /// Source: OpenTelemetry semantic conventions for MCP, metrics.
    static let latency = seconds(
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
    /// The convention's, and on to a day: sessions last as long as a person works.
    static let sessionLength = seconds(
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400)

    static let sizeBounds: [Int64] = [
        256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    ]

    static func seconds(_ bounds: Double...) -> [Int64] { bounds.map { Int64(($0 * 1e9).rounded()) } }

    static func counter(
        _ name: String, _ help: String, _ labels: [Label], _ unit: MetricDefinition.Unit = .none,
        in group: MetricDefinition.Group = .traffic
    ) -> MetricDefinition {
        MetricDefinition(
            name: name, kind: .counter, help: help, unit: unit, labels: labels, bounds: [], group: group)
    }

    static func gauge(
        _ name: String, _ help: String, _ labels: [Label], _ unit: MetricDefinition.Unit = .none,
        in group: MetricDefinition.Group = .traffic
    ) -> MetricDefinition {
        MetricDefinition(
            name: name, kind: .gauge, help: help, unit: unit, labels: labels, bounds: [], group: group)
    }

    static func histogram(
        _ name: String, _ help: String, _ labels: [Label], _ bounds: [Int64],
        _ unit: MetricDefinition.Unit = .seconds, in group: MetricDefinition.Group = .traffic
    ) -> MetricDefinition {
        MetricDefinition(
            name: name, kind: .histogram, help: help, unit: unit, labels: labels, bounds: bounds,
            group: group)
    }
}
