public import MCPSemantics
import Wire

/// Records one session into memory: for what is kept in a file that somebody else holds as well.
///
/// Complete lines in, a `WholeSession` out, with what a `Recorder` makes of them. O(bytes) of memory.
public struct MemoryRecording: Sendable {
    private let description: SessionDescription
    private var recorder: Recorder
    private var entries: [RecordingEntry] = []
    private var exchanges: [Exchange] = []
    /// Bodies that come in parts, until their message is told.
    private var parts: [Int: [UInt8]] = [:]

    /// With `redactor`, what its rules find is replaced.
    public init(_ description: SessionDescription, redactor: Redactor?) {
        self.description = description
        recorder = Recorder(session: description, redactor: redactor)
    }

    /// Takes one message in, without its line feed.
    public mutating func observe(_ message: ArraySlice<UInt8>, on lane: Lane, at time: Timestamp) {
        var events: [RecordedEvent] = []
        let line = Array(message) + [0x0A]
        recorder.observe(TransportEvent(.bytes, lane: lane, time: time, payload: line[...]), into: &events)
        for event in events { take(event) }
    }

    private mutating func take(_ event: RecordedEvent) {
        switch event {
        case .part(let part): parts[part.body, default: []] += part.bytes
        case .gap(let gap): entries.append(.gap(gap))
        case .message(var message):
            if case .parts(let body, _) = message.body {
                message.body = .inline(parts.removeValue(forKey: body)?[...] ?? [])
            }
            entries.append(.message(message))
        case .exchange(let exchange):
            // Numbers come without a hole, a new one after the last.
            if exchange.number <= exchanges.count {
                exchanges[exchange.number - 1] = exchange
            } else {
                exchanges.append(exchange)
            }
        }
    }

    /// What was taken in so far.
    public var session: WholeSession {
        WholeSession(
            summary: SessionSummary(description: description, state: recorder.state), entries: entries,
            exchanges: exchanges)
    }

    /// Exchanges of the client that have their end.
    public var completeExchanges: Int {
        exchanges.reduce(0) {
            $0 + ($1.asker == .clientToServer && $1.outcome != .pending ? 1 : 0)
        }
    }
}
