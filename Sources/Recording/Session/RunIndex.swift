/// The runs of many sessions, kept while sessions come, change and go.
///
/// What `Run.newestFirst` says of all sessions; but after a change only those are looked at again that
/// something could join to what changed.
public struct RunIndex: Sendable {
    /// Sessions that nothing joins to one outside, whatever the time, as runs.
    private struct Group {
        var runs: [Run]
        var keys: Set<JoiningKey>
        /// The newest start of each run: what orders runs.
        var starts: [Int64]
    }

    private var groups: [Int: Group] = [:]
    private var groupBySession: [SessionID: Int] = [:]
    private var groupByKey: [JoiningKey: Int] = [:]
    private var nextGroup = 0
    /// The same as in `groups`, in their order; nil after a change.
    private var order: [Run]?

    public init() {}

    /// How many sessions there are.
    public var count: Int { groupBySession.count }

    /// Their ids, in no order.
    public var sessionIDs: Dictionary<SessionID, Int>.Keys { groupBySession.keys }

    /// True when it holds the session.
    public func contains(_ session: SessionID) -> Bool { groupBySession[session] != nil }

    /// The runs, the one with the newest session first. O(runs log runs) after a change.
    public mutating func newestFirst() -> [Run] {
        if let order { return order }
        let sorted = groups.values.flatMap { zip($0.starts, $0.runs) }.sorted { left, right in
            left.0 != right.0 ? left.0 > right.0 : left.1.id > right.1.id
        }.map(\.1)
        order = sorted
        return sorted
    }

    /// Takes in sessions that are new or that changed, and lets go of others.
    ///
    /// O(n log n) in the sessions that share something with those given, and with each other in turn. `busy`
    /// is what `Run.grouped` asks; after a failure of it the index is not to be used any more.
    public mutating func update(
        _ changed: [SessionSummary], removing removed: [SessionID] = [],
        busy: (SessionSummary) throws -> [BusyStretch]?
    ) rethrows {
        if changed.isEmpty && removed.isEmpty { return }
        order = nil
        var members: [SessionID: SessionSummary] = [:]
        for id in removed + changed.map(\.description.id) {
            dissolve(groupBySession[id], into: &members)
        }
        for session in changed {
            for key in session.joiningKeys { dissolve(groupByKey[key], into: &members) }
        }
        for id in removed { members[id] = nil }
        for session in changed { members[session.description.id] = session }
        for sessions in Run.unrelated(Array(members.values)) { try add(sessions, busy) }
    }

    private mutating func dissolve(_ number: Int?, into members: inout [SessionID: SessionSummary]) {
        guard let number, let group = groups.removeValue(forKey: number) else { return }
        for key in group.keys { groupByKey[key] = nil }
        for run in group.runs {
            for session in run.sessions {
                groupBySession[session.description.id] = nil
                members[session.description.id] = session
            }
        }
    }

    private mutating func add(
        _ sessions: [SessionSummary], _ busy: (SessionSummary) throws -> [BusyStretch]?
    ) rethrows {
        let runs = try Run.grouped(sessions, busy: busy)
        var keys: Set<JoiningKey> = []
        for session in sessions {
            groupBySession[session.description.id] = nextGroup
            keys.formUnion(session.joiningKeys)
        }
        for key in keys { groupByKey[key] = nextGroup }
        groups[nextGroup] = Group(runs: runs, keys: keys, starts: runs.map(\.newestStart))
        nextGroup += 1
    }
}
