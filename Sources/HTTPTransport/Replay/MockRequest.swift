internal import MCPSemantics
internal import Recording

/// One HTTP request to a recording that is served, with its whole body.
struct MockRequest: Sendable {
    var method: String
    /// Path and query.
    var target: String
    /// Who sends, without the port.
    var peer: String
    var sessionID: String?
    var lastEventID: String?
    var accept: String
    /// `MCP-Protocol-Version` is one of the modern era.
    let isModern: Bool
    /// What tells clients apart that name no session: where they ask, from where, and who they say they are.
    let identity: String
    var body: ArraySlice<UInt8> = []

    init(_ head: MessageHead, target: ArraySlice<UInt8>, peer: String) {
        func value(_ name: StaticString) -> String? {
            head.value(named: name).map { String(decoding: $0, as: UTF8.self) }
        }
        method = String(decoding: head.method, as: UTF8.self)
        self.target = String(decoding: target, as: UTF8.self)
        self.peer = peer
        sessionID = value("mcp-session-id")
        lastEventID = value("last-event-id")
        accept = value("accept") ?? ""
        isModern = ProtocolRevision(rawValue: value("mcp-protocol-version") ?? "")?.era == .modern
        identity = [self.target, peer, value("user-agent") ?? "", value("authorization") ?? ""]
            .joined(separator: "\u{0}")
    }

    /// The path without its query.
    var path: Substring { target.prefix { $0 != "?" } }
}

/// What is to be done for it, in order.
enum MockEffect: Sendable, Equatable {
    /// The whole answer on stream `stream`.
    case answer(Int, status: Int, fields: [MockField] = [], body: ArraySlice<UInt8> = [])
    /// The head of an event stream.
    case open(Int, fields: [MockField])
    /// Text of an event stream.
    case text(Int, [UInt8])
    /// The event stream is over.
    case end(Int)
    /// A request had no match.
    case missed
}

/// A field of an answer's head.
struct MockField: Sendable, Equatable {
    var name: String
    var value: String
}
