internal import MCPSemantics
internal import Recording

/// A block as read: the bytes before compression, and its index.
struct DecodedBlock {
    let raw: [UInt8]
    private(set) var entries: [BlockEntry] = []
    /// The bodies' and the literals' ranges in `raw`. Literal offsets count from the start of the latter.
    private(set) var bodies = 0..<0
    private(set) var literals = 0..<0
    private var words: [Range<Int>] = []

    /// Nil when `raw` is not a block. The checksum was verified before, so that means a newer format or a
    /// mistake of ours; either way nothing traps.
    init?(_ raw: [UInt8]) {
        self.raw = raw
        let isWhole = raw.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return decode(&reader)
        }
        guard isWhole else { return nil }
    }

    func word(_ number: Int32) -> String? {
        guard number >= 0, Int(number) < words.count else { return nil }
        return String(decoding: raw[words[Int(number)]], as: UTF8.self)
    }

    /// The bytes of an inline body.
    func body(of entry: BlockEntry) -> ArraySlice<UInt8> {
        let start = bodies.lowerBound + entry.bodyOffset
        return raw[start..<start + entry.bodyLength]
    }

    /// The id's text as it stood on the wire.
    func idText(of entry: BlockEntry) -> ArraySlice<UInt8>? {
        switch entry.idPlace {
        case .none: return nil
        case .literal:
            let start = literals.lowerBound + entry.idOffset
            return raw[start..<start + entry.idLength]
        case .inBody:
            let start = bodies.lowerBound + entry.bodyOffset + entry.idOffset
            return raw[start..<start + entry.idLength]
        }
    }

    /// The position of the entry with this sequence number.
    func position(of sequence: Int64) -> Int? {
        let place = firstPosition(from: sequence)
        return place < entries.count && entries[place].sequence == sequence ? place : nil
    }

    /// The position of the first entry with at least this sequence number.
    func firstPosition(from sequence: Int64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The message without its body.
    func message(_ entry: BlockEntry) -> MessageRecord {
        var message = MessageRecord(
            sequence: entry.sequence, time: Timestamp(nanoseconds: entry.time), lane: entry.lane,
            kind: entry.kind,
            body: .omitted, size: entry.size)
        message.stream = StreamID(entry.stream)
        message.id = idText(of: entry).map { RequestID(String(decoding: $0, as: UTF8.self)) }
        message.method = word(entry.method)
        message.name = word(entry.name)
        message.exchange = entry.exchange == 0 ? nil : entry.exchange
        message.hasLineFeed = !entry.flags.contains(.withoutLineFeed)
        message.isPartial = entry.flags.contains(.partial)
        if entry.flags.contains(.truncated) {
            message.truncated = .init(sha256: [UInt8](raw[entry.digestOffset..<entry.digestOffset + 32]))
        }
        if entry.flags.contains(.framed) { message.framing = MessageFraming(encoded: raw[entry.framing]) }
        if entry.flags.contains(.redacted) {
            message.redactions = [Redaction](encoded: raw[entry.redactions]) ?? []
        }
        if entry.flags.contains(.faulted) { message.fault = FaultMark(encoded: raw[entry.fault]) }
        return message
    }

    // MARK: Decoding

    private mutating func decode(_ reader: inout ByteReader) -> Bool {
        guard reader.byte() == BlockFormat.version, let count = reader.int(), count <= raw.count,
            let base = reader.varint(), let time = reader.signed(), let wordCount = reader.int(),
            wordCount <= raw.count
        else { return false }
        words.reserveCapacity(wordCount)
        for _ in 0..<wordCount {
            guard let length = reader.int(), let range = reader.range(length) else { return false }
            words.append(range)
        }
        var columns: [ByteReader] = []
        for column in 0..<BlockColumns.count {
            guard let length = reader.int() else { return false }
            if column == 7 { literals = reader.offset..<reader.offset }
            guard let part = reader.reader(length) else { return false }
            if column == 7 { literals = reader.offset - length..<reader.offset }
            columns.append(part)
        }
        bodies = reader.offset..<raw.count
        var row = RowReader(columns, sequence: Int64(bitPattern: base) &- 1, time: time)
        entries.reserveCapacity(count)
        for _ in 0..<count {
            guard
                let entry = row.next(
                    literals: literals, bodyCount: bodies.count, wordCount: words.count)
            else { return false }
            entries.append(entry)
        }
        return row.bodyOffset == bodies.count
    }
}

/// Reads one entry after the other from the columns.
private struct RowReader {
    private var columns: [ByteReader]
    private var sequence: Int64
    private var time: Int64
    private var exchange = 0
    private(set) var bodyOffset = 0

