import MCPSemantics
import Wire

/// Which session a request belongs to.
extension HTTPRecorder {
    /// The session that the head alone tells; nil when the body or the response must be seen first.
    func sessionKey(of request: HTTPStream.RequestFacts) -> SessionKey? {
        if let id = request.sessionID { return .id(route: request.route, id) }
        guard request.method == "POST" else { return nil }
        let endpoint = SessionKey.endpoint(route: request.route, request.target)
        return keys[endpoint] == nil ? nil : endpoint
    }

    mutating func session(of request: HTTPStream.RequestFacts, at time: Timestamp) -> Int? {
        guard let key = sessionKey(of: request) else {
            // A GET may turn out to begin a session of HTTP+SSE, a POST to name its client in its body.
            if request.method == "POST" || request.method == "GET" { return nil }
            return identitySession(request, nil, at: time)
        }
        if let known = keys[key] { return known }
        // Its beginning was before ours.
        let number = makeSession(route: request.route, isByIdentity: false, at: time)
        bind(key, to: number)
        return number
    }

    /// The session of a request that names none: that of its client's identity. `peer` is what the body says
    /// of the client (2026-07-28, `_meta`); without it the connection's newest session counts.
    mutating func identitySession(
        _ request: HTTPStream.RequestFacts, _ peer: PeerInfo?, at time: Timestamp
    ) -> Int {
        if peer == nil, let known = connections[request.connection], sessions[known] != nil { return known }
        let key = identity(of: request, peer)
        if let known = keys[key], let session = sessions[known] {
            if session.streams > 0 || time.since(session.lastTime) < HTTPRecorder.silenceLimit {
                return known
            }
            endSession(known, .silent, at: session.lastTime)
        }
        let number = makeSession(route: request.route, isByIdentity: true, at: time)
        bind(key, to: number)
        return number
    }

    func identity(of request: HTTPStream.RequestFacts, _ peer: PeerInfo?) -> SessionKey {
        let parts = [
            request.address, request.agent, request.authorization, peer?.name ?? "", peer?.version ?? "",
        ]
        return .identity(route: request.route, parts.joined(separator: "\n"))
    }

    /// The session that an `initialize` begins. A modern client that found an older server asks again this
    /// way: then its session, in which nothing succeeded yet, goes on.
    mutating func initializedSession(_ request: HTTPStream.RequestFacts, at time: Timestamp) -> Int {
        if let known = connections[request.connection], let session = sessions[known],
            session.isByIdentity, session.recorder.state.eras == [.modern],
            session.recorder.exchanges.hasNoSuccess
        {
            for key in session.keys { keys[key] = nil }
            sessions[known]?.keys = []
            return known
        }
        return makeSession(route: request.route, isByIdentity: false, at: time)
    }

    /// A session of its own, which nothing leads to yet.
    mutating func makeSession(
        route: String, isByIdentity: Bool, isEventSession: Bool = false, at time: Timestamp
    ) -> Int {
        if sessions.count >= HTTPRecorder.sessionLimit { endLongestSilent() }
        sessionCount += 1
        let name = route.isEmpty ? listener.name : route
        var description = self.description(of: sessionCount, name: name, from: time)
        description.isEventSession = isEventSession
        sessions[sessionCount] = HTTPSession(
            description, redactor: redactor, zero: time, isByIdentity: isByIdentity)
        return sessionCount
    }

    /// What is known of a session when it begins.
    func description(of number: Int, name: String, from zero: Timestamp) -> SessionDescription {
        var description = listener
        description.id = sessionID(number)
        description.listener = listener.id
        description.isListener = false
        description.name = name
        description.capture = listener.captureOfServers[name] ?? listener.capture
        description.captureOfServers = [:]
        // A listener with routes lists them as NAME=URL.
        let own = listener.command.first { $0.hasPrefix(name + "=") }
        if let own { description.command = [String(own.dropFirst(name.utf8.count + 1))] }
        description.startBoottime &+= zero.nanoseconds
        description.startRealtime &+= zero.nanoseconds
        return description
    }

