internal import MCPSemantics
public import Recording

/// Reads a session in order and tells its spans, each when its exchange ends, and its log records.
///
/// The same session gives the same items, with the same ids, however often and from wherever it is read.
/// Holds a page of messages and what is open, `openLimit` exchanges at most.
public final class SessionTelemetry {
    /// Exchanges in flight that are remembered with their events; those beyond are told without.
    static let openLimit = 4096
    /// Messages that are read again at most for the events of what was open when a process ended.
    static let rereadLimit: Int64 = 10_000

    /// The session as it was when it was last asked for.
    public private(set) var session: SessionSummary
    /// Everything up to here was handed out, where `isAtBoundary`.
    public var cursor: ExportCursor {
        let resumable = spans.oldestOpen(from: processed + 1 - Self.rereadLimit)
        return ExportCursor(
            sequence: processed, resume: resumable?.sequence ?? processed + 1,
            exchange: resumable?.number ?? spans.nextExchange, isDone: isDone)
    }
    /// Nothing of what was read is still to be handed out.
    public var isAtBoundary: Bool { ready.isEmpty }

    private let source: any RecordingSource
    private let options: TraceOptions
    private var records: LogRules?
    private let spans: SpanCollector
    private let exported: Int64
    private var nextSequence: Int64
    private var processed: Int64
    private var page: ArraySlice<RecordingEntry> = []
    private var ready: ArraySlice<TelemetryItem> = []
    private var isDone: Bool

    /// - Parameter withRecords: log records too, one for each message.
    public init(
        _ session: SessionSummary, of source: any RecordingSource, _ options: TraceOptions,
        withRecords: Bool, from cursor: ExportCursor = .start
    ) {
        self.session = session
        self.source = source
        self.options = options
        let rules = SpanRules(session, options)
        records = withRecords ? LogRules(rules) : nil
        spans = SpanCollector(rules, of: source, from: cursor.exchange)
        exported = cursor.sequence
        processed = cursor.sequence
        nextSequence = cursor.resume
        isDone = cursor.isDone
    }

    /// Takes over what is known of the session by now: who speaks which revision.
    public func update(_ session: SessionSummary) {
        self.session = session
        let rules = SpanRules(session, options)
        spans.rules = rules
        if records != nil { records = LogRules(rules) }
    }

    /// The next item; nil at the end of what is recorded so far, where it may be asked again later.
    public func next() throws -> TelemetryItem? {
        while ready.isEmpty {
            guard try advance() else { return nil }
        }
        return ready.popFirst()
    }

    /// Tells what was never answered, once nothing more can come: the items follow from `next`.
    ///
    /// Does nothing before the end of what is recorded was reached.
    public func finish() throws {
        guard !isDone, ready.isEmpty, page.isEmpty else { return }
        if let newest = try source.session(session.description.id) { session = newest }
        ready = try spans.unanswered(at: session.state.end?.time ?? session.state.lastTime)
            .map { .span($0) }[...]
        isDone = true
    }

    private func advance() throws -> Bool {
        if isDone { return false }
        if page.isEmpty {
            page = try source.entries(
                of: session.description.id, from: nextSequence, limit: ConversationReader.pageSize)[...]
            guard let last = page.last else { return false }
            nextSequence = last.sequence + 1
        }
        guard let entry = page.popFirst() else { return false }
        var items: [TelemetryItem] = []
        switch entry {
        case .message(let message):
            let ended = try spans.take(message)
            items = ended.map { .span($0) }
            if let records {
                let body = try records.needsBody(message) ? spans.bytes(of: message) : nil
                let identity = message.exchange.flatMap { spans.identity(ofRecent: $0) }
                if let record = records.record(of: message, body, span: identity) {
                    items.append(.record(record))
                }
            }
        case .gap(let gap):
            spans.take(gap)
            if let records { items.append(.record(records.record(of: gap))) }
        }
        // Read again only for what is still open.
        if entry.sequence > exported {
            ready = items[...]
            processed = entry.sequence
        }
        return true
    }
}
