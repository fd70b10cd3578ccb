import MCPSemantics
public import Wire

/// Turns what a transport tells into what goes on record: messages, exchanges, gaps, the session's state.
///
/// Pure: the same events give the same records, and where the bytes of a lane were cut into events makes
/// no difference. Nothing that arrives makes it fail.
public struct Recorder: Sendable {
    /// What the session's traffic has told so far.
    public internal(set) var state = SessionState()
    /// How this recorder began.
    public private(set) var resumption = Resumption.fresh

    let session: SessionDescription
    /// Replaces what is secret before it is put on record.
    var redactor: Redactor?
    /// One for each `Lane`, in order of raw values: a stdio session has one stream.
    var lanes: [RecordedLane]
    var nextSequence: Int64 = 1
    /// Large messages so far: the newest body number.
    var bodies = 0
    var exchanges = ExchangeTracker()
    var identity = SessionTracker()
    /// How the server ended, until the session's end takes it.
    var exit: ExitStatus?
    /// What was seen since the last records were taken.
    var violations = ProtocolViolation.Counts()
    /// Exchanges that the current message changed; empty between messages, kept for its memory.
    var changed: [Exchange] = []

    /// How a recorder began.
    public enum Resumption: Sendable, Hashable {
        /// At the session's first event.
        case fresh
        /// Where the checkpoint was made.
        case resumed
        /// The checkpoint is damaged or of a later version. Numbers go on after those that were given, but
        /// unfinished lines lack their head (they are recorded as partial), and requests that were open
        /// stay pending.
        case numbersOnly
        /// Not even the numbers of the checkpoint could be read: they go on after `after`.
        case nothing
    }

    /// A recorder for `session`, which goes on where `checkpoint` was made.
    ///
    /// A checkpoint that cannot be read is no reason not to record: see `resumption`. `after` is what is
    /// on record already, for the case that the checkpoint does not even tell that. With `redactor`, no
    /// secret that its rules find is put on record or into a checkpoint in clear; without one, messages are
    /// recorded as they are.
    public init(
        session: SessionDescription, redactor: Redactor? = nil, resuming checkpoint: [UInt8]? = nil,
        after: Numbers = Numbers(), partSize: Int = LineFramer.defaultPartSize
    ) {
        self.session = session
        self.redactor = redactor
        lanes = Lane.allCases.map { _ in RecordedLane(partSize: partSize) }
        guard let checkpoint else { return }
        resumption = restore(checkpoint, after: after)
    }

    /// The newest numbers that were given.
    public struct Numbers: Sendable, Hashable {
        public var sequence: Int64
        public var body: Int
        public var exchange: Int

        public init(sequence: Int64 = 0, body: Int = 0, exchange: Int = 0) {
            self.sequence = sequence
            self.body = body
            self.exchange = exchange
        }
    }

    /// Takes the next event in and appends what it puts on record to `events`.
    ///
    /// Nothing is on record after `ended`.
    public mutating func observe(_ event: TransportEvent, into events: inout [RecordedEvent]) {
        guard state.end == nil else { return }
        state.lastTime = max(state.lastTime, event.time)
        switch event.kind {
        case .bytes: observeBytes(event, &events)
        case .laneEnded: endLane(event.lane, &events)
        case .started, .clockAnchor: break
        case .requestHead, .responseHead, .trailers, .streamClosed, .bodyOmitted, .listenerChanged: break
        case .edited:
            guard session.capture != .off, let edit = event.decodedEdit else { break }
            take(
                WrittenNote(.edited(edit)), on: event.lane, stream: event.stream, exchange: nil,
                at: event.time,
                &events)
        case .startFailed: state.startFailure = event.decodedStartFailure
        case .exited: exit = event.decodedExitStatus
        case .gap: if let gap = event.decodedGap { observe(gap, &events) }
        case .faulted: lanes[Int(event.lane.rawValue)].fault = event.decodedFaultMark
        case .ended: end(event, &events)
        }
    }

    /// What was sent against the protocol since the last call, beside what the records show: it belongs to
    /// them.
    public mutating func takeViolations() -> ProtocolViolation.Counts {
        defer { violations = ProtocolViolation.Counts() }
        return violations
    }

    // MARK: Bytes and their end

    private mutating func observeBytes(_ event: TransportEvent, _ events: inout [RecordedEvent]) {
        let index = Int(event.lane.rawValue)
        guard !event.payload.isEmpty else { return }
        lanes[index].lastTime = event.time
        // Out of the lane while it hands out frames, so that their receiver may change the lane.
        var framer = LineFramer()
        swap(&framer, &lanes[index].framer)
        framer.push(event.payload) { frame in
            take(frame, on: event.lane, at: event.time, &events)
        }
        swap(&framer, &lanes[index].framer)
    }

    private mutating func endLane(_ lane: Lane, _ events: inout [RecordedEvent]) {
        finishLine(on: lane, isPartial: false, &events)
        lanes[Int(lane.rawValue)].hasEnded = true
    }

    /// Records what there is of an unfinished line.
    private mutating func finishLine(on lane: Lane, isPartial: Bool, _ events: inout [RecordedEvent]) {
        let index = Int(lane.rawValue)
        guard let frame = lanes[index].framer.finish() else { return }
        lanes[index].isCut = lanes[index].isCut || isPartial
        take(frame, on: lane, at: lanes[index].lastTime, &events)
    }

    private mutating func end(_ event: TransportEvent, _ events: inout [RecordedEvent]) {
        let reason = event.decodedEndReason ?? .unknown
        for lane in Lane.allCases {
            let isPartial = reason == .interrupted && !lanes[Int(lane.rawValue)].hasEnded
            finishLine(on: lane, isPartial: isPartial, &events)
        }
        state.end = SessionEnd(reason: reason, exit: exit, time: event.time)
    }

    // MARK: Gaps

    /// A line that a gap cuts is recorded in two pieces, both partial: one before the gap, one after it.
    private mutating func observe(_ gap: Gap, _ events: inout [RecordedEvent]) {
        state.gaps &+= 1
        state.gapBytes &+= gap.bytes
        for lane in Lane.allCases where gap.bytes(of: lane) > 0 || gap.cutLanes.contains(lane) {
            finishLine(on: lane, isPartial: true, &events)
            lanes[Int(lane.rawValue)].isCut = gap.cutLanes.contains(lane)
            // The message that it was of is lost, at least its head.
            lanes[Int(lane.rawValue)].fault = nil
        }
        guard session.capture != .off else { return }
        events.append(.gap(GapRecord(sequence: takeSequence(), gap: gap)))
    }

    mutating func takeSequence() -> Int64 {
        defer { nextSequence += 1 }
        return nextSequence
    }
}

extension Gap {
    /// Bytes lost on `lane`.
    fileprivate func bytes(of lane: Lane) -> Int {
        switch lane {
        case .clientToServer: clientToServer
        case .serverToClient: serverToClient
        case .standardError: standardError
        }
    }
}
