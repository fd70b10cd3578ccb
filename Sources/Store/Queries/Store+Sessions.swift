internal import MCPSemantics
public import Recording

extension Store {
    private static let sessionColumns = "id, description, state, kept, head_lost_before"

    /// See `RecordingSource`.
    public func sessions() throws(SourceFailure) -> [SessionSummary] {
        try asSource { () throws(StoreFailure) in
            let query = try database.statement(
                "SELECT \(Store.sessionColumns) FROM session ORDER BY started DESC, number DESC")
            return try summaries(query, limit: .max)
        }
    }

    /// See `RecordingSource`. O(limit): the index of starts leads to the first of them.
    public func sessions(
        before session: SessionID?, started: Int64?, limit: Int
    ) throws(SourceFailure) -> [SessionSummary] {
        try asSource { () throws(StoreFailure) in
            try reading { () throws(StoreFailure) in
                guard let session else {
                    let query = try database.statement(
                        "SELECT \(Store.sessionColumns) FROM session ORDER BY started DESC, number DESC")
                    return try summaries(query, limit: limit)
                }
                let place = try database.statement("SELECT started, number FROM session WHERE id = ?1")
                defer { place.reset() }
                place.bind(1, session.text)
                let isThere = try place.step()
                guard isThere || started != nil else {
                    throw StoreFailure(.missing, "there is no session \(session.text) any more")
                }
                let query = try database.statement(
                    """
                    SELECT \(Store.sessionColumns) FROM session WHERE (started, number) < (?1, ?2)
                    ORDER BY started DESC, number DESC
                    """)
                query.bind(1, isThere ? place.integer(0) : started ?? .max)
                query.bind(2, isThere ? place.integer(1) : .max)
                return try summaries(query, limit: limit)
            }
        }
    }

    /// See `RecordingSource`. Reads an index alone.
    public func sessionCount() throws(SourceFailure) -> Int {
        try asSource { () throws(StoreFailure) in try numberOfSessions() }
    }

    func numberOfSessions() throws(StoreFailure) -> Int {
        Int(try database.integer("SELECT count(*) FROM session") ?? 0)
    }

    /// The ids of all sessions, in no order.
    public func sessionIDs() throws(SourceFailure) -> [SessionID] {
        try asSource { () throws(StoreFailure) in try identities() }
    }

    func identities() throws(StoreFailure) -> [SessionID] {
        let query = try database.statement("SELECT id FROM session")
        defer { query.reset() }
        var ids: [SessionID] = []
        while try query.step() { ids.append(SessionID(query.text(0))) }
        return ids
    }

    /// The revision of the newest transaction that wrote to a session; nil when there is none.
    public func revision(of session: SessionID) throws(SourceFailure) -> Int64? {
        try asSource { () throws(StoreFailure) in
            let query = try database.statement("SELECT revision FROM session WHERE id = ?1")
            defer { query.reset() }
            query.bind(1, session.text)
            return try query.step() ? query.integer(0) : nil
        }
    }

    /// See `RecordingSource`.
    public func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? {
        try asSource { () throws(StoreFailure) in
            let query = try database.statement("SELECT \(Store.sessionColumns) FROM session WHERE id = ?1")
            query.bind(1, id.text)
            return try summaries(query, limit: 1).first
        }
    }

    /// Those that are readable, at most `limit`; resets the query.
    private func summaries(_ query: Statement, limit: Int) throws(StoreFailure) -> [SessionSummary] {
        defer { query.reset() }
        var list: [SessionSummary] = []
        while list.count < limit, try query.step() {
            if let summary = summary(query) { list.append(summary) }
        }
        return list
    }

    /// Nil when the row's text is unreadable, which is noted.
    private func summary(_ row: Statement) -> SessionSummary? {
        let id = SessionID(row.text(0))
        guard let description = SessionDescription(json: row.textBytes(1)[...]),
            let state = SessionState(json: row.textBytes(2)[...])
        else {
            note(Damage(session: id, first: 0, last: 0, reason: "its description is damaged"))
            return nil
        }
        return SessionSummary(
            description: description, state: state,
            isLive: state.end == nil && isBeingRecorded(description.listener ?? id),
            isKept: row.integer(3) != 0, headLostBefore: row.optionalInteger(4))
    }
}
