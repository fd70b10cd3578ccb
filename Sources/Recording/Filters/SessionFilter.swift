/// Finds the sessions that match a filter, themselves or by something in them.
public struct SessionFilter {
    private let source: any RecordingSource
    private let filter: Filter
    private let now: Int64
    /// Messages and gaps that were looked at so far: what an answer costs.
    public private(set) var looked = 0

    /// `now`: nanoseconds since 1970, for `since:`.
    public init(_ filter: Filter, in source: any RecordingSource, now: Int64) {
        self.source = source
        self.filter = filter
        self.now = now
    }

    /// What the session's own facts leave open is decided by its messages, in order: one that matches is
    /// enough. A session that is removed meanwhile does not match. Throws as the source does.
    public mutating func matches(_ session: SessionSummary) throws -> Bool {
        let subject = FilterSubject(session: session, now: now)
        if let verdict = filter.verdict(on: subject, text: { _ in nil }) { return verdict }
        let reader = ConversationReader(session, of: source, filter: filter, now: now)
        var left = Int.max
        defer { looked += Int.max - left }
        do {
            return try reader.next(within: &left) != nil
        } catch let failure as SourceFailure where failure.kind == .missing {
            return false
        }
    }
}
