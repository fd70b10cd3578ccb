import MCPSemantics
import Wire

/// A stream as bytes, for a checkpoint.
extension HTTPStream {
    func save(to state: inout StateWriter) {
        state.optional(session) { $0.int($1) }
        state.array(held) { state, held in
            state.bytes(held.note.text { $0 })
            state.int(held.lane.rawValue)
            state.int(held.time.nanoseconds)
        }
        state.optional(origin) { $0.int($1.number) }
        request.save(to: &state)
        requestBody.save(to: &state)
        state.bool(hasRequest)
        state.optional(status) { $0.int($1) }
        state.int(responseForm.rawValue)
        responseBody.save(to: &state)
        state.optional(encoded) { state, body in
            state.string(body.coding)
            state.optional(body.isRaw ? nil : body.kept) { $0.bytes($1) }
        }
        events.save(to: &state)
        for flag in [hasResponse, isCut, isSession, isInitialize] { state.bool(flag) }
        state.int(lastSequence)
        state.int(headSequence)
        state.int(headTime.nanoseconds)
    }

    init(
        from state: inout StateReader, _ redactor: Redactor?, decoding: ContentDecoding
    ) throws(StateReader.Failure) {
        session = try state.optional { state throws(StateReader.Failure) in try state.int(Int.self) }
        held = try state.array(limit: 1 << 16) { state throws(StateReader.Failure) in
            guard let note = HTTPNote(json: try state.bytes()[...]) else { throw .malformed }
            return Held(
                note: WrittenNote(note), lane: try state.value(Lane.init(rawValue:)),
                time: Timestamp(nanoseconds: try state.int()))
        }
        origin = try state.optional { state throws(StateReader.Failure) in
            StreamID(try state.int(UInt32.self))
        }
        request = try RequestFacts(from: &state)
        requestBody = try BodyCollector(from: &state, redactor)
        hasRequest = try state.bool()
        status = try state.optional { state throws(StateReader.Failure) in try state.int(Int.self) }
        responseForm = try state.value(ResponseForm.init(rawValue:))
        responseBody = try BodyCollector(from: &state, redactor)
        encoded = try state.optional { state throws(StateReader.Failure) in
            let coding = try state.string()
            let kept = try state.optional { state throws(StateReader.Failure) in try state.bytes() }
            return EncodedBody(coding: coding, decoder: decoding(coding), kept: kept)
        }
        events = try EventStreamParser(from: &state)
        hasResponse = try state.bool()
        isCut = try state.bool()
        isSession = try state.bool()
        isInitialize = try state.bool()
        lastSequence = try state.int()
        headSequence = try state.int()
        headTime = Timestamp(nanoseconds: try state.int())
    }
}

extension HTTPStream.RequestFacts {
    fileprivate func save(to state: inout StateWriter) {
        state.int(connection)
        for text in [address, route, method, target, agent, authorization] { state.string(text) }
        state.optional(sessionID) { $0.string($1) }
        state.optional(revision) { $0.string($1) }
        state.optional(lastEventID) { $0.string($1) }
    }
}

extension BodyCollector {
    fileprivate func save(to state: inout StateWriter) {
        state.bytes(pending)
        state.optional(large) { $1.save(to: &$0) }
    }

    fileprivate init(from state: inout StateReader, _ redactor: Redactor?) throws(StateReader.Failure) {
        let pending = try state.bytes()
        guard pending.count <= BodyCollector.partSize else { throw .malformed }
        let large = try state.optional { state throws(StateReader.Failure) in
            try LargeMessage(from: &state, redactor)
        }
        self.init(pending: pending, large: large)
    }
}
