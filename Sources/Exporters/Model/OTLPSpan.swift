/// Which span, of which trace.
public struct SpanIdentity: Sendable, Hashable {
    /// 16 bytes, not all zero.
    public var trace: [UInt8]
    /// 8 bytes, not all zero.
    public var span: [UInt8]

    public init(trace: [UInt8], span: [UInt8]) {
        self.trace = trace
        self.span = span
    }
}

/// One operation: an exchange as OpenTelemetry has it. Source: opentelemetry-proto, trace/v1.
public struct OTLPSpan: Sendable, Hashable {
    public var identity: SpanIdentity
    /// W3C `tracestate` of the parent, passed on as it came.
    public var traceState = ""
    /// 8 bytes, or none of a root.
    public var parent: [UInt8] = []
    /// Bits 0–7: W3C trace flags; bit 8: bit 9 is meant; bit 9: the parent is another process's.
    public var flags: UInt32 = 0
    public var name: String
    public var kind: Kind
    /// Nanoseconds since 1970.
    public var start: UInt64
    public var end: UInt64
    public var attributes: [OTLPAttribute] = []
    public var droppedAttributes = 0
    public var events: [Event] = []
    public var droppedEvents = 0
    public var links: [Link] = []
    /// Set when it failed: the status is ERROR then, else UNSET. May be empty.
    public var failure: String?

    /// The enumeration of the protocol.
    public enum Kind: Int, Sendable, Hashable {
        case server = 2
        case client = 3
    }

    public init(_ identity: SpanIdentity, name: String, kind: Kind, start: UInt64, end: UInt64) {
        self.identity = identity
        self.name = name
        self.kind = kind
        self.start = start
        self.end = end
    }

    /// Something at a moment of the span.
    public struct Event: Sendable, Hashable {
        /// Nanoseconds since 1970.
        public var time: UInt64
        public var name: String
        public var attributes: [OTLPAttribute]

        public init(time: UInt64, name: String, attributes: [OTLPAttribute]) {
            self.time = time
            self.name = name
            self.attributes = attributes
        }
    }

    /// Another span that this one has to do with.
    public struct Link: Sendable, Hashable {
        public var identity: SpanIdentity
        public var attributes: [OTLPAttribute]

        public init(_ identity: SpanIdentity, attributes: [OTLPAttribute]) {
            self.identity = identity
            self.attributes = attributes
        }
    }
}

/// One message of a recording as a log record. Source: opentelemetry-proto, logs/v1.
public struct OTLPLogRecord: Sendable, Hashable {
    /// Nanoseconds since 1970.
    public var time: UInt64
    public var severity: Severity
    public var eventName: String
    public var body: OTLPValue
    public var attributes: [OTLPAttribute] = []
    public var droppedAttributes = 0
    /// The exchange's span, where the message belongs to one.
    public var span: SpanIdentity?

    /// The enumeration of the protocol; each with three finer steps, which we do not use but for notices.
    public enum Severity: Int, Sendable, Hashable {
        case debug = 5
        case info = 9
        case notice = 10
        case warning = 13
        case error = 17
        case critical = 18
        case alert = 19
        case emergency = 21

        /// `severity_text`: the word as MCP has it.
        var word: String { "\(self)" }
    }

    public init(time: UInt64, severity: Severity, eventName: String, body: OTLPValue) {
        self.time = time
        self.severity = severity
        self.eventName = eventName
        self.body = body
    }
}
