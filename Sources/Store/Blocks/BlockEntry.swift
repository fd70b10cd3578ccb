internal import MCPSemantics
internal import Recording

/// The numbers of the block format, version 1.
enum BlockFormat {
    static let version: UInt8 = 1
    /// A block is sealed when its bodies and index reach this: larger ones compress a little better and take
    /// longer to read a single message from (256 KiB: 0.5 ms against 0.15 ms).
    static let target = 128 << 10
    /// No block is larger before compression: a part of a large message (1 MiB) with room for an index.
    /// Also bounds what a forged size makes us allocate.
    static let rawLimit = 8 << 20
    /// Bodies from this size on are stored once in a chapter; smaller ones compress about as well.
    static let sharedSize = 512
    /// References to stored bodies stay within a chapter, so retention removes whole chapters and nothing
    /// dangles: small enough to be a fine grain of 5 GiB, large enough to repeat a tool list rarely.
    static let chapterSize = 4 << 20
}

/// One message in a block's index. Plain numbers only: blocks are decoded often, and most entries are
/// skipped.
struct BlockEntry {
    var sequence: Int64
    var time: Int64
    var lane: Lane
    var kind: MessageKind
    var storage: Storage
    var flags: Flags = []
    var stream: UInt32 = 0
    /// Positions in the block's word list; -1 for none.
    var method: Int32 = -1
    var name: Int32 = -1
    var exchange: Int = 0
    var size: Int
    /// Where the id's text is. In the body for `inBody`, in the block's literals otherwise.
    var idPlace: IDPlace = .none
    var idOffset: Int = 0
    var idLength: Int = 0
    /// `inline`: the body's range in the bodies.
    var bodyOffset: Int = 0
    var bodyLength: Int = 0
    /// `parts`: body number and count. `reference`: how far back the sequence number of the message whose
    /// body is shared is, and the checksum of the rebuilt body.
    var first: Int = 0
    var second: Int = 0
    /// `truncated`: where the SHA-256 lies in the literals.
    var digestOffset: Int = 0
    /// `framed`: where the encoded framing lies in the literals.
    var framing = 0..<0
    /// `redacted`: where the encoded redactions lie in the literals.
    var redactions = 0..<0
    /// `faulted`: where the encoded mark lies in the literals.
    var fault = 0..<0

    enum Storage: UInt8 {
        case inline = 0
        case parts = 1
        case omitted = 2
        case reference = 3
    }

    enum IDPlace: UInt8 {
        case none = 0
        case literal = 1
        case inBody = 2
    }

    struct Flags: OptionSet {
        var rawValue: UInt8
        static let withoutLineFeed = Flags(rawValue: 1)
        static let truncated = Flags(rawValue: 2)
        static let partial = Flags(rawValue: 4)
        static let otherStream = Flags(rawValue: 8)
        /// The body is not what was on the wire: secrets in it were replaced.
        static let redacted = Flags(rawValue: 16)
        /// What stood around the message in an event stream is kept.
        static let framed = Flags(rawValue: 32)
        /// `--fault` changed it, held it back or made it.
        static let faulted = Flags(rawValue: 64)

        /// A block with any other flag is of a later version.
        static let known: Flags = [
            .withoutLineFeed, .truncated, .partial, .otherStream, .redacted, .framed, .faulted,
        ]
    }
}
