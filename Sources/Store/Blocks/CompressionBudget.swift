/// Decides how sealed blocks are compressed; thoroughly is a tenth smaller, at five times the work.
///
/// Thorough is right for what people keep and wrong under load, where the recorder must keep pace. So it is
/// done while messages come slowly, and for no more than a share of the time: a bucket of seconds that fills
/// slowly.
struct CompressionBudget {
    /// Nanoseconds of thorough work that may be done at once: a session of some 20 MB.
    static let most: Int64 = 2_000_000_000
    /// One nanosecond of work is earned in so many of time: a fifth of a core at most.
    static let earning: Int64 = 5
    /// Bytes a second of messages above which nothing is compressed thoroughly: what level 10 nearly keeps
    /// pace with.
    static let rateLimit: Int64 = 4 << 20

    /// Bytes a second above which size no longer counts: the journal must not fill.
    static let fastRate: Int64 = 64 << 20

    private var left = CompressionBudget.most
    private var counted: Int64

    /// `now`: nanoseconds of a clock that only goes forward.
    init(now: Int64) { counted = now }

    /// How `bytes` that came within `span` nanoseconds are compressed now.
    mutating func level(bytes: Int, span: Int64, now: Int64) -> Deflate.Level {
        left = min(CompressionBudget.most, left &+ max(0, now &- counted) / CompressionBudget.earning)
        counted = now
        let (nanobytes, isHuge) = Int64(bytes).multipliedReportingOverflow(by: 1_000_000_000)
        let rate = isHuge ? Int64.max : nanobytes / max(1, span)
        if rate > CompressionBudget.fastRate { return .fast }
        return rate <= CompressionBudget.rateLimit && left > 0 ? .thorough : .normal
    }

    /// So much work was done.
    mutating func spent(_ nanoseconds: Int64) { left &-= max(0, nanoseconds) }
}
