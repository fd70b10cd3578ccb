public import MCPSemantics
import Wire

/// What takes a journal's events in: the recorder of one session, or of a listener with many.
public struct JournalRecorder: Sendable {
    /// Exactly one of the two is there. Not an enum: both are changed in place, millions of times.
    private var session: Recorder?
    private var listener: HTTPRecorder?
    private var events: [RecordedEvent] = []

    /// A recorder for the journal of `description`, which goes on where `coverage` ends.
    ///
    /// `redactor` is the one by which the transport made placeholders of what it told. Messages are redacted
    /// by it where the description has rules. `decoding` undoes content codings of HTTP.
    public init(
        _ description: SessionDescription, redactor: Redactor? = nil,
        decoding: @escaping ContentDecoding = { _ in nil },
        resuming coverage: JournalCoverage? = nil
    ) {
        let mask: @Sendable (String) -> String = { url in
            guard let redactor else { return url }
            return String(decoding: URLMask.recorded(Array(url.utf8)[...], by: redactor), as: UTF8.self)
        }
        let rules = description.redaction == nil ? nil : redactor
        switch (description.isListener, coverage) {
        case (true, nil):
            listener = HTTPRecorder(
                listener: description, redactor: rules, maskedTarget: mask, decoding: decoding)
        case (true, let coverage?):
            listener = HTTPRecorder(
                listener: description, redactor: rules, resuming: coverage.checkpoint, maskedTarget: mask,
                decoding: decoding, session: coverage.session)
        case (false, nil): session = Recorder(session: description, redactor: rules)
        case (false, let coverage?):
            session = Recorder(
                session: description, redactor: rules, resuming: coverage.checkpoint,
                after: coverage.newest)
        }
    }

    /// Takes the next event in.
    public mutating func observe(_ event: TransportEvent) {
        session?.observe(event, into: &events)
        listener?.observe(event)
    }

    /// What went on record since the last call, for a commit; `position` is the journal's.
    public mutating func takeBatch(position: UInt64) -> RecordBatch {
        let violations = session?.takeViolations() ?? .init()
        if let session {
            defer { events = [] }
            let records = SessionRecords(
                description: session.session, events: events, state: session.state,
                checkpoint: session.checkpoint(), violations: violations)
            return RecordBatch(sessions: [records], position: position, checkpoint: [])
        }
        let records = listener?.takeRecords() ?? []
        return RecordBatch(
            sessions: records, position: position, checkpoint: hasEnded ? [] : listener?.checkpoint() ?? [])
    }

    /// The journal's own end was seen: nothing is on record after it.
    public var hasEnded: Bool { session?.state.end != nil || listener?.hasEnded == true }

    /// Whether a batch of `bytes` of journal is to be taken, where batches are of `size` bytes.
    ///
    /// In the middle of a part of a long line it is not, until it is twice that: a checkpoint holds all that
    /// was read of the part.
    public func isBatchFull(ofBytes bytes: Int, size: Int) -> Bool {
        guard bytes >= size else { return false }
        return bytes >= 2 * size || unfinishedBytes <= LineFramer.defaultPartSize / 4
    }

    private var unfinishedBytes: Int { session?.unfinishedBytes ?? listener?.unfinishedBytes ?? 0 }

    /// The time of the newest event.
    public var lastTime: Timestamp { session?.state.lastTime ?? listener?.lastTime ?? .zero }
}

/// What a store knows of a journal.
public struct JournalCoverage {
    /// Everything before it is in the store.
    public var position: UInt64
    /// The recorder's state there. Empty: the journal's end is in the store, nothing is resumed.
    public var checkpoint: [UInt8]
    /// The newest numbers that the store holds, for a checkpoint that cannot be read.
    public var newest: Recorder.Numbers
    /// Of a listener: what the store knows of one of its sessions. Asked only while a recorder is made.
    public var session: (SessionID) -> JournalCoverage?

    public init(
        position: UInt64, checkpoint: [UInt8], newest: Recorder.Numbers = Recorder.Numbers(),
        session: @escaping (SessionID) -> JournalCoverage? = { _ in nil }
    ) {
        self.position = position
        self.checkpoint = checkpoint
        self.newest = newest
        self.session = session
    }
}
