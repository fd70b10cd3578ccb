import Recording

/// A sink that tells of every batch that was committed.
final class WatchedSink: RecordSink {
    private let sink: any RecordSink
    private let committed: @Sendable (RecordBatch) -> Void

    init(_ sink: any RecordSink, committed: @escaping @Sendable (RecordBatch) -> Void) {
        self.sink = sink
        self.committed = committed
    }

    func commit(_ batch: RecordBatch) throws(SinkFailure) {
        try sink.commit(batch)
        committed(batch)
    }

    func rest() { sink.rest() }
}
