public import Recording
public import Telemetry

/// What `serve` shows, as its pages ask for it; on the thread that answers.
public protocol ServedRecordings: AnyObject {
    /// What a person calls it: the store's directory, or the file.
    var place: String { get }
    /// The files that are shown, as they were named; empty for a store.
    var fileNames: [String] { get }
    /// Wall clock, nanoseconds since 1970.
    var now: Int64 { get }

    /// The metrics as they are now.
    func metrics() throws(SourceFailure) -> MetricSet

    /// Where sessions are read.
    func source() throws(SourceFailure) -> any RecordingSource

    /// All runs, newest first.
    func runs() throws -> [Run]

    /// Sessions that changed or went after `revision`, and the revision to ask with next time.
    func changes(since revision: Int64) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64)

    /// Grows whenever something of a session changes; nil when there is no such session.
    func version(of session: SessionID) throws(SourceFailure) -> Int64?

    /// What was counted on this thread.
    var densities: KnownDensities { get set }

    /// Whether sessions can be removed, as far as that is known without trying.
    var canRemove: Bool { get }

    /// Removes a session for good, as `rm` does, and answers the bytes of messages that were stored of it;
    /// nil when there is no such session. Throws `unfinished` for one that is being recorded.
    func remove(_ session: SessionID) throws(SourceFailure) -> Int64?
}

extension ServedRecordings {
    /// Of all sessions: for what has them in memory.
    public func runs() throws -> [Run] {
        let source = try source()
        return try Run.newestFirst(try source.sessions(), of: source)
    }
}
