internal import MCPSemantics
public import Recording

/// The runs of a store, kept between two questions: the next one reads the sessions that changed meanwhile.
public struct StoreRuns {
    private var index = RunIndex()
    /// What `Store.changes` said last; nil before the first question.
    private var revision: Int64?
    /// Sessions without an end: whether they are recorded changes without the store.
    private var unfinished: [SessionID: SessionSummary] = [:]
    /// When something was in flight on sessions for which that was asked.
    private var busy: [SessionID: Known] = [:]

    private struct Known {
        /// When the session began: one that is removed may come again with the same id.
        var start: Int64
        var stretches: [BusyStretch]
    }

    /// Sessions that are kept; of a store with more, all are read at each question.
    private let limit: Int

    public init() { self.init(limit: 100_000) }

    /// - Parameter limit: sessions that are kept at most.
    init(limit: Int) { self.limit = limit }

    /// The runs as they are now, the one with the newest session first.
    ///
    /// `store` is the same one each time. The first question reads all sessions; later ones O(changes), and a
    /// look at the journal of each session that is not over. After a failure it is not to be asked again.
    public mutating func newestFirst(in store: Store) throws -> [Run] {
        guard let known = revision else {
            // What changes while it reads is read again next time.
            let newest = try store.revision()
            let all = try store.sessions()
            guard all.count <= limit else { return try Run.newestFirst(all, of: store) }
            try update(all, removing: [], in: store)
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
        try update(changed, removing: removed, in: store)
        // A session that was removed is in no list of changes.
        if try store.sessionCount() != index.count {
            let gone = Set(index.sessionIDs).subtracting(try store.sessionIDs())
            try update([], removing: gone, in: store)
        }
        revision = index.count > limit ? nil : newest
        let runs = index.newestFirst()
        if revision == nil { (index, unfinished, busy) = (RunIndex(), [:], [:]) }
        return runs
    }

    private mutating func update(
        _ changed: [SessionSummary], removing removed: Set<SessionID>, in store: Store
    ) throws {
        let gone = removed.filter { index.contains($0) }
        var known = busy
        busy = [:]
        try index.update(changed, removing: Array(gone)) { session in
            let id = session.description.id
            let stretches =
                try known[id].flatMap { StoreRuns.goingOn($0, with: session) }
                ?? store.busyStretches(of: session)
            known[id] = Known(start: session.description.startRealtime, stretches: stretches)
            return stretches
        }
        busy = known
        for id in removed { (unfinished[id], busy[id]) = (nil, nil) }
        for session in changed { remember(session) }
    }

    private mutating func remember(_ session: SessionSummary) {
        unfinished[session.description.id] = session.state.end == nil ? session : nil
    }

    /// What `stretches` of a session have become, without reading it: what is recorded goes on at every
    /// question. Nil where a silence may have been since.
    private static func goingOn(_ known: Known, with session: SessionSummary) -> [BusyStretch]? {
        guard var last = known.stretches.last, session.headLostBefore == nil,
            session.description.startRealtime == known.start
        else { return nil }
        let (quiet, overflow) = session.state.lastTime.nanoseconds.subtractingReportingOverflow(last.span.to)
        guard !overflow, quiet < Run.silence else { return nil }
        let before = known.stretches.dropLast()
        last.exchanges = session.state.exchanges - before.reduce(0) { $0 + $1.exchanges }
        last.errors = session.state.errors + session.state.toolErrors - before.reduce(0) { $0 + $1.errors }
        last.pending = session.state.pending - before.reduce(0) { $0 + $1.pending }
        return before + [last]
    }
}
