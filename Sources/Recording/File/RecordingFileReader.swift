/// Reads a recording file from bytes in chunks of any size: the header, then line after line.
///
/// Holds one line at a time. Lines that cannot be read are handed on as damaged; only the header stops it.
public struct RecordingFileReader: Sendable {
    /// Bytes of one line at most: twice the largest message that is kept by default would be 512 MiB, and
    /// `--message-limit` may raise it. What is longer is no line of ours.
    public static let lineLimit = 2 << 30

    /// What has been read.
    public enum Item: Sendable {
        case header(RecordingFileHeader)
        case line(RecordingFileLine)
    }

    /// The header, once it was read.
    public private(set) var header: RecordingFileHeader?
    private var pending: [UInt8] = []
    private var number = 0

    public init() {}

    /// The items that `chunk` completes, in order. O(bytes).
    ///
    /// Throws when the first line is no header or one of a newer format, and when a line is over the limit.
    public mutating func push(_ chunk: ArraySlice<UInt8>) throws(SourceFailure) -> [Item] {
        var items: [Item] = []
        var rest = chunk
        while let end = rest.firstIndex(of: 0x0A) {
            let part = rest[..<end]
            if pending.isEmpty {
                items.append(try item(part, hasLineFeed: true))
            } else {
                pending += part
                let line = pending
                pending = []
                items.append(try item(line[...], hasLineFeed: true))
            }
            rest = rest[(end + 1)...]
        }
        pending += rest
        guard pending.count <= RecordingFileReader.lineLimit else {
            throw SourceFailure(
                .damaged, "line \(number + 1) is longer than \(RecordingFileReader.lineLimit) bytes")
        }
        return items
    }

    /// The last line when no line feed ends it. Throws when there was no header at all.
    public mutating func finish() throws(SourceFailure) -> Item? {
        let line = pending
        pending = []
        guard !line.isEmpty || number == 0 else { return nil }
        return try item(line[...], hasLineFeed: false)
    }

    private mutating func item(_ line: ArraySlice<UInt8>, hasLineFeed: Bool) throws(SourceFailure) -> Item {
        number += 1
        guard header != nil else {
            let read = try RecordingFileHeader(parsing: line)
            header = read
            return .header(read)
        }
        return .line(RecordingFileLine(line, number: number, hasLineFeed: hasLineFeed))
    }
}
