internal import MCPSemantics
internal import Recording

/// A gap as a row.
enum GapRow {
    static func write(_ record: GapRecord, of session: Int64, to database: Database) throws(StoreFailure) {
        let insert = try database.statement(
            """
            INSERT OR REPLACE INTO gap
                (session, sequence, from_time, to_time, c2s, s2c, stderr, c2s_lines, s2c_lines, cut_lanes,
                reason)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """)
        let gap = record.gap
        insert.bind(1, session)
        insert.bind(2, record.sequence)
        insert.bind(3, gap.from.nanoseconds)
        insert.bind(4, gap.to.nanoseconds)
        insert.bind(5, gap.clientToServer)
        insert.bind(6, gap.serverToClient)
        insert.bind(7, gap.standardError)
        insert.bind(8, gap.clientToServerLines)
        insert.bind(9, gap.serverToClientLines)
        insert.bind(10, gap.cutLanes.reduce(0) { $0 | 1 << Int($1.rawValue) })
        insert.bind(11, Int(gap.reason.rawValue))
        try insert.run()
    }

    /// Gaps with a sequence number of at least `sequence`, in order, at most `limit`.
    static func read(
        of session: Int64, from sequence: Int64, limit: Int, in database: Database
    ) throws(StoreFailure) -> [GapRecord] {
        let query = try database.statement(
            """
            SELECT sequence, from_time, to_time, c2s, s2c, stderr, c2s_lines, s2c_lines, cut_lanes, reason
            FROM gap WHERE session = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3
            """)
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, sequence)
        query.bind(3, limit)
        var records: [GapRecord] = []
        while try query.step() {
            var gap = Gap(
                from: Timestamp(nanoseconds: query.integer(1)), to: Timestamp(nanoseconds: query.integer(2)),
                reason: Gap.Reason(rawValue: UInt8(clamping: query.int(9))) ?? .journalUnavailable)
            gap.clientToServer = query.int(3)
            gap.serverToClient = query.int(4)
            gap.standardError = query.int(5)
            gap.clientToServerLines = query.int(6)
            gap.serverToClientLines = query.int(7)
            let lanes = query.int(8)
            gap.cutLanes = Lane.allCases.filter { lanes >> Int($0.rawValue) & 1 == 1 }
            records.append(GapRecord(sequence: query.integer(0), gap: gap))
        }
        return records
    }
}
