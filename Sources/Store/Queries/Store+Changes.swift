public import Recording

extension Store {
    /// The revision of the newest transaction; it grows with each one.
    public func revision() throws(SourceFailure) -> Int64 {
        try asSource { () throws(StoreFailure) in
            try database.integer("SELECT revision FROM store WHERE one = 1") ?? 0
        }
    }

    /// Sessions that changed after `revision`, and the revision to ask with next time.
    ///
    /// Cheap enough to ask many times a second: without a change it reads one number from shared memory.
    public func changes(
        since revision: Int64
    ) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        try asSource { () throws(StoreFailure) in
            let version = try database.integer("PRAGMA data_version") ?? 0
            if let seen, seen.dataVersion == version, seen.revision == revision { return ([], revision) }
            return try reading { () throws(StoreFailure) in
                let newest = try database.integer("SELECT revision FROM store WHERE one = 1") ?? 0
                let query = try database.statement(
                    "SELECT id FROM session WHERE revision > ?1 ORDER BY revision")
                defer { query.reset() }
                query.bind(1, revision)
                var sessions: [SessionID] = []
                while try query.step() { sessions.append(SessionID(query.text(0))) }
                seen = (version, newest)
                return (sessions, newest)
            }
        }
    }
}
