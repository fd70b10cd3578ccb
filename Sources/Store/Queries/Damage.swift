public import Recording

/// A stretch of a session that the store holds but cannot read.
public struct Damage: Sendable, Equatable {
    public var session: SessionID
    /// Sequence numbers of the first and last message concerned.
    public var first: Int64
    public var last: Int64
    /// What is wrong, for a person.
    public var reason: String

    public init(session: SessionID, first: Int64, last: Int64, reason: String) {
        self.session = session
        self.first = first
        self.last = last
        self.reason = reason
    }

    /// One line for a person.
    public var text: String {
        "session \(session.text): messages \(first) to \(last) cannot be read: \(reason); see mcptape doctor"
    }
}
