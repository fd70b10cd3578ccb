public import MCPSemantics
import Wire

/// Finds in a recording what a `Recorder` saw when it passed: ids in flight that were used again, headers
/// that contradict their message.
///
/// Told everything of one session in order: messages and gaps, and exchanges when they began, were cancelled
/// or answered, each after the message that did it.
public struct ViolationFinder: Sendable {
    /// Found since the last `takeFound`.
    private var found: [ProtocolViolation] = []
    /// All requests are of one client: over HTTP, once one names its session.
    private var isOfOneClient: Bool
    private var hasGap = false
    /// Heads whose message is still to come, by stream.
    private var heads: [UInt32: MirroredHead] = [:]
    private var inFlight: [Key: (exchange: Int, stream: UInt32)] = [:]
    /// The newest exchange that began.
    private var newest = 0
    /// Where the newest message came, and whether a fault made it.
    private var origin: (stream: UInt32, isFaulted: Bool) = (0, false)

    /// Heads that wait for a body, and requests for an answer: as many as an `ExchangeTracker` follows.
    private static let limit = 16_384

    private struct Key: Hashable {
        var asker: Direction
        var id: RequestID
    }

    public init(_ description: SessionDescription) {
        isOfOneClient = description.transport == .stdio || description.isEventSession
    }

    /// What was found since the last call.
    public mutating func takeFound() -> [ProtocolViolation] {
        defer { found = [] }
        return found
    }

    /// The same as numbers.
    public mutating func takeCounts() -> ProtocolViolation.Counts {
        var counts = ProtocolViolation.Counts()
        for violation in takeFound() { counts.count(violation) }
        return counts
    }

    /// Something is not on record, which may be an answer.
    public mutating func takeGap() {
        hasGap = true
    }

    /// The next message of the session.
    public mutating func take(_ message: MessageRecord) {
        var note: HTTPNote?
        if message.kind == .http, case .inline(let bytes) = message.body { note = HTTPNote(json: bytes) }
        take(message, note)
    }

    /// The same where its note, of what is no message, was read already.
    mutating func take(_ message: MessageRecord, _ note: HTTPNote?) {
        origin = (message.stream.number, message.fault != nil)
        if let note { return take(note, on: message.stream.number) }
        guard message.kind == .request, message.lane == .clientToServer, !heads.isEmpty,
            let head = heads.removeValue(forKey: message.stream.number)
        else { return }
        var stated: String?
        if case .inline(let bytes) = message.body, message.truncated == nil {
            stated = MessageReader.digest(of: bytes, direction: .clientToServer).metaRevision
        }
        if let violation = head.contradiction(of: message, stating: stated) { found.append(violation) }
    }

    private mutating func take(_ note: HTTPNote, on stream: UInt32) {
        switch note {
        case .request(let head):
            if head.fields.value(of: "mcp-session-id") != nil { isOfOneClient = true }
            guard let mirrored = MirroredHead(head) else { return }
            if heads.count >= ViolationFinder.limit { heads = [:] }
            heads[stream] = mirrored
        case .response(let head) where head.status >= 400: forget(stream)
        case .closed: forget(stream)
        case .response, .trailers, .omitted, .edited, .event: break
        }
    }

    /// What was asked on it was refused, or is lost: who asked may ask again.
    private mutating func forget(_ stream: UInt32) {
        heads[stream] = nil
        for (key, request) in inFlight where request.stream == stream { inFlight[key] = nil }
    }

    /// An exchange that the newest message began or ended.
    public mutating func take(_ exchange: Exchange) {
        let key = Key(asker: exchange.asker, id: exchange.id)
        guard exchange.number > newest else {
            let isInFlight = inFlight[key]?.exchange == exchange.number
            if exchange.outcome != .pending, isInFlight { inFlight[key] = nil }
            return
        }
        newest = exchange.number
        if let earlier = inFlight[key], isOfOneClient, !hasGap, !origin.isFaulted {
            found.append(.duplicateID(exchange: exchange.number, inFlight: earlier.exchange))
        }
        if inFlight.count >= ViolationFinder.limit { inFlight = [:] }
        inFlight[key] = (exchange.number, origin.stream)
    }
}
