/// How far a session was exported, so that the next process goes on there.
public struct ExportCursor: Sendable, Hashable {
    /// Everything up to this message was exported.
    public var sequence: Int64
    /// Reading begins here: where the oldest exchange begins that had no end yet.
    public var resume: Int64
    /// The first exchange whose request is there or later.
    public var exchange: Int
    /// The session has ended, and all of it was exported.
    public var isDone: Bool

    /// Nothing was exported.
    public static let start = ExportCursor(sequence: 0, resume: 1, exchange: 1, isDone: false)

    public init(sequence: Int64, resume: Int64, exchange: Int, isDone: Bool) {
        self.sequence = sequence
        self.resume = resume
        self.exchange = exchange
        self.isDone = isDone
    }
}
