public import MCPSemantics

/// What one client did in one stretch of work over all of its servers: sessions side by side on one time
/// line.
public struct Run: Sendable, Equatable {
    /// `--run ID`, or the first session's id.
    public var id: String
    /// Oldest start first, never empty.
    public var sessions: [SessionSummary]
    /// What joined the sessions, the strongest first; empty when the session stands alone.
    public var rules: [Rule]

    /// What joins two sessions.
    public enum Rule: Sendable, Hashable {
        /// The same `--run`.
        case named
        /// The same host process: its pid and start time, in one boot.
        case hostProcess(HostProcess)
        /// A trace that both took part in, by its id.
        case trace(String)
        /// Over HTTP, the same name and version, as the client states them, at the same address.
        case client(PeerInfo, address: String)

        /// What it is, for a person.
        public var text: String {
            switch self {
            case .named: "the same --run"
            case .hostProcess(let host):
                "the same host process, \(DisplayText.oneLine(host.name, limit: 80)) (pid \(host.processID))"
            case .trace(let id): "the trace \(id)"
            case .client(let peer, let address):
                "the same client, \(DisplayText.oneLine(peer.name, limit: 80)) at "
                    + DisplayText.oneLine(address, limit: 80)
            }
        }
    }

    /// Without anything in flight for so long a run is over: 10 minutes (product.md, Words).
    public static let silence: Int64 = 600_000_000_000

    /// The runs of `sessions`, newest start first.
    ///
    /// Sessions belong together by their `run`. All others do in one boot, when something joins each of them
    /// to another: on stdio their host process (that of a proxy started the proxy, and has nothing to do with
    /// its clients), a trace, or over HTTP the client and its address. Such a group is cut
    /// where none of its sessions had an event for ten minutes. A session counts as busy from its start to
    /// its newest event, which is longer than something was in flight: runs are rather joined than cut.
    /// O(sessions log sessions) for each cut within a group.
    public static func grouped(_ sessions: [SessionSummary]) -> [Run] {
        var named: [String: [SessionSummary]] = [:]
        var others: [SessionSummary] = []
        for session in sessions {
            if let run = session.description.run {
                named[run, default: []].append(session)
            } else {
                others.append(session)
            }
        }
        var runs = named.map { id, members in
            Run(id: id, sessions: members.sorted(by: isOlder), rules: [.named])
        }
        var groups = [others.sorted(by: isOlder)]
        while let group = groups.popLast() {
            for (members, rules) in joined(group) {
                let stretches = cut(members)
                if stretches.count > 1 {
                    // What joined two sessions may stand in another stretch now.
                    groups += stretches
                } else {
                    runs.append(Run(id: members[0].description.id.text, sessions: members, rules: rules))
                }
            }
        }
        return runs.sorted { isOlder($1.sessions[0], $0.sessions[0]) }
    }

    /// `sessions` in parts that nothing joins to one another, whatever the time: the runs of all are those of
    /// each part.
    static func unrelated(_ sessions: [SessionSummary]) -> [[SessionSummary]] {
        var named: [String: [SessionSummary]] = [:]
        var others: [SessionSummary] = []
        for session in sessions {
            if let run = session.description.run {
                named[run, default: []].append(session)
            } else {
                others.append(session)
            }
        }
        return named.values + joined(others).map(\.0)
    }

    /// True when the run holds the session.
    public func contains(_ session: SessionSummary) -> Bool {
        sessions.contains { $0.description.id == session.description.id }
    }

    /// The id decides between equal starts, so that the order is always the same.
    private static func isOlder(_ a: SessionSummary, _ b: SessionSummary) -> Bool {
        (a.description.startRealtime, a.description.id.text) < (
            b.description.startRealtime, b.description.id.text
        )
    }

    /// Sessions, oldest first, in groups that something joins, and what that is.
    private static func joined(_ sessions: [SessionSummary]) -> [([SessionSummary], [Rule])] {
        var groups = SessionGroups(count: sessions.count)
        var firsts: [JoiningKey: Int] = [:]
        var joining: [(rule: Rule, member: Int)] = []
        for (index, session) in sessions.enumerated() {
            for key in session.joiningKeys {
                guard let first = firsts[key] else {
                    firsts[key] = index
                    continue
                }
                groups.join(first, index)
                joining.append((key.rule, index))
            }
        }
        var members: [Int: [SessionSummary]] = [:]
        for (index, session) in sessions.enumerated() {
            members[groups.first(of: index), default: []].append(session)
        }
        var rules: [Int: [Rule]] = [:]
        for (rule, member) in joining {
            let group = groups.first(of: member)
            if rules[group]?.contains(rule) != true { rules[group, default: []].append(rule) }
        }
        return members.map { ($0.value, (rules[$0.key] ?? []).sorted { $0.rank < $1.rank }) }
    }

    /// Cuts sessions, oldest first, at stretches of silence. Times are of the boot clock, which all share.
    private static func cut(_ sessions: [SessionSummary]) -> [[SessionSummary]] {
        var stretches: [[SessionSummary]] = []
        var busyUntil = Int64.min
        for session in sessions {
            let start = session.description.startBoottime
            let (quiet, overflow) = start.subtractingReportingOverflow(busyUntil)
            if stretches.isEmpty || overflow || quiet >= silence {
                stretches.append([session])
                busyUntil = Int64.min
            } else {
                stretches[stretches.count - 1].append(session)
            }
            busyUntil = max(
                busyUntil, start.addingReportingOverflow(session.state.lastTime.nanoseconds).partialValue)
        }
        return stretches
    }
}

extension Run.Rule {
    /// What is surer comes first.
    fileprivate var rank: Int {
        switch self {
        case .named: 0
        case .hostProcess: 1
        case .trace: 2
        case .client: 3
        }
    }
}

/// What two sessions share that belong together.
struct JoiningKey: Hashable {
    var rule: Run.Rule
    /// Of all but the name of a run; "" with that.
    var boot: String
    /// The name of the run; "" with other rules.
    var name = ""
}

extension SessionSummary {
    /// What may join it to another session: its run's name alone where it has one.
    var joiningKeys: [JoiningKey] {
        if let run = description.run { return [JoiningKey(rule: .named, boot: "", name: run)] }
        guard let boot = description.bootID else { return [] }
        return joiningRules.map { JoiningKey(rule: $0, boot: boot) }
    }

    /// What may join it to another session.
    fileprivate var joiningRules: [Run.Rule] {
        var rules: [Run.Rule] = []
        if description.transport == .stdio, let host = description.host { rules.append(.hostProcess(host)) }
        rules += state.traces.map { .trace($0) }
        if description.transport == .http, let peer = state.client?.peer, let address = state.clientAddress {
            // The title is for eyes, and not every message states it.
            rules.append(.client(PeerInfo(name: peer.name, version: peer.version), address: address))
        }
        return rules
    }
}

/// Which of a number of things belong together, told two by two.
private struct SessionGroups {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    /// The lowest number of the group that `member` is in.
    mutating func first(of member: Int) -> Int {
        var root = member
        while parents[root] != root { root = parents[root] }
        var next = member
        while parents[next] != root { (parents[next], next) = (root, parents[next]) }
        return root
    }

    mutating func join(_ a: Int, _ b: Int) {
        let (first, second) = (first(of: a), first(of: b))
        parents[max(first, second)] = min(first, second)
    }
}
