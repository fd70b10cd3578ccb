internal import MCPSemantics
internal import Recording
internal import Wire

/// The file on its way out: its pieces, its size, and what had to be left out.
struct ExportPieces {
    /// What of payloads goes into the file from here on.
    enum Payloads {
        case all
        /// Those over `EntryPieces.largePayload` are left out.
        case small
        case none
    }

    private(set) var report = PageExport.Report()
    private(set) var payloads = Payloads.all
    private let limit: Int
    private let compress: ([UInt8]) -> [UInt8]?
    private var reserved = 0
    private var count = 0

    init(limit: Int, compress: @escaping ([UInt8]) -> [UInt8]?) {
        self.limit = limit
        self.compress = compress
    }

    /// Keeps room for what comes last.
    mutating func reserve(_ bytes: Int) { reserved += bytes }

    /// Whether a piece fits, with so many bytes behind it.
    func fits(_ packed: [UInt8], before rest: Int) -> Bool {
        report.size + packed.count + reserved + rest <= limit
    }

    /// Leaves out more from now on.
    mutating func leaveOutMore() { payloads = payloads == .all ? .small : .none }

    mutating func note(cut bytes: Int) {
        report.cutMessages += 1
        report.cutBytes += bytes
    }

    /// Takes back what was noted, since it is noted anew.
    mutating func uncut(_ bytes: Int) {
        report.cutMessages -= 1
        report.cutBytes -= bytes
    }

    /// gzip in base64, as it stands in the file.
    func packed(_ bytes: [UInt8]) -> [UInt8] { Array(Base64.encoded(compress(bytes) ?? bytes).utf8) }

    mutating func emit(_ bytes: [UInt8], _ emit: (ArraySlice<UInt8>) throws -> Void) throws {
        report.size += bytes.count
        try emit(bytes[...])
    }

    /// Writes the next piece; answers its number.
    mutating func piece(
        _ packed: [UInt8], _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        defer { count += 1 }
        try piece(String(count), packed, emit)
        return count
    }

    mutating func piece(
        _ name: String, _ packed: [UInt8], _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        // Of a type that no browser runs; the alphabet of base64 holds nothing that ends it.
        let start = Array("<script type=\"application/octet-stream\" id=\"mcptape-\(name)\">".utf8)
        try self.emit(start + packed + Array("</script>\n".utf8), emit)
    }
}

/// The entries of one session, collected into pieces.
struct EntryPieces {
    /// Bytes of text in a piece: some milliseconds to unpack, and enough to compress well.
    static let pieceSize = 1 << 20
    /// Payloads over so many bytes are left out first when the file grows too large.
    static let largePayload = 16 << 10
    /// What a message without its payload adds to the file, about, when many are compressed together.
    static let headCost = 48

    /// The first sequence number of each piece.
    private(set) var places: [(Int, Int)] = []
    /// Of messages that have a piece for themselves.
    private(set) var large: [(Int, Int)] = []
    private let session: SessionID
    private let source: any RecordingSource
    /// Entries that are still to come, as far as it is known.
    private var left: Int
    private var waiting: [Waiting] = []
    private var size = 0

    private struct Waiting {
        var entry: RecordingEntry
        var line: [UInt8]
        var isCut: Bool
    }

    init(of summary: SessionSummary, in source: any RecordingSource) {
        session = summary.description.id
        self.source = source
        left = summary.state.messages.total + summary.state.standardErrorLines + summary.state.gaps
    }

    mutating func add(
        _ entry: RecordingEntry, to output: inout ExportPieces, _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        left = max(0, left - 1)
        var isCut = false
        if case .message(let message) = entry, case .parts = message.body {
            isCut = try !addLarge(message, to: &output, emit)
            if isCut { output.note(cut: message.size) }
        }
        append(entry, isCut: isCut, &output)
        if size >= EntryPieces.pieceSize { try flush(to: &output, emit) }
    }

    /// Gives a message over 1 MiB a piece for itself; false: it does not fit.
    private mutating func addLarge(
        _ message: MessageRecord, to output: inout ExportPieces, _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws -> Bool {
        guard output.payloads == .all, message.size <= RecordingAPI.messageLimit,
            let bytes = try source.bytes(of: message, in: session)
        else { return false }
        let packed = output.packed(Array(bytes))
        // Smaller ones may still fit: only this one is left out.
        guard output.fits(packed, before: left * EntryPieces.headCost) else { return false }
        large.append((Int(message.sequence), try output.piece(packed, emit)))
        return true
    }

    private mutating func append(_ entry: RecordingEntry, isCut: Bool, _ output: inout ExportPieces) {
        var json = JSONWriter()
        let bytes = entry.payloadSize
        let isLeftOut =
            switch output.payloads {
            case .all: false
            case .small: bytes > EntryPieces.largePayload
            case .none: bytes > 0
            }
        json.entry(isLeftOut ? entry.withoutPayload : entry, of: session)
        if isLeftOut { output.note(cut: bytes) }
        var line = json.bytes
        if isLeftOut || isCut { line = line.dropLast() + Array(",\"cut\":true}".utf8) }
        line.append(0x0A)
        size += line.count
        waiting.append(Waiting(entry: entry, line: line, isCut: isCut))
    }

    /// Writes what waits, with as much of its payload as fits.
    mutating func flush(
        to output: inout ExportPieces, _ emit: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        guard let first = waiting.first else { return }
        while true {
            let packed = output.packed(waiting.flatMap(\.line))
            if output.payloads == .none || output.fits(packed, before: left * EntryPieces.headCost) {
                places.append((Int(first.entry.sequence), try output.piece(packed, emit)))
                break
            }
            let before = output.payloads
            output.leaveOutMore()
            let again = waiting
            waiting = []
            for item in again {
                // What was left out already is not counted twice.
                let wasLeftOut = before == .small && item.entry.payloadSize > EntryPieces.largePayload
                if wasLeftOut { output.uncut(item.entry.payloadSize) }
                append(item.entry, isCut: item.isCut, &output)
            }
        }
        waiting = []
        size = 0
    }
}

extension RecordingEntry {
    /// Bytes of what can be left out.
    fileprivate var payloadSize: Int {
        guard case .message(let message) = self, case .inline(let bytes) = message.body, message.kind != .http
        else { return 0 }
        return bytes.count
    }
}
