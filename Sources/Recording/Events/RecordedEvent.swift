public import MCPSemantics

/// What the recorder makes of transport events, in the order in which it goes on record.
public enum RecordedEvent: Sendable, Equatable {
    /// A piece of a message that is larger than `LineFramer`'s part size. All parts of a message come before
    /// its `message`, possibly with other lanes' events between them.
    case part(MessagePart)
    /// A message is complete.
    case message(MessageRecord)
    /// An exchange is new or has changed: the whole value replaces any earlier one of the same number.
    case exchange(Exchange)
    case gap(GapRecord)
}

/// A piece of a large message.
public struct MessagePart: Sendable, Equatable {
    /// Which large message of the session, 1, 2, 3 …
    public var body: Int
    /// 0, 1, 2 … within the message.
    public var index: Int
    public var bytes: ArraySlice<UInt8>

    public init(body: Int, index: Int, bytes: ArraySlice<UInt8>) {
        self.body = body
        self.index = index
        self.bytes = bytes
    }
}

/// One message of a session: the unit that is recorded.
public struct MessageRecord: Sendable, Equatable {
    /// 1, 2, 3 … in the order in which messages became complete, over all lanes, gaps included.
    public var sequence: Int64
    /// When its last byte arrived.
    public var time: Timestamp
    public var lane: Lane
    public var stream: StreamID
    public var kind: MessageKind
    public var id: RequestID?
    public var method: String?
    public var name: String?
    /// The exchange it belongs to: its request, response, progress, or cancellation. Nil: none, unknown, or a
    /// batch of several.
    public var exchange: Int?
    /// Bytes of the message on the wire, without its line end; of a truncated one, the whole length. A
    /// redacted body has another length.
    public var size: Int
    /// False when the lane ended without a line feed after it.
    public var hasLineFeed: Bool
    /// Set when the message is longer than the message limit: `body` holds its head.
    public var truncated: Truncation?
    /// Its head, or its end, is missing: cut by a gap or by the session's end after a crash.
    public var isPartial: Bool
    /// What stood around it in an event stream. Nil elsewhere.
    public var framing: MessageFraming?
    /// What was replaced in `body` before it was recorded: the first `Redaction.limit` places. Empty: nothing
    /// was.
    public var redactions: [Redaction] = []
    /// Set when mcptape was asked to change it, hold it back or make it. Nil of all other messages.
    public var fault: FaultMark?
    public var body: MessageBody

    public init(sequence: Int64, time: Timestamp, lane: Lane, kind: MessageKind, body: MessageBody, size: Int)
    {
        self.sequence = sequence
        self.time = time
        self.lane = lane
        self.stream = .stdio
        self.kind = kind
        self.size = size
        self.hasLineFeed = true
        self.isPartial = false
        self.body = body
    }

    /// What is kept of the bytes beyond the message limit.
    public struct Truncation: Sendable, Hashable {
        /// SHA-256 of the whole message, 32 bytes.
        public var sha256: [UInt8]
        public init(sha256: [UInt8]) { self.sha256 = sha256 }
    }
}

/// Where a message's bytes are.
public enum MessageBody: Sendable, Equatable {
    case inline(ArraySlice<UInt8>)
    /// In `count` parts under body number `body`.
    case parts(body: Int, count: Int)
    /// Not recorded (`--capture metadata`).
    case omitted
}

/// A gap, placed in the order of messages.
public struct GapRecord: Sendable, Equatable {
    /// Takes a sequence number of its own.
    public var sequence: Int64
    /// The last number that it stands for, where damage took messages that had numbers: how many bytes they
    /// were is not known. Nil of a gap in what was recorded.
    public var lastSequence: Int64?
    public var gap: Gap

    public init(sequence: Int64, through lastSequence: Int64? = nil, gap: Gap) {
        self.sequence = sequence
        self.lastSequence = lastSequence
        self.gap = gap
    }
}
