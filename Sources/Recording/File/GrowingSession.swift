public import MCPSemantics
import Wire

/// The session of a recording file that is read as far as somebody has come.
///
/// What is read of it is what a `FileRecording` of the same bytes says of its first messages: no later line
/// changes it. The bytes are kept, so that nothing that happens to the file changes what it says.
public struct GrowingSession: Sendable {
    /// As the header states it; what its messages tell is not yet known.
    public let summary: SessionSummary
    public let outline: SessionOutline
    private var indexer: FileIndexer
    /// Requests of both sides without their response, of those that were read.
    private var open = 0
    /// Exchanges that were handed out.
    private var told = 0

    /// What the next lines hold.
    public struct Piece: Sendable {
        /// In order; bodies are `inline`.
        public var entries: [RecordingEntry] = []
        /// Exchanges that began there, in order. How they ended is not in them.
        public var exchanges: [Exchange] = []
    }

    /// Looks through a file, decompressed, and reads nothing of it; nil: it must be read as a whole, for one
    /// of the reasons of `FileSurvey`, or because it is damaged. O(bytes), a fifth of what reading takes.
    ///
    /// Throws when it is no recording, or one of a newer format.
    public init?(bytes: [UInt8]) throws(SourceFailure) {
        let indexer = try FileIndexer(bytes: bytes)
        guard indexer.header.sessions.count == 1,
            let outline = FileSurvey.outline(of: bytes, from: indexer.position)
        else { return nil }
        summary = indexer.header.sessions[0]
        self.outline = outline
        self.indexer = indexer
    }

    public var isAtEnd: Bool { indexer.position >= indexer.bytes.count }

    /// Reads at least so many lines, and on to the next place to which no later message reaches back: nothing
    /// waits there, and the client speaks next. Less than that only at the end.
    public mutating func read(atLeast lines: Int) -> Piece {
        var count = 0
        var piece = Piece()
        while !isAtEnd, count < lines || !isAtRest {
            indexer.readLine()
            count += 1
            guard var line = indexer.sessions[0].content.lines.popLast() else { continue }
            // Bodies stay in one piece.
            line.largeBody = 0
            let entry = line.entry(in: indexer.bytes, indexer.sessions[0].content.exchanges)
            guard let entry else { continue }
            if case .message(let message) = entry {
                if message.kind == .request { open += 1 }
                if message.kind == .response { open -= 1 }
            }
            piece.entries.append(entry)
        }
        piece.exchanges = Array(indexer.sessions[0].content.exchanges[told...])
        told += piece.exchanges.count
        return piece
    }

    private var isAtRest: Bool {
        guard open == 0, indexer.sessions[0].exchanges.isIdle else { return false }
        return indexer.bytes.withUnsafeBufferPointer { bytes in
            let end = FileIndexer.lineFeed(in: indexer.bytes, from: indexer.position) ?? bytes.count
            let line = UnsafeBufferPointer(rebasing: bytes[indexer.position..<end])
            return PlainHead(line)?.lane == .clientToServer
        }
    }
}
