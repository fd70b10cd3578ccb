/// Checkpoints. What is read is checked, so that a damaged checkpoint throws and cannot trap later.
extension JSONGrammar {
    func save(to writer: inout StateWriter) {
        writer.int(state.rawValue)
        writer.int(failure.rawValue)
        writer.int(depth)
        writer.int(offset)
        writer.int(kinds)
        writer.array(outer) { $0.int($1) }
        writer.bool(isKey)
        writer.bool(isEscaped)
        writer.int(hexLeft)
        writer.int(sequence.remaining)
        writer.int(sequence.lowest)
        writer.int(sequence.highest)
        writer.int(literal.rawValue)
        writer.int(literalCount)
    }

    init(from reader: inout StateReader, depthLimit: Int) throws(StateReader.Failure) {
        self.init(depthLimit: depthLimit)
        state = try reader.choice(State.init(rawValue:))
        failure = try reader.choice(Failure.init(rawValue:))
        depth = try reader.count(limit: depthLimit)
        offset = try reader.count(limit: .max)
        kinds = try reader.int()
        outer = try reader.array(limit: depthLimit / 64) { reader throws(StateReader.Failure) in
            try reader.int(UInt64.self)
        }
        isKey = try reader.bool()
        isEscaped = try reader.bool()
        hexLeft = try reader.int()
        sequence = UTF8Sequence(
            remaining: try reader.int(), lowest: try reader.int(), highest: try reader.int())
        literal = try reader.choice(JSONKind.init(rawValue:))
        literalCount = try reader.count(limit: 5)
        let isLiteralOpen = literalCount < (literal == .false ? 5 : 4) && literalCount > 0
        guard outer.count == max(0, depth - 1) / 64, state != .literal || isLiteralOpen,
            state != .hex || (1...4).contains(hexLeft), state != .sequence || sequence.isOpen
        else { throw .malformed }
    }
}

extension EnvelopeReader {
    func save(to writer: inout StateWriter) {
        writer.int(outside.rawValue)
        writer.bool(hasVersion)
        writer.int(field.rawValue)
        writer.int(fieldKind.rawValue)
        writer.int(fieldStart)
        writer.optional(tokenStart) { $0.int($1) }
        writer.bytes(token)
        writer.int(matched)
        for place in 0..<4 { writer.int(trail[place]) }
        writer.int(nextNode)
        writer.array(open) {
            $0.int($1.leaf)
            $0.int($1.depth)
            $0.int($1.start)
            $0.bytes($1.bytes)
        }
        writer.array(captures.sorted { $0.key < $1.key }) {
            $0.int($1.key)
            $0.bytes($1.value)
        }
        for range in [found.id, found.method, found.params, found.result, found.error] {
            writer.optional(range) { $0.range($1) }
        }
        writer.array(found.members) { $0.range($1) }
        writer.int(found.unlistedMembers)
    }

    init(from reader: inout StateReader, paths: FieldPaths) throws(StateReader.Failure) {
        self.init(paths: paths)
        outside = try reader.choice(Outside.init(rawValue:))
        hasVersion = try reader.bool()
        field = try reader.choice(Field.init(rawValue:))
        fieldKind = try reader.choice(JSONKind.init(rawValue:))
        fieldStart = try reader.count(limit: .max)
        tokenStart = try reader.optional { reader throws(StateReader.Failure) in
            try reader.count(limit: .max)
        }
        token = try reader.bytes()
        matched = try reader.count(limit: FieldPaths.depthLimit)
        interest = max(1, matched)
        for place in 0..<4 { trail[place] = Int16(try reader.count(limit: paths.nodes.count - 1)) }
        nextNode = Int16(try reader.count(limit: paths.nodes.count - 1))
        open = try reader.array(limit: FieldPaths.depthLimit) { reader throws(StateReader.Failure) in
            OpenCapture(
                leaf: try reader.count(limit: max(0, paths.paths.count - 1)),
                depth: try reader.count(limit: .max),
                start: try reader.count(limit: .max), bytes: try reader.bytes())
        }
        for _ in 0..<(try reader.count(limit: paths.paths.count)) {
            captures[try reader.count(limit: max(0, paths.paths.count - 1))] = try reader.bytes()
        }
        found.id = try reader.optional(StateReader.range)
        found.method = try reader.optional(StateReader.range)
        found.params = try reader.optional(StateReader.range)
        found.result = try reader.optional(StateReader.range)
        found.error = try reader.optional(StateReader.range)
        found.members = try reader.array(limit: Envelope.memberLimit, StateReader.range)
        found.unlistedMembers = try reader.count(limit: .max)
    }
}

extension StateWriter {
    fileprivate mutating func range(_ range: Range<Int>) {
        int(range.lowerBound)
        int(range.count)
    }
}

extension StateReader {
    fileprivate static func range(_ reader: inout StateReader) throws(Failure) -> Range<Int> {
        let start = try reader.count(limit: .max)
        let count = try reader.count(limit: .max - start)
        return start..<start + count
    }

    fileprivate mutating func choice<Choice>(_ make: (UInt8) -> Choice?) throws(Failure) -> Choice {
        guard let choice = make(try int(UInt8.self)) else { throw .malformed }
        return choice
    }
}
