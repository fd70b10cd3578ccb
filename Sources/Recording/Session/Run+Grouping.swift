internal import MCPSemantics

extension Run {
    /// The runs of `sessions`, newest start first; `source` is where they are read from.
    public static func grouped(
        _ sessions: [SessionSummary], of source: any RecordingSource
    ) throws -> [Run] {
        try grouped(sessions) { try source.busyStretches(of: $0) }
    }

    /// The runs of `sessions`, newest start first.
    ///
    /// Sessions belong together by their `run`, whatever the time. All others do in one boot, when something
    /// joins each of them to another: on stdio their host process (that of a proxy started the proxy, and has
    /// nothing to do with its clients), a trace, or over HTTP the client and its address. Such a group is cut
    /// where nothing was in flight on any of its sessions for ten minutes, also within sessions.
    ///
    /// `busy` tells when something was in flight on a session. It is asked only where that decides: most
    /// sessions are short, or others of their group fill their pauses. Where it answers nil, a session counts
    /// as busy up to its newest event.
    /// O(sessions log sessions) for each cut within a group, and what `busy` costs.
    public static func grouped(
        _ sessions: [SessionSummary], busy: (SessionSummary) throws -> [BusyStretch]?
    ) rethrows -> [Run] {
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
            Run(id: id, parts: members.sorted(by: isOlder).map { Part($0) }, rules: [.named])
        }
        var groups = [others.sorted(by: isOlder).map { RunMember($0) }]
        while let group = groups.popLast() {
            for (candidates, rules) in joined(group) {
                let members = try RunMember.knowing(candidates, busy)
                let stretches = RunMember.cut(members)
                if stretches.count > 1 {
                    // What joined two sessions may stand in another stretch now.
                    groups += stretches
                } else {
                    let id = (members.min { $0.begin < $1.begin } ?? members[0]).runID
                    runs.append(Run(id: id, parts: members.map(\.part), rules: rules))
                }
            }
        }
        return runs.sorted { ($1.start, $1.id) < ($0.start, $0.id) }
    }

    /// `sessions` in parts that nothing joins to one another, whatever the time: the runs of all are those of
    /// each part.
    static func unrelated(_ sessions: [SessionSummary]) -> [[SessionSummary]] {
        joined(sessions.map { RunMember($0) }).map { $0.0.map(\.session) }
    }

    /// The id decides between equal starts, so that the order is always the same.
    private static func isOlder(_ a: SessionSummary, _ b: SessionSummary) -> Bool {
        (a.description.startRealtime, a.description.id.text) < (
            b.description.startRealtime, b.description.id.text
        )
    }

    /// Members, oldest session first, in groups that something joins, and what that is.
    private static func joined(_ members: [RunMember]) -> [([RunMember], [Rule])] {
        var groups = SessionGroups(count: members.count)
        var firsts: [JoiningKey: Int] = [:]
        var joining: [(rule: Rule, member: Int)] = []
        for (index, member) in members.enumerated() {
            for key in member.session.joiningKeys {
                guard let first = firsts[key] else {
                    firsts[key] = index
                    continue
                }
                groups.join(first, index)
                joining.append((key.rule, index))
            }
        }
        var parts: [Int: [RunMember]] = [:]
        for (index, member) in members.enumerated() {
            parts[groups.first(of: index), default: []].append(member)
        }
        var rules: [Int: [Rule]] = [:]
        for (rule, member) in joining {
            let group = groups.first(of: member)
            if rules[group]?.contains(rule) != true { rules[group, default: []].append(rule) }
        }
        return parts.map { ($0.value, (rules[$0.key] ?? []).sorted { $0.rank < $1.rank }) }
    }
}

/// A session, or some of its stretches, while runs are made. Times are of the boot clock, which all of a
/// group share; nanoseconds.
private struct RunMember {
    let session: SessionSummary
    /// All stretches of the session, and which of them this is.
    private var stretches: [BusyStretch]
    private var range = 0..<1
    private var isKnown = false

    init(_ session: SessionSummary) {
        self.session = session
        stretches = [BusyStretch(to: max(0, session.state.lastTime.nanoseconds))]
    }

    private var origin: Int64 { session.description.startBoottime }

    var begin: Int64 { origin &+ stretches[range.lowerBound].span.from }

    private var end: Int64 {
        origin.addingReportingOverflow(stretches[range.upperBound - 1].span.to).partialValue
    }

