internal import MCPSemantics
internal import Platform
public import Recording

extension Store {
    /// Removes what `policy` does not keep, oldest first, in pieces of at most 4 MiB of messages.
    ///
    /// Kept sessions and what a live session writes to just now stay. With `dryRun` nothing is changed.
    public func prune(_ policy: RetentionPolicy, dryRun: Bool) throws(StoreFailure) -> PruneReport {
        let plan = try RetentionPlan(policy, in: self)
        var report = PruneReport()
        for victim in plan.victims {
            if !dryRun { try remove(victim) }
            report.add(victim)
        }
        if !dryRun && !plan.victims.isEmpty { try giveBackSpace() }
        return report
    }

    /// Exempts a session from retention, or no longer. False when there is no such session.
    public func keep(_ session: SessionID, _ isKept: Bool = true) throws(StoreFailure) -> Bool {
        try writing { revision throws(StoreFailure) in
            let update = try database.statement("UPDATE session SET kept = ?2, revision = ?3 WHERE id = ?1")
            update.bind(1, session.text)
            update.bind(2, isKept ? 1 : 0)
            update.bind(3, revision)
            try update.run()
            return database.changes > 0
        }
    }

    /// Deletes a session, kept or not, and answers the bytes of messages that were stored of it. Nil when
    /// there is no such session; throws `unfinished` for a live one.
    public func remove(_ session: SessionID) throws(StoreFailure) -> Int64? {
        guard let number = try number(of: session) else { return nil }
        try refuseUnfinished(session)
        var bytes: Int64 = 0
        // Piece by piece, so that no transaction and no wait of another writer gets long.
        while let chapter = try firstChapter(of: number) {
            bytes += chapter.stored
            try remove(
                RetentionPlan.Victim(session: number, id: session, chapter: chapter, endsSession: false))
        }
        try remove(RetentionPlan.Victim(session: number, id: session, chapter: nil, endsSession: true))
        try giveBackSpace()
        return bytes
    }

    /// Throws `unfinished` when more of the session may come.
    func refuseUnfinished(_ session: SessionID) throws(StoreFailure) {
        if try isLive(session) {
            throw StoreFailure(
                .unfinished, "session \(session.text) is being recorded; end its server first")
        }
        if hasJournal(session) {
            throw StoreFailure(
                .unfinished, "session \(session.text) has a journal that is not yet in the store; try again")
        }
    }

    // MARK: By itself, from a sink

    /// Removes at most one chapter; true when nothing more is to go for now.
    func pruneSlice() throws(StoreFailure) -> Bool {
        guard let retention else { return true }
        if let victim = try RetentionPlan(retention, in: self).victims.first {
            try remove(victim)
            hasPruned = true
            return false
        }
        guard hasPruned else { return true }
        // A steady store reuses what it frees; only a large surplus is worth moving pages for.
        if try reusableBytes() > max(16 << 20, try usedBytes() / 10) {
            try vacuum(pages: 512)
            return false
        }
        hasPruned = false
        try checkpoint()
        return true
    }

    /// Removes the oldest until the file system has its floor again, or, when it is full although the floor
    /// says otherwise (a quota, a limit), 8 MiB. True when something went.
    func pruneForSpace() throws(StoreFailure) -> Bool {
        guard let retention else { return false }
        let policy = RetentionPolicy(age: nil, size: nil, free: retention.free)
        let demand: Int64 = try isBelowFloor() ? 0 : 8 << 20
        let victims = try RetentionPlan(policy, in: self, freeing: demand).victims
        for victim in victims { try remove(victim) }
        return !victims.isEmpty
    }

    /// True when the file system has less free than retention keeps, and the index has no room of its own.
    func isBelowFloor() throws(StoreFailure) -> Bool {
        guard let retention, let floor = freeFloor(retention), let facts = directory.freeSpace(),
            Int64(clamping: facts.available) < floor
        else { return false }
        return Int64(clamping: facts.available) + (try reusableBytes()) < floor
    }

    /// Bytes that stay free: `free`, or a twentieth of the file system where that is less.
    func freeFloor(_ policy: RetentionPolicy) -> Int64? {
        guard let free = policy.free, let facts = directory.freeSpace(), facts.total > 0 else { return nil }
        return min(free, Int64(clamping: facts.total / 20))
    }

    /// Bytes of the index that hold something.
    public func usedBytes() throws(StoreFailure) -> Int64 {
        let pages = try database.integer("PRAGMA page_count") ?? 0
        return pages * Int64(Store.pageSize) - (try reusableBytes())
    }

    /// Bytes of the index that are free to be written again.
    public func reusableBytes() throws(StoreFailure) -> Int64 {
        (try database.integer("PRAGMA freelist_count") ?? 0) * Int64(Store.pageSize)
    }

    /// True while more may come: a sink of this store writes it, or its journal is there.
    func isUnfinished(_ session: SessionID) -> Bool { written.contains(session) || hasJournal(session) }

