public import MCPSemantics
public import Wire

/// One session as readers see it.
public struct SessionSummary: Sendable, Equatable {
    public var description: SessionDescription
    public var state: SessionState
    /// True while its recorder runs.
    public var isLive: Bool
    /// Exempt from retention (`keep`).
    public var isKept: Bool
    /// Its oldest messages are gone, taken by retention or with a store that was removed: the first sequence
    /// number that is still there, or nil.
    public var headLostBefore: Int64?

    public init(
        description: SessionDescription, state: SessionState, isLive: Bool = false, isKept: Bool = false,
        headLostBefore: Int64? = nil
    ) {
        self.description = description
        self.state = state
        self.isLive = isLive
        self.isKept = isKept
        self.headLostBefore = headLostBefore
    }
}

/// One entry of a session's recording in sequence order.
public enum RecordingEntry: Sendable, Equatable {
    case message(MessageRecord)
    case gap(GapRecord)

    public var sequence: Int64 {
        switch self {
        case .message(let message): message.sequence
        case .gap(let gap): gap.sequence
        }
    }
}

/// The query port: what every reader asks of a recording, whether it is the store or a file.
///
/// All lists are pages: the caller asks again from where the last page ended, and no lock or transaction is
/// held between two pages.
public protocol RecordingSource: AnyObject {
    /// Sessions, newest start first.
    func sessions() throws(SourceFailure) -> [SessionSummary]

    /// The sessions behind `session` in the same order, or the first ones for nil, at most `limit`; none only
    /// when no more follow.
    ///
    /// Where there is no such session (any more), those follow that began when it did or before, by
    /// `started`, nanoseconds since 1970; without that it throws `missing`.
    func sessions(
        before session: SessionID?, started: Int64?, limit: Int
    ) throws(SourceFailure) -> [SessionSummary]

    /// How many sessions there are, those included whose description is damaged.
    func sessionCount() throws(SourceFailure) -> Int

    /// One session, or nil.
    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary?

    /// Exchanges with a number of at least `number`, in order, at most `limit`.
    func exchanges(of session: SessionID, from number: Int, limit: Int) throws(SourceFailure) -> [Exchange]

    /// Messages and gaps with a sequence number of at least `sequence`, in order, at most `limit` (at least
    /// one when there is one; a page also ends at 1 MiB of bodies).
    ///
    /// Bodies come `inline` or as `parts`; read the latter with `readParts`.
    func entries(of session: SessionID, from sequence: Int64, limit: Int) throws(SourceFailure)
        -> [RecordingEntry]

    /// Hands the parts of a large message to `receive`, in order, one at a time.
    func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws

    /// The sequence number of the newest entry; nil when there is none.
    func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64?

    /// The sequence numbers in `range` of the messages whose bytes hold a text. O(bytes in the range).
    func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64>
}

extension RecordingSource {
    /// Of all of them: for a source that has them in memory.
    public func sessions(
        before session: SessionID?, started: Int64?, limit: Int
    ) throws(SourceFailure) -> [SessionSummary] {
        var rest = try sessions()[...]
        if let session {
            if let index = rest.firstIndex(where: { $0.description.id == session }) {
                rest = rest[(index + 1)...]
            } else if let started {
                rest = rest.drop { $0.description.startRealtime > started }
            } else {
                throw SourceFailure(.missing, "there is no session \(session.text) any more")
            }
        }
        return Array(rest.prefix(limit))
    }

    /// Of all of them: for a source that has them in memory.
    public func sessionCount() throws(SourceFailure) -> Int { try sessions().count }

    /// One message after the other: a source that can look at many at a time does it itself.
    public func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64> {
        var found: Set<Int64> = []
        var next = range.lowerBound
        while next <= range.upperBound {
            let limit = 1 + min(Int(range.upperBound - next), ConversationReader.pageSize - 1)
            let page = try entries(of: session, from: next, limit: limit)
            guard let last = page.last else { break }
            for case .message(let message) in page where message.sequence <= range.upperBound {
                if try payload(of: message, in: session, contains: search) { found.insert(message.sequence) }
            }
            next = last.sequence + 1
        }
        return found
    }

    /// By doubling and halving: a source that knows it says so itself. O(log entries) pages of one entry.
    public func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64? {
        guard var last = try entries(of: session, from: 1, limit: 1).first?.sequence else { return nil }
        var beyond = last
        repeat {
            beyond = beyond.addingReportingOverflow(beyond).partialValue
            guard beyond > 0, let found = try entries(of: session, from: beyond, limit: 1).first else {
                break
            }
            last = found.sequence
            beyond = last
        } while true
        // An entry is at `last`; none is at `beyond` or after it.
        if beyond <= 0 { beyond = .max }
        while beyond - last > 1 {
            let middle = last + (beyond - last) / 2
            if let found = try entries(of: session, from: middle, limit: 1).first {
                last = found.sequence
            } else {
                beyond = middle
            }
        }
        return last
    }
}

/// Why a recording could not be read.
public struct SourceFailure: Error, Sendable, Equatable {
    /// What the exit status says of it.
    public enum Kind: Sendable, Hashable {
        /// There is no such session, file or store.
        case missing
        /// It was written by a newer mcptape.
        case newer
        /// Its content contradicts its checksum or its format.
        case damaged
        /// The operating system refused.
        case io
        /// Permissions or policy refuse.
        case refused
        /// More of the session may come, so it is left as it is.
        case unfinished
    }
    public var kind: Kind
    /// One line for a person: what, where, what to do.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
