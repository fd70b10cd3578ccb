/// How a message says where its body ends. Source: RFC 9112 §6.3.
enum BodyFraming: Hashable, Sendable {
    case none
    case length(Int)
    case chunked
    /// A response that ends with its connection.
    case untilClose

    /// The framing of a request.
    init(request head: MessageHead) throws(MessageFault) {
        self = try BodyFraming.stated(by: head) ?? .none
    }

    /// The framing of a response to a request with `isHead` as its method's nature.
    init(response head: MessageHead, toHead isHead: Bool) throws(MessageFault) {
        let stated = try BodyFraming.stated(by: head)
        let hasNone = isHead || head.status < 200 || head.status == 204 || head.status == 304
        self = hasNone ? .none : stated ?? .untilClose
    }

    private static func stated(by head: MessageHead) throws(MessageFault) -> BodyFraming? {
        let lengths = head.values(.contentLength)
        let codings = head.values(.transferEncoding)
        guard lengths.count <= 1, lengths.isEmpty || codings.isEmpty else { throw .length }
        if let coding = codings.first {
            // Of HTTP/1.0 a coding is faulty framing. Source: RFC 9112 §6.1.
            guard codings.count == 1, head.minorVersion == 1, HTTPText.matches(coding, "chunked") else {
                throw .transferCoding
            }
            return .chunked
        }
        guard let digits = lengths.first else { return nil }
        guard (1...18).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .length
        }
        return .length(digits.reduce(0) { $0 * 10 + Int($1) - 0x30 })
    }
}
