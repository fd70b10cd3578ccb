import MCPSemantics
import Wire

/// Turns what an HTTP listener tells into what goes on record, for all the sessions that it serves.
///
/// A session is what one `Mcp-Session-Id` names, one connection of HTTP+SSE, or one client identity until it
/// has been silent for 15 minutes (product.md, *Words*). Pure, as `Recorder` is, which it holds one of for
/// each session.
public struct HTTPRecorder: Sendable {
    /// A client that is known by its identity alone is gone after this time. Source: product.md, *Words*.
    public static let silenceLimit: Int64 = 15 * 60 * 1_000_000_000
    /// Sessions that are followed at once; the one that was silent longest is ended for a further one. Each
    /// takes some kilobytes, and some hundred bytes of every checkpoint.
    static let sessionLimit = 1024
    /// Connections whose session is remembered; they are counted up, and the lower half is forgotten.
    static let connectionLimit = 2048
    /// How often silent sessions are looked for.
    private static let sweepInterval: Int64 = 60_000_000_000

    /// As the newest `change` has it.
    var listener: SessionDescription
    /// Replaces what is secret in messages before they are put on record.
    var redactor: Redactor?
    /// The newest; nil: the listener is as it began.
    var change: ListenerChange?
    /// Replaces the credentials of a URL as the transport does in request targets.
    let maskedTarget: @Sendable (String) -> String
    /// Undoes content codings.
    let decoding: ContentDecoding
    var streams = OpenStreams()
    /// Heads that came lately, ready for the record.
    var heads = RepeatedHeads()
    var sessions: [Int: HTTPSession] = [:]
    var keys: [SessionKey: Int] = [:]
    var connections: [UInt64: Int] = [:]
    /// Sessions so far: the newest number.
    var sessionCount = 0
    /// Sessions of which something was not handed on yet, and the one that was changed last.
    var changed: Set<Int> = []
    var lastChanged: Int?
    /// Ended sessions whose last records were not handed on yet.
    var ended: [SessionRecords] = []
    var lastTime = Timestamp.zero
    private var nextSweep = HTTPRecorder.sweepInterval
    /// The listener's own end was seen; nothing is on record after it.
    public internal(set) var hasEnded = false

    /// A recorder for the listener that `listener` describes: the sessions' descriptions are made after it.
    public init(
        listener: SessionDescription, redactor: Redactor? = nil,
        maskedTarget: @escaping @Sendable (String) -> String = { $0 },
        decoding: @escaping ContentDecoding = { _ in nil }
    ) {
        self.listener = listener
        self.redactor = redactor
        self.decoding = decoding
        self.maskedTarget = maskedTarget
    }

    /// Takes the next event in.
    public mutating func observe(_ event: TransportEvent) {
        guard !hasEnded else { return }
        lastTime = max(lastTime, event.time)
        switch event.kind {
        case .requestHead: if let head = heads.request(of: event) { begin(head, event) }
        case .responseHead: respond(event)
        case .bytes: if !event.payload.isEmpty { takeBytes(event) }
        case .laneEnded: endLane(event)
        case .trailers: if let fields = event.decodedTrailers { note(.trailers(fields), event) }
        case .bodyOmitted: if let count = event.decodedOmittedCount { note(.omitted(count), event) }
        case .streamClosed: if let closure = event.decodedStreamClosure { close(closure, event) }
        case .edited: if let edit = event.decodedEdit { note(.edited(edit), event) }
        case .gap: if let gap = event.decodedGap { observe(gap, at: event.time) }
        case .ended: end(event.decodedEndReason ?? .unknown, at: event.time)
        case .listenerChanged: if let change = event.decodedListenerChange { apply(change) }
        case .faulted: if let mark = event.decodedFaultMark { take(mark, event) }
        case .started, .startFailed, .exited, .clockAnchor: break
        }
        if lastTime.nanoseconds >= nextSweep {
            nextSweep = lastTime.nanoseconds + HTTPRecorder.sweepInterval
            endSilent()
        }
    }

    /// What went on record since the last call: sessions in the order in which they began.
    public mutating func takeRecords() -> [SessionRecords] {
        var records = ended
        ended = []
        let numbers = changed.sorted()
        changed = []
        lastChanged = nil
        for number in numbers {
            guard var session = sessions.removeValue(forKey: number) else { continue }
            records.append(session.takeRecords())
            sessions[number] = session
        }
        return records
    }

    // MARK: Streams

    /// Changes a stream in place; nothing happens when it is not known (its head was lost).
    mutating func inStream(_ id: StreamID, _ change: (inout HTTPStream, inout HTTPRecorder) -> Void) {
        // Out of the way while one of them changes us too.
        var streams = OpenStreams()
        swap(&streams, &self.streams)
        streams.change(id.number) { change(&$0, &self) }
        swap(&streams, &self.streams)
    }

