public import MCPSemantics
internal import Wire

/// An exchange in one line, as `tail` shows it: `tools/call search query="swift" → "3 hits" ok 4.2 ms`.
public struct ExchangeLine: Sendable, Equatable {
    public var text: String
    public var isTrouble: Bool

    /// At most `width` characters. The messages may be nil where they are no longer recorded.
    public init(_ exchange: Exchange, request: MessageRecord?, response: MessageRecord?, width: Int) {
        let name = exchange.name.map { " " + DisplayText.oneLine($0, limit: 40) } ?? ""
        let head = "#\(exchange.number) " + DisplayText.oneLine(exchange.method, limit: 40) + name
        var tail = exchange.outcome.word
        if exchange.outcome == .pending { tail = "no answer" }
        if let duration = exchange.duration { tail += " " + HumanText.duration(nanoseconds: duration) }
        if exchange.progressCount > 0 {
            tail += ", " + HumanText.counted(exchange.progressCount, "progress", "progress")
        }
        // What is left of the line goes half to the question and half to the answer.
        let room = max(20, width - head.count - tail.count - 6)
        let asked =
            request.map { MessageSummary.line(of: $0, method: exchange.method, width: room / 2) } ?? ""
        let rest = room - asked.count
        let answered =
            response.map { MessageSummary.line(of: $0, method: exchange.method, width: rest) } ?? ""
        var parts = [head]
        if !asked.isEmpty { parts.append(asked) }
        if !answered.isEmpty { parts.append("→ " + answered) }
        text = (parts + [tail]).joined(separator: " ")
        switch exchange.outcome {
        case .error, .toolError: isTrouble = true
        case .pending: isTrouble = !exchange.isLongLived
        case .ok, .cancelled, .late: isTrouble = false
        }
    }
}
