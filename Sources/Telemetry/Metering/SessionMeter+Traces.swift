import MCPSemantics
import Recording
import Wire

/// A message with requests whose exchanges are told next.
struct PassingRequest: Sendable {
    var sequence: Int64
    /// Its text where it may state a trace; else it states none.
    var text: ArraySlice<UInt8>?

    /// Nil when its text is not at hand but recorded, so that an exporter knows more than we do.
    init?(_ message: MessageRecord) {
        sequence = message.sequence
        switch message.body {
        case .omitted: break
        case .parts: return nil
        case .inline(let bytes):
            if StatedTrace.search.firstIndex(in: bytes) != nil { text = bytes }
        }
    }
}

/// Which trace an operation is part of: what `Exporters` says of its span, told here without reading again.
extension SessionMeter {
    func trace(of exchange: Exchange, _ chain: Int, _ changes: inout MeteredChanges) -> OperationTrace {
        guard let request, request.sequence == exchange.requestSequence else { return .unknown }
        if let text = request.text {
            switch StatedTrace.member(of: text, id: exchange.id, method: exchange.method) {
            case .valid(let stated): return OperationTrace(stated)
            case .invalid: changes.count(.invalidTraceContext)
            case nil: break
            }
        }
        guard chain != exchange.number else { return .root(chain) }
        // Of a chain that is not followed any more, as a task's is not, the first request is not known.
        return rounds[chain]?.trace ?? .unknown
    }
}
