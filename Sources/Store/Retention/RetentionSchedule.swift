/// When a sink looks whether something old must go.
///
/// At its first commit, then after each 16 MiB that it stored and every ten minutes. One commit removes one
/// chapter at most, so no commit takes long; while more is to go, each further commit removes the next.
struct RetentionSchedule {
    private static let interval: Int64 = 600 * 1_000_000_000
    private static let volume = 16 << 20

    private var nextTime: Int64
    private var nextBytes = 0
    private var bytes = 0

    init(now: Int64) { nextTime = now }

    mutating func wrote(_ total: Int) { bytes = total }

    func isDue(at now: Int64) -> Bool { now >= nextTime || bytes >= nextBytes + RetentionSchedule.volume }

    /// `isFinished`: nothing more is to go for now.
    mutating func ran(isFinished: Bool, at now: Int64) {
        guard isFinished else { return }
        nextTime = now + RetentionSchedule.interval
        nextBytes = bytes
    }
}
