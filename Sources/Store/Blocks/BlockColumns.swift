internal import MCPSemantics
internal import Recording

/// The columns of a block's index while it is written.
struct BlockColumns {
    private var sequences: [UInt8] = []
    private var times: [UInt8] = []
    private var shapes: [UInt8] = []
    private var extras: [UInt8] = []
    private var methods: [UInt8] = []
    private var names: [UInt8] = []
    private var ids: [UInt8] = []
    private var literals: [UInt8] = []
    private var exchanges: [UInt8] = []
    private var sizes: [UInt8] = []
    private var bodies: [UInt8] = []

    private var sequence: Int64 = 0
    private var time: Int64 = 0
    private var exchange = 0

    static let count = 11
    var size: Int { all.reduce(0) { $0 + $1.count + 5 } }

    private var all: [[UInt8]] {
        [sequences, times, shapes, extras, methods, names, ids, literals, exchanges, sizes, bodies]
    }

    mutating func begin(sequence: Int64, time: Int64) {
        self.sequence = sequence &- 1
        self.time = time
    }

    mutating func append(_ entry: BlockEntry, method: Int, name: Int, literals source: [UInt8]) {
        sequences.appendVarint(UInt64(bitPattern: entry.sequence &- sequence &- 1))
        sequence = entry.sequence
        times.appendSigned(entry.time &- time)
        time = entry.time
        shapes.append(
            entry.lane.rawValue | entry.kind.rawValue << 2 | entry.storage.rawValue << 5
                | (entry.flags.isEmpty ? 0 : 0x80))
        if !entry.flags.isEmpty {
            extras.append(entry.flags.rawValue)
            if entry.flags.contains(.otherStream) { extras.appendVarint(UInt64(entry.stream)) }
            if entry.flags.contains(.truncated) {
                extras.append(contentsOf: source[entry.digestOffset..<entry.digestOffset + 32])
                extras.appendVarint(entry.bodyLength)
            }
            if entry.flags.contains(.framed) {
                extras.appendVarint(entry.framing.count)
                extras.append(contentsOf: source[entry.framing])
            }
            if entry.flags.contains(.redacted) {
                extras.appendVarint(entry.redactions.count)
                extras.append(contentsOf: source[entry.redactions])
                // The size is the wire's; of a truncated message the kept length stands above.
                if !entry.flags.contains(.truncated) { extras.appendVarint(entry.bodyLength) }
            }
            if entry.flags.contains(.faulted) {
                extras.appendVarint(entry.fault.count)
                extras.append(contentsOf: source[entry.fault])
            }
        }
        methods.appendVarint(method)
        names.appendVarint(name)
        switch entry.idPlace {
        case .none: ids.append(0)
        case .literal:
            ids.append(1)
            literals.appendVarint(entry.idLength)
            literals.append(contentsOf: source[entry.idOffset..<entry.idOffset + entry.idLength])
        case .inBody:
            ids.appendVarint(entry.idOffset + 2)
            ids.appendVarint(entry.idLength)
        }
        // Most messages belong to the exchange of the one before them, or to the next one.
        if entry.exchange == 0 {
            exchanges.append(0)
        } else {
            let step = Int64(entry.exchange &- exchange)
            exchanges.appendVarint(UInt64(bitPattern: (step << 1) ^ (step >> 63)) &+ 1)
            exchange = entry.exchange
        }
        sizes.appendVarint(entry.size)
        switch entry.storage {
        case .inline, .omitted: break
        case .parts:
            bodies.appendVarint(entry.first)
            bodies.appendVarint(entry.second)
        case .reference:
            bodies.appendVarint(entry.first)
            for shift in [0, 8, 16, 24] { bodies.append(UInt8(truncatingIfNeeded: entry.second >> shift)) }
        }
    }

    func write(to block: inout [UInt8]) {
        for column in all {
            block.appendVarint(column.count)
            block.append(contentsOf: column)
        }
    }
}