    func hasJournal(_ session: SessionID) -> Bool {
        SessionIDText.isWellFormed(session.text) && directory.exists(journalsDirectory + "/" + session.text)
    }

    // MARK: Removal

    private func remove(_ victim: RetentionPlan.Victim) throws(StoreFailure) {
        // Freed pages are overwritten with zeros, so that nothing of them can be read from the file.
        try database.execute("PRAGMA secure_delete = ON")
        defer { try? database.execute("PRAGMA secure_delete = OFF") }
        try writing { revision throws(StoreFailure) in
            if let chapter = victim.chapter { try delete(chapter, of: victim.session, revision: revision) }
            if victim.endsSession { try deleteSession(victim.session) }
        }
    }

    private func delete(
        _ chapter: RetentionPlan.Chapter, of session: Int64, revision: Int64
    ) throws(StoreFailure) {
        try delete(
            "DELETE FROM block WHERE session = ?1 AND first BETWEEN ?2 AND ?3", session, chapter.first,
            chapter.last)
        try delete(
            """
            DELETE FROM part WHERE session = ?1 AND body IN
                (SELECT body FROM body WHERE session = ?1 AND sequence <= ?2)
            """, session, chapter.last)
        try delete("DELETE FROM body WHERE session = ?1 AND sequence <= ?2", session, chapter.last)
        try delete("DELETE FROM gap WHERE session = ?1 AND sequence <= ?2", session, chapter.last)
        try delete("DELETE FROM chapter WHERE session = ?1 AND number = ?2", session, chapter.number)
        let head = chapter.last + 1
        try delete(
            """
            DELETE FROM exchange WHERE session = ?1 AND request < ?2
                AND (response_after IS NULL OR request + response_after < ?2)
            """, session, head)
        try deleteGroups(before: head, of: session)
        let update = try database.statement(
            "UPDATE session SET head_lost_before = ?2, revision = ?3 WHERE number = ?1")
        update.bind(1, session)
        update.bind(2, head)
        update.bind(3, revision)
        try update.run()
    }

    /// Removes the groups whose exchanges were all over before `head`; the first that was not stays whole.
    private func deleteGroups(before head: Int64, of session: Int64) throws(StoreFailure) {
        let query = try database.statement(
            """
            SELECT number, codec, size, checksum, content FROM exchange_group
            WHERE session = ?1 ORDER BY place
            """)
        var gone: [Int64] = []
        do {
            defer { query.reset() }
            query.bind(1, session)
            while try query.step() {
                let group = expand(query, from: 1).flatMap { ExchangeGroup.decode($0) } ?? []
                guard group.allSatisfy({ ($0.responseSequence ?? $0.requestSequence) < head }) else { break }
                gone.append(query.integer(0))
            }
        }
        for number in gone { try delete("DELETE FROM exchange_group WHERE number = ?1", number) }
    }

    /// Tables whose rows belong to a session.
    static let tablesOfSessions = [
        "block", "part", "body", "gap", "chapter", "exchange", "exchange_group", "recovery",
    ]

    private func deleteSession(_ session: Int64) throws(StoreFailure) {
        for table in Store.tablesOfSessions {
            try delete("DELETE FROM \(table) WHERE session = ?1", session)
        }
        try delete("DELETE FROM session WHERE number = ?1", session)
    }

    private func delete(_ sql: String, _ values: Int64...) throws(StoreFailure) {
        let statement = try database.statement(sql)
        for (index, value) in values.enumerated() { statement.bind(Int32(index + 1), value) }
        try statement.run()
    }

    private func firstChapter(of session: Int64) throws(StoreFailure) -> RetentionPlan.Chapter? {
        let query = try database.statement(
            "SELECT number, first, last, stored FROM chapter WHERE session = ?1 ORDER BY number LIMIT 1")
        defer { query.reset() }
        query.bind(1, session)
        guard try query.step() else { return nil }
        return RetentionPlan.Chapter(
            number: query.integer(0), first: query.integer(1), last: query.integer(2),
            stored: query.integer(3))
    }

    /// Returns free pages to the file system, then empties the write-ahead log.
    func giveBackSpace() throws(StoreFailure) {
        while try reusableBytes() > 0 {
            let before = try reusableBytes()
            try vacuum(pages: 1024)
            guard try reusableBytes() < before else { break }
        }
        try checkpoint()
    }

    private func vacuum(pages: Int) throws(StoreFailure) {
        try locked { () throws(StoreFailure) in try database.execute("PRAGMA incremental_vacuum(\(pages))") }
    }
}

extension PruneReport {
    fileprivate mutating func add(_ victim: RetentionPlan.Victim) {
        bytes += victim.chapter?.stored ?? 0
        if victim.endsSession {
            shortened.removeAll { $0 == victim.id }
            removed.append(victim.id)
        } else if shortened.last != victim.id, !shortened.contains(victim.id) {
            shortened.append(victim.id)
        }
    }
}
