public import Recording

extension Store {
    /// The revision of the newest transaction; it grows with each one.
    public func revision() throws(SourceFailure) -> Int64 {
        try asSource { () throws(StoreFailure) in try newestRevision() }
    }

    /// Sessions that changed after `revision`, and the revision to ask with next time. One that was removed
    /// is in no list: `StoreChanges` tells of it.
    ///
    /// Cheap enough to ask many times a second: without a change it reads one number from shared memory.
    public func changes(
        since revision: Int64
    ) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        try asSource { () throws(StoreFailure) in
            let version = try database.integer("PRAGMA data_version") ?? 0
            if let seen, seen.dataVersion == version, seen.revision == revision { return ([], revision) }
            return try reading { () throws(StoreFailure) in
                let newest = try newestRevision()
                let sessions = try changedSessions(since: revision)
                seen = (version, newest)
                return (sessions, newest)
            }
        }
    }

    func newestRevision() throws(StoreFailure) -> Int64 {
        try database.integer("SELECT revision FROM store WHERE one = 1") ?? 0
    }

    func changedSessions(since revision: Int64) throws(StoreFailure) -> [SessionID] {
        let query = try database.statement("SELECT id FROM session WHERE revision > ?1 ORDER BY revision")
        defer { query.reset() }
        query.bind(1, revision)
        var sessions: [SessionID] = []
        while try query.step() { sessions.append(SessionID(query.text(0))) }
        return sessions
    }
}
