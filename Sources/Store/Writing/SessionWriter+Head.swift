import Recording

/// A session that was recorded elsewhere before: its store was removed under it, and this is another one.
extension SessionWriter {
    /// The first number that this store can hold, as a session's first batch here tells; nil: all of it.
    /// What is imported may begin anywhere.
    func headLost(before batch: SessionRecords) -> Int64? {
        guard importedAt == nil else { return nil }
        for event in batch.events {
            switch event {
            case .message(let message): return message.sequence > 1 ? message.sequence : nil
            case .gap(let gap): return gap.sequence > 1 ? gap.sequence : nil
            case .part, .exchange: continue
            }
        }
        // Nothing but its state came since: as many messages as that knows of are not here.
        let state = batch.state
        let count =
            state.messages.clientToServer + state.messages.serverToClient + state.standardErrorLines
            + state.gaps
        return count > 0 ? Int64(count) + 1 : nil
    }

    /// A message of which parts went with the former store: its tail, or what it was where none is left.
    func withoutLostParts(_ message: MessageRecord, of session: Int64) throws(StoreFailure) -> MessageRecord {
        guard case .parts(let body, let count) = message.body else { return message }
        let query = try store.database.statement(
            "SELECT COUNT(*), MIN(part) FROM part WHERE session = ?1 AND body = ?2")
        defer { query.reset() }
        query.bind(1, session)
        query.bind(2, body)
        guard try query.step(), query.int(0) < count else { return message }
        let (left, first) = (query.int(0), query.integer(1))
        query.reset()
        var message = message
        message.isPartial = true
        guard left > 0 else {
            message.body = .omitted
            return message
        }
        message.body = .parts(body: body, count: left)
        // By way of numbers that no part has: each of them is there once at any time.
        for change in ["-1 - part", "-1 - part - ?3"] {
            let update = try store.database.statement(
                "UPDATE part SET part = \(change) WHERE session = ?1 AND body = ?2")
            update.bind(1, session)
            update.bind(2, body)
            if change.hasSuffix("?3") { update.bind(3, first) }
            try update.run()
        }
        return message
    }
}
