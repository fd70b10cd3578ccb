public import MCPSemantics
public import Wire

/// Reads one session in order, page by page, each entry with the exchange it belongs to.
///
/// Holds a page of entries and at most `exchangeLimit` exchanges, whatever the session's size.
public final class ConversationReader {
    /// Entries asked for at once: a screenful several times over.
    public static let pageSize = 512
    /// Exchanges remembered: those in flight at one time are far fewer, and any other is asked for again.
    static let exchangeLimit = 4096

    private let source: any RecordingSource
    private let session: SessionSummary
    private let filter: Filter
    private let now: Int64
    private var page: ArraySlice<RecordingEntry> = []
    private var nextPage: Int64
    private var isAtEnd = false
    private var exchanges: [Int: Exchange] = [:]
    private var text: TextAhead?

    /// `now` is wall clock, nanoseconds since 1970, for `since:`.
    public init(
        _ session: SessionSummary, of source: any RecordingSource, filter: Filter = .everything, now: Int64,
        from sequence: Int64 = 1
    ) {
        self.source = source
        self.session = session
        self.filter = filter
        self.now = now
        nextPage = sequence
        text = filter.necessaryTexts.map { TextAhead($0, in: session.description.id, of: source) }
    }

    /// The next entry that matches, or nil at the end of what is recorded so far.
    public func next() throws -> (entry: RecordingEntry, exchange: Exchange?)? {
        var limit = Int.max
        return try next(within: &limit)
    }

    /// The same, but nil after `limit` entries were looked at, of which it takes off what it used.
    public func next(within limit: inout Int) throws -> (entry: RecordingEntry, exchange: Exchange?)? {
        while limit > 0, let entry = try nextCandidate(within: &limit) {
            limit -= 1
            let exchange = try exchange(of: entry)
            let subject = FilterSubject(entry: entry, exchange: exchange, session: session, now: now)
            if try matches(subject, entry) { return (entry, exchange) }
        }
        return nil
    }

    /// The exchange of that number, or nil.
    public func exchange(_ number: Int) throws -> Exchange? {
        if let known = exchanges[number] { return known }
        if exchanges.count >= ConversationReader.exchangeLimit { exchanges.removeAll(keepingCapacity: true) }
        for exchange in try source.exchanges(of: session.description.id, from: number, limit: 256) {
            exchanges[exchange.number] = exchange
        }
        return exchanges[number]
    }

    /// Where a later reader goes on: the sequence number of the next entry; nil when there is none yet.
    public func nextSequence() throws -> Int64? {
        if let entry = page.first { return entry.sequence }
        if isAtEnd { return nil }
        return try source.entries(of: session.description.id, from: nextPage, limit: 1).first?.sequence
    }

    /// The next entry that may match: where a text is asked for, those without it are stepped over.
    private func nextCandidate(within limit: inout Int) throws -> RecordingEntry? {
        guard text != nil else { return try nextEntry() }
        while limit > 0 {
            var size = ConversationReader.pageSize
            if page.isEmpty, !isAtEnd, let place = try text?.next(from: nextPage, within: limit) {
                limit -= Int(place.sequence - nextPage)
                nextPage = place.sequence
                // One by one where few are left, as the rest of a page would be read for nothing.
                size = place.isSparse ? 1 : size
                if limit <= 0 { return nil }
            }
            guard let entry = try nextEntry(size) else { return nil }
            if text?.rulesOut(entry.sequence) != true { return entry }
            limit -= 1
        }
        return nil
    }

    /// The next entry, whatever the filter says.
    func nextEntry(_ pageSize: Int = ConversationReader.pageSize) throws -> RecordingEntry? {
        if page.isEmpty && !isAtEnd {
            page = try source.entries(of: session.description.id, from: nextPage, limit: pageSize)[...]
            if let last = page.last { nextPage = last.sequence + 1 } else { isAtEnd = true }
        }
        return page.popFirst()
    }

    private func exchange(of entry: RecordingEntry) throws -> Exchange? {
        guard case .message(let message) = entry, let number = message.exchange else { return nil }
        return try exchange(number)
    }

    private func matches(_ subject: FilterSubject, _ entry: RecordingEntry) throws -> Bool {
        if let early = filter.verdict(on: subject, text: { _ in nil }) { return early }
        var failure: (any Error)?
        let isMatch = filter.matches(subject) { text in
            do {
                return try contains(text, entry)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        return isMatch
    }

    private func contains(_ text: String, _ entry: RecordingEntry) throws -> Bool {
        guard case .message(let message) = entry else { return false }
        return try source.payload(of: message, in: session.description.id, contains: ByteSearch(text.utf8))
    }
}

extension RecordingSource {
    /// Whether the bytes of a message hold a text, also across the parts of a large one.
    public func payload(of message: MessageRecord, in session: SessionID, contains search: ByteSearch) throws
        -> Bool
    {
        let overlap = max(0, search.needle.count - 1)
        switch message.body {
        case .inline(let bytes): return search.firstIndex(in: bytes) != nil
        case .omitted: return false
        case .parts(let body, _):
            var tail: [UInt8] = []
            var isFound = false
            try readParts(of: session, body: body) { part in
                if isFound { return }
                tail.append(contentsOf: part.prefix(overlap))
                isFound = search.firstIndex(in: part) != nil || search.firstIndex(in: tail[...]) != nil
                tail = Array(part.suffix(overlap))
            }
            return isFound
        }
    }

    /// The whole of a message, parts joined. Nil where the payload was not recorded.
    public func bytes(of message: MessageRecord, in session: SessionID) throws -> ArraySlice<UInt8>? {
        switch message.body {
        case .inline(let bytes): return bytes
        case .omitted: return nil
        case .parts(let body, _):
            var bytes: [UInt8] = []
            try readParts(of: session, body: body) { bytes.append(contentsOf: $0) }
            return bytes[...]
        }
    }
}
