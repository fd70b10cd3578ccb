internal import MCPSemantics
internal import Recording
internal import Wire

/// One log record for each message of a session.
struct LogRules {
    private let rules: SpanRules

    init(_ rules: SpanRules) { self.rules = rules }

    /// Whether `record` needs the message's bytes.
    func needsBody(_ message: MessageRecord) -> Bool {
        rules.options.content || message.method == "notifications/message"
    }

    /// The record of a message; nil of what HTTP carries beside messages.
    func record(
        of message: MessageRecord, _ body: ArraySlice<UInt8>?, span: SpanIdentity?
    ) -> OTLPLogRecord? {
        if message.kind == .http { return nil }
        var line = message.kind.word
        if let method = message.method { line += " \(method)" }
        if let name = message.name { line += " \(name)" }
        if rules.options.content, let body { line = String(decoding: body, as: UTF8.self) }
        if let length = rules.options.limits.valueLength { line = String(line.prefix(length)) }
        var record = OTLPLogRecord(
            time: rules.instant(message.time), severity: severity(of: message, body),
            eventName: "mcptape.message", body: .string(line))
        record.span = span
        func add(_ key: String, _ value: String?) {
            if let value { record.attributes.append(.init(key, .string(value))) }
        }
        add("mcp.method.name", message.method)
        add("jsonrpc.request.id", message.id.map { SpanRules.text(of: $0) })
        add("mcptape.kind", message.kind.word)
        add("mcptape.direction", message.lane.direction?.word ?? "stderr")
        record.attributes.append(.init("mcptape.sequence", .int(message.sequence)))
        record.attributes.append(.init("mcptape.size", .int(Int64(message.size))))
        if let exchange = message.exchange {
            record.attributes.append(.init("mcptape.exchange", .int(Int64(exchange))))
        }
        record.attributes += rules.recordAttributes
        record.droppedAttributes = rules.options.limits.apply(to: &record.attributes)
        return record
    }

    /// The record of a gap.
    func record(of gap: GapRecord) -> OTLPLogRecord {
        var record = OTLPLogRecord(
            time: rules.instant(gap.gap.from), severity: .warning, eventName: "mcptape.gap",
            body: .string("gap"))
        record.attributes = [.init("mcptape.sequence", .int(gap.sequence))] + rules.recordAttributes
        return record
    }

    private func severity(of message: MessageRecord, _ body: ArraySlice<UInt8>?) -> OTLPLogRecord.Severity {
        if message.kind == .foreign { return .warning }
        guard message.method == "notifications/message", let body,
            let level = JSONTree(body)?.root["params"]?["level"]?.stringValue
        else { return .info }
        // Source: MCP 2025-11-25, server/utilities/logging, Log Levels.
        switch level {
        case "debug": return .debug
        case "notice": return .notice
        case "warning": return .warning
        case "error": return .error
        case "critical": return .critical
        case "alert": return .alert
        case "emergency": return .emergency
        default: return .info
        }
    }
}
