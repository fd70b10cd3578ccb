/// What a listener with answers of ours bounds.
public struct OwnLimits: Sendable {
    /// At one time. A browser has six, a scraper one or two; each may hold one answer in memory.
    public var connections = 128
    /// From the first byte of a request's head, or from the connection's beginning, to the head's end.
    public var headTime: Duration = .seconds(30)
    /// Between two requests: longer than scrapes are apart (a minute, most often 15 s).
    public var idleTime: Duration = .seconds(150)
    /// For a client to take an answer. A scraper gives up after 10 s.
    public var writeTime: Duration = .seconds(30)
    /// For answers that are under way when the listener ends.
    public var drainTime: Duration = .seconds(2)

    public init() {}
}
