import MCPSemantics
public import Wire

/// A stream as bytes, for a checkpoint. It holds the bytes that wait for those behind them: whoever stores it
/// seals it first.
extension RedactionStream {
    /// Appends the whole state; the rules and the key are not part of it.
    public func save(to state: inout StateWriter) {
        state.optional(context.direction) { $0.int($1.rawValue) }
        state.optional(context.kind) { $0.int($1.rawValue) }
        state.optional(context.method) { $0.string($1) }
        state.optional(context.name) { $0.string($1) }
        state.int(mode.rawValue)
        state.int(outer.rawValue)
        state.array(frames) { $1.save(to: &$0) }
        slot.save(to: &state)
        state.int(tooDeep)
        state.bool(isOver)
        state.optional(reading) { $1.save(to: &$0) }
        state.optional(mutedDepth) { $0.int($1) }
        state.bytes(held)
        state.int(contextCount)
        state.array(redactions) {
            $0.string($1.pointer)
            $0.string($1.rule)
        }
    }

    init(
        from state: inout StateReader, plans: RedactionPlans, prepared: HMACSHA256
    ) throws(StateReader.Failure) {
        var context = RedactionContext(direction: nil)
        context.direction = try state.optional { state throws(StateReader.Failure) in
            try state.value(Direction.init(rawValue:))
        }
        context.kind = try state.optional { state throws(StateReader.Failure) in
            try state.value(MessageKind.init(rawValue:))
        }
        context.method = try state.optional { state throws(StateReader.Failure) in try state.string() }
        context.name = try state.optional { state throws(StateReader.Failure) in try state.string() }
        self.init(plan: plans.plan(for: context), prepared: prepared, context: context)
        mode = try state.value(Mode.init(rawValue:))
        outer = try state.value(Mode.init(rawValue:))
        frames = try state.array(limit: RedactionFrame.depthLimit, RedactionFrame.init(from:))
        slot = try RedactionFrame.Slot(from: &state)
        tooDeep = try state.count(limit: 1 << 48)
        isOver = try state.bool()
        reading = try state.optional { state throws(StateReader.Failure) in
            try SecretReading(from: &state, prepared: prepared)
        }
        mutedDepth = try state.optional { state throws(StateReader.Failure) in
            try state.count(limit: RedactionFrame.depthLimit)
        }
        held = try state.bytes()
        contextCount = try state.count(limit: held.count)
        redactions = try state.array(limit: Redaction.limit) { state throws(StateReader.Failure) in
            Redaction(pointer: try state.string(), rule: try state.string())
        }
        if mode == .secret || mode == .replacedString { guard reading != nil else { throw .malformed } }
    }
}

extension RedactionFrame {
    fileprivate func save(to state: inout StateWriter) {
        state.bool(isObject)
        slot.save(to: &state)
        state.bytes(key)
        state.int(index)
        state.bool(expectsKey)
        state.bool(holdsNames)
        state.int(said.rawValue)
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        isObject = try state.bool()
        slot = try Slot(from: &state)
        key = try state.bytes()
        index = try state.count(limit: 1 << 48)
        expectsKey = try state.bool()
        holdsNames = try state.bool()
        said = try state.value(Answer.init(rawValue:))
    }
}

extension RedactionFrame.Slot {
    fileprivate func save(to state: inout StateWriter) {
        state.int(place.rawValue)
        action.save(to: &state)
        state.int(alive)
        state.bool(isName)
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(place: try state.value(RedactionPlace.init(rawValue:)))
        action = try RedactionAction(from: &state)
        alive = try state.int()
        isName = try state.bool()
    }
}

extension RedactionAction {
    fileprivate func save(to state: inout StateWriter) {
        state.int(form.rawValue)
        state.int(rule.rawValue)
    }

    fileprivate init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(try state.value(Form.init(rawValue:)), try state.value(RedactionRule.init(rawValue:)))
    }
}

extension SecretReading {
    fileprivate func save(to state: inout StateWriter) {
        action.save(to: &state)
        state.optional(label) { $0.string($1) }
        state.int(tail.form.rawValue)
        state.int(tail.remaining)
        state.int(tail.count)
        hash.save(to: &state)
        state.bytes(head)
        state.int(size)
    }

    fileprivate init(from state: inout StateReader, prepared: HMACSHA256) throws(StateReader.Failure) {
        let action = try RedactionAction(from: &state)
        let label = try state.optional { state throws(StateReader.Failure) in try state.string() }
        var tail = SecretTail(try state.value(SecretTail.Form.init(rawValue:)))
        tail.remaining = try state.count(limit: 1 << 48)
        tail.count = try state.count(limit: 1 << 48)
        self.init(
            action, label: label, tail: tail, hash: try HMACSHA256(from: &state, prepared: prepared))
        head = try state.bytes()
        size = try state.count(limit: 1 << 48)
    }
}

extension StateReader {
    fileprivate mutating func value<Value>(_ make: (UInt8) -> Value?) throws(Failure) -> Value {
        guard let value = make(try int(UInt8.self)) else { throw .malformed }
        return value
    }
}
