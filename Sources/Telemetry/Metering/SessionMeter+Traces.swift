import MCPSemantics
import Recording
import Wire

/// A message with requests whose exchanges are told next.
struct PassingRequest: Sendable {
    var sequence: Int64
    /// Its text where it may state a trace; else it states none.
    var text: ArraySlice<UInt8>?
    /// What the server was told instead (`--propagate`), by the id of the request.
    var sent: [String: SentContexts.Context] = [:]

    /// Nil when its text is not at hand but recorded, so that an exporter knows more than we do.
    init?(_ message: MessageRecord, _ sent: SentContexts) {
        sequence = message.sequence
        switch message.body {
        case .omitted:
            // Which of a batch was told what, only its exchanges tell, which come later.
            if message.kind == .batch, !sent.isEmpty { return nil }
            self.sent = sent.contexts(of: message, nil)
        case .parts: return nil
        case .inline(let bytes):
            self.sent = sent.contexts(of: message, bytes)
            if StatedTrace.search.firstIndex(in: bytes) != nil { text = bytes }
        }
    }
}

/// Which trace an operation is part of: what `Exporters` says of its span, told here without reading again.
extension SessionMeter {
    func trace(of exchange: Exchange, _ chain: Int, _ changes: inout MeteredChanges) -> OperationTrace {
        guard let request, request.sequence == exchange.requestSequence else { return .unknown }
        if let own = request.sent[exchange.id.text].flatMap({ OperationTrace(sent: $0.sent) }) { return own }
        if let text = request.text {
            switch StatedTrace.member(of: text, id: exchange.id, method: exchange.method) {
            case .valid(let stated): return OperationTrace(stated)
            case .invalid: changes.count(.invalidTraceContext)
            case nil: break
            }
        }
        guard chain != exchange.number else { return .root(chain) }
        // Of a chain that is not followed any more, as a task's is not, the first request is not known.
        guard let first = rounds[chain]?.trace else { return .unknown }
        // The first round's trace, and a span of its own.
        if case .sent(let high, let low, _) = first { return .stated(high: high, low: low) }
        return first
    }
}
