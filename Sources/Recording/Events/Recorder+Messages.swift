import MCPSemantics
import Wire

/// From frames to messages and exchanges.
extension Recorder {
    /// Takes a line, or a part of one.
    mutating func take(
        _ frame: LineFramer.Frame, on lane: Lane, at time: Timestamp, _ events: inout [RecordedEvent]
    ) {
        let index = Int(lane.rawValue)
        guard lanes[index].large != nil || !frame.isLast else {
            return takeWhole(frame, on: lane, at: time, &events)
        }
        var large = lanes[index].large.take() ?? beginLarge(on: lane)
        keepPart(frame.bytes, of: &large, &events)
        guard frame.isLast else {
            lanes[index].large = large
            return
        }
        _ = finishLarge(large, arrival(of: frame, on: lane, at: time), &events)
    }

    // MARK: Lines in one piece

    private mutating func takeWhole(
        _ frame: LineFramer.Frame, on lane: Lane, at time: Timestamp, _ events: inout [RecordedEvent]
    ) {
        let bytes = frame.bytes
        guard let direction = lane.direction else {
            let (digest, body) = onRecord(bytes, MessageDigest(kind: .standardError), nil)
            record(digest, body, bytes.count, arrival(of: frame, on: lane, at: time), &events)
            return
        }
        guard session.capture != .off else { return count(bytes.count, direction) }
        let (digest, body) = onRecord(bytes, MessageReader.digest(of: bytes, direction: direction), direction)
        record(digest, body, bytes.count, arrival(of: frame, on: lane, at: time), &events)
    }

    /// Where and how a message arrived.
    struct Arrival {
        var lane: Lane
        var stream = StreamID.stdio
        /// The stream that this one goes on with, when it was taken up again.
        var origin: StreamID?
        /// Whose it is, of what is no message.
        var exchange: Int?
        var time: Timestamp
        var hasLineFeed = true
        var isPartial = false
        var framing: MessageFraming?
        var fault: FaultMark?
        /// It is known to be one client's, so that its ids are.
        var isOfOneClient = true
    }

    private mutating func arrival(of frame: LineFramer.Frame, on lane: Lane, at time: Timestamp) -> Arrival {
        defer {
            lanes[Int(lane.rawValue)].isCut = false
            lanes[Int(lane.rawValue)].fault = nil
        }
        return Arrival(
            lane: lane, time: time, hasLineFeed: frame.hasLineFeed,
            isPartial: lanes[Int(lane.rawValue)].isCut, fault: lanes[Int(lane.rawValue)].fault)
    }

    func isOverLimit(_ size: Int) -> Bool {
        session.messageLimit > 0 && size > session.messageLimit
    }

    // MARK: Lines in parts

    mutating func beginLarge(on lane: Lane) -> LargeMessage {
        var large = LargeMessage(body: 0)
        if session.capture == .payloads {
            bodies += 1
            large.body = bodies
            if session.messageLimit > 0 { large.hash = SHA256() }
        }
        if session.capture != .off, lane.direction != nil {
            large.scanner = EnvelopeScanner(watching: MessageReader.watchedPaths)
        }
        if session.capture != .off {
            large.redaction = redactor?.stream(in: RedactionContext(direction: lane.direction))
        }
        return large
    }

    func keepPart(
        _ bytes: ArraySlice<UInt8>, of large: inout LargeMessage, _ events: inout [RecordedEvent]
    ) {
        large.size += bytes.count
        large.hash?.push(bytes)
        guard large.redaction != nil || session.capture == .payloads else {
            large.scanner?.push(bytes)
            return
        }
        let room = session.messageLimit > 0 ? max(0, session.messageLimit - large.kept) : Int.max
        let kept = bytes.prefix(room)
        large.kept += kept.count
        if large.redaction == nil {
            large.scanner?.push(bytes)
            return append(kept, to: &large, &events)
        }
        redact(kept, isKept: true, of: &large, &events)
        let beyond = bytes.dropFirst(kept.count)
        if !beyond.isEmpty { redact(beyond, isKept: false, of: &large, &events) }
    }

    func append(
        _ bytes: ArraySlice<UInt8>, to large: inout LargeMessage, _ events: inout [RecordedEvent]
    ) {
        guard !bytes.isEmpty else { return }
        events.append(.part(MessagePart(body: large.body, index: large.parts, bytes: bytes)))
        large.parts += 1
    }

