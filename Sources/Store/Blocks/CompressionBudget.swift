/// Decides which sealed blocks are compressed thoroughly: a tenth smaller, at five times the work.
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
    static let rateLimit: Int64 = 16 << 20

    private var left = CompressionBudget.most
    private var counted: Int64

    /// `now`: nanoseconds of a clock that only goes forward.
    init(now: Int64) { counted = now }

    /// Whether `bytes` that came within `span` nanoseconds are worth the work now.
    mutating func allows(bytes: Int, span: Int64, now: Int64) -> Bool {
        left = min(CompressionBudget.most, left &+ max(0, now &- counted) / CompressionBudget.earning)
        counted = now
        let (nanobytes, isHuge) = Int64(bytes).multipliedReportingOverflow(by: 1_000_000_000)
        guard !isHuge, nanobytes / max(1, span) <= CompressionBudget.rateLimit else { return false }
        return left > 0
    }

    /// So much work was done.
    mutating func spent(_ nanoseconds: Int64) { left &-= max(0, nanoseconds) }
}
