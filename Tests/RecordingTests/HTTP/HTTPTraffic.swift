import MCPSemantics
import Recording
import Wire

/// HTTP traffic of a listener, told to a recorder, and what it put on record.
struct HTTPTraffic {
    var recorder: HTTPRecorder
    /// The newest records of each session, in the order in which the sessions began.
    var sessions: [SessionRecords] = []
    private var stream: UInt32 = 0
    /// Every event is a second after the one before it.
    private(set) var seconds: Int64 = 0
    /// Sees every event as well.
    var onEvent: ((TransportEvent) -> Void)?
    /// How bodies are cut: nil is whole.
    var cut: (([UInt8]) -> [ArraySlice<UInt8>])?

    init(_ listener: SessionDescription = HTTPTraffic.listener) {
        recorder = HTTPRecorder(listener: listener)
    }

    static var listener: SessionDescription {
        SessionDescription(id: SessionID("abcdefghjkmn"), name: "api", transport: .http)
    }

    struct Client {
        var connection: UInt64 = 1
        var agent = "python-httpx/0.28"
        var session: String?
        var revision: String?
        var more: [HTTPField] = []

        var fields: [HTTPField] {
            var fields = [HTTPField(name: "User-Agent", value: agent)]
            if let session { fields.append(HTTPField(name: "mcp-session-id", value: session)) }
            if let revision { fields.append(HTTPField(name: "MCP-Protocol-Version", value: revision)) }
            return fields + more
        }
    }

    var time: Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    mutating func wait(seconds: Int64) { self.seconds += seconds }

    mutating func observe(_ event: TransportEvent) {
        recorder.observe(event)
        onEvent?(event)
        seconds += 1
        for records in recorder.takeRecords() {
            if let index = sessions.firstIndex(where: { $0.description.id == records.description.id }) {
                sessions[index].events += records.events
                sessions[index].state = records.state
                sessions[index].violations.duplicateIDs += records.violations.duplicateIDs
                sessions[index].violations.headerMismatches += records.violations.headerMismatches
            } else {
                sessions.append(records)
            }
        }
    }

    /// A request with its body, without an answer yet.
    mutating func request(
        _ method: String, _ target: String = "/mcp", _ client: Client = Client(), body: String? = nil
    ) -> StreamID {
        stream += 1
        let id = StreamID(stream)
        observe(
            .requestHead(
                HTTPRequestHead(
                    connection: client.connection, peer: "127.0.0.1:\(5000 + client.connection)", route: "",
                    method: method, target: target, fields: client.fields), stream: id, at: time))
        if let body { send(body, .clientToServer, id) }
        observe(.laneEnded(.clientToServer, stream: id, at: time))
        return id
    }

    mutating func send(_ text: String, _ lane: Lane, _ id: StreamID) {
        let bytes = Array(text.utf8)
        for piece in cut?(bytes) ?? [bytes[...]] { observe(.bytes(piece, on: lane, stream: id, at: time)) }
    }

    mutating func head(
        _ id: StreamID, _ status: Int, type: String? = "application/json", session: String? = nil
    ) {
        var fields = type.map { [HTTPField(name: "content-type", value: $0)] } ?? []
        if let session { fields.append(HTTPField(name: "mcp-session-id", value: session)) }
        observe(
            .responseHead(HTTPResponseHead(status: status, reason: "", fields: fields), stream: id, at: time))
    }

    mutating func close(_ id: StreamID, _ closure: StreamClosure = StreamClosure(.upstream, .complete)) {
        if closure.reason == .complete { observe(.laneEnded(.serverToClient, stream: id, at: time)) }
        observe(.streamClosed(closure, stream: id, at: time))
    }

    /// A whole exchange.
    mutating func exchange(
        _ method: String, _ target: String = "/mcp", _ client: Client = Client(), body: String? = nil,
        status: Int = 200, answer: String? = nil, type: String? = "application/json", session: String? = nil
    ) {
        let id = request(method, target, client, body: body)
        head(id, status, type: answer == nil ? nil : type, session: session)
        if let answer { send(answer, .serverToClient, id) }
        close(id)
    }

    static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#
        + #""capabilities":{},"clientInfo":{"name":"mcp","version":"1"}}}"#
    static let initialized =
        #"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{},"#
        + #""serverInfo":{"name":"demo","version":"2"}}}"#

    static func modern(_ id: String, _ method: String = "tools/call", name: String = "mcp") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{"name":"add","_meta":{"#
            + #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
            + #""io.modelcontextprotocol/clientInfo":{"name":"\#(name)","version":"1"},"#
            + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#
    }

    static func call(_ id: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"add"}}"#
    }

    static func result(_ id: String) -> String { #"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[]}}"# }

    /// A client that has a session.
    mutating func connect(_ client: Client, session: String) -> Client {
        exchange("POST", "/mcp", client, body: Self.initialize, answer: Self.initialized, session: session)
        var client = client
        client.session = session
        client.revision = "2025-11-25"
        return client
    }

    /// The stream of a client of HTTP+SSE, which posts to `/m?session_id=1`.
    mutating func connectToEvents(_ client: Client = Client()) -> StreamID {
        let stream = request("GET", "/sse", client)
        head(stream, 200, type: "text/event-stream")
        send("event: endpoint\ndata: /m?session_id=1\n\n", .serverToClient, stream)
        return stream
    }
}

extension SessionRecords {
    /// The text of the session's recording file.
    func fileText() -> [UInt8] {
        let writer = RecordingFileWriter(
            sessions: [SessionSummary(description: description, state: state)])
        return messages.reduce(into: writer.headerLine()) { text, message in
            text += writer.line(for: .message(message), of: description.id)
        }
    }

    var messages: [MessageRecord] {
        events.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    /// The newest value of each exchange.
    var exchanges: [Exchange] {
        var newest: [Int: Exchange] = [:]
        for case .exchange(let exchange) in events { newest[exchange.number] = exchange }
        return newest.values.sorted { $0.number < $1.number }
    }

    var notes: [HTTPNote] { messages.compactMap { HTTPNote($0) } }

    /// Texts of the messages that are no notes.
    var texts: [String] {
        messages.compactMap { message in
            guard message.kind != .http, case .inline(let bytes) = message.body else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
