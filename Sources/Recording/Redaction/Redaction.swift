/// One place of a message where a value was replaced before it was recorded.
public struct Redaction: Sendable, Hashable {
    /// Where, as a JSON pointer into the message; empty for a line that is not JSON.
    public var pointer: String
    /// By which rule: `key`, `pointer`, `member`, `assignment`, `user-info`, `sampling`, `elicitation`, or
    /// `value:` and what it looked like, as in `value:github-token`.
    public var rule: String

    public init(pointer: String, rule: String) {
        self.pointer = pointer
        self.rule = rule
    }

    /// Places of one message that are listed; later ones are replaced and not listed. A person looks at a
    /// dozen.
    public static let limit = 100
    /// Bytes of one pointer that are kept.
    public static let pointerLimit = 512
}
