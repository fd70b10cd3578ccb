public import MCPSemantics
import Wire

/// A recording file as a source: nothing must be imported to be read.
///
/// The file's bytes are kept once, with an index of 64 bytes a line; messages are read from them when they
/// are asked for. Sizes, kinds, exchanges and counts are derived from the messages, never taken from the
/// file, which people may edit. A sequence number that is absent or does not increase becomes the one after
/// its predecessor, an absent time its predecessor's.
public final class FileRecording: RecordingSource {
    /// The first line.
    public let header: RecordingFileHeader
    /// What is wrong or odd in the file, in the order of its lines, at most `findingLimit`.
    public let findings: [RecordingFileFault]
    /// Findings beyond the limit.
    public let unlistedFindings: Int
    let bytes: [UInt8]
    let contents: [FileSessionContent]
    private let placeByID: [SessionID: Int]

    /// Findings that are listed: more than anybody reads.
    public static let findingLimit = 1000

    /// Reads a whole file, decompressed. O(bytes).
    ///
    /// Throws when it is no recording or one of a newer format. A file that was cut or damaged in its lines
    /// is read as far as it goes; `faults` tells.
    public init(bytes: [UInt8]) throws(SourceFailure) {
        var index = try FileIndexer(bytes: bytes)
        index.run()
        self.bytes = bytes
        header = index.header
        findings = index.findings
        unlistedFindings = index.unlistedFindings
        contents = index.finished()
        var places: [SessionID: Int] = [:]
        for (place, session) in header.sessions.enumerated() { places[session.description.id] = place }
        placeByID = places
    }

    /// The findings that cost messages.
    public var faults: [RecordingFileFault] { findings.filter { $0.severity == .error } }

    /// See `RecordingSource`; equal starts stay in the order of the file.
    public func sessions() throws(SourceFailure) -> [SessionSummary] {
        // Newest first; equal starts stay in the order of the file.
        contents.map(\.summary).enumerated().sorted { a, b in
            let (left, right) = (a.element.description.startRealtime, b.element.description.startRealtime)
            return left != right ? left > right : a.offset < b.offset
        }.map(\.element)
    }

    /// See `RecordingSource`.
    public func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? {
        placeByID[id].map { contents[$0].summary }
    }

    /// See `RecordingSource`.
    public func exchanges(of session: SessionID, from number: Int, limit: Int) throws(SourceFailure)
        -> [Exchange]
    {
        guard let place = placeByID[session], limit > 0 else { return [] }
        let exchanges = contents[place].exchanges
        // Numbers are 1, 2, 3 … without a hole.
        guard number <= exchanges.count else { return [] }
        return Array(exchanges[(max(1, number) - 1)...].prefix(limit))
    }

    /// Bytes of bodies after which a page ends; see `RecordingSource.entries`.
    private static let pageBytes = 1 << 20

    /// See `RecordingSource`.
    public func entries(of session: SessionID, from sequence: Int64, limit: Int) throws(SourceFailure)
        -> [RecordingEntry]
    {
        guard let place = placeByID[session] else { return [] }
        let lines = contents[place].lines
        var entries: [RecordingEntry] = []
        var size = 0
        for line in lines[FileIndexer.firstIndex(in: lines, from: sequence)...] {
            guard entries.count < limit, size < FileRecording.pageBytes else { break }
            guard let entry = line.entry(in: bytes, contents[place].exchanges) else { continue }
            if case .message(let message) = entry, case .inline(let body) = message.body {
                size += body.count
            }
            entries.append(entry)
        }
        return entries
    }

    /// See `RecordingSource`.
    public func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        guard let place = placeByID[session] else { return }
        let lines = contents[place].lines
        guard let index = contents[place].largeBodies[body], let body = lines[index].body(in: bytes) else {
            return
        }
        var rest = body
        while !rest.isEmpty {
            try receive(rest.prefix(LineFramer.defaultPartSize))
            rest = rest.dropFirst(LineFramer.defaultPartSize)
        }
    }
}

extension FileRecording {
    /// The line of the file, from 1, on which the request of each exchange stands, by the exchange's number.
    public func requestLines(of session: SessionID) -> [Int: Int] {
        guard let place = placeByID[session] else { return [:] }
        let content = contents[place]
        var lineOfSequence: [Int64: Int] = [:]
        for line in content.lines { lineOfSequence[line.sequence] = Int(line.number) }
        return content.exchanges.reduce(into: [:]) { lines, exchange in
            lines[exchange.number] = lineOfSequence[exchange.requestSequence]
        }
    }
}

/// What is known of one session of a file.
struct FileSessionContent {
    var summary: SessionSummary
    var lines: [FileIndexLine] = []
    var exchanges: [Exchange] = []
    /// Body number to place in `lines`, of messages larger than a part.
    var largeBodies: [Int: Int] = [:]
}

extension RecordingFileLine.FileMessage {
    /// The message's bytes; nil when the payload is missing.
    var bytes: ArraySlice<UInt8>? {
        switch body {
        case .verbatim(let bytes): bytes
        case .decoded(let bytes): bytes[...]
        case .omitted: nil
        }
    }

    /// What the message's bytes tell, or the line of it; its size is the whole message's.
    func digested() -> MessageDigest {
        var digest: MessageDigest
        if let stated {
            digest = stated
        } else if let direction = lane.direction, let bytes {
            digest = MessageReader.digest(of: bytes, direction: direction)
        } else {
            digest = MessageDigest(kind: .standardError)
        }
        let here = bytes?.count ?? 0
        digest.size = truncated.map { max($0.size, here) } ?? (bytes == nil ? statedSize : here)
        return digest
    }

    /// The record, with what `digest` tells.
    func record(_ digest: MessageDigest, sequence: Int64, time: Timestamp) -> MessageRecord {
        var record = MessageRecord(
            sequence: sequence, time: time, lane: lane, kind: digest.kind,
            body: bytes.map { .inline($0) } ?? .omitted, size: digest.size)
        record.id = digest.id
        record.method = digest.method
        record.name = digest.name
        record.stream = StreamID(stream)
        record.framing = framing
        record.redactions = redactions
        record.fault = fault
        record.hasLineFeed = hasLineFeed
        record.isPartial = isPartial
        record.truncated = truncated.map { MessageRecord.Truncation(sha256: $0.sha256) }
        return record
    }
}
