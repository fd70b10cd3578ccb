public import MCPSemantics
public import Wire

/// Several recordings side by side, as one source.
///
/// A session whose id a recording before it has as well is called by that id and a number: `7k2f-2`.
public final class RecordingGroup: RecordingSource {
    private struct Member {
        var source: any RecordingSource
        /// What `source` calls the session.
        var id: SessionID
        var summary: SessionSummary
    }

    private var members: [SessionID: Member] = [:]
    private var list: [SessionSummary] = []
    /// What the sessions of each source are called here, in the order of the sources and of their sessions.
    public private(set) var names: [[SessionID]] = []

    /// Takes the sessions as they are now.
    public init(_ sources: [any RecordingSource]) throws(SourceFailure) {
        for source in sources {
            var own: [SessionID] = []
            for summary in try source.sessions() {
                var named = summary
                let id = summary.description.id
                var copy = 1
                while members[named.description.id] != nil {
                    copy += 1
                    named.description.id = SessionID("\(id.text)-\(copy)")
                }
                members[named.description.id] = Member(source: source, id: id, summary: named)
                list.append(named)
                own.append(named.description.id)
            }
            names.append(own)
        }
        sort()
    }

    /// Some sessions of a recording, by the names that they have there.
    public init(_ sessions: [SessionSummary], of source: any RecordingSource) {
        for summary in sessions {
            let id = summary.description.id
            members[id] = Member(source: source, id: id, summary: summary)
        }
        list = sessions
        names = [sessions.map(\.description.id)]
        sort()
    }

    private func sort() {
        // Equal starts stay in the order in which they came.
        list = list.enumerated().sorted { a, b in
            let (left, right) = (a.element.description.startRealtime, b.element.description.startRealtime)
            return left != right ? left > right : a.offset < b.offset
        }.map(\.element)
    }

    /// See `RecordingSource`.
    public func sessions() throws(SourceFailure) -> [SessionSummary] { list }

    /// See `RecordingSource`.
    public func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? { members[id]?.summary }

    /// See `RecordingSource`.
    public func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        guard let member = members[session] else { return [] }
        return try member.source.exchanges(of: member.id, from: number, limit: limit)
    }

    /// See `RecordingSource`.
    public func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        guard let member = members[session] else { return [] }
        return try member.source.entries(of: member.id, from: sequence, limit: limit)
    }

    /// See `RecordingSource`.
    public func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        guard let member = members[session] else { return }
        try member.source.readParts(of: member.id, body: body, receive)
    }

    /// See `RecordingSource`.
    public func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64? {
        guard let member = members[session] else { return nil }
        return try member.source.lastSequence(of: member.id)
    }

    /// See `RecordingSource`.
    public func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64> {
        guard let member = members[session] else { return [] }
        return try member.source.sequences(of: member.id, in: range, holding: search)
    }
}
