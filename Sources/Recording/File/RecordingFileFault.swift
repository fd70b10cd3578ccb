/// What is wrong with a recording file, and where.
public struct RecordingFileFault: Error, Sendable, Hashable {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable {
        /// The line cannot be read: what it held is missing from the recording.
        case error
        /// The line is read, but something about it is odd.
        case warning
    }

    public var severity: Severity
    /// From 1.
    public var line: Int
    /// Characters from 1.
    public var column: Int
    /// What is wrong, without a full stop.
    public var message: String

    public init(_ severity: Severity = .error, line: Int, column: Int = 1, _ message: String) {
        self.severity = severity
        self.line = line
        self.column = column
        self.message = message
    }

    /// `FILE:12:7: error: …`, as compilers say it.
    public func text(file: String) -> String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }

    /// The column of the character that holds the byte at `index` of `text`.
    static func column(of index: Int, in text: ArraySlice<UInt8>) -> Int {
        let head = text[text.startIndex..<min(max(index, text.startIndex), text.endIndex)]
        return head.reduce(into: 1) { column, byte in column += byte & 0xC0 == 0x80 ? 0 : 1 }
    }
}
