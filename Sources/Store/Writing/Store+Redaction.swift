internal import MCPSemantics
internal import Platform
public import Recording

extension Store {
    /// What `redact` did.
    public struct RedactionReport: Sendable, Equatable {
        /// Messages in which something was replaced.
        public var messages = 0
        /// False when another process reads an old state of the store: the bytes that were replaced stay in
        /// the write-ahead log until the next command that writes.
        public var isLogEmpty = true
    }

    /// Applies rules to a session that is over: its blocks are written anew, and what they held before is
    /// overwritten. Numbers and times stay.
    ///
    /// A transaction for each chapter (4 MiB of messages), so that other writers wait for none of them long;
    /// when it is cut short, doing it again goes on. Nil when there is no such session; one that is recorded
    /// is refused, and a damaged one, of which nobody knows what it holds.
    public func redact(
        _ session: SessionID, by redaction: LaterRedaction
    ) throws(StoreFailure) -> RedactionReport? {
        guard let number = try number(of: session) else { return nil }
        try refuseUnfinished(session)
        guard let summary = try asStore({ () throws(SourceFailure) in try self.session(session) }) else {
            throw StoreFailure(.damaged, "session \(session.text): its description is damaged")
        }
        // Freed pages are overwritten with zeros, so that nothing of them can be read from the file.
        try database.execute("PRAGMA secure_delete = ON")
        defer { try? database.execute("PRAGMA secure_delete = OFF") }
        var report = RedactionReport()
        var rewriter = ChapterRewriter(summary.description, number: number, redaction: redaction, store: self)
        for chapter in try chapters(of: number) {
            report.messages += try rewriter.rewrite(chapter)
        }
        try writing { revision throws(StoreFailure) in
            try redactExchanges(of: number, session) { redaction.redacted($0) }
            let redacted = redaction.redacted(summary)
            let update = try database.statement(
                "UPDATE session SET description = ?2, state = ?3, revision = ?4 WHERE number = ?1")
            update.bind(1, number)
            update.bindText(2, redacted.description.encodedJSON())
            update.bindText(3, redacted.state.encodedJSON())
            update.bind(4, revision)
            try update.run()
            // Nothing more comes, and a checkpoint holds what waited for its rest.
            let forget = try database.statement("UPDATE recovery SET checkpoint = x'' WHERE session = ?1")
            forget.bind(1, number)
            try forget.run()
        }
        try giveBackSpace()
        report.isLogEmpty = database.logPages == 0
        return report
    }

    private func chapters(of session: Int64) throws(StoreFailure) -> [RetentionPlan.Chapter] {
        let query = try database.statement(
            "SELECT number, first, last, stored FROM chapter WHERE session = ?1 ORDER BY number")
        defer { query.reset() }
        query.bind(1, session)
        var chapters: [RetentionPlan.Chapter] = []
        while try query.step() {
            chapters.append(
                RetentionPlan.Chapter(
                    number: query.integer(0), first: query.integer(1), last: query.integer(2),
                    stored: query.integer(3)))
        }
        return chapters
    }

    /// Writes the exchanges that `change` changes, in rows and groups.
    func redactExchanges(
        of session: Int64, _ id: SessionID, _ change: (Exchange) -> Exchange
    ) throws(StoreFailure) {
        var next = 0
        while true {
            let page = try ExchangeRow.read(of: session, from: next, limit: 512, in: database)
            for exchange in page {
                let changed = change(exchange)
                if changed != exchange { try ExchangeRow.write(changed, of: session, to: database) }
            }
            guard let last = page.last, last.number < Int.max else { break }
            next = last.number + 1
        }
        for place in 0..<(try ExchangeGroupRow.end(of: session, in: database)) {
            guard let group = try exchangeGroup(place, of: session, id) else { continue }
            let changed = group.map(change)
            if changed != group {
                try ExchangeGroupRow.write(changed, place: place, of: session, to: self)
            }
        }
    }

    private func exchangeGroup(
        _ place: Int, of session: Int64, _ id: SessionID
    ) throws(StoreFailure) -> [Exchange]? {
        let query = try database.statement(
            "SELECT codec, size, checksum, content FROM exchange_group WHERE session = ?1 AND place = ?2")
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, place)
        guard try query.step() else { return nil }
        guard let group = expand(query, from: 0).flatMap({ ExchangeGroup.decode($0) }) else {
            throw ChapterRewriter.damaged(id, "some of its exchanges")
        }
        return group
    }

    /// Runs a query of the port and tells its failure in the store's words.
    func asStore<R>(_ body: () throws(SourceFailure) -> R) throws(StoreFailure) -> R {
        do { return try body() } catch { throw StoreFailure(.damaged, error.message) }
    }
}
