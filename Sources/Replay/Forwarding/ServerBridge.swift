public import MCPSemantics
public import Recording
import Wire

/// Joins a client that an engine plays to with the real server, for what the recording does not hold.
///
/// Messages in, messages out; pure. The real server sees a conversation of its own: the client's handshake,
/// then the forwarded requests under numbers that nobody else gives. Its answers, progress and requests go to
/// the client under ids that no recorded message bears, and the client's answers go back.
public struct ServerBridge: Sendable {
    /// What is to be done, in order.
    public enum Output: Sendable, Equatable {
        /// Start the real server; what follows for it may wait until it takes it.
        case start
        /// Send it one message.
        case server(ArraySlice<UInt8>)
        case client(ReplayMessage)
    }

    private enum State: Equatable {
        /// Nobody needed the real server yet, or it is gone.
        case idle
        /// Waits for its answer to the handshake, which bears this id.
        case shakingHands(RequestID)
        case open
        /// It takes no part in the conversation, for this reason.
        case refused(String)
    }

    private var state = State.idle
    /// The handshake is one that the client sees, because it was forwarded itself.
    private var isHandshakeForwarded = false
    private var numbers = 0
    /// What waits for the handshake.
    private var waiting: [ForwardedMessage] = []
    /// The client's ids by those that the server got. Those that were cancelled may still be answered.
    private(set) var asked: [RequestID: RequestID] = [:]
    private var cancelled: [RequestID: RequestID] = [:]
    /// The progress tokens of `asked`, JSON text, by the client's ids.
    var tokens: [RequestID: String] = [:]
    /// The server's own ids by those that the client got.
    private var serverRequests: [RequestID: RequestID] = [:]
    /// What the two said to each other, where it is to be kept.
    public private(set) var recording: MemoryRecording?

    /// With `recording`, all that is forwarded goes on record there, and the answers to it.
    public init(recording: MemoryRecording? = nil) { self.recording = recording }

    /// Whether the client waits for an answer of the real server.
    public var isAsked: Bool { !asked.isEmpty || waiting.contains { $0.isRequest } }

    /// Whether the real server is to run.
    public var isRunning: Bool { state != .idle }

    // MARK: - The client's side

    /// Takes a message that the engine does not answer.
    public mutating func forward(
        _ message: ForwardedMessage, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        switch state {
        case .idle:
            // Only a request is worth a server.
            guard case .request = message.kind else { return [] }
            return [.start] + begin(with: message, &engine, at: time)
        case .shakingHands:
            waiting.append(message)
            return []
        case .open:
            return pass(message, at: time)
        case .refused(let reason):
            guard case .request(let id) = message.kind else { return [] }
            return engine.forwardFailed(id, because: reason, at: time).messages
        }
    }

    private mutating func begin(
        with message: ForwardedMessage, _ engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        let method = MessageReader.digest(of: message.bytes, direction: .clientToServer).method
        isHandshakeForwarded = method == "initialize"
        // A client of the stateless era says in each request what a handshake would.
        guard !isHandshakeForwarded, let handshake = engine.handshake else {
            state = .open
            return pass(message, at: time)
        }
        let id = nextNumber()
        state = .shakingHands(id)
        waiting.append(message)
        return [.server(Self.replacingID(of: handshake, with: id))]
    }

    private mutating func pass(_ message: ForwardedMessage, at time: Timestamp) -> [Output] {
        switch message.kind {
        case .request(let id):
            let number = nextNumber()
            asked[number] = id
            tokens[id] =
                MessageReader.digest(of: message.bytes, direction: .clientToServer).progressToken
            record(message.bytes, .clientToServer, time)
            return [.server(Self.replacingID(of: message.bytes, with: number))]
        case .cancellation(let id):
            guard let number = asked.first(where: { $0.value == id })?.key else { return [] }
            cancelled[number] = asked.removeValue(forKey: number)
            tokens[id] = nil
            record(message.bytes, .clientToServer, time)
            let path = ["params", "requestId"]
            return [.server(Self.replacing(path, of: message.bytes, with: number))]
        case .answer(let id):
            guard let own = serverRequests.removeValue(forKey: id) else { return [] }
            let answer = Self.replacingID(of: message.bytes, with: own)
            record(answer, .clientToServer, time)
            return [.server(answer)]
        case .notification:
            let method = MessageReader.digest(of: message.bytes, direction: .clientToServer).method
            // It had one of ours.
            if method == "notifications/initialized", !isHandshakeForwarded { return [] }
            record(message.bytes, .clientToServer, time)
            return [.server(message.bytes)]
        }
    }

    private mutating func nextNumber() -> RequestID {
        numbers += 1
        return RequestID(String(numbers))
    }

    // MARK: - The server's side

    /// Takes one line of the real server, without its line feed.
    public mutating func received(
        _ line: ArraySlice<UInt8>, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        let digest = MessageReader.digest(of: line, direction: .serverToClient)
        switch digest.kind {
        case .batch where !digest.members.isEmpty:
            return Envelope.scan(line).members.flatMap {
                received(Envelope.slice($0, of: line), for: &engine, at: time)
            }
        case .response:
            return receivedAnswer(line, digest, &engine, at: time)
        case .request:
            guard let own = digest.id else { return [] }
            let id = engine.idForForwardedServerRequest()
            serverRequests[id] = own
            record(line, .serverToClient, time)
            return Self.client(Self.replacingID(of: line, with: id))
        case .notification:
            if digest.method == "notifications/cancelled", let own = digest.cancels {
                record(line, .serverToClient, time)
                guard let id = serverRequests.first(where: { $0.value == own })?.key else { return [] }
                serverRequests[id] = nil
                engine.dropForwardedServerRequest(id)
                return Self.client(Self.replacing(["params", "requestId"], of: line, with: id))
            }
            let told = forListener(line, at: ["params"])
            record(told, .serverToClient, time)
            return Self.client(told)
        case .batch, .foreign, .standardError, .http:
            guard line.contains(where: { $0 > 0x20 }) else { return [] }
            record(line, .serverToClient, time)
            return Self.client(line)
        }
    }

