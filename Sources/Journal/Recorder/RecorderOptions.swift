/// When the recorder thread does what. Times are nanoseconds.
public struct RecorderOptions: Sendable, Hashable {
    /// A commit is due this long after the first byte that it holds: readers are live within a quarter
    /// second.
    public var commitDelay: Int64 = 200_000_000
    /// A commit is due at once when it holds this many bytes of journal. Much of its cost is the same
    /// whatever it holds: at 256 KiB it took half of the recorder's time while 64-KiB messages went through.
    public var commitSize = 1 << 20
    /// How long the recorder sleeps between two looks while traffic flows.
    public var napTime: Int64 = 1_000_000
    /// Without traffic for this long it no longer naps but sleeps until it is woken.
    public var busyTime: Int64 = 3_000_000
    /// The first wait after a commit that failed; it doubles up to `retryLimit`.
    public var retryDelay: Int64 = 50_000_000
    /// Recording resumes within 5 s of what stood in its way being gone (product.md, Data).
    public var retryLimit: Int64 = 2_000_000_000
    /// A store that is merely busy is worth a word after this time.
    public var busyPatience: Int64 = 2_000_000_000
    /// Unused segments are given back after this time without traffic.
    public var trimDelay: Int64 = 1_000_000_000
    /// A journal on a disk is synced this often: what power loss may cost (product.md, law 3).
    public var syncInterval: Int64 = 1_000_000_000
    /// How much lower than the pump's the thread's claim to a processor is, in steps of nice(2).
    public var niceness: Int32 = 5

    /// The store is opened when the recorder starts, not with the first commit: what is wrong with it is said
    /// before there is traffic, and readers find it. Costs a few milliseconds while the first bytes pass.
    public var opensSinkAtOnce = false

    public init() {}
}
