/// What went wrong outside: a port, a certificate, a setting that contradicts another.
public struct HTTPFailure: Error, Sendable, Equatable {
    /// What can be done about it decides the exit status.
    public enum Kind: Sendable, Hashable {
        /// A setting is malformed, or not allowed beside another.
        case setting
        /// A file cannot be read, or does not hold what it should.
        case file
        /// The address cannot be listened on.
        case listen
    }
    public var kind: Kind
    /// What failed, on what, and what to do: one line for a person.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
