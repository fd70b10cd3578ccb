internal import NIOCore

/// An answer that is ours, not the upstream's: a status, and a sentence that says what happened.
///
/// To a request that is to be relayed never 404, which tells a client that its session is over, and never a
/// body that could be taken for JSON-RPC.
struct OwnAnswer: Sendable, Hashable {
    var status: Int
    var reason: StaticText
    /// A sentence for a person, without a line end.
    var text: String

    /// The reason phrases that are sent.
    enum StaticText: String, Sendable {
        case ok = "OK"
        case notFound = "Not Found"
        case notAllowed = "Method Not Allowed"
        case badRequest = "Bad Request"
        case forbidden = "Forbidden"
        case timeout = "Request Timeout"
        case misdirected = "Misdirected Request"
        case tooLarge = "Request Header Fields Too Large"
        case notImplemented = "Not Implemented"
        case badGateway = "Bad Gateway"
        case unavailable = "Service Unavailable"
        case gatewayTimeout = "Gateway Timeout"
        case version = "HTTP Version Not Supported"
        case contentTooLarge = "Content Too Large"
    }

    /// The reason phrase of a status that a recording or an answer of ours may have. Source: RFC 9110 §15.
    static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 202: "Accepted"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }

    /// What is said to a client whose request cannot be relayed.
    init(_ fault: MessageFault) {
        switch fault {
        case .headTooLarge: self.init(431, .tooLarge, fault.text)
        case .version: self.init(505, .version, fault.text)
        case .transferCoding: self.init(501, .notImplemented, fault.text)
        default: self.init(400, .badRequest, fault.text)
        }
    }

    init(_ status: Int, _ reason: StaticText, _ text: String) {
        self.status = status
        self.reason = reason
        self.text = text
    }

    static func badGateway(_ text: String) -> OwnAnswer { OwnAnswer(502, .badGateway, text) }
    static func unavailable(_ text: String) -> OwnAnswer { OwnAnswer(503, .unavailable, text) }

    /// The fields that are sent, in order.
    var fields: [(name: String, value: String)] {
        [
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", String(body.utf8.count)),
            ("Connection", "close"),
        ]
    }

    var body: String { "mcptape: \(text)\n" }

    /// - Parameter isHead: the request's method was HEAD, so there is no body.
    func write(toHead isHead: Bool, _ buffer: inout ByteBuffer) {
        buffer.writeString("HTTP/1.1 \(status) \(reason.rawValue)\r\n")
        for field in fields { buffer.writeString("\(field.name): \(field.value)\r\n") }
        buffer.writeStaticString("\r\n")
        if !isHead { buffer.writeString(body) }
    }
}