    private mutating func begin(_ head: RepeatedHeads.Request, _ event: TransportEvent) {
        var stream = HTTPStream(head.facts)
        let session = session(of: stream.request, at: event.time)
        if head.note.unwrittenRequest != nil || session == nil {
            stream.held.append(HTTPStream.Held(note: head.note, lane: .clientToServer, time: event.time))
        }
        if let session { assign(&stream, event.stream, to: session) }
        if session != nil, head.note.unwrittenRequest == nil {
            put(head.note, on: .clientToServer, &stream, event.stream, at: event.time)
        }
        // A number that is given anew means a new stream, whatever became of the old one's end.
        _ = streams.take(event.stream.number)
        streams.put(stream, event.stream.number)
    }

    private mutating func note(_ note: HTTPNote, _ event: TransportEvent) {
        inStream(event.stream) { stream, recorder in
            recorder.put(
                WrittenNote(note), on: event.lane, &stream, event.stream, at: event.time)
        }
    }

    /// Puts a note on record, or holds it until the stream's session is known.
    mutating func put(
        _ note: WrittenNote, on lane: Lane, _ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp,
        fault: FaultMark? = nil
    ) {
        guard let number = stream.session else {
            stream.held.append(HTTPStream.Held(note: note, lane: lane, time: time))
            return
        }
        let isAbout = note.isAboutExchange && fault?.side != .server
        let sequence = inSession(number, at: time) { session, time in
            let exchange = isAbout ? session.recorder.exchanges.waiting(on: id.number) : nil
            return session.recorder.take(
                note, on: lane, stream: id, exchange: exchange, fault: fault, at: time, &session.events)
        }
        if lane == .serverToClient, let sequence { stream.lastSequence = sequence }
    }

    private mutating func takeBytes(_ event: TransportEvent) {
        inStream(event.stream) { stream, recorder in
            switch event.lane {
            case .clientToServer: recorder.takeRequest(event.payload, &stream, event)
            case .serverToClient: recorder.takeResponse(event.payload, &stream, event)
            case .standardError: break
            }
        }
    }

    private mutating func endLane(_ event: TransportEvent) {
        inStream(event.stream) { stream, recorder in
            switch event.lane {
            case .clientToServer: recorder.finishRequest(&stream, event.stream, at: event.time)
            case .serverToClient: recorder.finishResponse(&stream, event.stream, at: event.time)
            case .standardError: break
            }
        }
    }

    private mutating func respond(_ event: TransportEvent) {
        inStream(event.stream) { stream, recorder in
            guard let head = recorder.heads.response(of: event, connection: stream.request.connection)
            else { return }
            recorder.take(head, &stream, event.stream, at: event.time)
        }
    }

    private mutating func close(_ closure: StreamClosure, _ event: TransportEvent) {
        guard var stream = streams.take(event.stream.number) else { return }
        finish(&stream, event.stream, closure, at: event.time)
        guard let number = stream.session else { return }
        let reason = inSession(number, at: event.time) { session, _ -> SessionEnd.Reason? in
            session.streams -= 1
            if stream.isSession { session.ending = closure.sessionEnd }
            return session.streams == 0 ? session.ending : nil
        }
        if let reason = reason ?? nil { endSession(number, reason, at: event.time) }
    }

    // MARK: Gaps and the end

    /// The journal does not know which streams lost bytes, so each open one may have: what is unfinished on
    /// them is partial, and each of their sessions has the gap.
    private mutating func observe(_ gap: Gap, at time: Timestamp) {
        streams.changeAll { $0.isCut = true }
        var numbers = Set(streams.all.values.compactMap(\.session))
        if numbers.isEmpty, let newest = sessions.max(by: { $0.value.lastTime < $1.value.lastTime }) {
            numbers = [newest.key]
        }
        for number in numbers.sorted() {
            _ = inSession(number, at: time) { session, _ in
                var own = gap
                own.from = session.time(gap.from)
                own.to = session.time(gap.to)
                session.recorder.observe(.gap(own, at: own.to), into: &session.events)
            }
        }
    }

    private mutating func end(_ reason: SessionEnd.Reason, at time: Timestamp) {
        for id in streams.all.keys.sorted() {
            guard var stream = streams.take(id) else { continue }
            if stream.session == nil {
                assign(&stream, StreamID(id), to: identitySession(stream.request, nil, at: time))
            }
            finish(&stream, StreamID(id), nil, at: time)
        }
        for number in sessions.keys.sorted() { endSession(number, reason, at: time) }
        hasEnded = true
    }
}

extension StreamClosure {
    /// How the session ends that lasted as long as the stream: a connection of HTTP+SSE.
    fileprivate var sessionEnd: SessionEnd.Reason {
        switch (closer, reason) {
        case (.client, _): .clientClosed
        case (.us, .draining): .signalled
        case (.us, _), (.upstream, _): .serverExited
        }
    }
}
