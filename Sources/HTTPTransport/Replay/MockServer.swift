internal import MCPSemantics
internal import Recording
internal import Replay
internal import Wire

/// A recording as a server on HTTP, for many clients at once: requests in, effects out.
///
/// A client that initializes gets a session and an engine of its own, so that each finds the recording at its
/// beginning. Clients of revision 2026-07-28 name no session: `MockRequest.identity` tells them apart.
struct MockServer: Sendable {
    /// Nobody has asked it yet; each client gets a copy.
    private let fresh: ReplayEngine
    private let options: HTTPReplay.Options
    /// What is to be done about real servers, in order.
    private var orders: [RealServerOrder] = []
    private let mint: @Sendable () -> String
    private var messages: RepeatedMessages
    var sessions: [Int: MockSession] = [:]
    private var byID: [String: Int] = [:]
    private var byIdentity: [String: Int] = [:]
    /// Which session an open HTTP stream belongs to.
    private var owners: [Int: Int] = [:]
    private var sessionCount = 0
    var running: RunningReport
    /// When each session was used last: a number that counts requests.
    private var lastUse: [Int: Int] = [:]
    private var uses = 0
    /// When a session has something to send that waits for its time; of those that have.
    private var dues: [Int: Timestamp] = [:]

    /// `key` is the one that the recording was redacted with, where it is known; `mint` gives session ids
    /// that nobody can guess.
    init(
        _ script: ReplayScript, rules: MatchRules, key: [UInt8]? = nil, options: HTTPReplay.Options,
        mint: @escaping @Sendable () -> String
    ) {
        fresh = ReplayEngine(
            script: script, rules: rules, key: key, timing: options.timing,
            translatesEra: options.translatesEra, isShared: true)
        messages = RepeatedMessages(matching: rules)
        running = RunningReport(fresh.report)
        self.options = options
        self.mint = mint
    }

    /// What all sessions found so far.
    var report: ReplayReport { running.merged }

    /// The stream of HTTP+SSE on which what `request` asks is answered; nil: on its own.
    func answering(_ request: MockRequest) -> Int? {
        Self.endpointSession(request).flatMap { byID[$0] }.flatMap { sessions[$0]?.listeningStream }
    }

    // MARK: Requests

    /// A request with its body, on an HTTP stream of its own.
    mutating func received(_ request: MockRequest, on stream: Int, at time: Timestamp) -> [MockEffect] {
        switch request.method {
        case "POST": settled(posted(request, on: stream, at: time))
        case "GET": settled(listened(request, on: stream, at: time))
        case "DELETE": settled(deleted(request, on: stream, at: time))
        default: [notAllowed(request, stream)]
        }
    }

    /// Streams that end with `effects` belong to nobody any more.
    mutating func settled(_ effects: [MockEffect]) -> [MockEffect] {
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
        let message = messages.read(request.body)
        let digest = message.digest
        guard digest.kind != .foreign else {
            if let (miss, id) = NearestMiss.damaged(request.body, recording: running.merged.recording) {
                running.add(miss)
                let json = MockField(name: "Content-Type", value: "application/json")
                let body = miss.response(to: id)[...]
                return [.missed, .answer(stream, status: 400, fields: [json], body: body)]
            }
            return [refusal(stream, 400, -32700, "Parse error: the body is no JSON-RPC message")]
        }
        let isModern = digest.era == .modern || request.isModern
        let isOneStream = Self.endpointSession(request) != nil
        if isModern, !isOneStream, digest.kind == .response || digest.kind == .batch {
            return [refusal(stream, 400, -32600, "Invalid request: one request or notification a POST")]
        }
        let initializes = ([digest] + digest.members).contains { $0.method == "initialize" }
        let identity = identity(of: request, asking: message)
        let isNew = isNewClient(request, identity, isModern: isModern, initializes: initializes)
        var effects = isNew ? makeRoom(at: time) : []
        guard !isNew || sessions.count < options.sessionLimit else { return [full(stream)] }
        let found = session(
            of: request, identity, isModern: isModern, initializes: initializes, at: time)
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
        let form = options.form
        effects += with(found) { $0.received(message, on: stream, form, fields: fields, at: time) }
        return effects
    }

