internal import MCPSemantics
internal import Platform
internal import Recording

/// Reads everything a store holds, one row at a time, and compares what must agree.
struct ContentExamination {
    let store: Store
    let repairs: Bool
    var report: DoctorReport

    mutating func run() throws(StoreFailure) {
        try examineDatabase()
        let sessions = try examineSessions()
        try examineOrphans()
        for (number, id) in sessions {
            try examineBlocks(of: number, id)
            try examineParts(of: number, id)
            try examineExchanges(of: number, id)
        }
    }

    private mutating func examineDatabase() throws(StoreFailure) {
        let query = try store.database.statement("PRAGMA integrity_check(20)")
        defer { query.reset() }
        while try query.step() {
            let line = query.text(0)
            if line == "ok" { continue }
            report.add(
                .problem, "index",
                "\(store.directory.index): \(line); export what can be read, then move the store away")
        }
    }

    // MARK: Sessions

    private mutating func examineSessions() throws(StoreFailure) -> [(Int64, SessionID)] {
        var sessions: [(Int64, SessionID)] = []
        let query = try store.database.statement(
            "SELECT number, id, description, state, ended, touched FROM session")
        var abandoned: [SessionID] = []
        // A recorder that found no place for a journal has no pointer; it is given a day of silence.
        let silent = store.system.realtime() &- 86_400 * 1_000_000_000
        defer { query.reset() }
        while try query.step() {
            let id = SessionID(query.text(1))
            sessions.append((query.integer(0), id))
            if query.isNull(4), query.integer(5) < silent, !store.isUnfinished(id) { abandoned.append(id) }
            let description = SessionDescription(json: query.textBytes(2))
            let state = SessionState(json: query.textBytes(3))
            if description == nil || state == nil {
                report.add(.problem, "session", "session \(id.text): its description is damaged", session: id)
            } else if description?.id != id || (state?.end == nil) != query.isNull(4) {
                report.add(.problem, "session", "session \(id.text): its row contradicts itself", session: id)
            }
        }
        query.reset()
        report.sessions = sessions.count
        for id in abandoned { try examineAbandoned(id) }
        return sessions
    }

    /// Neither an end, nor a recorder, nor a journal: nothing will ever end this session.
    private mutating func examineAbandoned(_ id: SessionID) throws(StoreFailure) {
        let text = "session \(id.text): has no end, and neither its recorder nor its journal is left"
        guard repairs else {
            report.add(.repairable, "abandoned", text, session: id)
            return
        }
        try store.markInterrupted(id)
        report.add(.repaired, "abandoned", text + "; marked as interrupted", session: id)
    }

    /// Rows whose session is gone: what a removal would leave that did not run in one transaction.
    private mutating func examineOrphans() throws(StoreFailure) {
        for table in Store.tablesOfSessions {
            let condition = "session NOT IN (SELECT number FROM session)"
            let count = try store.database.integer("SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0
            guard count > 0 else { continue }
            let text = "\(store.directory.index): \(count) rows of \(table) belong to no session"
            guard repairs else {
                report.add(.repairable, "orphans", text)
                continue
            }
            try store.writing { _ throws(StoreFailure) in
                try store.database.execute("DELETE FROM \(table) WHERE \(condition)")
            }
            report.add(.repaired, "orphans", text + "; removed")
        }
    }

    // MARK: Content

    private mutating func examineBlocks(of session: Int64, _ id: SessionID) throws(StoreFailure) {
        var next: Int64 = 0
        var last: Int64 = 0
        while let place = try store.blockPlaces(of: session, from: next, limit: 1).first {
            if place.first <= last {
                add("block_order", "begins before the one before it ends", id, place)
            }
            last = max(last, place.last)
            next = place.last + 1
            report.blocks += 1
            guard let block = try store.block(place.number) else {
                add("block", "contradicts its checksum or its format", id, place)
                continue
            }
            report.messages += block.entries.count
            report.messageBytes += block.entries.reduce(into: Int64(0)) { $0 += Int64($1.size) }
            if block.entries.first?.sequence != place.first || block.entries.last?.sequence != place.last {
                add("block", "does not hold the messages that its row names", id, place)
            }
            for entry in block.entries where entry.storage == .reference {
                if try store.sharedBody(entry, in: block, of: session) == nil {
                    report.add(
                        .problem, "shared_body",
                        "session \(id.text): message \(entry.sequence) shares the body of message"
                            + " \(entry.sequence &- Int64(entry.first)), which is damaged or gone",
                        session: id, messages: entry.sequence...entry.sequence)
                }
            }
        }
    }

    private mutating func add(_ code: String, _ what: String, _ id: SessionID, _ place: BlockPlace) {
        let range = place.first...max(place.first, place.last)
        report.add(
            .problem, code,
            "session \(id.text): block \(place.number) with messages \(place.first) to \(place.last) \(what);"
                + " readers show a gap there",
            session: id, messages: range)
    }

    private mutating func examineParts(of session: Int64, _ id: SessionID) throws(StoreFailure) {
        let query = try store.database.statement(
            """
            SELECT body, part, codec, size, checksum, content FROM part WHERE session = ?1 ORDER BY body, part
            """)
        defer { query.reset() }
        query.bind(1, session)
        while try query.step() {
            guard store.expand(query, from: 2) == nil else { continue }
            report.add(
                .problem, "part",
                "session \(id.text): part \(query.int(1)) of large message \(query.int(0))"
                    + " contradicts its checksum",
                session: id)
        }
    }

    private mutating func examineExchanges(of session: Int64, _ id: SessionID) throws(StoreFailure) {
        let query = try store.database.statement(
            """
            SELECT place, codec, size, checksum, content FROM exchange_group
            WHERE session = ?1 ORDER BY place
            """
        )
        defer { query.reset() }
        query.bind(1, session)
        while try query.step() {
            let group = store.expand(query, from: 1).flatMap { ExchangeGroup.decode($0) }
            let place = query.int(0)
            if let group, group.allSatisfy({ ExchangeGroup.place(of: $0.number) == place }) { continue }
            let first = place * ExchangeGroup.span
            report.add(
                .problem, "exchanges",
                "session \(id.text): exchanges \(first) to \(first + ExchangeGroup.span - 1) are damaged",
                session: id)
        }
    }
}
