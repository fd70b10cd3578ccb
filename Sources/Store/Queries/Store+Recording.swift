public import MCPSemantics
public import Recording

extension Store: RecordingSource {
    /// Bytes of bodies after which a page of entries ends: `RecordingSource`.
    private static let entryPageSize = 1 << 20

    public func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        try asSource { () throws(StoreFailure) in
            let row = try existing(session)
            return try reading { () throws(StoreFailure) in
                try readExchanges(of: row, session, from: number, limit: max(1, limit))
            }
        }
    }

    public func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        try asSource { () throws(StoreFailure) in
            try reading { () throws(StoreFailure) in
                let row = try existing(session)
                var page = EntryPage(limit: max(1, limit), gaps: [])
                page.gaps = try GapRow.read(of: row, from: sequence, limit: page.limit, in: database)
                var next = sequence
                while !page.isFull {
                    // Open blocks are small, so several are looked up at once.
                    let places = try blockPlaces(of: row, from: next, limit: 16)
                    if places.isEmpty { break }
                    for place in places where !page.isFull {
                        try read(place, from: next, of: row, session, into: &page)
                        next = place.last + 1
                    }
                }
                page.finish()
                return page.entries
            }
        }
    }

    public func lastSequence(of session: SessionID) throws(SourceFailure) -> Int64? {
        try asSource { () throws(StoreFailure) in
            try reading { () throws(StoreFailure) in
                // Blocks do not overlap.
                let query = try database.statement(
                    """
                    SELECT max(
                        coalesce(
                            (SELECT last FROM block WHERE session = ?1 ORDER BY first DESC LIMIT 1), 0),
                        coalesce((SELECT max(sequence) FROM gap WHERE session = ?1), 0))
                    """)
                defer { query.reset() }
                query.bind(1, try existing(session))
                guard try query.step(), query.integer(0) > 0 else { return nil }
                return query.integer(0)
            }
        }
    }

    public func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var part = 0
        while let bytes = try self.part(part, of: session, body: body) {
            try receive(bytes[...])
            part += 1
        }
    }

    /// One part of a large message, or nil after the last.
    private func part(
        _ part: Int, of session: SessionID, body: Int
    ) throws(SourceFailure) -> [UInt8]? {
        try asSource { () throws(StoreFailure) in
            try self.part(part, of: try existing(session), session, body: body)
        }
    }

    /// The same of the session with this row number.
    func part(
        _ part: Int, of row: Int64, _ session: SessionID, body: Int
    ) throws(StoreFailure) -> [UInt8]? {
        let query = try database.statement(
            """
            SELECT codec, size, checksum, content FROM part
            WHERE session = ?1 AND body = ?2 AND part = ?3
            """)
        defer { query.reset() }
        query.bind(1, row)
        query.bind(2, body)
        query.bind(3, part)
        guard try query.step() else { return nil }
        guard let bytes = expand(query, from: 0) else {
            throw StoreFailure(
                .damaged,
                "\(directory.index): session \(session.text): part \(part) of large message \(body)"
                    + " contradicts its checksum; see mcptape doctor")
        }
        return bytes
    }

    // MARK: Pages of entries

    private func read(
        _ place: BlockPlace, from sequence: Int64, of row: Int64, _ session: SessionID,
        into page: inout EntryPage
    ) throws(StoreFailure) {
        guard let block = try self.block(place.number) else {
            noteDamage(of: place, in: session)
            // One gap stands for the whole block; a page that begins inside it was told before.
            if place.first >= sequence {
                let time = Timestamp(nanoseconds: place.time)
                page.append(
                    .gap(
                        GapRecord(
                            sequence: place.first, through: place.last,
                            gap: Gap(from: time, to: time, reason: .damaged))),
                    size: 0)
            }
            return
        }
        for entry in block.entries[block.firstPosition(from: sequence)...] {
            guard !page.isFull else { return }
            let message = try message(entry, in: block, of: row, id: session)
            var size = 0
            if case .inline(let bytes) = message.body { size = bytes.count }
            page.append(.message(message), size: size)
        }
    }

    /// Collects entries and puts the gaps between them.
    private struct EntryPage {
        var limit: Int
        var gaps: [GapRecord]
        var entries: [RecordingEntry] = []
        private var size = 0
        private var nextGap = 0

        init(limit: Int, gaps: [GapRecord]) {
            self.limit = limit
            self.gaps = gaps
        }

        var isFull: Bool { entries.count >= limit || size >= Store.entryPageSize }

        mutating func append(_ entry: RecordingEntry, size: Int) {
            while nextGap < gaps.count, gaps[nextGap].sequence < entry.sequence, !isFull { appendGap() }
            guard !isFull else { return }
            entries.append(entry)
            self.size += size
        }

        /// Adds the gaps after the last message.
        mutating func finish() {
            while nextGap < gaps.count, !isFull { appendGap() }
        }

        private mutating func appendGap() {
            entries.append(.gap(gaps[nextGap]))
            nextGap += 1
        }
    }

    // MARK: Rows

    func existing(_ session: SessionID) throws(StoreFailure) -> Int64 {
        guard let row = try number(of: session) else {
            throw StoreFailure(.missing, "\(directory.path): there is no session \(session.text)")
        }
        return row
    }

    /// Runs a query and tells its failure in the words of the port.
    func asSource<R>(_ body: () throws(StoreFailure) -> R) throws(SourceFailure) -> R {
        do { return try body() } catch { throw error.asSourceFailure }
    }
}
