/// What stands beside a message that mcptape changed, held back or made on purpose (`--fault`).
public struct FaultMark: Sendable, Hashable {
    /// What was done, as in `delay:500ms`.
    public var text: String
    public var side: Side

    /// Who saw the message.
    public enum Side: UInt8, Sendable, Hashable {
        /// The server sent it and the client got it, with what `text` says.
        case both = 0
        /// The server sent it; the client did not get it.
        case server = 1
        /// The client got it; the server did not send it.
        case client = 2

        /// The word in a recording file; nil where none is needed.
        var fileWord: String? {
            switch self {
            case .both: nil
            case .server: "server"
            case .client: "client"
            }
        }

        init(fileWord: String?) {
            switch fileWord {
            case "server": self = .server
            case "client": self = .client
            default: self = .both
            }
        }
    }

    public init(_ text: String, seenBy side: Side) {
        self.text = text
        self.side = side
    }

    /// One byte for the side, then the text.
    public var encoded: [UInt8] { [side.rawValue] + text.utf8 }

    /// Nil for what `encoded` did not make.
    public init?(encoded bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first, let side = Side(rawValue: first),
            let text = String(validating: bytes.dropFirst(), as: UTF8.self)
        else { return nil }
        self.init(text, seenBy: side)
    }

    /// For a person: `fault: delay:500ms`.
    public var note: String {
        switch side {
        case .both: "(fault: \(DisplayText.oneLine(text, limit: 80)))"
        case .server: "(held back: \(DisplayText.oneLine(text, limit: 80)))"
        case .client: "(made by --fault: \(DisplayText.oneLine(text, limit: 80)))"
        }
    }
}
