import MCPSemantics
import Wire

/// One message on its way from a body, or from an event's data, to the record.
///
/// Up to a part (1 MiB) is held; a longer message goes on record in parts as it arrives.
struct BodyCollector: Sendable {
    static let partSize = LineFramer.defaultPartSize

    /// What is not on record yet; all of it while the message is no longer than a part.
    private(set) var pending: [UInt8] = []
    @Rare private(set) var large: LargeMessage? = nil

    init() {}

    init(pending: [UInt8], large: LargeMessage?) {
        self.pending = pending
        self.large = large
    }

    var isEmpty: Bool { pending.isEmpty && large == nil }

    /// Whether `bytes` more make it a message in parts.
    func overflows(with bytes: ArraySlice<UInt8>) -> Bool {
        pending.count + bytes.count > BodyCollector.partSize
    }

    /// Takes more of the message in, which goes on record through `recorder` once it is large.
    mutating func push(
        _ bytes: ArraySlice<UInt8>, on lane: Lane, _ recorder: inout Recorder, _ events: inout [RecordedEvent]
    ) {
        var rest = bytes
        while overflows(with: rest) {
            let room = BodyCollector.partSize - pending.count
            pending += rest.prefix(room)
            rest = rest.dropFirst(room)
            var message = large.take() ?? recorder.beginLarge(on: lane)
            recorder.keepPart(pending[...], of: &message, &events)
            large = message
            pending.removeAll(keepingCapacity: false)
        }
        pending += rest
    }

    /// The same while the message is short and it is not known whose it is.
    mutating func hold(_ bytes: ArraySlice<UInt8>) {
        precondition(!overflows(with: bytes), "a message in parts has a session")
        pending += bytes
    }

    /// The message is complete. Answers what it is and which exchange it belongs to; nil of an empty body.
    mutating func finish(
        _ arrival: Recorder.Arrival, _ recorder: inout Recorder, _ events: inout [RecordedEvent]
    ) -> (digest: MessageDigest, exchange: Int?)? {
        defer { self = BodyCollector() }
        if var message = large {
            recorder.keepPart(pending[...], of: &message, &events)
            return recorder.finish(message, arrival, &events)
        }
        guard !pending.isEmpty || arrival.framing != nil else { return nil }
        return recorder.take(pending[...], arrival, &events)
    }
}

extension Recorder {
    /// Puts a message in parts on record.
    mutating func finish(
        _ large: LargeMessage, _ arrival: Arrival, _ events: inout [RecordedEvent]
    ) -> (digest: MessageDigest, exchange: Int?) {
        var arrival = arrival
        arrival.framing = arrival.framing.map { onRecord($0) }
        return finishLarge(large, arrival, &events)
    }

    /// Puts a whole message of HTTP on record.
    mutating func take(
        _ bytes: ArraySlice<UInt8>, _ arrival: Arrival, _ events: inout [RecordedEvent]
    ) -> (digest: MessageDigest, exchange: Int?)? {
        guard let direction = arrival.lane.direction else { return nil }
        guard session.capture != .off else {
            count(bytes.count, direction)
            return nil
        }
        var arrival = arrival
        arrival.framing = arrival.framing.map { onRecord($0) }
        let (digest, body) = onRecord(
            bytes, MessageReader.digest(of: bytes, direction: direction), direction, on: arrival.stream)
        return (digest, record(digest, body, bytes.count, arrival, &events))
    }

    /// What stands around a message without secrets: an event's id, or a comment.
    private func onRecord(_ framing: MessageFraming) -> MessageFraming {
        MessageFraming(pieces: framing.pieces.map { onRecord($0) })
    }

    private func onRecord(_ text: [UInt8]) -> [UInt8] {
        redactor.map { Array($0.redact(text[...], in: RedactionContext(direction: nil)).bytes) } ?? text
    }

    /// Puts a note on record; answers its sequence number.
    @discardableResult
    mutating func take(
        _ note: WrittenNote, on lane: Lane, stream: StreamID, exchange: Int?, fault: FaultMark? = nil,
        at time: Timestamp, _ events: inout [RecordedEvent]
    ) -> Int64 {
        // Heads were masked by the transport, by other rules.
        let text = note.text { onRecord($0) }
        let sequence = nextSequence
        let arrival = Arrival(lane: lane, stream: stream, exchange: exchange, time: time, fault: fault)
        // Heads and ends are what metadata is: they are kept whenever anything is.
        record(MessageDigest(kind: .http), Body(.inline(text[...])), text.count, arrival, &events)
        return sequence
    }
}
