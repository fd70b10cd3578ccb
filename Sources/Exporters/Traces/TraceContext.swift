internal import MCPSemantics
internal import Recording
internal import Telemetry

/// The parent that a message states in `params._meta.traceparent`, with `tracestate`.
///
/// Source: W3C Trace Context §3.2; MCP SEP-414 (the keys have no prefix).
struct TraceContext: Hashable {
    var parent: SpanIdentity
    /// The sender wants the trace to be kept.
    var isSampled: Bool
    /// Bits 0–7 of a span's flags.
    var flags: UInt8
    var state: String

    /// Nil when the value is malformed or names no trace or no span.
    init?(traceParent: String, state: String?) {
        let parts = traceParent.split(separator: "-", maxSplits: 4, omittingEmptySubsequences: false)
        guard let stated = StatedTrace(traceParent: traceParent), let trace = Hexadecimal.bytes(parts[1]),
            let span = Hexadecimal.bytes(parts[2]), let flags = Hexadecimal.bytes(parts[3])?.first
        else { return nil }
        parent = SpanIdentity(trace: trace, span: span)
        self.flags = flags
        isSampled = stated.isSampled
        self.state = state ?? ""
    }
}

extension SpanIdentity {
    /// - Parameter root: the exchange that names the trace, see `ExchangeTrace`.
    init(of exchange: Int, in session: SessionID, traceOf root: Int) {
        self.init(of: exchange, in: session, trace: ExchangeTrace.trace(of: root, in: session))
    }

    /// The span of an exchange whose trace somebody else began.
    init(of exchange: Int, in session: SessionID, trace: [UInt8]) {
        self.init(trace: trace, span: ExchangeTrace.span(of: exchange, in: session))
    }
}

/// Which traces are exported. Recording is not affected by it.
///
/// Source: OpenTelemetry, sdk-environment-variables, OTEL_TRACES_SAMPLER.
public struct TraceSampler: Sendable, Hashable {
    /// What decides where no parent does.
    public enum Root: Sendable, Hashable {
        case all
        case none
        /// This share, from 0 to 1, by the trace's id: all spans of a trace share the decision.
        case share(Double)
    }
    public var root: Root = .all
    /// A parent that states its flags decides for what is below it.
    public var isParentBased = true

    public init() {}

    func keeps(_ trace: [UInt8], parent: TraceContext?) -> Bool {
        if isParentBased, let parent { return parent.isSampled }
        switch root {
        case .all: return true
        case .none: return false
        case .share(let share):
            // The random part of an id is its last 7 bytes. Source: W3C Trace Context level 2, §3.2.2.3.
            let value = trace.suffix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            // The largest of them rounds up to the bound itself.
            return share >= 1 || Double(value) < share * 0x1p56
        }
    }
}
