import MCPSemantics
import Wire

/// Feeds messages to the trackers as a recorder does, and keeps what they tell.
struct Conversation {
    var exchanges = ExchangeTracker()
    var session = SessionTracker()
    /// The newest value of each exchange by number.
    var known: [Int: Exchange] = [:]
    /// What changed with the newest message, in order.
    var changed: [Exchange] = []
    var sequence: Int64 = 0

    init() {}

    /// A conversation that goes on with the tracker of a checkpoint; nil when that cannot be read.
    init?(from state: inout StateReader) {
        guard let exchanges = try? ExchangeTracker(from: &state) else { return nil }
        self.exchanges = exchanges
    }

    /// A message of the client's; returns the exchange that it belongs to.
    @discardableResult
    mutating func client(_ text: String) -> Int? { say(text, .clientToServer) }

    /// A message of the server's; returns the exchange that it belongs to.
    @discardableResult
    mutating func server(_ text: String) -> Int? { say(text, .serverToClient) }

    @discardableResult
    mutating func say(_ text: String, _ direction: Direction) -> Int? {
        sequence += 1
        let message = Array(text.utf8)
        let digest = MessageReader.digest(of: message[...], direction: direction)
        let observation = exchanges.observe(
            digest, direction: direction, sequence: sequence, time: Timestamp(nanoseconds: sequence * 10),
            size: message.count)
        changed = observation.changed
        for exchange in changed { known[exchange.number] = exchange }
        _ = session.observe(
            digest, direction: direction, exchange: observation.exchange.flatMap { known[$0] })
        return observation.exchange
    }

    /// The same with everything saved and read again before the message.
    mutating func reload() throws {
        var writer = StateWriter()
        exchanges.save(to: &writer)
        session.save(to: &writer)
        var reader = StateReader(writer.bytes)
        exchanges = try ExchangeTracker(from: &reader)
        session = try SessionTracker(from: &reader)
    }
}

/// Short ways to write messages.
enum Text {
    static func request(_ id: String, _ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
    }

    static func call(_ id: String, _ tool: String = "add", more: String = "") -> String {
        request(id, "tools/call", #"{"name":"\#(tool)"\#(more)}"#)
    }

    static func result(_ id: String, _ result: String = #"{"content":[]}"#) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
    }

    static func error(_ id: String, _ code: String = "-32602", _ message: String = "no") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)"}}"#
    }

    static func notification(_ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","method":"notifications/\#(method)","params":\#(params)}"#
    }

    static func cancel(_ id: String) -> String { notification("cancelled", #"{"requestId":\#(id)}"#) }

    static func progress(_ token: String) -> String {
        notification("progress", #"{"progressToken":\#(token),"progress":1}"#)
    }

    /// Identity of 2026-07-28 with a comma before it.
    static let modern =
        #","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
        + #""io.modelcontextprotocol/clientInfo":{"name":"mcp","version":"0.1.0"},"#
        + #""io.modelcontextprotocol/clientCapabilities":{}}"#
}
