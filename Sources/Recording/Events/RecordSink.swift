/// Where records go: the store, or a test's array.
public protocol RecordSink: AnyObject {
    /// Keeps the batch, all of it or nothing.
    ///
    /// Called again with the same batch after a failure. When it returns, everything up to `batch.position`
    /// survives `kill -9` without the journal.
    func commit(_ batch: RecordBatch) throws(SinkFailure)

    /// Nothing has come for a while: gives back the memory that only work needs.
    func rest()
}

/// What is committed at once.
public struct RecordBatch: Sendable {
    /// Sessions of which something is new. A journal of one session has exactly that one.
    public var sessions: [SessionRecords]
    /// The journal offset that this and all before covers: recovery starts there.
    public var position: UInt64
    /// Of a listener: its recorder's state at `position`; empty at its end. Elsewhere empty, since the
    /// session has its own.
    public var checkpoint: [UInt8]
    /// How long bytes stayed with us since the batch before. Nil: not measured, or by a process that is gone.
    public var forwardingTimes: ForwardingTimes?

    public init(sessions: [SessionRecords], position: UInt64, checkpoint: [UInt8]) {
        self.sessions = sessions
        self.position = position
        self.checkpoint = checkpoint
    }
}

/// What of one session goes on record at once.
public struct SessionRecords: Sendable {
    public var description: SessionDescription
    public var events: [RecordedEvent]
    /// The session's state after `events`.
    public var state: SessionState
    /// The session's recorder after `events`, for `Recorder.init(resuming:)`; empty once it has ended.
    public var checkpoint: [UInt8]
    /// What was sent against the protocol meanwhile and `events` do not show.
    public var violations: ProtocolViolation.Counts

    public init(
        description: SessionDescription, events: [RecordedEvent], state: SessionState, checkpoint: [UInt8],
        violations: ProtocolViolation.Counts = .init()
    ) {
        self.description = description
        self.events = events
        self.state = state
        self.checkpoint = checkpoint
        self.violations = violations
    }
}

/// Why a sink did not take a batch.
public struct SinkFailure: Error, Sendable, Equatable {
    /// What a retry can hope for.
    public enum Kind: Sendable, Hashable {
        /// No space left: try again, space may come back.
        case full
        /// Somebody else holds the lock: try again.
        case busy
        /// What was opened is there no more: a sink that is opened anew may take it.
        case gone
        /// The store is of a version that this program must not write: leave the rest to a newer one.
        case newerStore
        /// Anything else: try again, and say it.
        case failed
    }
    public var kind: Kind
    /// What failed, on what, and what to do: one line for a person.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
