import MCPSemantics
import Recording
import Wire

/// Prints one exchange in full: every message that belongs to it, pretty-printed, with its place and time.
struct ExchangePrinter {
    let terminal: Terminal

    /// Throws when the session has no exchange of that number.
    func show(_ number: Int, of summary: SessionSummary, in source: any RecordingSource) throws {
        let reader = ConversationReader(summary, of: source, now: 0)
        guard let exchange = try reader.exchange(number) else {
            throw Failure(
                Failure.noInput,
                "session \(summary.description.id.text) has no exchange \(number): it has \(summary.state.exchanges)"
            )
        }
        head(exchange)
        let from = ConversationReader(summary, of: source, now: 0, from: exchange.requestSequence)
        while let (entry, _) = try from.next() {
            guard case .message(let message) = entry else { continue }
            let isPart =
                message.exchange == number || message.sequence == exchange.requestSequence
                || message.sequence == exchange.responseSequence
            if isPart { try show(message, exchange, summary.description.id, source) }
            if let last = exchange.responseSequence, message.sequence >= last { break }
        }
    }

    private func head(_ exchange: Exchange) {
        let name = exchange.name.map { " " + DisplayText.oneLine($0, limit: 120) } ?? ""
        let method = DisplayText.oneLine(exchange.method, limit: 120)
        var facts = ["id \(DisplayText.oneLine(exchange.id.text, limit: 60))", exchange.outcome.word]
        if let duration = exchange.duration { facts.append(HumanText.duration(nanoseconds: duration)) }
        facts.append(exchange.asker == .clientToServer ? "asked by the client" : "asked by the server")
        if let parent = exchange.parent { facts.append("in #\(parent)") }
        if let chain = exchange.chain { facts.append("chain of #\(chain)") }
        terminal.line(terminal.styled("#\(exchange.number)  \(method)\(name)", .bold))
        terminal.line(facts.joined(separator: ", "))
    }

    private func redactions(of message: MessageRecord) -> String {
        let places = Set(message.redactions.map(\.pointer)).filter { !$0.isEmpty }.sorted().prefix(3)
        guard !message.redactions.isEmpty else { return "" }
        let count = HumanText.counted(message.redactions.count, "value")
        let shown = places.map { DisplayText.oneLine($0, limit: 60) }.joined(separator: ", ")
        return ", \(count) redacted" + (shown.isEmpty ? "" : " (\(shown))")
    }

    private func show(
        _ message: MessageRecord, _ exchange: Exchange, _ session: SessionID, _ source: any RecordingSource
    ) throws {
        let arrow = message.lane == .clientToServer ? "→" : "←"
        let offset = message.time.since(exchange.requestTime)
        let time =
            offset == 0
            ? HumanText.offset(nanoseconds: message.time.nanoseconds) + " s"
            : "+" + HumanText.duration(nanoseconds: offset)
        terminal.line()
        terminal.line(
            terminal.styled("\(arrow) \(time)", .cyan) + "  message \(message.sequence), "
                + HumanText.size(message.size) + redactions(of: message))
        guard let bytes = try source.bytes(of: message, in: session) else {
            return terminal.line("(payload not recorded)")
        }
        guard let lines = PrettyJSON.lines(of: bytes, indent: 2) else {
            return terminal.line(DisplayText.block(String(decoding: bytes, as: UTF8.self)))
        }
        for line in lines { terminal.line(DisplayText.block(line)) }
    }
}
