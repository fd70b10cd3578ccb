internal import MCPSemantics
public import Recording
public import Wire

/// What to look for in payloads.
public struct SearchRequest: Sendable {
    /// A message matches when one of these is in its bytes: a text, and the same text with JSON's escapes.
    public var alternatives: [ByteSearch]
    /// Sessions to look in, in this order; nil: all, newest start first.
    public var sessions: [SessionID]?

    public init(_ alternatives: [ByteSearch], sessions: [SessionID]? = nil) {
        self.alternatives = alternatives
        self.sessions = sessions
    }
}

extension Store {
    /// Hands every matching message to `visit`, within a session newest first, until it answers false.
    ///
    /// No transaction is held while `visit` runs; one block, or one part of a large message, is expanded at
    /// a time.
    public func search(
        _ request: SearchRequest, visit: (SessionID, MessageRecord) throws -> Bool
    ) throws {
        for session in try request.sessions ?? sessions().map(\.description.id) {
            guard let row = try number(of: session) else { continue }
            var before = Int64.max
            while let (place, matches) = try matchesInBlock(of: row, session, before: before, request) {
                before = place.first
                for message in matches where try !visit(session, message) { return }
            }
        }
    }

    /// See `RecordingSource`. One block is expanded at a time, and searched as a whole.
    public func sequences(
        of session: SessionID, in range: ClosedRange<Int64>, holding search: ByteSearch
    ) throws -> Set<Int64> {
        try asSource { () throws(StoreFailure) in
            try reading { () throws(StoreFailure) in
                let row = try existing(session)
                let request = SearchRequest([search])
                var found: Set<Int64> = []
                var next = range.lowerBound
                while next <= range.upperBound {
                    let places = try blockPlaces(of: row, from: next, limit: 16)
                    guard let last = places.last else { break }
                    for place in places where place.first <= range.upperBound {
                        // Whoever skips what does not match reads no message of it, and is told here.
                        guard let block = try block(place.number) else {
                            noteDamage(of: place, in: session)
                            continue
                        }
                        for position in try matchingPositions(in: block, of: row, session, request) {
                            let sequence = block.entries[position].sequence
                            if range.contains(sequence) { found.insert(sequence) }
                        }
                    }
                    next = last.last + 1
                }
                return found
            }
        }
    }

    /// The newest block before a sequence number, with its matches newest first; nil: no more blocks.
    private func matchesInBlock(
        of row: Int64, _ session: SessionID, before: Int64, _ request: SearchRequest
    ) throws(StoreFailure) -> (BlockPlace, [MessageRecord])? {
        try reading { () throws(StoreFailure) in
            guard let place = try blockPlace(of: row, before: before) else { return nil }
            guard let block = try block(place.number) else {
                noteDamage(of: place, in: session)
                return (place, [])
            }
            var matches: [MessageRecord] = []
            for position in try matchingPositions(in: block, of: row, session, request).sorted(by: >) {
                matches.append(try message(block.entries[position], in: block, of: row, id: session))
            }
            return (place, matches)
        }
    }

    private func blockPlace(of session: Int64, before: Int64) throws(StoreFailure) -> BlockPlace? {
        let query = try database.statement(
            """
            SELECT number, first, last, time FROM block WHERE session = ?1 AND first < ?2
            ORDER BY first DESC LIMIT 1
            """)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, before)
        guard try query.step() else { return nil }
        return BlockPlace(
            number: query.integer(0), first: query.integer(1), last: query.integer(2), time: query.integer(3))
    }

    private func matchingPositions(
        in block: DecodedBlock, of session: Int64, _ id: SessionID, _ request: SearchRequest
    ) throws(StoreFailure) -> Set<Int> {
        var positions: Set<Int> = []
        for search in request.alternatives {
            block.addMatches(of: search, to: &positions)
            for (position, entry) in block.entries.enumerated() where !positions.contains(position) {
                switch entry.storage {
                case .inline, .omitted: continue
                case .reference:
                    // A shared body is searched as the message has it, with its own id.
                    guard let body = try sharedBody(entry, in: block, of: session) else {
                        noteMissingBody(of: entry, in: id)
                        continue
                    }
                    if search.firstIndex(in: body[...]) != nil { positions.insert(position) }
                case .parts:
                    if try isInParts(search, of: session, id, entry) { positions.insert(position) }
                }
            }
        }
        return positions
    }

    private func isInParts(
        _ search: ByteSearch, of session: Int64, _ id: SessionID, _ entry: BlockEntry
    ) throws(StoreFailure) -> Bool {
        let query = try database.statement(
            """
            SELECT codec, size, checksum, content FROM part WHERE session = ?1 AND body = ?2 ORDER BY part
            """)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, entry.first)
        // The end of the part before, where a match across the border would begin.
        var window: [UInt8] = []
        while try query.step() {
            guard let bytes = expand(query, from: 0) else {
                note(
                    Damage(
                        session: id, first: entry.sequence, last: entry.sequence,
                        reason: "a part of its body contradicts its checksum, and is not searched"))
                window = []
                continue
            }
            if search.firstIndex(in: bytes[...]) != nil { return true }
            let overlap = max(0, search.needle.count - 1)
            if overlap > 0 {
                window += bytes.prefix(overlap)
                if search.firstIndex(in: window[...]) != nil { return true }
                window = Array((bytes.count < overlap ? window : bytes).suffix(overlap))
            }
        }
        return false
    }
}

extension DecodedBlock {
    /// Adds the positions of the inline messages whose bytes hold what is searched.
    ///
    /// All bodies are searched as one text: that is many times faster than one search a message, and a match
    /// that crosses a border is looked at again.
    fileprivate func addMatches(of search: ByteSearch, to positions: inout Set<Int>) {
        raw.withUnsafeBufferPointer { bytes in
            var start = bodies.lowerBound
            var entry = 0
            while start < bodies.upperBound {
                let rest = UnsafeBufferPointer(rebasing: bytes[start..<bodies.upperBound])
                guard let offset = search.firstOffset(in: rest) else { return }
                let found = start + offset - bodies.lowerBound
                while entry < entries.count, !holds(entries[entry], found) { entry += 1 }
                guard entry < entries.count else { return }
                let end = entries[entry].bodyOffset + entries[entry].bodyLength
                if found + search.needle.count <= end {
                    positions.insert(entry)
                    start = bodies.lowerBound + end
                } else {
                    start += offset + 1
                }
            }
        }
    }

    private func holds(_ entry: BlockEntry, _ offset: Int) -> Bool {
        entry.storage == .inline && offset >= entry.bodyOffset && offset < entry.bodyOffset + entry.bodyLength
    }
}
