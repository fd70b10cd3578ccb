import MCPSemantics
import Recording
import Wire

/// A recording that is read for as long as somebody waits for what it says.
///
/// A question over a long session may take a minute. Once its asker has gone, or the server is to end, the
/// next page that it wants fails, and so the question does.
final class WantedSource: RecordingSource {
    private let source: any RecordingSource
    private let isWanted: () -> Bool

    init(_ source: any RecordingSource, while isWanted: @escaping () -> Bool) {
        self.source = source
        self.isWanted = isWanted
    }

    func sessions() throws(SourceFailure) -> [SessionSummary] { try wanted().sessions() }

    func sessions(
        before session: SessionID?, started: Int64?, limit: Int
    ) throws(SourceFailure) -> [SessionSummary] {
        try wanted().sessions(before: session, started: started, limit: limit)
    }

    func sessionCount() throws(SourceFailure) -> Int { try wanted().sessionCount() }

    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? { try wanted().session(id) }

    func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        try wanted().exchanges(of: session, from: number, limit: limit)
    }

    func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        try wanted().entries(of: session, from: sequence, limit: limit)
    }

    func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        try wanted().readParts(of: session, body: body, receive)
    }

    func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64? {
        try wanted().lastSequence(of: session)
    }

    func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64> {
        try wanted().sequences(of: session, in: range, holding: search)
    }

    private func wanted() throws(SourceFailure) -> any RecordingSource {
        guard isWanted() else { throw SourceFailure(.io, "nobody waits for the answer any more") }
        return source
    }
}
