internal import MCPSemantics
internal import Platform
internal import Recording

/// One journal on its way into the store.
struct RecoveryRun {
    /// Bytes of journal that one commit covers, about: as the recorder thread does.
    private static let commitSize = RecorderOptions().commitSize

    private let journal: StoredJournal
    private let segments: StoredSegments
    private let sink: any RecordSink
    private var recorder: JournalRecorder
    private var position: UInt64
    private var committed: UInt64
    private var time: Timestamp
    /// Bytes of journal that were still to be recorded.
    private(set) var recovered: UInt64 = 0
    /// Some bytes could not be read.
    private(set) var isDamaged = false
    /// The session had no end of its own.
    private(set) var wasInterrupted = false
    /// The store had it all before: only the journal's removal was cut short.
    let wasComplete: Bool

    init(
        _ journal: StoredJournal, redactor: Redactor?, coverage: JournalCoverage?,
        decoding: @escaping ContentDecoding, sink: any RecordSink, segments: StoredSegments
    ) {
        self.journal = journal
        self.sink = sink
        self.segments = segments
        recorder = JournalRecorder(
            journal.description, redactor: redactor, decoding: decoding, resuming: coverage)
        wasComplete = coverage?.checkpoint.isEmpty == true || recorder.hasEnded
        position = coverage?.position ?? 0
        committed = position
        time = recorder.lastTime
    }

    /// Runs everything that the store lacks through the recorder, and ends the session. False: told to stop.
    mutating func replay(_ mustStop: () -> Bool) throws(SinkFailure) -> Bool {
        if wasComplete { return true }
        while position < journal.committed {
            if mustStop() { return false }
            switch try piece() {
            case .records(let run, let next):
                run.forEach { observe($0) }
                recovered += next - position
                position = next
            case .damage(let next):
                isDamaged = true
                observe(.gap(damage(), at: time))
                position = next
            }
            if recorder.isBatchFull(ofBytes: Int(position - committed), size: Self.commitSize) {
                try commit()
            }
        }
        try end()
        return true
    }

    /// What the journal could not hold, then the end that its owner could not write.
    private mutating func end() throws(SinkFailure) {
        if let gap = journal.loss.gap { observe(.gap(gap, at: gap.to)) }
        for event in journal.overflow { observe(event) }
        if !recorder.hasEnded {
            wasInterrupted = true
            observe(.ended(.interrupted, at: time))
        }
        try commit()
    }

    /// Ends a session whose journal is gone, where the store's own knowledge ends.
    static func end(
        _ session: SessionDescription, redactor: Redactor?, coverage: JournalCoverage, sink: any RecordSink
    ) throws(SinkFailure) {
        var recorder = JournalRecorder(session, redactor: redactor, resuming: coverage)
        recorder.observe(.ended(.interrupted, at: recorder.lastTime))
        try sink.commit(recorder.takeBatch(position: coverage.position))
    }

    private mutating func observe(_ event: TransportEvent) {
        time = max(time, event.time)
        recorder.observe(event)
    }

    private mutating func commit() throws(SinkFailure) {
        try sink.commit(recorder.takeBatch(position: position))
        committed = position
    }

    private func piece() throws(SinkFailure) -> StoredSegments.Piece {
        do throws(JournalFailure) {
            return try segments.piece(at: position, limit: journal.committed)
        } catch {
            throw SinkFailure(.failed, error.message)
        }
    }

    /// A gap whose extent is not known: every lane may have lost bytes, and begins anew inside a message.
    private func damage() -> Gap {
        var gap = Gap(from: time, to: time, reason: .journalUnavailable)
        gap.cutLanes = Lane.allCases
        return gap
    }
}
