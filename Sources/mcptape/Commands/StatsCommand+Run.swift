import ArgumentParser
import MCPSemantics
import Platform
import Recording
import Store
import Wire

extension StatsCommand {
    func run() throws {
        let terminal = global.terminal()
        let system = SystemCalls()
        var words = filter
        if all && recording != "last" { words.insert(recording, at: 0) }
        let filter = try Filter.reading(words)
        let (source, sessions) = try sources(system)
        let now = system.realtime()
        var latency = LatencySummary()
        for summary in sessions where filter.mayMatch(session: summary, now: now) {
            try add(summary, of: source, filter, now, to: &latency)
        }
        if reading.json {
            for row in latency.rows + (latency.other.map { [$0] } ?? []) + [latency.total] {
                var json = JSONWriter(escapesInvisible: true)
                json.latency(row)
                json.endLine()
                terminal.write(json.bytes)
            }
        } else if latency.total.count == 0 {
            terminal.line("No exchanges" + (filter.isEmpty ? "." : " match."))
        } else {
            StatsTable(terminal: terminal).print(latency, of: sessions)
        }
        terminal.flush()
        try source.complainOfDamage()
    }

    private func sources(_ system: SystemCalls) throws -> (any RecordingSource, [SessionSummary]) {
        guard all else {
            let opened = try OpenedRecording.open(recording, global: global)
            return (opened.source, opened.sessions)
        }
        let opened = try OpenedStore.forReading(global, system: system)
        return (opened.store, try opened.store.sessions())
    }

    private func add(
        _ summary: SessionSummary, of source: any RecordingSource, _ filter: Filter, _ now: Int64,
        to latency: inout LatencySummary
    ) throws {
        var from = 1
        while true {
            let page = try source.exchanges(of: summary.description.id, from: from, limit: 1024)
            for exchange in page {
                let subject = FilterSubject(exchange: exchange, session: summary, now: now)
                let isMatch = try ExchangePayload(exchange, summary.description.id, source).matches(
                    filter, subject)
                if isMatch { latency.add(exchange) }
            }
            guard let last = page.last else { return }
            from = last.number + 1
        }
    }
}

/// The bytes of an exchange's request and response, read only where a filter asks for text.
struct ExchangePayload {
    private let exchange: Exchange
    private let session: SessionID
    private let source: any RecordingSource

    init(_ exchange: Exchange, _ session: SessionID, _ source: any RecordingSource) {
        self.exchange = exchange
        self.session = session
        self.source = source
    }

    /// The messages that are still recorded.
    func messages() throws -> (request: MessageRecord?, response: MessageRecord?) {
        (try message(exchange.requestSequence), try message(exchange.responseSequence))
    }

    func matches(_ filter: Filter, _ subject: FilterSubject) throws -> Bool {
        if let early = filter.verdict(on: subject, text: { _ in nil }) { return early }
        let (request, response) = try messages()
        var failure: (any Error)?
        let isMatch = filter.matches(subject) { text in
            let search = ByteSearch(text.utf8)
            return [request, response].contains { message in
                guard let message else { return false }
                do {
                    return try source.payload(of: message, in: session, contains: search)
                } catch {
                    failure = error
                    return false
                }
            }
        }
        if let failure { throw failure }
        return isMatch
    }

    private func message(_ sequence: Int64?) throws -> MessageRecord? {
        guard let sequence else { return nil }
        let entries = try source.entries(of: session, from: sequence, limit: 1)
        guard case .message(let message)? = entries.first, message.sequence == sequence else { return nil }
        return message
    }
}

/// Latency per method and name, and a histogram.
struct StatsTable {
    let terminal: Terminal

    func print(_ latency: LatencySummary, of sessions: [SessionSummary]) {
        let names = Set(sessions.map(\.description.name)).sorted().prefix(4).joined(separator: ", ")
        terminal.line(
            terminal.styled(HumanText.counted(sessions.count, "session"), .bold) + " of "
                + DisplayText.oneLine(names, limit: 80))
        var table = Table([.left, .right, .right, .right, .right, .right, .right, .right, .right])
        table.add(["", "COUNT", "ERR", "P50", "P90", "P99", "MAX", "ASKED", "ANSWERED"])
        let rows = latency.rows
        for row in rows { table.add(cells(row)) }
        if let other = latency.other { table.add(cells(other, label: "(further names)")) }
        table.add(cells(latency.total, label: "all"))
        let lines = table.lines { row, column, text in
            if row == 0 { return terminal.styled(text, .dim) }
            let hasErrors = row <= rows.count && rows[row - 1].errors > 0
            return column == 2 && hasErrors ? terminal.styled(text, .red) : text
        }
        for line in lines { terminal.line(line) }
        terminal.line()
        for line in latency.histogram().lines(width: min(terminal.columns ?? 80, 100)) { terminal.line(line) }
    }

    private func cells(_ row: LatencySummary.Row, label: String? = nil) -> [String] {
        func time(_ value: Int64?) -> String { value.map { HumanText.duration(nanoseconds: $0) } ?? "-" }
        let name = row.group.map { group in
            (group.asker == .serverToClient ? "(server) " : "") + DisplayText.oneLine(group.method, limit: 40)
                + (group.name.map { " " + DisplayText.oneLine($0, limit: 40) } ?? "")
        }
        return [
            label ?? name ?? "", HumanText.count(row.count), HumanText.count(row.errors),
            time(row.p50), time(row.p90), time(row.p99), time(row.max), HumanText.size(row.requestBytes),
            HumanText.size(row.responseBytes),
        ]
    }
}
