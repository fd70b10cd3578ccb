import Glibc
import MCPSemantics
import Platform
import Recording
import Store

/// Writes recording files, from the store or from another file.
struct RecordingFileOutput {
    private let writer: RecordingFileWriter
    private let source: any RecordingSource
    private let sessions: [SessionSummary]

    init(_ sessions: [SessionSummary], of source: any RecordingSource, isSelection: Bool = false) {
        let lacksPayload = sessions.contains { $0.description.capture != .payloads }
        writer = RecordingFileWriter(sessions: sessions, statesHandshakes: isSelection || lacksPayload)
        self.source = source
        self.sessions = sessions
    }

    /// Why a recording file cannot be given that name; nil when it can.
    static func fault(inName path: String) -> String? {
        guard !path.hasSuffix(".jsonl"), !path.hasSuffix(".gz") else { return nil }
        return "-o \(path): a recording file's name ends in .mcptape.jsonl, or in .mcptape.jsonl.gz for a "
            + "compressed one; a page's in .html"
    }

    /// Writes whole sessions to `path`, which appears at once or not at all.
    static func write(
        _ ids: [SessionID], of source: any RecordingSource, to path: String, system: SystemCalls
    ) throws {
        let sessions = try ids.compactMap { try source.session($0) }
        let file = try AtomicFile(path, system: system)
        try RecordingFileOutput(sessions, of: source).write { try file.write($0) }
        try file.commit()
    }

    /// Hands the file's bytes to `emit`, in order. `includes` decides about each entry.
    func write(
        including includes: (SessionSummary, RecordingEntry, Exchange?) throws -> Bool = { _, _, _ in true },
        _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        try emit(writer.headerLine()[...])
        for summary in sessions {
            let reader = ConversationReader(summary, of: source, now: 0)
            while let (entry, exchange) = try reader.next() {
                guard try includes(summary, entry, exchange) else { continue }
                try writer.write(
                    entry, of: summary.description.id, exchange: exchange, from: source, to: emit)
            }
        }
    }
}

/// Which part of a recording is exported.
struct ExportSelection {
    private let exchanges: ClosedRange<Int>?
    private let filter: Filter
    private let context: Bool
    private let now: Int64
    private var chosen: [SessionID: Chosen] = [:]

    private struct Chosen {
        var exchanges: Set<Int> = []
        /// Messages that hold a chosen exchange inside a batch.
        var sequences: Set<Int64> = []
    }

    /// What a recording needs to be replayed, whatever else is left out of it.
    private static let contextMethods: Set<String> = [
        "initialize", "server/discover", "tools/list", "prompts/list", "resources/list",
        "resources/templates/list",
    ]

    init(exchanges: ClosedRange<Int>?, filter: Filter, context: Bool, now: Int64) {
        self.exchanges = exchanges
        self.filter = filter
        self.context = context
        self.now = now
    }

    /// Everything.
    var isWhole: Bool { exchanges == nil && filter.isEmpty }

    /// Looks through the exchanges of a session for those that are wanted.
    mutating func choose(from summary: SessionSummary, of source: any RecordingSource) throws {
        var found = Chosen()
        var from = 1
        while true {
            let page = try source.exchanges(of: summary.description.id, from: from, limit: 1024)
            for exchange in page where try isWanted(exchange, summary, source, found.exchanges) {
                found.exchanges.insert(exchange.number)
                found.sequences.insert(exchange.requestSequence)
                if let response = exchange.responseSequence { found.sequences.insert(response) }
            }
            guard let last = page.last else { break }
            from = last.number + 1
        }
        chosen[summary.description.id] = found
    }

    /// Whether anything was chosen in any session.
    var isEmpty: Bool { chosen.values.allSatisfy { $0.exchanges.isEmpty } }

    func includes(_ summary: SessionSummary, _ entry: RecordingEntry, _ exchange: Exchange?) -> Bool {
        if isWhole { return true }
        guard let found = chosen[summary.description.id] else { return false }
        if found.sequences.contains(entry.sequence) { return true }
        if let exchange { return found.exchanges.contains(exchange.number) }
        guard case .message(let message) = entry else { return false }
        return context && message.method == "notifications/initialized"
    }

    /// Whether what tells of an exchange is wanted; what tells of none goes with the whole.
    func includes(exchange: Int?, of session: SessionID) -> Bool {
        if isWhole { return true }
        guard let exchange else { return false }
        return chosen[session]?.exchanges.contains(exchange) ?? false
    }

    private func isWanted(
        _ exchange: Exchange, _ summary: SessionSummary, _ source: any RecordingSource, _ found: Set<Int>
    ) throws -> Bool {
        if context && ExportSelection.contextMethods.contains(exchange.method) { return true }
        // What the server asked while it worked on a wanted exchange belongs to it.
        if let parent = exchange.parent, found.contains(parent) { return true }
        if let exchanges, !exchanges.contains(exchange.number) { return false }
        let subject = FilterSubject(exchange: exchange, session: summary, now: now)
        return try ExchangePayload(exchange, summary.description.id, source).matches(filter, subject)
    }
}
