extension ReplayReport {
    /// The reports of several clients of one recording as one: what one of them asked for was asked for.
    ///
    /// - Precondition: there is at least one.
    public static func merging(_ reports: [ReplayReport]) -> ReplayReport {
        var merged = reports[0]
        for report in reports.dropFirst() { merged.add(report) }
        return merged
    }

    private mutating func add(_ other: ReplayReport) {
        requests += other.requests
        answered += other.answered
        answeredByRule += other.answeredByRule
        let (allMisses, allDivergences) = (missCount + other.missCount, divergenceCount)
        for miss in other.misses { note(miss) }
        missCount = allMisses
        var added = 0
        for divergence in other.divergences where note(divergence) { added += 1 }
        // Beyond those that were kept it is not known which are new.
        divergenceCount = allDivergences + added + other.divergenceCount - other.divergences.count
        for again in other.repeats { noteRepeat(of: again.recorded, count: again.count) }
        let all = unansweredCount + other.unansweredCount
        for request in other.unanswered { noteUnanswered(request.recorded, request.reason) }
        unansweredCount = all
        let left = Set(other.neverAsked)
        neverAsked.removeAll { !left.contains($0) }
        redactedValues += other.redactedValues
    }
}
