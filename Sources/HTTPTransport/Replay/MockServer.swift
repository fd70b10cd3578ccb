internal import MCPSemantics
internal import Recording
internal import Replay
internal import Wire

/// A recording as a server on HTTP, for many clients at once: requests in, effects out.
///
/// A client that initializes gets a session and an engine of its own, so that each finds the recording at its
/// beginning. Clients of revision 2026-07-28 name no session: `MockRequest.identity` tells them apart.
struct MockServer: Sendable {
    private let script: ReplayScript
    private let rules: MatchRules
    private let key: [UInt8]?
    private let options: HTTPReplay.Options
    private let mint: @Sendable () -> String
    private var sessions: [Int: MockSession] = [:]
    private var byID: [String: Int] = [:]
    private var byIdentity: [String: Int] = [:]
    /// Which session an open HTTP stream belongs to.
    private var owners: [Int: Int] = [:]
    private var sessionCount = 0
    private var ended: [ReplayReport] = []
    /// When a session has something to send that waits for its time; of those that have.
    private var dues: [Int: Timestamp] = [:]

    /// `key` is the one that the recording was redacted with, where it is known; `mint` gives session ids
    /// that nobody can guess.
    init(
        _ script: ReplayScript, rules: MatchRules, key: [UInt8]? = nil, options: HTTPReplay.Options,
        mint: @escaping @Sendable () -> String
    ) {
        self.script = script
        self.rules = rules
        self.key = key
        self.options = options
        self.mint = mint
    }

    /// What every session found so far, those that have ended first.
    var reports: [ReplayReport] { ended + sessions.sorted { $0.key < $1.key }.map(\.value.engine.report) }

    // MARK: Requests

    /// A request with its body, on an HTTP stream of its own.
    mutating func received(_ request: MockRequest, on stream: Int, at time: Timestamp) -> [MockEffect] {
        switch request.method {
        case "POST": settled(posted(request, on: stream, at: time))
        case "GET": settled(listened(request, on: stream, at: time))
        case "DELETE": settled(deleted(request, on: stream, at: time))
        default: [notAllowed(stream)]
        }
    }

    /// Streams that end with `effects` belong to nobody any more.
    private mutating func settled(_ effects: [MockEffect]) -> [MockEffect] {
        for effect in effects {
            switch effect {
            case .answer(let stream, _, _, _), .end(let stream): owners[stream] = nil
            case .open, .text, .missed: break
            }
        }
        return effects
    }

    private mutating func posted(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        let digest = MessageReader.digest(of: request.body, direction: .clientToServer)
        guard digest.kind != .foreign else {
            return [refusal(stream, 400, -32700, "Parse error: the body is no JSON-RPC message")]
        }
        let isModern =
            digest.era == .modern || ProtocolRevision(rawValue: request.revision ?? "")?.era == .modern
        let isOneStream = Self.endpointSession(request) != nil
        if isModern, !isOneStream, digest.kind == .response || digest.kind == .batch {
            return [refusal(stream, 400, -32600, "Invalid request: one request or notification a POST")]
        }
        let initializes = ([digest] + digest.members).contains { $0.method == "initialize" }
        let found = session(of: request, isModern: isModern, initializes: initializes)
        guard let found else {
            return request.sessionID == nil && !isOneStream
                ? [refusal(stream, 400, -32600, "Bad Request: Mcp-Session-Id is missing")]
                : [refusal(stream, 404, -32001, "Session not found")]
        }
        var fields: [MockField] = []
        if initializes, let id = sessions[found]?.id {
            fields.append(MockField(name: "Mcp-Session-Id", value: id))
        }
        owners[stream] = found
        let (requests, form) = (Self.requests(in: digest, request.body), options.form)
        return with(found) { session in
            session.received(
                request.body, asking: requests, on: stream, form, fields: fields, at: time)
        }
    }

    /// The ids of the requests in a body, whole: a digest cuts long ones.
    private static func requests(in digest: MessageDigest, _ body: ArraySlice<UInt8>) -> [RequestID] {
        let texts: [ArraySlice<UInt8>] =
            digest.kind == .batch
            ? Envelope.scan(body).members.map { Envelope.slice($0, of: body) } : [body]
        return texts.compactMap { text in
            let envelope = Envelope.scan(text)
            guard envelope.method != nil, let id = envelope.id else { return nil }
            return RequestID(UTF8Text.repaired(Envelope.slice(id, of: text)))
        }
    }

    /// Whose request it is; nil when it names no session, or one that is none.
    private mutating func session(
        of request: MockRequest, isModern: Bool, initializes: Bool
    ) -> Int? {
        // A session of HTTP+SSE is named by its endpoint, whatever is said in it.
        if let id = Self.endpointSession(request) { return byID[id] }
        if !isModern, let id = request.sessionID { return byID[id] }
        if initializes, !options.isStateless { return begin(id: mint(), isModern: false) }
        guard isModern || options.isStateless else { return nil }
        let identity = options.isShared ? "" : request.identity
        if let known = byIdentity[identity] {
            guard initializes else { return known }
            // The same client once more: it begins anew.
            finish(known)
        }
        let number = begin(id: nil, isModern: isModern)
        byIdentity[identity] = number
        return number
    }