    /// The same in every process that records the same listener.
    private func sessionID(_ number: Int) -> SessionID {
        let digest = SHA256.digest(of: Array("\(listener.id.text) \(number)".utf8)[...])
        return SessionIDText.id(from: digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    mutating func bind(_ key: SessionKey, to number: Int) {
        if let older = keys.updateValue(number, forKey: key) { sessions[older]?.keys.remove(key) }
        sessions[number]?.keys.insert(key)
    }

    /// Says whose stream it is, and puts on record what it held. `body` is the request's, where it was read.
    mutating func assign(
        _ stream: inout HTTPStream, _ id: StreamID, to number: Int, with body: ArraySlice<UInt8>? = nil
    ) {
        precondition(stream.session == nil, "a stream belongs to one session")
        stream.session = number
        if let eventID = stream.request.lastEventID, let origin = sessions[number]?.origins[eventID] {
            stream.origin = StreamID(origin)
        }
        remember(stream.request.connection, number)
        let isKept = sessions.index(forKey: number).map { place in
            HTTPRecorder.join(&sessions.values[place], from: stream.request.address)
        }
        let held = stream.held
        stream.held = []
        for item in held {
            var note = item.note
            if let head = note.unwrittenRequest {
                note = WrittenNote(.request(onRecord(head, with: body, in: number)))
                if isKept == true,
                    let trace = head.fields.value(of: "traceparent").flatMap({ TraceParent.traceID(of: $0) })
                {
                    sessions[number]?.recorder.state.note(trace: trace)
                }
            }
            put(note, on: item.lane, &stream, id, at: item.time)
        }
    }

    /// Counts one more stream of a client at `address`; whether the traffic is kept. In place: a read
    /// of a session in the dictionary copies all of it.
    private static func join(_ session: inout HTTPSession, from address: String) -> Bool {
        session.streams += 1
        guard session.recorder.session.capture != .off else { return false }
        if session.recorder.state.clientAddress == nil { session.recorder.state.clientAddress = address }
        return true
    }

    /// The head as it is recorded: arguments that it mirrors are treated as they are in the body.
    private func onRecord(
        _ head: HTTPRequestHead, with body: ArraySlice<UInt8>?, in number: Int
    ) -> HTTPRequestHead {
        guard head.fields.contains(where: { MirroredValue.isArgument($0.name) }),
            let recorder = sessions[number]?.recorder
        else { return head }
        guard recorder.session.capture == .payloads else {
            return head.recorded(with: nil, by: recorder.redactor)
        }
        // Nothing of payloads is replaced.
        guard let redactor = recorder.redactor else { return head }
        let arguments = body.flatMap { body -> MirroredArguments? in
            let digest = MessageReader.digest(of: body, direction: .clientToServer)
            let context = RedactionContext(
                direction: .clientToServer, kind: digest.kind, method: digest.method, name: digest.name)
            return MirroredArguments(of: body, recordedAs: redactor.redact(body, in: context).bytes)
        }
        return head.recorded(with: arguments, by: redactor)
    }

    private mutating func remember(_ connection: UInt64, _ number: Int) {
        connections[connection] = number
        guard connections.count > HTTPRecorder.connectionLimit else { return }
        let kept = connections.keys.sorted().suffix(HTTPRecorder.connectionLimit / 2)
        connections = connections.filter { $0.key >= kept.first ?? 0 }
    }

    /// Changes a session in place. `time` is handed on as the session's own.
    mutating func inSession<Value>(
        _ number: Int, at time: Timestamp, _ change: (inout HTTPSession, Timestamp) -> Value
    ) -> Value? {
        guard let place = sessions.index(forKey: number) else { return nil }
        if lastChanged != number {
            changed.insert(number)
            lastChanged = number
        }
        // Not taken out and put back: a session is large, and this is done for everything that is told.
        return HTTPRecorder.inSession(&sessions.values[place], at: time, change)
    }

    private static func inSession<Value>(
        _ session: inout HTTPSession, at time: Timestamp, _ change: (inout HTTPSession, Timestamp) -> Value
    ) -> Value {
        session.lastTime = max(session.lastTime, time)
        // A stream that was open before the session began told some of it earlier.
        let own = max(session.time(time), .zero)
        session.recorder.state.lastTime = max(session.recorder.state.lastTime, own)
        return change(&session, own)
    }

    // MARK: Ends

    mutating func endSession(_ number: Int, _ reason: SessionEnd.Reason, at time: Timestamp) {
        guard var session = sessions.removeValue(forKey: number) else { return }
        for key in session.keys where keys[key] == number { keys[key] = nil }
        session.recorder.observe(
            .ended(reason, at: max(session.time(time), session.recorder.state.lastTime)),
            into: &session.events)
        ended.append(session.takeRecords())
    }

    mutating func endSilent() {
        for (number, session) in sessions.sorted(by: { $0.key < $1.key })
        where session.isByIdentity && session.streams == 0
            && lastTime.since(session.lastTime) >= HTTPRecorder.silenceLimit
        {
            endSession(number, .silent, at: session.lastTime)
        }
    }

    private mutating func endLongestSilent() {
        let idle = sessions.filter { $0.value.streams == 0 }
        guard let oldest = (idle.isEmpty ? sessions : idle).min(by: { $0.value.lastTime < $1.value.lastTime })
        else { return }
        endSession(oldest.key, .silent, at: oldest.value.lastTime)
    }
}

extension HTTPSession {
    mutating func takeRecords() -> SessionRecords {
        defer { events = [] }
        let violations = recorder.takeViolations()
        return SessionRecords(
            description: recorder.session, events: events, state: recorder.state,
            checkpoint: recorder.state.end == nil ? recorder.checkpoint() : [], violations: violations)
    }
}

extension ExchangeTracker {
    /// Everything that was asked was answered by an error, or not yet.
    fileprivate var hasNoSuccess: Bool { counts.exchanges == counts.errors + counts.pending }
}
