internal import Platform
public import Recording

/// What retention would remove, oldest first.
struct RetentionPlan {
    /// One chapter, or a session that has none.
    struct Victim {
        var session: Int64
        var id: SessionID
        var chapter: Chapter?
        /// Nothing of the session is left afterwards, and nothing more will come.
        var endsSession: Bool
    }

    struct Chapter {
        var number: Int64
        var first: Int64
        var last: Int64
        var stored: Int64
    }

    var victims: [Victim] = []

    /// A store over its size is brought this far below it, so that the next few commits fit.
    private static let slack: Int64 = 20
    /// An unfinished session whose journal is gone is taken as over after a day.
    private static let staleAfter: Int64 = 86_400 * 1_000_000_000

    init(_ policy: RetentionPolicy, in store: Store, freeing demand: Int64 = 0) throws(StoreFailure) {
        let now = store.system.realtime()
        let oldest = policy.age.map { now &- $0 &* 1_000_000_000 }
        var excess = max(try RetentionPlan.excess(policy, in: store), demand)
        let query = try store.database.statement(
            """
            SELECT c.session, c.number, c.first, c.last, c.touched, c.stored, s.id, s.ended IS NOT NULL,
                c.number = (SELECT max(number) FROM chapter WHERE session = c.session)
            FROM chapter c JOIN session s ON s.number = c.session
            WHERE s.kept = 0 ORDER BY c.touched, c.session, c.number
            """)
        defer { query.reset() }
        while try query.step() {
            let touched = query.integer(4)
            let isOld = oldest.map { touched < $0 } ?? false
            guard isOld || excess > 0 else { break }
            let id = SessionID(query.text(6))
            let isLast = query.integer(8) != 0
            // A live session's newest chapter is still written to.
            let isOver =
                query.integer(7) != 0
                || (!store.isUnfinished(id) && touched < now &- RetentionPlan.staleAfter)
            if isLast && !isOver { continue }
            let chapter = Chapter(
                number: query.integer(1), first: query.integer(2), last: query.integer(3),
                stored: query.integer(5))
            victims.append(
                Victim(session: query.integer(0), id: id, chapter: chapter, endsSession: isLast))
            excess -= chapter.stored
        }
        if let oldest { try addEmptySessions(before: oldest, in: store) }
    }

    /// Sessions without messages (`--capture off`, a start that failed silently) go by age only.
    private mutating func addEmptySessions(before oldest: Int64, in store: Store) throws(StoreFailure) {
        let query = try store.database.statement(
            """
            SELECT number, id FROM session s WHERE kept = 0 AND touched < ?1
            AND NOT EXISTS (SELECT 1 FROM chapter WHERE session = s.number) ORDER BY touched
            """)
        defer { query.reset() }
        query.bind(1, oldest)
        while try query.step() {
            let id = SessionID(query.text(1))
            guard !store.isUnfinished(id) else { continue }
            victims.append(Victim(session: query.integer(0), id: id, chapter: nil, endsSession: true))
        }
    }

    /// Bytes that must go for size and free space.
    private static func excess(_ policy: RetentionPolicy, in store: Store) throws(StoreFailure) -> Int64 {
        var excess: Int64 = 0
        let used = try store.usedBytes()
        if let size = policy.size, used > size { excess = used - size + size / slack }
        if let floor = store.freeFloor(policy), let facts = store.directory.freeSpace() {
            let available = Int64(clamping: facts.available)
            excess = max(excess, floor - available - (try store.reusableBytes()))
        }
        return excess
    }
}

/// What retention did, or would do.
public struct PruneReport: Sendable, Equatable {
    /// Sessions that are gone altogether.
    public var removed: [SessionID] = []
    /// Sessions that lost their head.
    public var shortened: [SessionID] = []
    /// Bytes of compressed messages that went.
    public var bytes: Int64 = 0

    public init() {}
}
