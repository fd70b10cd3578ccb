import MCPSemantics
import Wire

/// The meter as bytes, for the transaction that keeps what it counted.
extension SessionMeter {
    private static let version = 1

    /// Everything that decides how later records count.
    public func checkpoint() -> [UInt8] {
        var state = StateWriter()
        state.int(SessionMeter.version)
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
        }
        state.array(rounds.sorted { $0.key < $1.key }) { state, entry in
            state.int(entry.key)
            state.string(entry.value.method)
            state.string(entry.value.name)
            state.int(entry.value.start.nanoseconds)
            state.int(entry.value.answered.nanoseconds)
        }
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
        guard try state.int(Int.self) == SessionMeter.version else { throw .malformed }
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
                    answered: Timestamp(nanoseconds: try state.int()))
            )
        }
        for (number, round) in waiting { rounds[number] = round }
    }
}
