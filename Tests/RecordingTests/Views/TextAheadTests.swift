import MCPSemantics
import Testing
import Wire

@testable import Recording

struct TextAheadTests {
    /// Lines that are numbered by the clock, in microseconds.
    private static let file = """
        {"mcptape":1,"sessions":[{"id":"s","name":"n","transport":"stdio"}]}
        {"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}
        {"seq":1780000000000000,"t":1,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{}}}
        {"seq":1790000000000000,"t":2,"dir":"c2s","msg":{"jsonrpc":"2.0","method":"notifications/far"}}

        """

    @Test func `numbers that no message has are stepped over`() throws {
        let file = try FileRecording(bytes: Array(Self.file.utf8))
        let source = LookLimit(file, looks: 20)
        let session = try #require(try file.sessions().first)
        let expected: [(words: String, found: [Int64])] = [
            ("far", [1_790_000_000_000_000]), ("absent", []), ("ping", [1]),
        ]
        for (words, numbers) in expected {
            let reader = ConversationReader(
                session, of: source, filter: try Filter(parsing: words), now: 0)
            var found: [Int64] = []
            while let (entry, _) = try reader.next() { found.append(entry.sequence) }
            #expect(found == numbers)
        }
        // Nor does a page of a few rows take more than it may.
        var from: Int64? = 1
        var found: [Int64] = []
        var pages = 0
        while let start = from, pages < 10 {
            let reader = ConversationReader(
                session, of: source, filter: try Filter(parsing: "far"), now: 0, from: start)
            var left = 2
            while let (entry, _) = try reader.next(within: &left) { found.append(entry.sequence) }
            #expect(left >= 0)
            from = try reader.nextSequence()
            pages += 1
        }
        #expect(found == [1_790_000_000_000_000] && pages < 10)
    }
}

/// Fails where more is looked for than a few times.
private final class LookLimit: RecordingSource {
    private let source: any RecordingSource
    private let most: Int
    private var looks = 0

    init(_ source: any RecordingSource, looks: Int) {
        self.source = source
        most = looks
    }

    func sessions() throws(SourceFailure) -> [SessionSummary] { try source.sessions() }

    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? { try source.session(id) }

    func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        try source.exchanges(of: session, from: number, limit: limit)
    }

    func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        try source.entries(of: session, from: sequence, limit: limit)
    }

    func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        try source.readParts(of: session, body: body, receive)
    }

    func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64> {
        looks += 1
        guard looks <= most else { throw SourceFailure(.io, "looked \(looks) times") }
        return try source.sequences(of: session, in: range, holding: search)
    }
}
