internal import MCPSemantics
internal import Recording

/// A group of exchanges as a row.
enum ExchangeGroupRow {
    static func write(
        _ exchanges: [Exchange], place: Int, of session: Int64, to store: Store
    ) throws(StoreFailure) {
        let insert = try store.database.statement(
            """
            INSERT OR REPLACE INTO exchange_group (session, place, codec, size, checksum, content)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """)
        let group = ExchangeGroup.encoded(exchanges)
        insert.bind(1, session)
        insert.bind(2, place)
        insert.bind(4, group.count)
        try group.withUnsafeBufferPointer { bytes throws(StoreFailure) in
            let raw = UnsafeRawBufferPointer(bytes)
            insert.bind(5, Int(Deflate.checksum(raw)))
            try store.deflate.compress(raw, level: .normal) { codec, content throws(StoreFailure) in
                insert.bind(3, codec.rawValue)
                insert.bindInPlace(6, content)
                try insert.run()
            }
        }
    }

    /// The place after the last group.
    static func end(of session: Int64, in database: Database) throws(StoreFailure) -> Int {
        let query = try database.statement("SELECT max(place) FROM exchange_group WHERE session = ?1")
        defer { query.reset() }
        query.bind(1, session)
        guard try query.step(), let last = query.optionalInt(0) else { return 0 }
        return last + 1
    }
}

extension Store {
    /// Exchanges from `number` on, rows and groups together.
    func readExchanges(
        of session: Int64, _ id: SessionID, from number: Int, limit: Int
    ) throws(StoreFailure) -> [Exchange] {
        let rows = try ExchangeRow.read(of: session, from: number, limit: limit, in: database)
        var groups: [Exchange] = []
        let query = try database.statement(
            """
            SELECT place, codec, size, checksum, content FROM exchange_group
            WHERE session = ?1 AND place >= ?2 ORDER BY place
            """)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, ExchangeGroup.place(of: number))
        while groups.count < limit, try query.step() {
            guard let raw = expand(query, from: 1),
                ExchangeGroup.decode(raw, from: number, into: &groups)
            else {
                let first = query.int(0) * ExchangeGroup.span
                note(
                    Damage(
                        session: id, first: 0, last: 0,
                        reason: "exchanges \(first) to \(first + ExchangeGroup.span - 1) are damaged"))
                continue
            }
        }
        if rows.isEmpty {
            // An exchange is large: pages are thousands, and are not copied.
            if groups.count > limit { groups.removeLast(groups.count - limit) }
            return groups
        }
        // Both are in order; a row is newer than the same exchange in a group.
        var found: [Exchange] = []
        var next = 0
        for row in rows {
            while next < groups.count, groups[next].number < row.number {
                found.append(groups[next])
                next += 1
            }
            if next < groups.count, groups[next].number == row.number { next += 1 }
            found.append(row)
        }
        return Array((found + groups[next...]).prefix(limit))
    }
}
