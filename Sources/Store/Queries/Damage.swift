public import Recording

/// A stretch of a session that the store holds but cannot read.
public struct Damage: Sendable, Equatable {
    public var session: SessionID
    /// Sequence numbers of the first and last message concerned; 0 when it is not a matter of messages.
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
        let what = first == 0 ? "" : first == last ? "message \(first): " : "messages \(first) to \(last): "
        return "session \(session.text): \(what)\(reason); see mcptape doctor"
    }
}
