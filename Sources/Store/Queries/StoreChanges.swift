public import Recording

/// Which sessions of a store changed, those included that are gone: what is kept between two questions.
public struct StoreChanges {
    private var known: Set<SessionID> = []
    /// The revision that `known` is of; nil before the first question.
    private var looked: Int64?
    /// Each with a revision at which it was gone, oldest first.
    private var removed: [(revision: Int64, session: SessionID)] = []
    /// An id has a dozen bytes. Who asks after so many removals has to read the list anew.
    private let limit: Int

    public init() { self.init(limit: 10_000) }

    /// - Parameter limit: sessions that are gone and remembered at most.
    init(limit: Int) { self.limit = limit }

    /// Sessions that changed or went after `revision`, and the revision to ask with next time. What went
    /// before the first question is not known.
    ///
    /// `store` is the same one each time. As cheap as `Store.changes`, and after a change O(changes); when
    /// something went it reads the ids of all sessions.
    public mutating func since(
        _ revision: Int64, in store: Store
    ) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        var (sessions, newest) = try store.changes(since: revision)
        if looked ?? -1 < newest {
            do throws(StoreFailure) { try look(in: store) } catch { throw error.asSourceFailure }
        }
        sessions += removed.lazy.filter { $0.revision > revision }.map(\.session)
        return (sessions, newest)
    }

    /// On one snapshot: what was removed between two questions would be taken for what is new else.
    private mutating func look(in store: Store) throws(StoreFailure) {
        try store.reading { () throws(StoreFailure) in
            let newest = try store.newestRevision()
            if let last = looked {
                known.formUnion(try store.changedSessions(since: last))
                looked = newest
                guard try store.numberOfSessions() != known.count else { return }
            }
            looked = newest
            let present = Set(try store.identities())
            removed += known.subtracting(present).map { (newest, $0) }
            removed.removeFirst(max(0, removed.count - limit))
            known = present
        }
    }
}
