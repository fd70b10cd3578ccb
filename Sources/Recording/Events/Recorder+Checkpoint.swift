import MCPSemantics
import Wire

/// The recorder as bytes.
///
/// *Shape*: a head that every version of mcptape reads (a magic number, the newest numbers, the session's
/// state as JSON), then the version of the rest, its length, and the rest, sealed where messages are
/// redacted: it holds messages that are not complete. So an older or newer process
/// that cannot read the rest still gives no number twice and loses no count.
extension Recorder {
    private static let magic: [UInt8] = Array("mtrc".utf8)
    /// Raised with every change of what stands after the head.
    private static let version = 4
    /// The same with the marks of faults behind it: written only while there are some, so that what has none
    /// can be read by every process that reads version 4.
    private static let markedVersion = 5

    /// Everything that decides what later events put on record; see `init(session:resuming:)`.
    public func checkpoint() -> [UInt8] {
        var writer = StateWriter()
        writer.bytes(Recorder.magic)
        writer.int(nextSequence)
        writer.int(bodies)
        writer.int(exchanges.counts.exchanges)
        writer.bytes(state.encodedJSON())
        let isMarked = lanes.contains { $0.fault != nil }
        writer.int(isMarked ? Recorder.markedVersion : Recorder.version)
        var rest = StateWriter()
        for lane in lanes { lane.save(to: &rest) }
        exchanges.save(to: &rest)
        identity.save(to: &rest)
        rest.optional(exit) { writer, exit in
            switch exit {
            case .code(let code):
                writer.bool(false)
                writer.int(code)
            case .signal(let signal):
                writer.bool(true)
                writer.int(signal)
            }
        }
        if isMarked { for lane in lanes { rest.optional(lane.fault) { $0.bytes($1.encoded) } } }
        writer.bytes(redactor?.sealed(rest.bytes) ?? rest.bytes)
        return writer.bytes
    }

    /// Bytes that wait for the rest of their line or part.
    var unfinishedBytes: Int { lanes.reduce(0) { $0 + $1.framer.pending.count } }

    /// Takes over what can be read of `checkpoint`.
    mutating func restore(_ checkpoint: [UInt8], after: Numbers) -> Resumption {
        var reader = StateReader(checkpoint)
        do throws(StateReader.Failure) {
            try restoreHead(&reader)
        } catch {
            nextSequence = max(1, after.sequence + 1)
            bodies = max(0, after.body)
            state.exchanges = max(0, after.exchange)
            continueAfterLoss()
            return .nothing
        }
        // Of the store's numbers and the checkpoint's, the later: a number is never given twice.
        nextSequence = max(nextSequence, after.sequence + 1)
        bodies = max(bodies, after.body)
        do throws(StateReader.Failure) {
            let version = try reader.int(Int.self)
            guard [Recorder.version, Recorder.markedVersion].contains(version) else { throw .malformed }
            var bytes = try reader.bytes()
            if let redactor {
                guard let opened = redactor.opened(bytes) else { throw .malformed }
                bytes = opened
            }
            var rest = StateReader(bytes)
            try restoreRest(&rest, isMarked: version == Recorder.markedVersion)
            return .resumed
        } catch {
            state.exchanges = max(state.exchanges, after.exchange)
            continueAfterLoss()
            return .numbersOnly
        }
    }

    private mutating func restoreHead(_ reader: inout StateReader) throws(StateReader.Failure) {
        // No session comes near this; counting on from it cannot overflow.
        let countLimit = 1 << 48
        guard try reader.bytes() == Recorder.magic else { throw .malformed }
        let sequence = Int64(try reader.count(limit: countLimit))
        let bodies = try reader.count(limit: countLimit)
        let exchanges = try reader.count(limit: countLimit)
        guard var state = SessionState(json: try reader.bytes()) else { throw .malformed }
        state.exchanges = exchanges
        self.state = state
        self.bodies = bodies
        nextSequence = max(1, sequence)
    }

    private mutating func restoreRest(
        _ reader: inout StateReader, isMarked: Bool
    ) throws(StateReader.Failure) {
        var lanes: [RecordedLane] = []
        for _ in Lane.allCases { lanes.append(try RecordedLane(from: &reader, redactor)) }
        let exchanges = try ExchangeTracker(from: &reader)
        let identity = try SessionTracker(from: &reader)
        let exit = try reader.optional { reader throws(StateReader.Failure) -> ExitStatus in
            try reader.bool() ? .signal(try reader.int()) : .code(try reader.int())
        }
        if isMarked {
            for index in lanes.indices {
                lanes[index].fault = try reader.optional { reader throws(StateReader.Failure) in
                    guard let mark = FaultMark(encoded: try reader.bytes()[...]) else { throw .malformed }
                    return mark
                }
            }
        }
        guard reader.isAtEnd, exchanges.counts.exchanges == state.exchanges else { throw .malformed }
        self.lanes = lanes
        self.exchanges = exchanges
        self.identity = identity
        self.exit = exit
    }

    /// Goes on from `state` alone: what was open or half read is lost.
    private mutating func continueAfterLoss() {
        var counts = ExchangeTracker.Counts()
        counts.exchanges = state.exchanges
        counts.errors = min(state.errors, counts.exchanges)
        counts.toolErrors = min(state.toolErrors, counts.exchanges)
        counts.pending = min(state.pending, counts.exchanges)
        exchanges = ExchangeTracker(after: counts)
        identity = SessionTracker(
            client: state.client, server: state.server, revision: state.revision, eras: state.eras)
        for index in lanes.indices { lanes[index].isCut = true }
    }
}
