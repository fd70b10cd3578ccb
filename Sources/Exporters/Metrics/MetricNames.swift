internal import Telemetry

/// What a metric of the catalogue is called in OpenTelemetry.
///
/// What is the convention's has its name there, so has the process; ours is `mcptape.` and the rest of the
/// name. A collector that writes Prometheus' names makes those of the catalogue of them, but for the
/// process. Source: OpenTelemetry, compatibility/prometheus_and_openmetrics; semantic conventions.
struct MetricNames: Hashable {
    var name: String
    var unit: String
    /// A value that can fall and that adds up over processes: a sum, not a gauge.
    var isUpDown = false

    /// Nil for what OpenTelemetry says otherwise (`target_info` is the resource), or has no word for.
    init?(_ definition: MetricDefinition) {
        if definition.group == .process {
            guard let known = Self.process[definition.name] else { return nil }
            self = known
            return
        }
        guard definition.name != "target_info" else { return nil }
        var words = definition.name.split(separator: "_")
        if definition.kind == .counter, words.last == "total" { words.removeLast() }
        switch definition.unit {
        case .seconds:
            unit = "s"
            words.removeLast()
        case .bytes:
            unit = "By"
            // Where bytes are what is counted they stay in the name.
            if words.dropLast().last == "size" { words.removeLast() }
        case .none: unit = Self.things[definition.name].map { "{\($0)}" } ?? ""
        }
        if words.first == "mcp" {
            name = words.joined(separator: ".")
            return
        }
        // `store`, `export`, `replay` and `build` are whose metric it is.
        var parts = [String(words.removeFirst())]
        if words.count > 1, let first = words.first, Self.namespaces.contains(first) {
            parts.append(String(words.removeFirst()))
        }
        name = (parts + [words.joined(separator: "_")]).joined(separator: ".")
    }

    private init(_ name: String, _ unit: String, isUpDown: Bool = true) {
        self.name = name
        self.unit = unit
        self.isUpDown = isUpDown
    }

    private static let namespaces: Set<Substring> = ["store", "export", "replay", "build"]

    private static let process: [String: MetricNames] = [
        "process_cpu_seconds_total": MetricNames("process.cpu.time", "s", isUpDown: false),
        "process_open_fds": MetricNames("process.unix.file_descriptor.count", "{file_descriptor}"),
        "process_virtual_memory_bytes": MetricNames("process.memory.virtual", "By"),
        "process_resident_memory_bytes": MetricNames("process.memory.usage", "By"),
        "process_threads": MetricNames("process.thread.count", "{thread}"),
    ]

    /// What is counted where it has no unit.
    private static let things: [String: String] = [
        "mcptape_operations_in_flight": "operation", "mcptape_cancelled_total": "request",
        "mcptape_late_total": "response", "mcptape_abandoned_total": "request",
        "mcptape_progress_notifications_total": "notification", "mcptape_messages_total": "message",
        "mcptape_sessions_total": "session", "mcptape_sessions_active": "session",
        "mcptape_protocol_violations_total": "violation", "mcptape_gaps_total": "gap",
        "mcptape_child_exits_total": "exit", "mcptape_upstream_http_responses_total": "response",
        "mcptape_redactions_total": "value", "mcptape_label_overflow_total": "value",
        "mcptape_store_commits_total": "transaction", "mcptape_store_sessions": "session",
        "mcptape_journals": "journal", "mcptape_export_items_total": "item",
        "mcptape_export_queue_items": "item", "mcptape_export_retries_total": "request",
        "mcptape_replay_requests_total": "request",
    ]

    /// A label's name as an attribute's: the convention's have dots, ours are one word.
    static func attribute(_ label: String) -> String { conventional[label] ?? label }

    private static let conventional: [String: String] = [
        "mcp_method_name": "mcp.method.name", "gen_ai_tool_name": "gen_ai.tool.name",
        "gen_ai_prompt_name": "gen_ai.prompt.name", "error_type": "error.type",
        "mcp_protocol_version": "mcp.protocol.version",
    ]
}
