internal import Recording

/// Densities that were counted: of a session that is over they stay as they are, and one that goes on is not
/// counted anew all the time.
public struct KnownDensities {
    struct Key: Hashable {
        var session: SessionID
        /// As the question says it.
        var buckets: String
    }

    private struct Known {
        var answer: PageAnswer
        var version: Int64
        /// When it was made, nanoseconds, and how long that took.
        var time: Int64
        var cost: Int64
        var used: Int
    }

    /// Answers have 10 KB to 80 KB.
    private static let limit = 64
    /// How much longer than it takes to count a session one answer serves while the session goes on: so it
    /// takes a twentieth of the thread at most, and of a small session an answer is milliseconds old.
    private static let rest: Int64 = 20

    private var answers: [Key: Known] = [:]
    private var clock = 0

    public init() {}

    /// What is known of a session that is at `version` now; nil: it has to be counted.
    mutating func answer(to key: Key, at version: Int64, now: Int64) -> PageAnswer? {
        guard let known = answers[key], now >= known.time else { return nil }
        let age = now - known.time
        guard known.version == version || age < KnownDensities.rest * known.cost else { return nil }
        clock += 1
        answers[key]?.used = clock
        return known.answer
    }

    /// Keeps an answer that was made from `start` to `end` of a session that was at `version` before.
    mutating func keep(
        _ answer: PageAnswer, to key: Key, at version: Int64, from start: Int64, to end: Int64
    ) {
        clock += 1
        answers[key] = Known(
            answer: answer, version: version, time: end, cost: max(0, end - start), used: clock)
        guard answers.count > KnownDensities.limit,
            let oldest = answers.min(by: { $0.value.used < $1.value.used })
        else { return }
        answers[oldest.key] = nil
    }
}
