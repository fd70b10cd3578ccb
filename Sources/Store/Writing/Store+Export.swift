internal import Glibc
internal import Platform
public import Recording

/// How far the store was exported to a collector, over processes and restarts.
extension Store {
    /// What is exported of sessions, each by itself: a collector may take one and not the other.
    public enum ExportSignal: String, Sendable, Hashable, CaseIterable {
        case traces
        case logs
    }

    /// The progress of all sessions together.
    public struct ExportProgress: Sendable, Hashable {
        /// When the signal was first exported, nanoseconds since 1970: what had ended before is left out.
        public var since: Int64
        /// Changes up to this revision of the store were exported.
        public var revision: Int64
    }

    /// The progress; begins it when this is the first time.
    ///
    /// - Parameter now: wall clock, nanoseconds since 1970.
    public func beginExport(of signal: ExportSignal, now: Int64) throws(StoreFailure) -> ExportProgress {
        if let found = try exportProgress(of: signal) { return found }
        try writing { (_) throws(StoreFailure) in
            let insert = try database.statement(
                """
                INSERT INTO export_signal (signal, since, revision) VALUES (?1, ?2, 0)
                ON CONFLICT DO NOTHING
                """)
            insert.bind(1, signal.rawValue)
            insert.bind(2, now)
            try insert.run()
        }
        return try exportProgress(of: signal) ?? ExportProgress(since: now, revision: 0)
    }

    private func exportProgress(of signal: ExportSignal) throws(StoreFailure) -> ExportProgress? {
        let query = try database.statement("SELECT since, revision FROM export_signal WHERE signal = ?1")
        defer { query.reset() }
        query.bind(1, signal.rawValue)
        guard try query.step() else { return nil }
        return ExportProgress(since: query.integer(0), revision: query.integer(1))
    }

    /// How far a session was exported; nil when nothing of it was.
    public func exportCursor(
        of session: SessionID, _ signal: ExportSignal
    ) throws(StoreFailure) -> ExportCursor? {
        let query = try database.statement(
            """
            SELECT sequence, resume, exchange, done FROM export_position
            WHERE signal = ?1 AND session = (SELECT number FROM session WHERE id = ?2)
            """)
        defer { query.reset() }
        query.bind(1, signal.rawValue)
        query.bind(2, session.text)
        guard try query.step() else { return nil }
        return ExportCursor(
            sequence: query.integer(0), resume: query.integer(1), exchange: query.int(2),
            isDone: query.integer(3) != 0)
    }

    /// Notes how far a session was exported. A session that is gone meanwhile is passed over.
    public func save(
        _ cursor: ExportCursor, of session: SessionID, _ signal: ExportSignal
    ) throws(StoreFailure) {
        try writing { (_) throws(StoreFailure) in
            let upsert = try database.statement(
                """
                INSERT INTO export_position (signal, session, sequence, resume, exchange, done)
                SELECT ?6, number, ?2, ?3, ?4, ?5 FROM session WHERE id = ?1
                ON CONFLICT (signal, session)
                DO UPDATE SET sequence = ?2, resume = ?3, exchange = ?4, done = ?5
                """)
            upsert.bind(1, session.text)
            upsert.bind(2, cursor.sequence)
            upsert.bind(3, cursor.resume)
            upsert.bind(4, cursor.exchange)
            upsert.bind(5, cursor.isDone ? 1 : 0)
            upsert.bind(6, signal.rawValue)
            try upsert.run()
        }
    }

    /// Notes that all up to `revision` was exported, and forgets the cursors of sessions that are gone.
    public func save(exportedRevision revision: Int64, of signal: ExportSignal) throws(StoreFailure) {
        try writing { (_) throws(StoreFailure) in
            let update = try database.statement("UPDATE export_signal SET revision = ?1 WHERE signal = ?2")
            update.bind(1, revision)
            update.bind(2, signal.rawValue)
            try update.run()
            try database.execute(
                "DELETE FROM export_position WHERE session NOT IN (SELECT number FROM session)")
        }
    }

    /// Runs `body` while no other process exports that of the store; nil, without waiting, when one does.
    ///
    /// The lock dies with its holder.
    public func exporting<R>(_ signal: ExportSignal, _ body: () throws -> R) throws -> R? {
        let path = directory.exportLock(of: signal)
        _ = try directory.create(path)
        let opened = system.open(path, O_RDWR | O_NOFOLLOW, 0)
        guard opened >= 0 else { throw StoreFailure(cannot: "open", path, opened) }
        defer { _ = system.close(Int32(opened)) }
        let locked = system.lock(Int32(opened), LOCK_EX | LOCK_NB)
        if locked == -Int(EWOULDBLOCK) { return nil }
        guard locked >= 0 else { throw StoreFailure(cannot: "lock", path, locked) }
        return try body()
    }
}
