public import Recording

/// The runs of a store, kept between two questions: the next one reads the sessions that changed meanwhile.
public struct StoreRuns {
    private var index = RunIndex()
    /// What `Store.changes` said last; nil before the first question.
    private var revision: Int64?
    /// Sessions without an end: whether they are recorded changes without the store.
    private var unfinished: [SessionID: SessionSummary] = [:]

    /// Sessions that are kept; of a store with more, all are read at each question.
    private let limit: Int

    public init() { self.init(limit: 100_000) }

    /// - Parameter limit: sessions that are kept at most.
    init(limit: Int) { self.limit = limit }

    /// The runs as they are now, the one with the newest session first.
    ///
    /// `store` is the same one each time. The first question reads all sessions; later ones O(changes), and a
    /// look at the journal of each session that is not over.
    public mutating func newestFirst(in store: Store) throws(SourceFailure) -> [Run] {
        guard let known = revision else {
            // What changes while it reads is read again next time.
            let newest = try store.revision()
            let all = try store.sessions()
            guard all.count <= limit else { return Run.newestFirst(all) }
            index.update(all)
            for session in all { remember(session) }
            revision = newest
            return index.newestFirst()
        }
        let (ids, newest) = try store.changes(since: known)
        var changed: [SessionSummary] = []
        var removed: Set<SessionID> = []
        for id in ids {
            if let session = try store.session(id) { changed.append(session) } else { removed.insert(id) }
        }
        let read = Set(ids)
        for (id, session) in unfinished where !read.contains(id) {
            let isLive = store.isBeingRecorded(session.description.listener ?? id)
            guard isLive != session.isLive else { continue }
            if let session = try store.session(id) { changed.append(session) } else { removed.insert(id) }
        }
        update(changed, removing: removed)
        // A session that was removed is in no list of changes.
        if try store.sessionCount() != index.count {
            update([], removing: Set(index.sessionIDs).subtracting(try store.sessionIDs()))
        }
        revision = index.count > limit ? nil : newest
        let runs = index.newestFirst()
        if revision == nil { (index, unfinished) = (RunIndex(), [:]) }
        return runs
    }

    private mutating func update(_ changed: [SessionSummary], removing removed: Set<SessionID>) {
        let gone = removed.filter { index.contains($0) }
        index.update(changed, removing: Array(gone))
        for id in removed { unfinished[id] = nil }
        for session in changed { remember(session) }
    }

    private mutating func remember(_ session: SessionSummary) {
        unfinished[session.description.id] = session.state.end == nil ? session : nil
    }
}
