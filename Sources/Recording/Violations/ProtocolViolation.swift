/// What a peer sent against the protocol that only a comparison shows: with what is in flight, or of a
/// message with the HTTP head before it.
public enum ProtocolViolation: Sendable, Hashable {
    /// The exchange has an id that another of the same side's had, which was in flight.
    case duplicateID(exchange: Int, inFlight: Int)
    /// A header that mirrors the message says something else. The texts are as they are on record.
    case headerMismatch(header: String, says: String, message: String)

    /// How many of each.
    public struct Counts: Sendable, Hashable {
        public var duplicateIDs = 0
        public var headerMismatches = 0

        public init() {}

        mutating func count(_ violation: ProtocolViolation) {
            switch violation {
            case .duplicateID: duplicateIDs += 1
            case .headerMismatch: headerMismatches += 1
            }
        }
    }

    /// The exchange that it is about; nil where the message tells.
    public var exchange: Int? {
        if case .duplicateID(let exchange, _) = self { exchange } else { nil }
    }

    /// Its name among the values of a metric's label.
    public var rule: String {
        switch self {
        case .duplicateID: "duplicate_id"
        case .headerMismatch: "header_mismatch"
        }
    }

    /// In a sentence without its full stop, for a person.
    public var text: String {
        switch self {
        case .duplicateID(let exchange, let inFlight):
            return "#\(exchange) has the id of #\(inFlight), which was not answered yet"
        case .headerMismatch(let header, let says, let message):
            return "the header \(header) says \(Self.quoted(says)), the message \(Self.quoted(message))"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'\(DisplayText.oneLine(text, limit: 80))'"
    }
}