    private mutating func receivedAnswer(
        _ line: ArraySlice<UInt8>, _ digest: MessageDigest, _ engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        guard let number = digest.id else {
            record(line, .serverToClient, time)
            return Self.client(line)
        }
        if state == .shakingHands(number) { return shookHands(line, digest, &engine, at: time) }
        guard let id = asked[number] ?? cancelled[number] else {
            engine.note(ofRealServer: "answered id \(number.text), which nobody asked; it was left out")
            return []
        }
        let answer = Self.replacingID(of: forListener(line, at: ["result"]), with: id)
        asked[number] = nil
        cancelled[number] = nil
        tokens[id] = nil
        record(answer, .serverToClient, time)
        engine.forwardAnswered(id)
        return Self.client(answer, answering: id)
    }

    private mutating func shookHands(
        _ line: ArraySlice<UInt8>, _ digest: MessageDigest, _ engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        if let error = digest.error {
            return refuse("it refused the client's initialize: \(error.message)", &engine, at: time)
        }
        let revision = JSONTree(line)?.root["result"]?["protocolVersion"]?.stringValue
        if let revision, let recorded = engine.recordedRevision, revision != recorded {
            engine.note(ofRealServer: "speaks revision \(revision), and the recording \(recorded)")
        }
        state = .open
        var outputs: [Output] = [.server(Self.initialized[...])]
        let waited = waiting
        waiting = []
        for message in waited { outputs += pass(message, at: time) }
        return outputs
    }

    private static let initialized = Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8)

    /// The real server could not be started, or has ended: who waits for it is told so. The next request
    /// starts it anew.
    public mutating func ended(
        because reason: String, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        let outputs = refuse(reason, &engine, at: time)
        state = .idle
        return outputs
    }

    /// The real server will not answer these requests of ours, and goes on with the others.
    public mutating func unanswered(
        _ numbers: [RequestID], because reason: String, for engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        if case .shakingHands(let number) = state, numbers.contains(number) {
            return refuse("it refused the client's initialize: \(reason)", &engine, at: time)
        }
        return numbers.flatMap { number -> [Output] in
            cancelled[number] = nil
            guard let id = asked.removeValue(forKey: number) else { return [] }
            tokens[id] = nil
            return engine.forwardFailed(id, because: reason, at: time).messages
        }
    }

    private mutating func refuse(
        _ reason: String, _ engine: inout ReplayEngine, at time: Timestamp
    ) -> [Output] {
        state = .refused(reason)
        var ids = asked.sorted { (Int($0.key.text) ?? 0) < (Int($1.key.text) ?? 0) }.map(\.value)
        for case .request(let id) in waiting.map(\.kind) { ids.append(id) }
        for id in serverRequests.keys { engine.dropForwardedServerRequest(id) }
        (asked, cancelled, serverRequests, waiting, tokens) = ([:], [:], [:], [], [:])
        return ids.flatMap { engine.forwardFailed($0, because: reason, at: time).messages }
    }

    // MARK: - Texts

    private mutating func record(_ message: ArraySlice<UInt8>, _ lane: Lane, _ time: Timestamp) {
        recording?.observe(message, on: lane, at: time)
    }

    /// A message of a subscription names it by the id that its listener gave it.
    private func forListener(_ line: ArraySlice<UInt8>, at path: [String]) -> ArraySlice<UInt8> {
        let member = "io.modelcontextprotocol/subscriptionId"
        let path = path + ["_meta", member]
        guard let node = path.reduce(JSONTree(line)?.root, { $0?[$1] }),
            let id = asked[RequestID(UTF8Text.repaired(node.text))]
        else { return line }
        return Self.replacing(path, of: line, with: id)
    }

    private static func replacingID(of text: ArraySlice<UInt8>, with id: RequestID) -> ArraySlice<UInt8> {
        guard let range = Envelope.scan(text).id else { return text }
        var splice = JSONSplice()
        splice.replace(range, with: id.text.utf8)
        return splice.result(on: text)
    }

    private static func replacing(
        _ path: [String], of text: ArraySlice<UInt8>, with id: RequestID
    ) -> ArraySlice<UInt8> {
        guard let node = path.reduce(JSONTree(text)?.root, { $0?[$1] }) else { return text }
        var splice = JSONSplice()
        splice.replace(node.range, with: id.text.utf8)
        return splice.result(on: text)
    }

    private static func client(_ text: ArraySlice<UInt8>, answering id: RequestID? = nil) -> [Output] {
        var message = ReplayMessage(bytes: text)
        if let id {
            message.route = .request(id)
            message.answers = [id]
        }
        return [.client(message)]
    }
}

extension ForwardedMessage {
    fileprivate var isRequest: Bool {
        if case .request = kind { return true }
        return false
    }
}

extension [ReplayAction] {
    /// What of the engine's actions goes to the client.
    fileprivate var messages: [ServerBridge.Output] {
        compactMap { if case .send(let message) = $0 { .client(message) } else { nil } }
    }
}
