public import Recording

extension Store {
    /// What of a journal the store holds, that of a session or of a listener: recovery starts at `position`
    /// with `checkpoint`, and gives no number up to `newest` a second time, whatever the checkpoint says.
    public func coverage(of journal: SessionID) throws(StoreFailure) -> JournalCoverage? {
        try reading { () throws(StoreFailure) in
            guard let known = try ListenerRow(id: journal).read(database) else {
                return try sessionCoverage(of: journal)
            }
            return JournalCoverage(position: known.position, checkpoint: known.checkpoint) { session in
                try? self.sessionCoverage(of: session)
            }
        }
    }

    /// The sessions without an end that a journal records: the one with that id, or those of that listener.
    public func openSessions(of journal: SessionID) throws(StoreFailure) -> [SessionDescription] {
        try reading { () throws(StoreFailure) in
            let query = try database.statement("SELECT id, description FROM session WHERE ended IS NULL")
            defer { query.reset() }
            var open: [SessionDescription] = []
            while try query.step() {
                guard let description = SessionDescription(json: query.textBytes(1)[...]) else { continue }
                if description.id == journal || description.listener == journal { open.append(description) }
            }
            return open
        }
    }

    private func sessionCoverage(of session: SessionID) throws(StoreFailure) -> JournalCoverage? {
        let query = try database.statement(
            """
            SELECT r.position, r.checkpoint, s.number, s.state
            FROM session s JOIN recovery r ON r.session = s.number WHERE s.id = ?1
            """)
        defer { query.reset() }
        query.bind(1, session.text)
        guard try query.step() else { return nil }
        let state = SessionState(json: query.bytes(3)[...])
        return JournalCoverage(
            position: UInt64(bitPattern: query.integer(0)), checkpoint: query.bytes(1),
            newest: try newestNumbers(of: query.integer(2), exchanges: state?.exchanges ?? 0))
    }

    /// Exchanges may lie in packed groups; the session's state counts them in the same transaction.
    private func newestNumbers(
        of session: Int64, exchanges: Int
    ) throws(StoreFailure) -> Recorder.Numbers {
        func newest(_ sql: String) throws(StoreFailure) -> Int64 {
            let query = try database.statement(sql)
            defer { query.reset() }
            query.bind(1, session)
            return try query.step() ? query.integer(0) : 0
        }
        return Recorder.Numbers(
            sequence: max(
                try newest("SELECT max(last) FROM block WHERE session = ?1"),
                try newest("SELECT max(last) FROM chapter WHERE session = ?1"),
                try newest("SELECT max(sequence) FROM gap WHERE session = ?1")),
            body: Int(
                max(
                    try newest("SELECT max(body) FROM part WHERE session = ?1"),
                    try newest("SELECT max(body) FROM body WHERE session = ?1"))),
            exchange: max(
                exchanges, Int(try newest("SELECT max(number) FROM exchange WHERE session = ?1"))))
    }
}