    /// Whose request it is; nil when it names no session, or one that is none.
    private mutating func session(
        of request: MockRequest, _ identity: String, isModern: Bool, initializes: Bool, at time: Timestamp
    ) -> Int? {
        // A session of HTTP+SSE is named by its endpoint, whatever is said in it.
        if let id = Self.endpointSession(request) { return byID[id] }
        if !isModern, let id = request.sessionID { return byID[id] }
        if initializes, !options.isStateless { return begin(id: mint(), isModern: false, at: time) }
        guard isModern || options.isStateless else { return nil }
        if let known = byIdentity[identity] {
            guard initializes else { return known }
            // The same client once more: it begins anew.
            finish(known, at: time)
        }
        let number = begin(id: nil, isModern: isModern, at: time)
        byIdentity[identity] = number
        sessions[number]?.identity = identity
        return number
    }

    /// Whether `session(of:)` begins one.
    private func isNewClient(
        _ request: MockRequest, _ identity: String, isModern: Bool, initializes: Bool
    ) -> Bool {
        if Self.endpointSession(request) != nil { return false }
        if !isModern, request.sessionID != nil { return false }
        if initializes, !options.isStateless { return true }
        guard isModern || options.isStateless else { return false }
        return byIdentity[identity] == nil
    }

    /// What the client is known by that names no session. One that asks under an id that waits for its answer
    /// already is another one, however alike they are.
    private func identity(of request: MockRequest, asking message: ClientMessage) -> String {
        guard !options.isShared else { return "" }
        var (identity, count) = (request.identity, 1)
        let ids = message.requests
        while let known = byIdentity[identity].flatMap({ sessions[$0] }), ids.contains(where: known.isAsked) {
            count += 1
            identity = "\(request.identity)\u{0}\(count)"
        }
        return identity
    }

    /// Ends the session that was idle for the longest when there are as many as there may be. One with a
    /// stream is not idle: somebody waits.
    private mutating func makeRoom(at time: Timestamp) -> [MockEffect] {
        guard sessions.count >= options.sessionLimit else { return [] }
        let idle = lastUse.filter { sessions[$0.key]?.isInUse == false }
        guard let oldest = idle.min(by: { $0.value < $1.value })?.key else { return [] }
        let effects = with(oldest) { $0.end(at: time) }
        finish(oldest, at: time)
        return effects
    }

    private static func endpointSession(_ request: MockRequest) -> String? {
        guard request.target.utf8.contains(UInt8(ascii: "?")),
            let mark = request.target.firstRange(of: "mcptape_session=")
        else { return nil }
        return String(request.target[mark.upperBound...].prefix { $0 != "&" })
    }

    private mutating func begin(
        id: String?, isModern: Bool, isOneStream: Bool = false, at time: Timestamp
    ) -> Int {
        sessionCount += 1
        if let id { byID[id] = sessionCount }
        sessions[sessionCount] = MockSession(
            fresh, id: id, isModern: isModern, isOneStream: isOneStream)
        if let real = options.realServers {
            sessions[sessionCount]?.real = MockRealServer(
                client: sessionCount, recording: real.recording?(time), start: time)
        }
        return sessionCount
    }

