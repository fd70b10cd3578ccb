import MCPSemantics
import Recording
import Wire

/// The meter as bytes, for the transaction that keeps what it counted.
extension SessionMeter {
    private static let version = 4
    /// Without what was open at a gap, or without contexts of a request that is still to come either, as
    /// almost always, older programs read it too.
    private static let versionWithoutGap = 3
    private static let versionWithoutContexts = 2

    /// Everything that decides how later records count.
    public func checkpoint() -> [UInt8] {
        var state = StateWriter()
        let version = sent.isEmpty ? SessionMeter.versionWithoutContexts : SessionMeter.versionWithoutGap
        state.int(uncertain.isEmpty ? version : SessionMeter.version)
        state.int(newest)
        state.bool(missedList)
        state.bool(hasGap)
        state.int(lastTime.nanoseconds)
        state.array(open.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            state.bool(entry.value.asker == .clientToServer)
            state.int(entry.value.time.nanoseconds)
            state.string(entry.value.method)
            state.string(entry.value.name)
            state.int(entry.value.chain)
            state.bool(entry.value.hasFirstEvent)
            state.bool(entry.value.isCancelled)
            entry.value.trace.write(to: &state)
        }
        state.array(rounds.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            state.string(entry.value.method)
            state.string(entry.value.name)
            state.int(entry.value.start.nanoseconds)
            state.int(entry.value.answered.nanoseconds)
            state.int(entry.value.exchange)
            entry.value.trace.write(to: &state)
        }
        if !sent.isEmpty || !uncertain.isEmpty { sent.write(to: &state) }
        if !uncertain.isEmpty { state.array(uncertain.sorted()) { $0.int($1) } }
        return state.bytes
    }

    /// Goes on where `checkpoint` was made; nil when it cannot be read.
    public init?(checkpoint: [UInt8]) {
        var reader = StateReader(checkpoint)
        do throws(StateReader.Failure) {
            try self.init(&reader)
        } catch {
            return nil
        }
        guard reader.isAtEnd else { return nil }
    }

    private init(_ state: inout StateReader) throws(StateReader.Failure) {
        let version = try state.int(Int.self)
        // The first said nothing of traces.
        let hasTraces = version > 1
        guard (1...SessionMeter.version).contains(version) else { throw .malformed }
        isFresh = false
        newest = try state.int()
        missedList = try state.bool()
        hasGap = try state.bool()
        lastTime = Timestamp(nanoseconds: try state.int())
        let operations = try state.array(limit: SessionMeter.openLimit) {
            (state: inout StateReader) throws(StateReader.Failure) -> (Int, OpenOperation) in
            let number = try state.int(Int.self)
            let asker: Direction = try state.bool() ? .clientToServer : .serverToClient
            var operation = OpenOperation(
                asker: asker, time: Timestamp(nanoseconds: try state.int()), method: try state.string(),
                name: try state.string(), chain: try state.int())
            operation.hasFirstEvent = try state.bool()
            operation.isCancelled = try state.bool()
            if hasTraces { operation.trace = try OperationTrace(&state) }
            return (number, operation)
        }
        for (number, operation) in operations { open[number] = operation }
        let waiting = try state.array(limit: SessionMeter.roundLimit) {
            (state: inout StateReader) throws(StateReader.Failure) -> (Int, OpenRound) in
            (
                try state.int(),
                OpenRound(
                    method: try state.string(), name: try state.string(),
                    start: Timestamp(nanoseconds: try state.int()),
                    answered: Timestamp(nanoseconds: try state.int()),
                    exchange: hasTraces ? try state.int() : 0,
                    trace: hasTraces ? try OperationTrace(&state) : .unknown)
            )
        }
        for (number, round) in waiting { rounds[number] = round }
        if version > SessionMeter.versionWithoutContexts { sent = try SentContexts(&state) }
        guard version > SessionMeter.versionWithoutGap else { return }
        let limit = SessionMeter.openLimit + SessionMeter.roundLimit
        uncertain = Set(
            try state.array(limit: limit) { state throws(StateReader.Failure) in try state.int(Int.self) })
    }
}

extension SentContexts {
    fileprivate func write(to state: inout StateWriter) {
        state.int(first)
        state.int(last)
        state.array(contexts) { state, context in
            state.string(context.sent)
            state.string(context.stated ?? "")
        }
    }

    fileprivate init(_ state: inout StateReader) throws(StateReader.Failure) {
        let (first, last): (Int64, Int64) = (try state.int(), try state.int())
        let contexts = try state.array(limit: TracePosition.batchLimit) {
            (state: inout StateReader) throws(StateReader.Failure) -> Context in
            let (sent, stated) = (try state.string(), try state.string())
            return Context(sent: sent, stated: stated.isEmpty ? nil : stated)
        }
        self.init(contexts, first: first, last: last)
    }
}

extension OperationTrace {
    fileprivate func write(to state: inout StateWriter) {
        switch self {
        case .unknown: state.int(0)
        case .unsampled: state.int(1)
        case .root(let exchange):
            state.int(2)
            state.int(exchange)
        case .stated(let high, let low):
            state.int(3)
            state.int(high)
            state.int(low)
        case .sent(let high, let low, let span):
            state.int(4)
            state.int(high)
            state.int(low)
            state.int(span)
        }
    }

    fileprivate init(_ state: inout StateReader) throws(StateReader.Failure) {
        switch try state.int(Int.self) {
        case 0: self = .unknown
        case 1: self = .unsampled
        case 2: self = .root(try state.int())
        case 3: self = .stated(high: try state.int(), low: try state.int())
        case 4: self = .sent(high: try state.int(), low: try state.int(), span: try state.int())
        default: throw .malformed
        }
    }
}
