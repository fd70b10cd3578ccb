/// The reports of many clients of one recording as one, kept as they go on: each step adds what is new.
///
/// What one client asked for was asked for. Adding costs what changed, so a thousand clients with misses do
/// not cost a million reports.
public struct RunningReport: Sendable {
    /// All of it so far. What nobody asked for is told by those that have ended.
    public private(set) var merged: ReplayReport
    private var hasEnded = false

    /// How far a report had come.
    public struct Mark: Sendable {
        fileprivate let requests: Int
        fileprivate let answered: Int
        fileprivate let answeredAgain: Int
        fileprivate let nearestCount: Int
        fileprivate let answeredByRule: Int
        fileprivate let redactedValues: Int
        fileprivate let forwarded: Int
        fileprivate let misses: (kept: Int, all: Int)
        fileprivate let divergences: (kept: Int, all: Int)
        fileprivate let unanswered: (kept: Int, all: Int)
        fileprivate let repeats: [ReplayReport.Repeat]

        public init(_ report: ReplayReport) {
            requests = report.requests
            answered = report.answered
            answeredAgain = report.answeredAgain
            nearestCount = report.nearestCount
            answeredByRule = report.answeredByRule
            redactedValues = report.redactedValues
            forwarded = report.forwarded
            misses = (report.misses.count, report.missCount)
            divergences = (report.divergences.count, report.divergenceCount)
            unanswered = (report.unanswered.count, report.unansweredCount)
            repeats = report.repeats
        }
    }

    /// `fresh` is the report of a client that has not asked yet.
    public init(_ fresh: ReplayReport) { merged = fresh }

    /// A client's report has gone on from `mark` to `report`.
    public mutating func add(_ report: ReplayReport, since mark: Mark) {
        merged.requests += report.requests - mark.requests
        merged.answered += report.answered - mark.answered
        merged.answeredAgain += report.answeredAgain - mark.answeredAgain
        merged.answeredByRule += report.answeredByRule - mark.answeredByRule
        merged.redactedValues += report.redactedValues - mark.redactedValues
        merged.forwarded += report.forwarded - mark.forwarded
        if report.missCount > mark.misses.all {
            let all = merged.missCount + report.missCount - mark.misses.all
            let allNearest = merged.nearestCount + report.nearestCount - mark.nearestCount
            for miss in report.misses[mark.misses.kept...] { merged.note(miss) }
            merged.missCount = all
            merged.nearestCount = allNearest
        }
        if report.divergenceCount > mark.divergences.all {
            for divergence in report.divergences[mark.divergences.kept...] { _ = merged.note(divergence) }
            // Beyond those that were kept it is not known which are new.
            let kept = report.divergences.count - mark.divergences.kept
            merged.divergenceCount += report.divergenceCount - mark.divergences.all - kept
        }
        if report.unansweredCount > mark.unanswered.all {
            let all = merged.unansweredCount + report.unansweredCount - mark.unanswered.all
            for request in report.unanswered[mark.unanswered.kept...] {
                merged.noteUnanswered(request.recorded, request.reason)
            }
            merged.unansweredCount = all
        }
        // The same storage is equal at once.
        guard report.repeats != mark.repeats else { return }
        for (index, again) in report.repeats.enumerated() {
            let before = index < mark.repeats.count ? mark.repeats[index].count : 0
            if again.count > before { merged.noteRepeat(of: again.recorded, count: again.count - before) }
        }
    }

    /// A request that no client's report knows had no match.
    public mutating func add(_ miss: NearestMiss) {
        merged.requests += 1
        merged.note(miss)
    }

    /// So many exchanges were added to the recording.
    public mutating func noteAdded(_ count: Int) { merged.added += count }

    /// A client has ended: what it left out, and no other asked for, is left out.
    public mutating func end(_ report: ReplayReport) {
        let left = Set(report.neverAsked)
        merged.neverAsked = hasEnded ? merged.neverAsked.filter { left.contains($0) } : report.neverAsked
        hasEnded = true
    }
}

extension ReplayReport {
    /// The reports of several servers of one recording as one, each named.
    ///
    /// - Precondition: there is at least one.
    public static func joining(_ reports: [(name: String, report: ReplayReport)]) -> ReplayReport {
        guard reports.count > 1 else { return reports[0].report }
        var joined = reports[0].report
        joined = ReplayReport(
            recording: joined.recording, session: reports.map(\.report.session).joined(separator: ","),
            repeatRule: joined.repeatRule)
        for (name, report) in reports {
            joined.append(report, as: name)
            joined.resultsOfServers.append(ServerResults(server: name, counts: report.results))
        }
        return joined
    }

    private mutating func append(_ report: ReplayReport, as name: String) {
        func named(_ recorded: Recorded) -> Recorded {
            Recorded(exchange: recorded.exchange, subject: "\(name): \(recorded.subject)")
        }
        requests += report.requests
        answered += report.answered
        answeredAgain += report.answeredAgain
        answeredByRule += report.answeredByRule
        forwarded += report.forwarded
        added += report.added
        redactedValues += report.redactedValues
        unreadableRequests += report.unreadableRequests
        strayProgress += report.strayProgress
        let (allMisses, allUnanswered) = (
            missCount + report.missCount, unansweredCount + report.unansweredCount
        )
        let allNearest = nearestCount + report.nearestCount
        for miss in report.misses { note(miss) }
        missCount = allMisses
        nearestCount = allNearest
        let allDivergences = divergenceCount + report.divergenceCount
        for divergence in report.divergences { _ = note(divergence) }
        divergenceCount = allDivergences
        for again in report.repeats { noteRepeat(of: named(again.recorded), count: again.count) }
        for request in report.unanswered { noteUnanswered(named(request.recorded), request.reason) }
        unansweredCount = allUnanswered
        neverAsked += report.neverAsked.map(named)
    }
}
