public import MCPSemantics
internal import Wire

/// One line of a conversation as `show` prints it and the viewer lists it, in cells.
public struct ConversationLine: Sendable, Equatable {
    /// Seconds since the session began, with microseconds.
    public var time: String
    /// `→` to the server, `←` to the client, `⋮` standard error, `✂` a gap.
    public var arrow: String
    /// `#14`, or empty.
    public var exchange: String
    /// Method and name: `tools/call search`. For what is no JSON-RPC, what it is.
    public var label: String
    /// `ok`, `error`, `tool_error`, `late`, `cancelled` on an answer; empty elsewhere.
    public var outcome: String
    /// How long the exchange took, on its answer.
    public var duration: String
    public var size: String
    public var summary: String
    public var isTrouble: Bool

    /// The line of `entry`; `exchange` is the one it belongs to, when it does.
    public init(_ entry: RecordingEntry, exchange: Exchange?, summaryWidth: Int) {
        switch entry {
        case .message(let message):
            self.init(message, exchange: exchange, summaryWidth: summaryWidth)
        case .gap(let record):
            self.init(record)
        }
    }

    private init(_ message: MessageRecord, exchange: Exchange?, summaryWidth: Int) {
        time = HumanText.offset(nanoseconds: message.time.nanoseconds)
        arrow =
            switch message.lane {
            case .clientToServer: "→"
            case .serverToClient: "←"
            case .standardError: "⋮"
            }
        self.exchange = message.exchange.map { "#\($0)" } ?? ""
        label = ConversationLine.label(of: message, exchange: exchange)
        let isAnswer = ConversationLine.isAnswer(message, of: exchange)
        outcome = isAnswer ? exchange?.outcome.word ?? "" : ""
        duration = isAnswer ? exchange?.duration.map { HumanText.duration(nanoseconds: $0) } ?? "" : ""
        size = HumanText.size(message.size)
        var notes: [String] = []
        if message.kind == .request, let exchange, let first = exchange.chain, first != exchange.number {
            notes.append("(goes on with #\(first))")
        }
        if message.truncated != nil { notes.append("(only the head is recorded)") }
        if let fault = message.fault { notes.append(fault.note) }
        if !message.redactions.isEmpty { notes.append("(redacted)") }
        if message.isPartial { notes.append("(incomplete)") }
        if !message.hasLineFeed && message.kind != .standardError { notes.append("(no line feed)") }
        let text = MessageSummary.line(of: message, method: exchange?.method, width: summaryWidth)
        summary = (notes + [text]).filter { !$0.isEmpty }.joined(separator: " ")
        let failed = exchange.map { $0.outcome == .error || $0.outcome == .toolError } ?? false
        let isBadNews = message.kind == .http && HTTPNote(message)?.isTrouble == true
        // A body of HTTP that is no message is nothing odd: its status says what it is.
        let isOdd = message.kind == .foreign && message.stream == .stdio
        isTrouble = (isAnswer && failed) || isOdd || message.isPartial || isBadNews || message.fault != nil
    }

    /// Whether the line tells how its exchange ended.
    private static func isAnswer(_ message: MessageRecord, of exchange: Exchange?) -> Bool {
        guard let exchange else { return false }
        if message.kind == .response || exchange.responseSequence == message.sequence { return true }
        guard exchange.outcome == .cancelled else { return false }
        if message.method == "notifications/cancelled" { return true }
        guard case .closed? = HTTPNote(message) else { return false }
        return true
    }

    private init(_ record: GapRecord) {
        let gap = record.gap
        time = HumanText.offset(nanoseconds: gap.from.nanoseconds)
        arrow = "✂"
        exchange = ""
        label = "gap"
        outcome = ""
        duration = HumanText.duration(nanoseconds: gap.to.since(gap.from))
        // How much a damaged block held is not known.
        size = gap.reason == .damaged ? "" : HumanText.size(gap.bytes)
        let why =
            switch gap.reason {
            case .journalFull: "the store could not keep pace"
            case .noSpace: "no space was left for the journal"
            case .journalUnavailable: "the journal could not be written"
            case .damaged: "what was recorded is damaged"
            }
        let lines = gap.clientToServerLines + gap.serverToClientLines
        let numbers = record.lastSequence.map { " \(record.sequence) to \($0)" } ?? ""
        summary =
            gap.reason == .damaged
            ? "messages\(numbers) are missing here: \(why); see mcptape doctor"
            : "\(HumanText.counted(lines, "message")) forwarded but not recorded: \(why)"
        isTrouble = true
    }

    private static func label(of message: MessageRecord, exchange: Exchange?) -> String {
        let method = message.method ?? exchange?.method
        switch message.kind {
        case .request, .notification, .response:
            guard let method else {
                return message.fault == nil ? "response (to nothing that was asked)" : "response"
            }
            let name = message.name ?? (message.kind == .notification ? nil : exchange?.name)
            let shown = DisplayText.oneLine(method, limit: 60)
            let indent = exchange?.parent == nil ? "" : "  ↳ "
            return indent + (name.map { "\(shown) \(DisplayText.oneLine($0, limit: 60))" } ?? shown)
        case .batch: return "batch"
        case .foreign:
            if message.stream == .stdio { return "not JSON-RPC" }
            return message.framing == nil ? "body, not JSON-RPC" : "event, not JSON-RPC"
        case .standardError: return "stderr"
        case .http: return HTTPNote(message)?.label ?? "http"
        }
    }
}