    /// Records a message whose parts are; answers what it is and which exchange it belongs to.
    mutating func finishLarge(
        _ large: LargeMessage, _ arrival: Arrival, _ events: inout [RecordedEvent]
    ) -> (digest: MessageDigest, exchange: Int?) {
        var (large, digest) = (large, MessageDigest(kind: .standardError))
        if large.redaction != nil {
            redact([], isKept: !isOverLimit(large.size), isLast: true, of: &large, &events)
        }
        if session.capture == .off, let direction = arrival.lane.direction {
            count(large.size, direction)
            return (digest, nil)
        }
        if let direction = arrival.lane.direction, var scanner = large.scanner {
            let envelope = scanner.finish()
            digest = MessageReader.digest(of: envelope, captures: scanner.captures, direction: direction)
        }
        var body = Body(.omitted)
        if session.capture == .payloads {
            body = Body(.parts(body: large.body, count: large.parts))
            if isOverLimit(large.size) { body.digest = large.hash?.digest }
            body.redactions = large.redaction?.redactions ?? []
        }
        return (digest, record(digest, body, large.size, arrival, &events))
    }

    // MARK: Messages

    /// What is kept of a message's bytes.
    struct Body {
        var kept: MessageBody
        /// SHA-256 of all bytes when not all are kept.
        var digest: [UInt8]?
        var redactions: [Redaction] = []

        init(_ kept: MessageBody, truncatedFrom digest: [UInt8]? = nil) {
            self.kept = kept
            self.digest = digest
        }
    }

    mutating func count(_ size: Int, _ direction: Direction) {
        state.messages[direction] &+= 1
        state.bytes[direction] &+= size
    }

    /// Records a message; answers which exchange it belongs to.
    @discardableResult
    mutating func record(
        _ digest: MessageDigest, _ body: Body, _ size: Int, _ arrival: Arrival,
        _ events: inout [RecordedEvent]
    ) -> Int? {
        let lane = arrival.lane
        if lane == .standardError { state.standardErrorLines &+= 1 }
        guard session.capture != .off else { return nil }
        var message = MessageRecord(
            sequence: takeSequence(), time: arrival.time, lane: lane, kind: digest.kind,
            body: inParts(body.kept, &events), size: size)
        message.stream = arrival.stream
        message.hasLineFeed = arrival.hasLineFeed
        message.isPartial = arrival.isPartial
        message.framing = arrival.framing
        message.truncated = body.digest.map { MessageRecord.Truncation(sha256: $0) }
        message.redactions = body.redactions
        message.fault = arrival.fault
        message.id = digest.id
        message.method = digest.method
        message.name = digest.name
        if let direction = lane.direction, digest.kind != .http {
            count(size, direction)
            if digest.kind == .foreign, !arrival.isPartial, arrival.fault == nil {
                state.foreignLines[direction] &+= 1
            }
            // What the client never saw answers nothing of it.
            if arrival.fault?.side == .server {
                events.append(.message(message))
                return nil
            }
            message.exchange = join(digest, message, arrival.origin ?? arrival.stream, direction)
            let repeated = exchanges.takeRepeatedIDs()
            // Where something is missing it may be the answer of the earlier one.
            if repeated != 0, arrival.isOfOneClient, arrival.fault == nil, state.gaps == 0 {
                violations.duplicateIDs += repeated
            }
        } else {
            message.exchange = arrival.exchange
        }
        events.append(.message(message))
        tellChanged(&events)
        return message.exchange
    }

    /// Placeholders are longer than short secrets: a body that grew over the size of a part is told in parts.
    private mutating func inParts(_ body: MessageBody, _ events: inout [RecordedEvent]) -> MessageBody {
        guard case .inline(let bytes) = body, bytes.count > LineFramer.defaultPartSize else { return body }
        bodies += 1
        var count = 0
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(LineFramer.defaultPartSize)
            rest = rest.dropFirst(piece.count)
            events.append(.part(MessagePart(body: bodies, index: count, bytes: piece)))
            count += 1
        }
        return .parts(body: bodies, count: count)
    }

    /// Puts the exchanges that changed on record.
    mutating func tellChanged(_ events: inout [RecordedEvent]) {
        guard !changed.isEmpty else { return }
        state.exchanges = exchanges.counts.exchanges
        state.errors = exchanges.counts.errors
        state.toolErrors = exchanges.counts.toolErrors
        state.pending = exchanges.counts.pending
        for exchange in changed { events.append(.exchange(exchange)) }
        changed.removeAll(keepingCapacity: true)
    }

    /// Finds the message's exchange, and leaves those that it changed in `changed`.
    private mutating func join(
        _ digest: MessageDigest, _ message: MessageRecord, _ stream: StreamID, _ direction: Direction
    ) -> Int? {
        let exchange = exchanges.observe(
            digest, direction: direction, sequence: message.sequence, time: message.time,
            size: message.size, stream: stream.number
        ) { changed.append($0) }
        // The message's own exchange is told last; an earlier one is the first of its chain.
        let own = changed.last.flatMap { $0.number == exchange ? $0 : nil }
        if direction == .clientToServer {
            if let trace = digest.traceID { state.note(trace: trace) }
            for case let trace? in digest.members.map(\.traceID) { state.note(trace: trace) }
        }
        if identity.observe(digest, direction: direction, exchange: own) {
            state.client = identity.client
            state.server = identity.server
            state.revision = identity.revision
            state.eras = identity.eras
        }
        return exchange
    }
}