    private mutating func listened(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        guard !request.isModern, request.sessionID != nil && !options.isStateless || options.offersSSE else {
            return [notAllowed(request, stream)]
        }
        guard request.accept.contains("text/event-stream") || request.accept.contains("*/*") else {
            return [refusal(stream, 406, -32600, "Not acceptable: a GET opens a text/event-stream")]
        }
        guard let id = request.sessionID else {
            let effects = makeRoom(at: time)
            guard sessions.count < options.sessionLimit else { return [full(stream)] }
            return effects + openSSE(request, on: stream, at: time)
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
    private mutating func openSSE(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        let id = mint()
        let number = begin(id: id, isModern: false, isOneStream: true, at: time)
        owners[stream] = number
        let endpoint = "event: endpoint\ndata: \(request.path)?mcptape_session=\(id)\n\n"
        let opened = with(number) { $0.listen(on: stream, fields: []) ?? [] }
        return opened + [.text(stream, Array(endpoint.utf8))]
    }

    private mutating func deleted(
        _ request: MockRequest, on stream: Int, at time: Timestamp
    ) -> [MockEffect] {
        guard let id = request.sessionID, !request.isModern, !options.isStateless else {
            return [notAllowed(request, stream)]
        }
        guard let number = byID[id] else { return [refusal(stream, 404, -32001, "Session not found")] }
        let effects = with(number) { $0.end(at: time) }
        finish(number, at: time)
        return effects + [.answer(stream, status: 200)]
    }

    // MARK: Time

    /// When `advance` has something to do; nil: nothing waits for a time.
    var nextDue: Timestamp? { dues.isEmpty ? nil : dues.values.min() }

    /// Time went on: what is due, session by session.
    mutating func advance(to time: Timestamp) -> [MockEffect] {
        let due = dues.filter { $0.value <= time }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        return settled(due.flatMap { number, _ in with(number) { $0.advance(to: time) } })
    }

    // MARK: Real servers

    /// What is to be done about real servers since the last call, in order.
    mutating func takeOrders() -> [RealServerOrder] {
        guard !orders.isEmpty else { return [] }
        defer { orders = [] }
        return orders
    }

    // MARK: Ends

    /// The connection of an HTTP stream is gone before the stream's end.
    mutating func closed(_ stream: Int, at time: Timestamp) -> [MockEffect] {
        guard let number = owners.removeValue(forKey: stream), sessions[number] != nil else { return [] }
        let effects = with(number) { $0.closed(stream, at: time) }
        if sessions[number]?.isOneStream == true { finish(number, at: time) }
        return settled(effects)
    }

    /// Everything is over; `report` is complete.
    mutating func end(at time: Timestamp) {
        let isUnused = sessionCount == 0
        for number in sessions.keys.sorted() {
            finish(number, at: time)
        }
        guard isUnused else { return }
        // Nobody came: all of it was left out.
        var engine = fresh
        engine.clientClosed(at: time)
        running.end(engine.report)
    }

    private mutating func finish(_ number: Int, at time: Timestamp) {
        with(number) {
            _ = $0.engine.clientClosed(at: time)
            $0.real?.end()
        }
        guard let session = sessions.removeValue(forKey: number) else { return }
        running.end(session.engine.report)
        dues[number] = nil
        lastUse[number] = nil
        if let id = session.id { byID[id] = nil }
        if let identity = session.identity { byIdentity[identity] = nil }
    }

    mutating func with<Value>(_ number: Int, _ body: (inout MockSession) -> Value) -> Value {
        guard let place = sessions.index(forKey: number) else {
            preconditionFailure("a session that was just found is there")
        }
        uses += 1
        lastUse[number] = uses
        let (value, due) = Self.change(&sessions.values[place], adding: &running, body)
        if options.realServers != nil { orders += sessions.values[place].real?.takeOrders() ?? [] }
        if due != nil || !dues.isEmpty { dues[number] = due }
        return value
    }

    /// Changes a session where it is, because it is large; answers also when it has something to send.
    private static func change<Value>(
        _ session: inout MockSession, adding running: inout RunningReport,
        _ body: (inout MockSession) -> Value
    ) -> (Value, Timestamp?) {
        let mark = RunningReport.Mark(session.engine.report)
        let value = body(&session)
        running.add(session.engine.report, since: mark)
        return (value, session.nextDue)
    }

    // MARK: Our own words

    /// With what would have been allowed.
    private func notAllowed(_ request: MockRequest, _ stream: Int) -> MockEffect {
        var methods = ["POST"]
        if !request.isModern {
            if !options.isStateless {
                methods += ["GET", "DELETE"]
            } else if options.offersSSE {
                methods.append("GET")
            }
        }
        methods.removeAll { $0 == request.method }
        return .answer(
            stream, status: 405,
            fields: [MockField(name: "Allow", value: methods.joined(separator: ", "))])
    }

    private func full(_ stream: Int) -> MockEffect {
        let text =
            "this server has \(options.sessionLimit) clients, as many as --max-sessions allows, and none is idle"
        return refusal(stream, 503, -32000, text)
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
