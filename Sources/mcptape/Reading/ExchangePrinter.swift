import MCPSemantics
import Recording
import Wire

/// Prints one exchange in full: every message that belongs to it, pretty-printed, with its place and time;
/// and with it what is one operation to the user: the other exchanges of its chain, and what the server asked
/// in the middle of them.
struct ExchangePrinter {
    let terminal: Terminal
    /// From how long on an exchange is slow, and told so. Nanoseconds.
    let slow: Int64

    /// Throws when the session has no exchange of that number.
    func show(_ number: Int, of summary: SessionSummary, in source: any RecordingSource) throws {
        let reader = ConversationReader(summary, of: source, now: 0)
        guard let exchange = try reader.exchange(number) else {
            throw Failure(
                Failure.noInput,
                "session \(summary.description.id.text) has no exchange \(number): it has \(summary.state.exchanges)"
            )
        }
        let family = try family(of: exchange, summary, source)
        for member in family { head(member, among: family) }
        chain(family, of: exchange)
        let start = family.map(\.requestSequence).min() ?? exchange.requestSequence
        let zero = family.map(\.requestTime).min() ?? exchange.requestTime
        let from = ConversationReader(summary, of: source, now: 0, from: start)
        var left = Set(family.map { $0.responseSequence ?? Int64.max })
        while let (entry, _) = try from.next() {
            guard case .message(let message) = entry else { continue }
            let owner = family.first { member in
                message.exchange == member.number || message.sequence == member.requestSequence
                    || message.sequence == member.responseSequence
            }
            if let owner {
                let label = family.count > 1 ? "#\(owner.number) " : ""
                try show(message, label, since: zero, summary.description.id, source)
            }
            left.remove(message.sequence)
            if left.isEmpty { break }
        }
    }

    /// The exchange, its chain, and the server's requests in all of them, by number.
    private func family(
        of exchange: Exchange, _ summary: SessionSummary, _ source: any RecordingSource
    ) throws -> [Exchange] {
        var members = [exchange.number: exchange]
        var from = min(exchange.chain ?? exchange.number, exchange.number)
        while true {
            let page = try source.exchanges(of: summary.description.id, from: from, limit: 512)
            for other in page {
                let isOfChain = exchange.chain != nil && other.chain == exchange.chain
                let isChild = other.parent.map { members[$0] != nil } ?? false
                if isOfChain || isChild { members[other.number] = other }
            }
            guard let last = page.last else { break }
            from = last.number + 1
        }
        return members.values.sorted { $0.number < $1.number }
    }

    private func head(_ exchange: Exchange, among family: [Exchange]) {
        let name = exchange.name.map { " " + DisplayText.oneLine($0, limit: 120) } ?? ""
        let method = DisplayText.oneLine(exchange.method, limit: 120)
        var facts = ["id \(DisplayText.oneLine(exchange.id.text, limit: 60))", exchange.outcome.word]
        if let duration = exchange.duration {
            let mark = exchange.isSlow(from: slow) ? "◔ slow: " : ""
            facts.append(mark + HumanText.duration(nanoseconds: duration))
        }
        if let status = exchange.httpStatus { facts.append("HTTP \(status)") }
        facts.append(exchange.asker == .clientToServer ? "asked by the client" : "asked by the server")
        if let parent = exchange.parent { facts.append("in #\(parent)") }
        if let chain = exchange.chain, chain != exchange.number { facts.append("goes on with #\(chain)") }
        let indent = exchange.parent == nil ? "" : "  "
        terminal.line(indent + terminal.styled("#\(exchange.number)  \(method)\(name)", .bold))
        terminal.line(indent + facts.joined(separator: ", "))
    }

    /// How long the whole operation took.
    private func chain(_ family: [Exchange], of exchange: Exchange) {
        let members = family.filter { exchange.chain != nil && $0.chain == exchange.chain }
        guard members.count > 1, let first = members.first, let end = members.last?.responseTime else {
            return
        }
        let took = end.since(first.requestTime)
        let time = (took >= slow ? "◔ slow: " : "") + HumanText.duration(nanoseconds: took)
        let count = HumanText.counted(members.count, "exchange")
        terminal.line("\(count) in one chain: \(time) from the first request to the last answer")
    }

    private func redactions(of message: MessageRecord) -> String {
        let places = Set(message.redactions.map(\.pointer)).filter { !$0.isEmpty }.sorted().prefix(3)
        guard !message.redactions.isEmpty else { return "" }
        let count = HumanText.counted(message.redactions.count, "value")
        let shown = places.map { DisplayText.oneLine($0, limit: 60) }.joined(separator: ", ")
        return ", \(count) redacted" + (shown.isEmpty ? "" : " (\(shown))")
    }

    private func show(
        _ message: MessageRecord, _ label: String, since zero: Timestamp, _ session: SessionID,
        _ source: any RecordingSource
    ) throws {
        let arrow = message.lane == .clientToServer ? "→" : "←"
        let offset = message.time.since(zero)
        let time =
            offset == 0
            ? HumanText.offset(nanoseconds: message.time.nanoseconds) + " s"
            : "+" + HumanText.duration(nanoseconds: offset)
        terminal.line()
        terminal.line(
            terminal.styled("\(label)\(arrow) \(time)", .cyan) + "  message \(message.sequence), "
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
