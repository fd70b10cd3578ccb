internal import MCPSemantics
internal import Platform
public import Recording

extension Store {
    /// Bytes of messages to a transaction, and of a part of a large message.
    private static let importBatch = 1 << 20

    /// Copies one session of another source, a file for example, into the store, with its id.
    ///
    /// Throws `StoreFailure` when the session is in the store already, and what `source` throws. What an
    /// import left behind that was cut short is replaced.
    public func importSession(_ id: SessionID, from source: any RecordingSource) throws {
        guard let summary = try source.session(id) else {
            throw StoreFailure(.missing, "there is no session \(id.text) in what is imported")
        }
        if let known = try session(id) {
            guard known.state.end == nil, !known.isLive, !isUnfinished(id) else {
                throw StoreFailure(
                    .refused, "session \(id.text) is in the store already; remove it there first (mcptape rm)"
                )
            }
            _ = try remove(id)
        }
        let sink = try sink(for: summary.description)
        // Else the next look of retention would take what is older than it keeps.
        sink.beginImport()
        defer { sink.endImport() }
        do {
            var copy = SessionCopy(summary, source: source, sink: sink, batchSize: Store.importBatch)
            try copy.run()
        } catch {
            written.remove(id)
            // What the failure left is no session; the failure itself is what the caller must hear of.
            _ = try? remove(id)
            throw error
        }
    }
}

/// One session on its way from a source into a sink.
private struct SessionCopy {
    private let summary: SessionSummary
    private let source: any RecordingSource
    private let sink: StoreSink
    private let batchSize: Int
    private var events: [RecordedEvent] = []
    private var size = 0
    private var position: UInt64 = 0
    private var body = 0

    init(_ summary: SessionSummary, source: any RecordingSource, sink: StoreSink, batchSize: Int) {
        self.summary = summary
        self.source = source
        self.sink = sink
        self.batchSize = batchSize
    }

    mutating func run() throws {
        let id = summary.description.id
        var next: Int64 = 0
        while true {
            let page = try source.entries(of: id, from: next, limit: 1000)
            guard let last = page.last else { break }
            for entry in page {
                switch entry {
                case .gap(let gap): events.append(.gap(gap))
                case .message(let message): try copy(message)
                }
            }
            guard last.sequence >= next, last.sequence < Int64.max else {
                throw StoreFailure(.damaged, "session \(id.text): its messages are not in order")
            }
            next = last.sequence + 1
        }
        var number = 0
        while let last = try copyExchanges(from: number), last < Int.max { number = last + 1 }
        var state = summary.state
        if state.end == nil { state.end = SessionEnd(reason: .unknown, time: state.lastTime) }
        try commit(state)
    }

    /// The number of the last exchange of the page, or nil after the last page.
    private mutating func copyExchanges(from number: Int) throws -> Int? {
        let page = try source.exchanges(of: summary.description.id, from: number, limit: 1000)
        for exchange in page { events.append(.exchange(exchange)) }
        if page.count >= 1000 { try commit(unfinished) }
        return page.last?.number
    }

    private var unfinished: SessionState {
        var state = summary.state
        state.end = nil
        return state
    }

    private mutating func copy(_ message: MessageRecord) throws {
        var message = message
        switch message.body {
        case .omitted: break
        case .inline(let bytes):
            guard bytes.count > batchSize else {
                size += bytes.count
                break
            }
            body += 1
            var parts = 0
            try split(bytes, &parts)
            message.body = .parts(body: body, count: parts)
        case .parts(let number, _):
            body += 1
            var parts = 0
            try source.readParts(of: summary.description.id, body: number) { bytes in try split(bytes, &parts)
            }
            message.body = .parts(body: body, count: parts)
        }
        events.append(.message(message))
        if size >= batchSize || events.count >= 10_000 { try commit(unfinished) }
    }

    private mutating func split(_ bytes: ArraySlice<UInt8>, _ parts: inout Int) throws {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(batchSize)
            rest = rest.dropFirst(piece.count)
            events.append(.part(MessagePart(body: body, index: parts, bytes: piece)))
            parts += 1
            size += piece.count
            if size >= batchSize { try commit(unfinished) }
        }
    }

    private mutating func commit(_ state: SessionState) throws {
        position += 1
        let records = SessionRecords(
            description: summary.description, events: events, state: state, checkpoint: [])
        try sink.commit(RecordBatch(sessions: [records], position: position, checkpoint: []))
        events = []
        size = 0
    }
}
