internal import MCPSemantics
internal import Recording

/// Where a block stands, without its content.
struct BlockPlace {
    var number: Int64
    var first: Int64
    var last: Int64
    var time: Int64
}

extension Store {
    /// The block of a row whose columns from `column` on are codec, size, checksum and content; nil when it
    /// contradicts its checksum or is not readable.
    func decodeBlock(_ row: Statement, from column: Int32) -> DecodedBlock? {
        expand(row, from: column).flatMap { DecodedBlock($0) }
    }

    /// The bytes of a row whose columns from `column` on are codec, size, checksum and content.
    func expand(_ row: Statement, from column: Int32) -> [UInt8]? {
        let checksum = row.integer(column + 2)
        let raw = row.withBytes(column + 3) { content in
            deflate.expand(content, codec: row.integer(column), size: row.int(column + 1))
        }
        guard let raw, raw.withUnsafeBytes({ Int64(Deflate.checksum($0)) }) == checksum else { return nil }
        return raw
    }

    /// The block with this number, or nil when it is damaged. Throws only when SQLite does.
    func block(_ number: Int64) throws(StoreFailure) -> DecodedBlock? {
        if let known = cache.block(number) { return known }
        let query = try database.statement(
            "SELECT codec, size, checksum, content FROM block WHERE number = ?1")
        defer { query.reset() }
        query.bind(1, number)
        do {
            guard try query.step(), let block = decodeBlock(query, from: 0) else { return nil }
            cache.insert(block, number: number)
            return block
        } catch  where error.kind == .damaged {
            return nil
        }
    }

    /// The session's row number, or nil.
    func number(of session: SessionID) throws(StoreFailure) -> Int64? {
        let query = try database.statement("SELECT number FROM session WHERE id = ?1")
        defer { query.reset() }
        query.bind(1, session.text)
        return try query.step() ? query.integer(0) : nil
    }

    /// The places of at most `limit` blocks that end at `sequence` or later, in order.
    func blockPlaces(
        of session: Int64, from sequence: Int64, limit: Int
    ) throws(StoreFailure) -> [BlockPlace] {
        let query = try database.statement(
            """
            SELECT number, first, last, time FROM block
            WHERE session = ?1 AND last >= ?2 AND first >= coalesce(
                (SELECT max(first) FROM block WHERE session = ?1 AND first <= ?2), 0)
            ORDER BY first LIMIT ?3
            """)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, sequence)
        query.bind(3, limit)
        var places: [BlockPlace] = []
        while try query.step() {
            places.append(
                BlockPlace(
                    number: query.integer(0), first: query.integer(1), last: query.integer(2),
                    time: query.integer(3)))
        }
        return places
    }

    /// The message of `entry` with its body. The body is `.omitted` when the block that holds it is damaged.
    func message(
        _ entry: BlockEntry, in block: DecodedBlock, of session: Int64, id: SessionID
    ) throws(StoreFailure) -> MessageRecord {
        var message = block.message(entry)
        switch entry.storage {
        case .inline: message.body = .inline(ArraySlice(block.body(of: entry)))
        case .omitted: message.body = .omitted
        case .parts: message.body = .parts(body: entry.first, count: entry.second)
        case .reference:
            if let body = try sharedBody(entry, in: block, of: session) {
                message.body = .inline(body[...])
            } else {
                noteMissingBody(of: entry, in: id)
            }
        }
        return message
    }

    /// The body of a message that shares another's: that one with our id in the place of its own.
    func sharedBody(
        _ entry: BlockEntry, in block: DecodedBlock, of session: Int64
    ) throws(StoreFailure) -> [UInt8]? {
        let sequence = entry.sequence &- Int64(entry.first)
        let holder: DecodedBlock
        if block.position(of: sequence) != nil {
            holder = block
        } else {
            guard let place = try blockPlaces(of: session, from: sequence, limit: 1).first,
                let found = try self.block(place.number)
            else { return nil }
            holder = found
        }
        guard let position = holder.position(of: sequence) else { return nil }
        let target = holder.entries[position]
        guard target.storage == .inline else { return nil }
        var body: [UInt8]
        if target.idPlace == .inBody, let id = block.idText(of: entry) {
            let stored = holder.body(of: target)
            let start = stored.startIndex + target.idOffset
            body = []
            body.reserveCapacity(stored.count + id.count)
            body.append(contentsOf: stored[..<start])
            body.append(contentsOf: id)
            body.append(contentsOf: stored[(start + target.idLength)...])
        } else {
            body = [UInt8](holder.body(of: target))
        }
        let checksum = body.withUnsafeBytes { Deflate.checksum($0) }
        return Int(checksum) == entry.second ? body : nil
    }

    func noteDamage(of place: BlockPlace, in session: SessionID) {
        note(
            Damage(
                session: session, first: place.first, last: place.last,
                reason: "block \(place.number) is damaged"))
    }

    func noteMissingBody(of entry: BlockEntry, in session: SessionID) {
        note(
            Damage(
                session: session, first: entry.sequence, last: entry.sequence,
                reason:
                    "its body is stored with message \(entry.sequence &- Int64(entry.first)),"
                    + " which is damaged"
            ))
    }

    /// Remembers what could not be read, once; at most a thousand, which is more than anybody reads.
    func note(_ found: Damage) {
        guard damage.count < 1000, !damage.contains(found) else { return }
        damage.append(found)
    }
}