    var part: Run.Part {
        guard isKnown else { return Run.Part(session) }
        let newest = session.state.lastTime.nanoseconds
        return Run.Part(session, Run.Stretch(range, of: stretches, until: newest))
    }

    /// What a run is called that it begins.
    var runID: String {
        let id = session.description.id.text
        guard range.lowerBound > 0 else { return id }
        return "\(id).\(stretches[range.lowerBound].span.from / 60_000_000_000)"
    }

    /// The members with the stretches of those of which it matters when something was in flight: they are
    /// there in what would be a silence if they were not busy.
    static func knowing(
        _ members: [RunMember], _ busy: (SessionSummary) throws -> [BusyStretch]?
    ) rethrows -> [RunMember] {
        let doubts = doubts(members)
        guard !doubts.isEmpty else { return members }
        var result = members
        for (place, member) in members.enumerated() where !member.isKnown {
            let next = doubts.partitioned { $0.to > member.begin }
            guard next < doubts.count, doubts[next].from < member.end,
                let stretches = try busy(member.session), !stretches.isEmpty
            else { continue }
            result[place].stretches = stretches
            result[place].range = 0..<stretches.count
            result[place].isKnown = true
        }
        return result
    }

    /// Times that are silences, if nothing was in flight on members of which that is not known.
    private static func doubts(_ members: [RunMember]) -> [TimeSpan] {
        var spans: [TimeSpan] = []
        var unknown: [(begin: Int64, end: Int64)] = []
        for member in members {
            if member.isKnown {
                spans += member.busy
            } else {
                spans.append(TimeSpan(from: member.begin, to: member.begin))
                unknown.append((member.begin, member.end))
            }
        }
        guard let last = unknown.map(\.end).max() else { return [] }
        spans.sort { $0.from < $1.from }
        unknown.sort { $0.begin < $1.begin }
        var doubts: [TimeSpan] = []
        var until = spans[0].from
        var reach = Int64.min
        var passed = 0
        func look(_ next: Int64, isEnd: Bool) {
            while passed < unknown.count, unknown[passed].begin <= until {
                reach = max(reach, unknown[passed].end)
                passed += 1
            }
            guard next.isSilent(since: until), reach > until else { return }
            // What of it may be busy is too short to be cut itself, and the rest is a silence whatever it is.
            let isSure = !isEnd && next.isSilent(since: reach) && !reach.isSilent(since: until)
            if !isSure { doubts.append(TimeSpan(from: until, to: next)) }
        }
        for span in spans {
            look(span.from, isEnd: false)
            until = max(until, span.to)
        }
        look(last, isEnd: true)
        return doubts
    }

    private var busy: [TimeSpan] {
        stretches[range].map { TimeSpan(from: origin &+ $0.span.from, to: origin &+ $0.span.to) }
    }

    /// Cuts members, oldest session first, at stretches of silence.
    static func cut(_ members: [RunMember]) -> [[RunMember]] {
        var spans: [(span: TimeSpan, member: Int, place: Int)] = []
        for (index, member) in members.enumerated() {
            for (place, span) in zip(member.range, member.busy) { spans.append((span, index, place)) }
        }
        spans.sort { ($0.span.from, $0.member) < ($1.span.from, $1.member) }
        var cuts: [[Int: Range<Int>]] = []
        var until = Int64.min
        for (span, member, place) in spans {
            if cuts.isEmpty || span.from.isSilent(since: until) {
                cuts.append([:])
                until = span.to
            }
            until = max(until, span.to)
            let first = cuts[cuts.count - 1][member]?.lowerBound ?? place
            cuts[cuts.count - 1][member] = first..<(place + 1)
        }
        return cuts.map { ranges in
            ranges.sorted { $0.key < $1.key }.map { index, range in
                var member = members[index]
                member.range = range
                return member
            }
        }
    }
}

extension Int64 {
    /// Whether nothing from `time` to here is long enough to end a run.
    fileprivate func isSilent(since time: Int64) -> Bool {
        let (quiet, overflow) = subtractingReportingOverflow(time)
        return overflow ? self > time : quiet >= Run.silence
    }
}

extension [TimeSpan] {
    /// The first place of which `isBehind` holds, when it holds of all that follow; their count when of none.
    fileprivate func partitioned(_ isBehind: (TimeSpan) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
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