    private static func endpointSession(_ request: MockRequest) -> String? {
        guard request.target.utf8.contains(UInt8(ascii: "?")),
            let mark = request.target.firstRange(of: "mcptape_session=")
        else { return nil }
        return String(request.target[mark.upperBound...].prefix { $0 != "&" })
    }

    private mutating func begin(id: String?, isModern: Bool, isOneStream: Bool = false) -> Int {
        sessionCount += 1
        if let id { byID[id] = sessionCount }
        sessions[sessionCount] = MockSession(
            ReplayEngine(script: script, rules: rules, key: key, timing: options.timing), id: id,
            isModern: isModern, isOneStream: isOneStream)
        return sessionCount
    }

    private mutating func listened(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        let isModern = ProtocolRevision(rawValue: request.revision ?? "")?.era == .modern
        guard !isModern, request.accept.contains("text/event-stream") || request.accept.contains("*/*") else {
            return [notAllowed(stream)]
        }
        guard let id = request.sessionID else {
            return options.offersSSE ? openSSE(request, on: stream) : [notAllowed(stream)]
        }
        guard let number = byID[id] else { return [refusal(stream, 404, -32001, "Session not found")] }
        owners[stream] = number
        let effects = with(number) { session -> [MockEffect]? in
            if let event = request.lastEventID, let effects = session.resume(after: event, on: stream) {
                return effects
            }
            return session.listen(on: stream, fields: [])
        }
        return effects ?? [refusal(stream, 409, -32000, "Conflict: the session has a GET stream already")]
    }

    /// A session of HTTP+SSE: the first event says where its messages are posted.
    private mutating func openSSE(_ request: MockRequest, on stream: Int) -> [MockEffect] {
        let id = mint()
        let number = begin(id: id, isModern: false, isOneStream: true)
        owners[stream] = number
        let endpoint = "event: endpoint\ndata: \(request.path)?mcptape_session=\(id)\n\n"
        let opened = with(number) { $0.listen(on: stream, fields: []) ?? [] }
        return opened + [.text(stream, Array(endpoint.utf8))]
    }

    private mutating func deleted(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        guard let id = request.sessionID else { return [notAllowed(stream)] }
        guard let number = byID[id] else { return [refusal(stream, 404, -32001, "Session not found")] }
        let effects = with(number) { $0.end(at: time) }
        finish(number)
        return effects + [.answer(stream, status: 200)]
    }

    // MARK: Time

    /// When `advance` has something to do; nil: nothing waits for a time.
    var nextDue: Timestamp? { dues.values.min() }

    /// Time went on: what is due, session by session.
    mutating func advance(to time: Timestamp) -> [MockEffect] {
        let due = dues.filter { $0.value <= time }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        return settled(due.flatMap { number, _ in with(number) { $0.advance(to: time) } })
    }

    // MARK: Ends

    /// The connection of an HTTP stream is gone before the stream's end.
    mutating func closed(_ stream: Int, at time: Timestamp) -> [MockEffect] {
        guard let number = owners.removeValue(forKey: stream), sessions[number] != nil else { return [] }
        let effects = with(number) { $0.closed(stream, at: time) }
        if sessions[number]?.isOneStream == true { finish(number) }
        return settled(effects)
    }

    /// Everything is over; answers what every session found.
    mutating func end(at time: Timestamp) -> [ReplayReport] {
        for number in sessions.keys.sorted() {
            finish(number)
        }
        if ended.isEmpty {
            // Nobody came: all of it was left out.
            var engine = ReplayEngine(script: script, rules: rules, key: key)
            engine.clientClosed(at: time)
            ended.append(engine.report)
        }
        return ended
    }

    private mutating func finish(_ number: Int) {
        guard var session = sessions.removeValue(forKey: number) else { return }
        dues[number] = nil
        session.engine.clientClosed(at: .zero)
        ended.append(session.engine.report)
        if let id = session.id { byID[id] = nil }
        for (identity, other) in byIdentity where other == number { byIdentity[identity] = nil }
    }

    private mutating func with<Value>(_ number: Int, _ body: (inout MockSession) -> Value) -> Value {
        guard var session = sessions.removeValue(forKey: number) else {
            preconditionFailure("a session that was just found is there")
        }
        defer {
            sessions[number] = session
            if let due = session.nextDue { dues[number] = due } else { dues[number] = nil }
        }
        return body(&session)
    }

    // MARK: Our own words

    private func notAllowed(_ stream: Int) -> MockEffect {
        .answer(stream, status: 405, fields: [MockField(name: "Allow", value: "POST")])
    }

    private func refusal(_ stream: Int, _ status: Int, _ code: Int, _ text: String) -> MockEffect {
        var json = JSONWriter()
        json.object { json in
            json.member("jsonrpc", "2.0")
            json.member("id") { $0.null() }
            json.member("error") {
                $0.object {
                    $0.member("code", code)
                    $0.member("message", text)
                }
            }
        }
        return .answer(
            stream, status: status, fields: [MockField(name: "Content-Type", value: "application/json")],
            body: json.bytes[...])
    }
}
