internal import MCPSemantics
internal import Platform
public import Recording
public import Telemetry

/// Writes one session, or all the sessions of a listener, into a store.
///
/// Each batch is one transaction: when `commit` returns, all of it survives the process; when it throws,
/// nothing of it is there, and the same batch may be given again.
public final class StoreSink: RecordSink {
    /// The session, or the listener.
    let description: SessionDescription
    private let store: Store
    private let listener: ListenerRow?
    private var listenerPosition: UInt64 = 0
    /// Sessions that were written lately. Another one is taken up again from the store.
    private var writers: [SessionID: SessionWriter] = [:]
    private var retention: RetentionSchedule
    /// Compressed bytes that sessions wrote whose writers are given up.
    private var formerBytes = 0

    /// What was measured outside and goes into the next transaction.
    private var waiting = MetricSet()
    private var labels = StoredLabels()
    /// An import is no traffic of this machine's: it counts for nothing.
    private(set) var isMetered = true
    /// Wall clock of an import; nil of what is recorded here.
    private(set) var importedAt: Int64?

    /// A writer may hold a block that is not sealed yet, 128 KiB.
    private static let writerLimit = 32

    init(store: Store, description: SessionDescription) throws(StoreFailure) {
        self.store = store
        self.description = description
        retention = RetentionSchedule(now: store.system.boottime())
        guard !description.isListener else {
            let row = ListenerRow(id: description.id)
            listenerPosition = try row.read(store.database)?.position ?? 0
            listener = row
            return
        }
        listener = nil
        writers[description.id] = try SessionWriter(description, in: store)
        store.written.insert(description.id)
    }

    /// See `RecordSink`: one transaction, under the store's write lock.
    public func commit(_ batch: RecordBatch) throws(SinkFailure) {
        do {
            try writeMakingRoom(batch)
        } catch {
            throw error.asSinkFailure
        }
        for records in batch.sessions {
            if records.state.end == nil {
                store.written.insert(records.description.id)
            } else {
                store.written.remove(records.description.id)
            }
        }
        retention.wrote(writers.values.reduce(formerBytes) { $0 + $1.storedBytes })
        giveUpWriters(after: batch)
        // Retention that fails now is due again at the next commit; the batch itself is safe.
        if retention.isDue(at: store.system.boottime()) {
            retention.ran(isFinished: (try? store.pruneSlice()) ?? false, at: store.system.boottime())
        }
    }

    /// Says before the first commit that this is an import, of now: retention takes it no earlier than what
    /// is recorded now, and looks at the store as often as if all imports were of one sink.
    package func beginImport() {
        isMetered = false
        importedAt = store.system.realtime()
        guard let known = store.importRetention else { return }
        (retention, formerBytes) = known
    }

    /// Says after the last commit what the next import goes on from.
    func endImport() {
        store.importRetention = (retention, writers.values.reduce(formerBytes) { $0 + $1.storedBytes })
    }

    /// Adds counters and histograms of the caller's to the next transaction; lost when there is none.
    public func add(_ metrics: MetricSet) { waiting.merge(metrics) }

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
        var written: [SessionID: SessionWriter] = [:]
        for records in batch.sessions {
            let id = records.description.id
            if let known = writers[id] {
                written[id] = known
            } else {
                written[id] = try SessionWriter(records.description, in: store)
            }
        }
        var labels = self.labels.attached(to: store.database)
        // Out of the store until the transaction succeeds: what a failed one wrote is not so.
        var histograms = StoredHistograms()
        swap(&histograms, &store.histograms)
        let began = store.system.boottime()
        try store.writing { revision throws(StoreFailure) in
            var metrics = MetricSet()
            for records in batch.sessions {
                // A session of a listener has no journal of its own, and so no position.
                let position = listener == nil ? batch.position : 0
                written[records.description.id]?.importedAt = importedAt
                try written[records.description.id]?.write(records, position: position, revision: revision)
                guard isMetered, let writer = written[records.description.id] else { continue }
                if let metered = writer.metered {
                    metrics.merge(try metered.series(admittedBy: &labels))
                }
                metrics.add(Int64(writer.sealed.raw), to: "mcptape_store_raw_bytes_total")
                metrics.add(Int64(writer.sealed.stored), to: "mcptape_store_compressed_bytes_total")
            }
            try listener?.write(batch, after: listenerPosition, to: store.database)
            guard isMetered else { return }
            metrics.merge(waiting)
            if let times = batch.forwardingTimes { metrics.add(times) }
            metrics.add(1, to: "mcptape_store_commits_total")
            histograms.begin(revision)
            try MetricRows.add(metrics, to: store.database, knowing: &histograms)
        }
        store.histograms = histograms
        self.labels = labels.detached
        waiting = MetricSet()
        // Known only now, so it is counted with the next transaction: a process's last one is not.
        waiting.observe(store.system.boottime() &- began, in: "mcptape_store_commit_duration_seconds")
        listenerPosition = batch.position
        for (id, writer) in written { writers[id] = writer }
    }

    /// Keeps the writers of sessions that were in the newest batch, and of some others.
    private func giveUpWriters(after batch: RecordBatch) {
        guard listener != nil else { return }
        let newest = Set(batch.sessions.filter { $0.state.end == nil }.map(\.description.id))
        for (id, writer) in writers where !newest.contains(id) {
            guard writers.count > StoreSink.writerLimit || !store.written.contains(id) else { continue }
            formerBytes += writer.storedBytes
            writers[id] = nil
        }
    }
}

extension Store {
    /// A sink for one session, or for a listener: a new one, or one that a crash cut short.
    ///
    /// A session appears in the store with the first commit.
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
}
