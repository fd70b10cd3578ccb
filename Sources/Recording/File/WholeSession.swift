public import MCPSemantics
import Wire

/// One session with all its messages in memory, each in one piece: what a recording file is changed by.
public struct WholeSession: Sendable {
    public var summary: SessionSummary
    /// In the order of the recording; bodies are `inline` or `omitted`.
    public var entries: [RecordingEntry]
    /// Numbered 1, 2, 3 … without a hole.
    public var exchanges: [Exchange]

    /// The server ended on its own, and owed answers: what it said is no whole conversation.
    public var wasLeftByServer: Bool {
        summary.state.end?.reason == .serverExited && summary.state.pending > 0
    }

    public init(summary: SessionSummary, entries: [RecordingEntry], exchanges: [Exchange]) {
        self.summary = summary
        self.entries = entries
        self.exchanges = exchanges
    }

    /// How many entries are asked for at once.
    private static let pageSize = 4096

    /// Reads a session from a file or a store; nil when there is none. O(bytes).
    ///
    /// Throws what reading `source` does.
    public init?(reading source: any RecordingSource, session: SessionID) throws {
        guard let summary = try source.session(session) else { return nil }
        self.init(summary: summary, entries: [], exchanges: [])
        while true {
            let page = try source.exchanges(of: session, from: exchanges.count + 1, limit: Self.pageSize)
            if page.isEmpty { break }
            exchanges += page
        }
        var next: Int64 = .min
        while true {
            let page = try source.entries(of: session, from: next, limit: Self.pageSize)
            guard let last = page.last?.sequence else { break }
            for entry in page { entries.append(try Self.whole(entry, of: session, in: source)) }
            guard last < .max else { break }
            next = last + 1
        }
    }

    private static func whole(
        _ entry: RecordingEntry, of session: SessionID, in source: any RecordingSource
    ) throws -> RecordingEntry {
        guard case .message(var message) = entry, case .parts(let body, _) = message.body else {
            return entry
        }
        var bytes: [UInt8] = []
        try source.readParts(of: session, body: body) { bytes += $0 }
        message.body = .inline(bytes[...])
        return .message(message)
    }

    /// The exchange with that number.
    func exchange(_ number: Int) -> Exchange? {
        number >= 1 && number <= exchanges.count ? exchanges[number - 1] : nil
    }

    /// The JSON text of the exchange's request: of the member, inside a batch. Nil when it is not on record.
    func requestText(of exchange: Exchange) -> ArraySlice<UInt8>? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequence < exchange.requestSequence { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, case .message(let message) = entries[low],
            message.sequence == exchange.requestSequence, case .inline(let bytes) = message.body
        else { return nil }
        guard message.kind == .batch else { return bytes }
        for range in Envelope.scan(bytes).members {
            let member = Envelope.slice(range, of: bytes)
            if let id = Envelope.scan(member).id,
                UTF8Text.repaired(Envelope.slice(id, of: member)) == exchange.id.text
            {
                return member
            }
        }
        return nil
    }
}

/// What makes two requests the same one.
public struct RequestIdentity: Sendable, Hashable {
    /// Equal bytes: the same request.
    public var key: [UInt8]
    /// Clients make it as they like: to have it once is to have it.
    public var isAskedAtWill: Bool

    public init(key: [UInt8], isAskedAtWill: Bool) {
        self.key = key
        self.isAskedAtWill = isAskedAtWill
    }
}

/// Tells the identity of a request, by its exchange and its JSON text.
public typealias RequestIdentifier = (Exchange, ArraySlice<UInt8>) -> RequestIdentity

extension WholeSession {
    /// How often each request of the client is there.
    public func requestCounts(_ identify: RequestIdentifier) -> [RequestIdentity: Int] {
        var counts: [RequestIdentity: Int] = [:]
        for exchange in exchanges where exchange.asker == .clientToServer {
            guard let identity = identity(of: exchange, identify) else { continue }
            counts[identity, default: 0] += 1
        }
        return counts
    }

    /// Nil when the request is not on record. Values that were redacted under different keys are the same.
    func identity(of exchange: Exchange, _ identify: RequestIdentifier) -> RequestIdentity? {
        requestText(of: exchange).map { identify(exchange, Placeholder.withoutDigits($0)) }
    }
}

extension Placeholder {
    /// `bytes` with all digits of placeholders in strings made equal: what was redacted under two keys is the
    /// same then.
    static func withoutDigits(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let places = places(in: bytes)
        guard !places.isEmpty else { return bytes }
        var result = Array(bytes)
        for place in places {
            let end = place.range.upperBound - 1 - bytes.startIndex
            for index in end - digitCount..<end { result[index] = UInt8(ascii: "0") }
        }
        return result[...]
    }
}

extension WholeSession {
    /// What several clients of one server said, as one session: the first's, and what each later one has more
    /// than those before it, as `FileRecording.adding` adds it. Nil when none of them was answered.
    ///
    /// O(clients × bytes). Throws what reading a recording does.
    public static func joining(
        _ sessions: [WholeSession], identify: RequestIdentifier
    ) throws -> WholeSession? {
        let answered = try sessions.filter(\.hasAnswers).map { try $0.withoutUnanswered() }
        guard let first = answered.first, answered.count > 1 else { return answered.first }
        let id = first.summary.description.id
        var file = try FileRecording(bytes: first.fileText())
        for session in answered.dropFirst() {
            let added = try file.adding(session, to: id, since: [:], identify: identify)
            if added.exchanges > 0 { file = try FileRecording(bytes: added.text) }
        }
        guard var joined = try WholeSession(reading: file, session: id) else { return first }
        joined.summary = first.summary
        return joined
    }

    /// The client's requests that nobody answered and nobody took back, but subscriptions, which end with
    /// their client.
    public var unanswered: [Exchange] {
        exchanges.filter {
            $0.asker == .clientToServer && $0.outcome == .pending
                && !$0.isLongLived
        }
    }

    /// The same without the client's requests that nobody answered, and what the server said in them: a
    /// replay would leave them unanswered ever after.
    ///
    /// Throws what reading a recording does.
    public func withoutUnanswered() throws -> WholeSession {
        let unanswered = unanswered
        guard !unanswered.isEmpty else { return self }
        let numbers = Set(unanswered.map(\.number))
        var kept = self
        kept.entries = entriesWithOwner.filter { entry, owner in
            guard let owner, numbers.contains(owner), case .message(let message) = entry else { return true }
            // The client's own notifications are about no request.
            return message.lane == .clientToServer && message.kind == .notification && message.exchange == nil
        }.map(\.entry)
        let file = try FileRecording(bytes: kept.fileText())
        guard var whole = try WholeSession(reading: file, session: summary.description.id) else {
            return self
        }
        whole.summary = summary
        return whole
    }

    /// A recording file with this session alone.
    public func fileText() -> [UInt8] {
        let writer = RecordingFileWriter(sessions: [summary])
        var text = writer.headerLine()
        for entry in entries {
            var answered: Exchange?
            if case .message(let message) = entry { answered = message.exchange.flatMap { exchange($0) } }
            text += writer.line(for: entry, of: summary.description.id, exchange: answered)
        }
        return text
    }

    /// Whether the server answered anything: what was recorded without that is of no use to a replay.
    public var hasAnswers: Bool {
        exchanges.contains { $0.asker == .clientToServer && $0.responseSequence != nil }
    }

    /// How many requests the client made.
    public var requestCount: Int {
        exchanges.reduce(0) { $0 + ($1.asker == .clientToServer ? 1 : 0) }
    }
}
