import MCPSemantics
import Wire

/// One line of a recording file after the header: its text, and what it says.
///
/// The text is kept as it was read, so that a line that nobody changed is written back byte for byte, members
/// and types of a later version included.
public struct RecordingFileLine: Sendable {
    /// From 1; the header is line 1.
    public let number: Int
    /// Without the line feed.
    public let text: ArraySlice<UInt8>
    /// False when the file ends without a line feed.
    public let hasLineFeed: Bool
    let content: Content

    enum Content: Sendable {
        case message(FileMessage)
        case gap(FileGap)
        /// White space, or a type of line that this version does not know.
        case other
        /// It cannot be read.
        case damaged(RecordingFileFault)
    }

    /// What stands before a line's content: nothing of it is trusted to be there.
    struct Place: Sendable {
        var sequence: Int64?
        var microseconds: Int64?
        var session: String?
        /// Warnings that reading the line gave.
        var warnings: [RecordingFileFault] = []
    }

    /// A message's line.
    struct FileMessage: Sendable {
        var place: Place
        var lane: Lane
        /// The HTTP exchange that carries it; 0 on stdio.
        var stream: UInt32 = 0
        /// What stood around it in an event stream.
        var framing: MessageFraming?
        /// What was replaced in the body before it was recorded.
        var redactions: [Redaction] = []
        /// What `--fault` did to it.
        var fault: FaultMark?
        var body: Body
        var isPartial: Bool
        var hasLineFeed: Bool
        /// Whole length and SHA-256 of a message of which only the head is there.
        var truncated: (size: Int, sha256: [UInt8])?
        /// What the line says of a message whose bytes do not; nil when they do.
        var stated: MessageDigest?
        var statedSize: Int
        /// Lane, stream and body are all that there is to it.
        var isPlain = false
    }

    enum Body: Sendable {
        /// A part of the line itself.
        case verbatim(ArraySlice<UInt8>)
        /// What `text` or `raw_b64` stand for.
        case decoded([UInt8])
        case omitted
    }

    struct FileGap: Sendable {
        var place: Place
        var gap: Gap
    }

    /// Reads a line. Never fails: what cannot be read is `damaged`. O(n).
    init(_ text: ArraySlice<UInt8>, number: Int, hasLineFeed: Bool) {
        self.number = number
        self.text = text
        self.hasLineFeed = hasLineFeed
        content = FileLineParser(text: text, number: number, isCut: !hasLineFeed).content()
    }

    /// What makes the line unreadable, or nil.
    public var fault: RecordingFileFault? {
        if case .damaged(let fault) = content { fault } else { nil }
    }
}
