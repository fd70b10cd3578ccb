public import MCPSemantics
import Wire

/// A message of the client, read once for everybody who needs to know what it is.
public struct ClientMessage: Sendable {
    /// One line without its line feed, or the body of one HTTP request.
    public let text: ArraySlice<UInt8>
    public let digest: MessageDigest
    /// Messages of one form differ in their ids alone; nil: the form is not known.
    var form: Int?
    /// What it is matched by, where that is known.
    var key: MatchKey?

    /// Reads `text`. O(n).
    public init(_ text: ArraySlice<UInt8>) {
        self.init(text, MessageReader.digest(of: text, direction: .clientToServer))
    }

    init(_ text: ArraySlice<UInt8>, _ digest: MessageDigest) {
        self.text = text
        self.digest = digest
    }

    /// The ids of the requests in it, whole.
    public var requests: [RequestID] {
        guard digest.kind == .batch else {
            guard digest.kind == .request else { return [] }
            return Self.wholeID(of: digest, in: text).map { [$0] } ?? []
        }
        return Envelope.scan(text).members.compactMap { range in
            let member = Envelope.slice(range, of: text)
            let envelope = Envelope.scan(member)
            guard envelope.method != nil, let id = envelope.id else { return nil }
            return RequestID(UTF8Text.repaired(Envelope.slice(id, of: member)))
        }
    }

    /// The id of the message `text`: a digest cuts long ones.
    static func wholeID(of digest: MessageDigest, in text: ArraySlice<UInt8>) -> RequestID? {
        if let id = digest.id, id.text.utf8.count < MessageDigest.textLimit / 2 { return id }
        return Envelope.scan(text).id.map { RequestID(UTF8Text.repaired(Envelope.slice($0, of: text))) }
    }
}
