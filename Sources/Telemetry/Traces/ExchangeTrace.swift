internal import MCPSemantics
public import Recording
internal import Wire

/// The ids of an exchange's span where nobody else gave it any: the same in every process and whenever a
/// recording is exported, since they are digests of the session's id and the exchange's number.
public enum ExchangeTrace {
    /// 16 bytes.
    ///
    /// - Parameter root: the exchange that names the trace: the first of a chain, the asker's own, a parent.
    public static func trace(of root: Int, in session: SessionID) -> [UInt8] {
        Array(digest("trace", session, root).prefix(16))
    }

    /// 8 bytes.
    public static func span(of exchange: Int, in session: SessionID) -> [UInt8] {
        Array(digest("span", session, exchange).prefix(8))
    }

    private static func digest(_ what: String, _ session: SessionID, _ exchange: Int) -> [UInt8] {
        SHA256.digest(of: Array("mcptape \(what) \(session.text) \(exchange)".utf8)[...])
    }
}

/// The trace that a request's sender says it is part of: its `params._meta.traceparent`.
///
/// Source: W3C Trace Context §3.2; MCP SEP-414 (the key has no prefix).
public struct StatedTrace: Sendable, Hashable {
    /// The trace's 16 bytes, as two numbers.
    public var high: UInt64
    public var low: UInt64
    /// The sender wants the trace to be kept.
    public var isSampled: Bool

    /// Nil when the value is malformed or names no trace or no span.
    public init?(traceParent: String) {
        let parts = traceParent.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard TraceParent.traceID(of: traceParent) != nil,
            let high = UInt64(parts[1].prefix(16), radix: 16),
            let low = UInt64(parts[1].suffix(16), radix: 16),
            let span = UInt64(parts[2], radix: 16), span != 0, let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.high = high
        self.low = low
        isSampled = flags & 1 != 0
    }

    /// Texts with this in them may state one; others do not.
    static let search = ByteSearch("traceparent".utf8)

    /// What the request with that id and method says in `message`, which may be a batch; nil: nothing.
    static func member(
        of message: ArraySlice<UInt8>, id: RequestID, method: String
    ) -> StatedText? {
        guard let root = JSONTree(message)?.root else { return nil }
        var request: JSONTree.Node? = root
        if root.kind == .array {
            // The last of them, should an id be there twice.
            request =
                root.children.filter {
                    $0["id"]?.textString == id.text && $0["method"]?.stringValue == method
                }.last
        }
        guard let member = request?["params"]?["_meta"]?["traceparent"] else { return nil }
        return member.stringValue.flatMap { StatedTrace(traceParent: $0) }.map { .valid($0) } ?? .invalid
    }

    /// A member that is there.
    enum StatedText: Hashable {
        case valid(StatedTrace)
        case invalid
    }
}

/// Where an operation's span is, as far as it is known.
enum OperationTrace: Sendable, Hashable {
    /// No exemplar is made of it: the request's text was not at hand.
    case unknown
    /// Its sender does not want the trace to be kept, so it is not exported.
    case unsampled
    /// Ours, which that exchange names.
    case root(Int)
    /// Its sender's.
    case stated(high: UInt64, low: UInt64)
    /// What the server was told (`--propagate`): it is on record, and not computed.
    case sent(high: UInt64, low: UInt64, span: UInt64)

    /// There is a span, and its ids can be told.
    var isKnown: Bool {
        switch self {
        case .unknown, .unsampled: false
        case .root, .stated, .sent: true
        }
    }

    init(_ stated: StatedTrace) {
        self = stated.isSampled ? .stated(high: stated.high, low: stated.low) : .unsampled
    }

    /// Nil when `text` is no trace context.
    init?(sent text: String) {
        let parts = text.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard let trace = StatedTrace(traceParent: text), let span = UInt64(parts[2], radix: 16) else {
            return nil
        }
        self = trace.isSampled ? .sent(high: trace.high, low: trace.low, span: span) : .unsampled
    }

    /// Of an operation between two rounds: the first one's, to which the newest exchange's span belongs.
    /// With a span that was sent only that exchange's own is known, so it says nothing of another.
    func joined(by newest: OperationTrace) -> OperationTrace {
        switch (self, newest) {
        case (.sent, _), (_, .sent): .unknown
        default: self
        }
    }
}