    init(_ columns: [ByteReader], sequence: Int64, time: Int64) {
        self.columns = columns
        self.sequence = sequence
        self.time = time
    }

    mutating func next(literals: Range<Int>, bodyCount: Int, wordCount: Int) -> BlockEntry? {
        guard let step = columns[0].varint(), let pause = columns[1].signed(), let shape = columns[2].byte(),
            let lane = Lane(rawValue: shape & 3), let kind = MessageKind(rawValue: shape >> 2 & 7),
            let storage = BlockEntry.Storage(rawValue: shape >> 5 & 3), let method = columns[4].int(),
            let name = columns[5].int(), method <= wordCount, name <= wordCount, let size = columns[9].int()
        else { return nil }
        let previous = sequence
        sequence = sequence &+ Int64(bitPattern: step) &+ 1
        guard sequence > previous else { return nil }
        time = time &+ pause
        var entry = BlockEntry(
            sequence: sequence, time: time, lane: lane, kind: kind, storage: storage, size: size)
        entry.method = Int32(truncatingIfNeeded: method) - 1
        entry.name = Int32(truncatingIfNeeded: name) - 1
        var kept = size
        if shape & 0x80 != 0 {
            guard let known = readFlags(into: &entry, size: size) else { return nil }
            kept = known
        }
        guard let step = columns[8].varint() else { return nil }
        if step > 0 {
            let step = step - 1
            exchange = exchange &+ Int(Int64(bitPattern: step >> 1) ^ -Int64(bitPattern: step & 1))
            entry.exchange = exchange
        }
        guard readStorage(into: &entry, kept: kept, bodyCount: bodyCount) else { return nil }
        guard readID(into: &entry, literals: literals) else { return nil }
        return entry
    }

    /// How many bytes of the body are kept, or nil when the column is short.
    private mutating func readFlags(into entry: inout BlockEntry, size: Int) -> Int? {
        guard let flags = columns[3].byte() else { return nil }
        entry.flags = BlockEntry.Flags(rawValue: flags)
        guard entry.flags.isSubset(of: .known) else { return nil }
        if entry.flags.contains(.otherStream) {
            guard let stream = columns[3].varint(), let number = UInt32(exactly: stream) else { return nil }
            entry.stream = number
        }
        var kept = size
        if entry.flags.contains(.truncated) {
            guard let digest = columns[3].range(32), let length = columns[3].int() else { return nil }
            entry.digestOffset = digest.lowerBound
            kept = length
        }
        if entry.flags.contains(.framed) {
            guard let length = columns[3].int(), let range = columns[3].range(length) else { return nil }
            entry.framing = range
        }
        if entry.flags.contains(.redacted) {
            guard let length = columns[3].int(), let range = columns[3].range(length) else { return nil }
            entry.redactions = range
            if !entry.flags.contains(.truncated) {
                guard let length = columns[3].int() else { return nil }
                kept = length
            }
        }
        if entry.flags.contains(.faulted) {
            guard let length = columns[3].int(), let range = columns[3].range(length) else { return nil }
            entry.fault = range
        }
        return kept
    }

    private mutating func readStorage(into entry: inout BlockEntry, kept: Int, bodyCount: Int) -> Bool {
        switch entry.storage {
        case .inline:
            guard kept <= bodyCount - bodyOffset else { return false }
            entry.bodyOffset = bodyOffset
            entry.bodyLength = kept
            bodyOffset += kept
        case .omitted: break
        case .parts:
            guard let body = columns[10].int(), let count = columns[10].int() else { return false }
            entry.first = body
            entry.second = count
        case .reference:
            guard let back = columns[10].int() else { return false }
            var checksum = 0
            for shift in [0, 8, 16, 24] {
                guard let byte = columns[10].byte() else { return false }
                checksum |= Int(byte) << shift
            }
            entry.first = back
            entry.second = checksum
        }
        return true
    }

    private mutating func readID(into entry: inout BlockEntry, literals: Range<Int>) -> Bool {
        guard let place = columns[6].int() else { return false }
        switch place {
        case 0: return true
        case 1:
            guard let length = columns[7].int(), let range = columns[7].range(length) else { return false }
            entry.idPlace = .literal
            entry.idOffset = range.lowerBound - literals.lowerBound
            entry.idLength = length
        default:
            guard entry.storage == .inline, let length = columns[6].int() else { return false }
            entry.idPlace = .inBody
            entry.idOffset = place - 2
            entry.idLength = length
            guard entry.idOffset <= entry.bodyLength, length <= entry.bodyLength - entry.idOffset else {
                return false
            }
        }
        return true
    }
}
