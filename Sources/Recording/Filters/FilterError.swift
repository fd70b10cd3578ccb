/// Why a filter could not be read: where, what, and what to type instead.
public struct FilterError: Error, Sendable, Equatable {
    /// The position in the filter's text, in characters, from 1.
    public var column: Int
    /// What is wrong, without a full stop.
    public var message: String
    /// What to do about it, without a full stop.
    public var hint: String?

    public init(column: Int, message: String, hint: String? = nil) {
        self.column = column
        self.message = message
        self.hint = hint
    }

    /// One line for a person: `filter, column 3: unknown filter word 'metod:'; did you mean method:?`.
    public var line: String {
        "filter, column \(column): \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}
