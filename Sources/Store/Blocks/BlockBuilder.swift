internal import MCPSemantics
internal import Recording

/// Collects messages and encodes them, all or the newest, as a block.
///
/// *Format of a block before compression*: version, count, first sequence and time, the words (methods and
/// names), then each column of the index with its length, then the bodies. Columns of equal things lie
/// together because they compress better so than rows.
struct BlockBuilder {
    private(set) var entries: [BlockEntry] = []
    private(set) var bodies: [UInt8] = []
    private(set) var literals: [UInt8] = []
    private var words: [String] = []
    private var wordNumbers: [String: Int32] = [:]

    /// What the block takes before compression, roughly: an entry's index needs 10 to 20 bytes.
    var size: Int { bodies.count + literals.count + entries.count * 12 }
    var count: Int { entries.count }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
        literals.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        wordNumbers.removeAll(keepingCapacity: true)
    }

    /// Adds a message whose bytes go where `body` says.
    mutating func append(_ message: MessageRecord, body: Body) {
        var entry = BlockEntry(
            sequence: message.sequence, time: message.time.nanoseconds, lane: message.lane,
            kind: message.kind,
            storage: .omitted, size: message.size)
        if !message.hasLineFeed { entry.flags.insert(.withoutLineFeed) }
        if message.isPartial { entry.flags.insert(.partial) }
        if message.stream.number != 0 {
            entry.flags.insert(.otherStream)
            entry.stream = message.stream.number
        }
        entry.method = word(message.method)
        entry.name = word(message.name)
        entry.exchange = message.exchange ?? 0
        if let truncated = message.truncated {
            entry.flags.insert(.truncated)
            entry.digestOffset = literals.count
            for index in 0..<32 {
                literals.append(index < truncated.sha256.count ? truncated.sha256[index] : 0)
            }
        }
        if let framing = message.framing {
            entry.flags.insert(.framed)
            let start = literals.count
            framing.append(to: &literals)
            entry.framing = start..<literals.count
        }
        if !message.redactions.isEmpty {
            entry.flags.insert(.redacted)
            let start = literals.count
            message.redactions.append(to: &literals)
            entry.redactions = start..<literals.count
        }
        if let fault = message.fault {
            entry.flags.insert(.faulted)
            let start = literals.count
            literals.append(contentsOf: fault.encoded)
            entry.fault = start..<literals.count
        }
        switch body {
        case .inline(let bytes, let id):
            entry.storage = .inline
            entry.bodyOffset = bodies.count
            entry.bodyLength = bytes.count
            bodies.append(contentsOf: bytes)
            if let id {
                entry.idPlace = .inBody
                entry.idOffset = id.lowerBound
                entry.idLength = id.count
            } else {
                setLiteralID(message.id, of: &entry)
            }
        case .shared(let target, let checksum):
            entry.storage = .reference
            entry.first = Int(clamping: message.sequence &- target)
            entry.second = Int(checksum)
            setLiteralID(message.id, of: &entry)
        case .parts(let number, let count):
            entry.storage = .parts
            entry.first = number
            entry.second = count
            setLiteralID(message.id, of: &entry)
        case .omitted:
            setLiteralID(message.id, of: &entry)
        }
        entries.append(entry)
    }

    /// Where a message's bytes go.
    enum Body {
        /// Into the block; the range of its id within, when it was found there.
        case inline(UnsafeRawBufferPointer, id: Range<Int>?)
        /// The body of message `target` with our id in place of its; the checksum is of the rebuilt bytes.
        case shared(target: Int64, checksum: UInt32)
        case parts(body: Int, count: Int)
        case omitted
    }

    /// Adds what an earlier block holds, to write it anew within a larger one.
    mutating func append(_ block: DecodedBlock) {
        let bodyShift = bodies.count
        let literalShift = literals.count
        block.raw.withUnsafeBytes { raw in
            bodies.append(contentsOf: raw[block.bodies])
            literals.append(contentsOf: raw[block.literals])
        }
        for var entry in block.entries {
            entry.method = word(block.word(entry.method))
            entry.name = word(block.word(entry.name))
            if entry.storage == .inline { entry.bodyOffset += bodyShift }
            if entry.idPlace == .literal { entry.idOffset += literalShift }
            if entry.flags.contains(.truncated) {
                let digest = entry.digestOffset..<entry.digestOffset + 32
                entry.digestOffset = literals.count
                literals.append(contentsOf: block.raw[digest])
            }
            if entry.flags.contains(.framed) {
                let start = literals.count
                literals.append(contentsOf: block.raw[entry.framing])
                entry.framing = start..<literals.count
            }
            if entry.flags.contains(.redacted) {
                let start = literals.count
                literals.append(contentsOf: block.raw[entry.redactions])
                entry.redactions = start..<literals.count
            }
            if entry.flags.contains(.faulted) {
                let start = literals.count
                literals.append(contentsOf: block.raw[entry.fault])
                entry.fault = start..<literals.count
            }
            entries.append(entry)
        }
    }

    private mutating func setLiteralID(_ id: RequestID?, of entry: inout BlockEntry) {
        guard let id else { return }
        entry.idPlace = .literal
        entry.idOffset = literals.count
        literals.append(contentsOf: id.text.utf8)
        entry.idLength = literals.count - entry.idOffset
    }

    private mutating func word(_ text: String?) -> Int32 {
        guard let text else { return -1 }
        if let known = wordNumbers[text] { return known }
        let number = Int32(truncatingIfNeeded: words.count)
        words.append(text)
        wordNumbers[text] = number
        return number
    }

    // MARK: Encoding

    /// The block of all entries from `start` on, before compression.
    func encoded(from start: Int) -> [UInt8] {
        var columns = BlockColumns()
        var used = [Int32](repeating: -1, count: words.count)
        var order: [Int32] = []
        func number(_ word: Int32) -> Int {
            guard word >= 0 else { return 0 }
            if used[Int(word)] < 0 {
                used[Int(word)] = Int32(order.count)
                order.append(word)
            }
            return Int(used[Int(word)]) + 1
        }
        let slice = entries[start...]
        let base = slice.first
        columns.begin(sequence: base?.sequence ?? 0, time: base?.time ?? 0)
        for entry in slice {
            columns.append(entry, method: number(entry.method), name: number(entry.name), literals: literals)
        }
        var block: [UInt8] = [BlockFormat.version]
        let bodyStart = slice.first { $0.storage == .inline }?.bodyOffset ?? bodies.count
        block.reserveCapacity(bodies.count - bodyStart + columns.size + 64)
        block.appendVarint(slice.count)
        block.appendVarint(UInt64(bitPattern: base?.sequence ?? 0))
        block.appendSigned(base?.time ?? 0)
        block.appendVarint(order.count)
        for word in order {
            let text = words[Int(word)].utf8
            block.appendVarint(text.count)
            block.append(contentsOf: text)
        }
        columns.write(to: &block)
        block.append(contentsOf: bodies[bodyStart...])
        return block
    }
}
