internal import MCPSemantics
internal import Platform
public import Recording

/// Writes one session into a store.
///
/// Each batch is one transaction: when `commit` returns, all of it survives the process; when it throws,
/// nothing of it is there, and the same batch may be given again.
public final class StoreSink: RecordSink {
    public let session: SessionID
    private let store: Store
    private var writer: SessionWriter
    private var retention: RetentionSchedule

    init(store: Store, description: SessionDescription) throws(StoreFailure) {
        self.store = store
        session = description.id
        writer = try SessionWriter(description, in: store)
        retention = RetentionSchedule(now: store.system.boottime())
        store.written.insert(session)
    }

    /// See `RecordSink`: one transaction, under the store's write lock.
    public func commit(_ batch: RecordBatch) throws(SinkFailure) {
        do {
            try writeMakingRoom(batch)
        } catch {
            throw error.asSinkFailure
        }
        if batch.state.end != nil { store.written.remove(session) }
        retention.wrote(writer.storedBytes)
        // Retention that fails now is due again at the next commit; the batch itself is safe.
        if retention.isDue(at: store.system.boottime()) {
            retention.ran(isFinished: (try? store.pruneSlice()) ?? false, at: store.system.boottime())
        }
    }

    /// See `RecordSink`.
    public func rest() {
        store.deflate.rest()
        store.database.rest()
    }

    /// Old recordings make room for new ones; only when none are left does the new one wait.
    private func writeMakingRoom(_ batch: RecordBatch) throws(StoreFailure) {
        if try store.isBelowFloor() {
            guard try store.pruneForSpace(), try !store.isBelowFloor() else {
                throw StoreFailure(
                    .full,
                    "\(store.directory.path): less space is free than retention.free keeps,"
                        + " and nothing old is left"
                )
            }
        }
        do {
            try write(batch)
        } catch {
            guard error.kind == .full, try store.pruneForSpace() else { throw error }
            try write(batch)
        }
    }

    private func write(_ batch: RecordBatch) throws(StoreFailure) {
        var next = writer
        try store.writing { revision throws(StoreFailure) in
            try next.write(batch, revision: revision)
        }
        writer = next
    }
}

extension Store {
    /// A sink for one session: a new one, or one that a crash cut short.
    ///
    /// The session appears in the store with the first commit.
    public func sink(for description: SessionDescription) throws(StoreFailure) -> StoreSink {
        try StoreSink(store: self, description: description)
    }

    /// Gives a session an end whose recorder and journal are both gone. Does nothing when it has one.
    public func markInterrupted(_ session: SessionID) throws(StoreFailure) {
        let known: SessionSummary?
        do { known = try self.session(session) } catch { throw StoreFailure(.damaged, error.message) }
        guard var state = known?.state, state.end == nil else { return }
        state.end = SessionEnd(reason: .interrupted, time: state.lastTime)
        let end = state
        try writing { revision throws(StoreFailure) in
            let update = try database.statement(
                "UPDATE session SET state = ?2, ended = ?3, revision = ?4 WHERE id = ?1")
            update.bind(1, session.text)
            update.bindText(2, end.encodedJSON())
            update.bind(3, end.lastTime.nanoseconds)
            update.bind(4, revision)
            try update.run()
        }
    }

    /// What of a session's journal the store holds: recovery starts at `position` with `checkpoint`.
    public func coverage(of session: SessionID) throws(StoreFailure) -> (
        position: UInt64, checkpoint: [UInt8]
    )? {
        let query = try database.statement(
            """
            SELECT r.position, r.checkpoint FROM session s JOIN recovery r ON r.session = s.number
            WHERE s.id = ?1
            """)
        defer { query.reset() }
        query.bind(1, session.text)
        guard try query.step() else { return nil }
        return (UInt64(bitPattern: query.integer(0)), query.bytes(1))
    }
}
