internal import MCPSemantics
internal import NIOCore
internal import Replay
internal import Wire

/// What a client of MCP does on HTTP, on its event loop: which request carries which message, and what the
/// answers mean.
final class HTTPClient {
    /// Tries in a row to resume a stream that brings nothing.
    static let resumeLimit = 5
    /// To resolve, connect and shake hands.
    static let connectTime: Duration = .seconds(10)
    /// A server may open the stream of a session with its first event only: others do not wait longer.
    static let streamTime: TimeAmount = .seconds(1)
    /// For the goodbye to a session.
    static let goodbyeTime: TimeAmount = .seconds(2)
    /// Of a refusal's body that is told.
    static let refusalLimit = 64 << 10

    let upstream: UpstreamURL
    private(set) var form: HTTPLiveServer.Form
    let tell: (LiveEvent) -> Void
    private let connector: UpstreamConnector
    private let headers: HeaderInjection
    private let loop: any EventLoop
    private let now: () -> Int64
    private let fellBack: () -> Void

    var client = ClientHeaders()
    private var outbox: [(message: ArraySlice<UInt8>, digest: MessageDigest)] = []
    /// What must happen before the next message leaves.
    private var blocker: ClientExchange?
    private var exchanges: [ObjectIdentifier: ClientExchange] = [:]
    /// Streams in a row that ended without an event.
    private var emptyStreams = 0
    /// Of HTTP+SSE: where messages go to.
    private var endpoint: String?
    /// The server has refused the handshake of Streamable HTTP: perhaps it is one of HTTP+SSE.
    private var fallback: HTTPFallback?
    private var isOver = false
    private var goodbye: EventLoopPromise<Void>?

    init(
        _ upstream: UpstreamURL, connector: UpstreamConnector, headers: HeaderInjection,
        form: HTTPLiveServer.Form, loop: any EventLoop, now: @escaping () -> Int64,
        tell: @escaping (LiveEvent) -> Void, fellBack: @escaping () -> Void
    ) {
        self.upstream = upstream
        self.connector = connector
        self.headers = headers
        self.form = form
        self.loop = loop
        self.now = now
        self.tell = tell
        self.fellBack = fellBack
    }

    func begin() {
        if form == .events { start(.legacyStream, "GET", [("Accept", "text/event-stream")]) }
    }

    func send(_ message: ArraySlice<UInt8>) {
        outbox.append((message, MessageReader.digest(of: message, direction: .clientToServer)))
        advance()
    }

    /// In 2026-07-28 a request is cancelled by closing its stream; before, closing says nothing.
    func cancel(_ request: RequestID) {
        for exchange in exchanges.values where exchange.unanswered.contains(request) {
            guard case .message(_, _, let isModern) = exchange.purpose, isModern else { continue }
            exchange.drop()
            isDone(exchange)
        }
    }

    /// Says goodbye to a session and closes everything.
    func end() -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        isOver = true
        outbox = []
        for exchange in exchanges.values { exchange.drop() }
        exchanges = [:]
        guard client.session != nil else {
            promise.succeed()
            return promise.futureResult
        }
        goodbye = promise
        start(.goodbye, "DELETE", client.sessionFields)
        loop.assumeIsolated().scheduleTask(in: Self.goodbyeTime) { self.saidGoodbye() }
        return promise.futureResult
    }

    private func saidGoodbye() {
        goodbye?.succeed()
        goodbye = nil
    }

    // MARK: Requests

    private func advance() {
        while !isOver, blocker == nil, !outbox.isEmpty {
            if form == .events, endpoint == nil { return }
            let (message, digest) = outbox.removeFirst()
            let members = digest.kind == .batch ? digest.members : [digest]
            let isModern = members.first?.era == .modern
            if isModern, digest.method == "notifications/cancelled", let cancelled = digest.cancels {
                cancel(cancelled)
                continue
            }
            let requests = members.filter { $0.kind == .request }
            let isInitialize = requests.contains { $0.method == "initialize" }
            let ids = requests.compactMap(\.id)
            if isInitialize, form == .streamable, fallback == nil {
                fallback = HTTPFallback(handshake: message, digest: digest)
            }
            let purpose = ClientExchange.Purpose.message(
                isRequest: !ids.isEmpty, isInitialize: isInitialize, isModern: isModern)
            let fields = [
                ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
            ]
            blocker = start(
                purpose, "POST", fields + (form == .events ? [] : client.fields(for: message, digest)),
                body: message, unanswered: ids)
        }
    }

    @discardableResult private func start(
        _ purpose: ClientExchange.Purpose, _ method: String, _ fields: [ClientHeaders.Field],
        body: ArraySlice<UInt8> = [], unanswered: [RequestID] = []
    ) -> ClientExchange? {
        let own: [ClientHeaders.Field]
        do throws(HTTPFailure) {
            own = try headers.current().map {
                (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
            }
        } catch {
            tell(.unanswered(unanswered, LiveFailure(.unreachable, error.message)))
            return nil
        }
        let path = upstream.path.isEmpty ? "/" : upstream.path
        let target = method == "POST" ? endpoint ?? path : path
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(upstream.authority)\r\n"
        for field in fields + own { text += "\(field.name): \(field.value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.count)\r\n" }
        let exchange = ClientExchange(
            purpose, Array("\(text)Connection: close\r\n\r\n".utf8) + body, to: upstream,
            isVerified: upstream.isSecure && connector.verifies, unanswered: unanswered,
            owner: .init(
                sent: { self.sent($0) }, head: { self.answered($0, $1) },
                event: { self.received($1, on: $0) },
                ended: { self.ended($0, $1) }))
        exchanges[ObjectIdentifier(exchange)] = exchange
        connector.connect(to: upstream, handler: exchange, within: Self.connectTime)
            .assumeIsolated().whenComplete { result in
                if case .failure(let error) = result { exchange.couldNotConnect(error) }
            }
        return exchange
    }

    // MARK: Answers

    private func sent(_ exchange: ClientExchange) {
        // Requests may take as long as they like; what is behind one only must not overtake it.
        if case .message(isRequest: true, isInitialize: false, _) = exchange.purpose { isFree(exchange) }
    }

    private func isFree(_ exchange: ClientExchange) {
        guard blocker === exchange else { return }
        blocker = nil
        advance()
    }

    private func answered(_ exchange: ClientExchange, _ head: MessageHead) {
        if head.status == 401 { headers.wasRefused() }
        if case .message(_, isInitialize: true, _) = exchange.purpose, head.status == 200 {
            client.session = head.value(named: "mcp-session-id").map { String(decoding: $0, as: UTF8.self) }
        }
        if case .stream = exchange.purpose { isFree(exchange) }
    }

    private func received(_ event: ClientExchange.Event, on exchange: ClientExchange) {
        emptyStreams = 0
        if case .legacyStream = exchange.purpose, event.name == "endpoint", endpoint == nil {
            return take(endpoint: event.data, on: exchange)
        }
        deliver(event.data[...], from: exchange, isEvent: true)
    }

    private func deliver(_ message: ArraySlice<UInt8>, from exchange: ClientExchange, isEvent: Bool) {
        let isInitialize =
            if case .message(_, let isInitialize, _) = exchange.purpose { isInitialize } else { false }
        var told = LiveMessage(message, time: now())
        told.requests = exchange.unanswered
        told.status = exchange.status
        told.isEvent = isEvent
        let digest = MessageReader.digest(of: message, direction: .serverToClient)
        let answers = (digest.kind == .batch ? digest.members : [digest]).filter { $0.kind == .response }
        client.observe(message, answersInitialize: isInitialize && !answers.isEmpty)
        for answer in answers {
            exchange.unanswered.removeAll { $0 == answer.id }
            for other in exchanges.values { other.unanswered.removeAll { $0 == answer.id } }
        }
        tell(.message(told))
        if isInitialize, !answers.isEmpty { isFree(exchange) }
    }

    private func take(endpoint data: [UInt8], on exchange: ClientExchange) {
        let text = String(decoding: data, as: UTF8.self)
        if text.contains("://") || text.hasPrefix("//") {
            endpoint = upstream.path(ofOwn: text).map { String(decoding: Array($0), as: UTF8.self) }
        } else if text.hasPrefix("/") {
            endpoint = text
        } else {
            let folder = upstream.path.prefix { $0 != "?" }.reversed().drop { $0 != "/" }.reversed()
            endpoint = (folder.isEmpty ? "/" : String(folder)) + text
        }
        let isUsable = endpoint?.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ?? false
        guard isUsable else {
            exchange.drop()
            isDone(exchange)
            isOver = true
            let text = "the endpoint that \(upstream.authority) names is not its own"
            return tell(.ended(LiveFailure(.unreachable, text)))
        }
        if fallback?.refusal != nil { fellBack() }
        advance()
    }

    private func ended(_ exchange: ClientExchange, _ failure: LiveFailure?) {
        isDone(exchange)
        defer { isFree(exchange) }
        if isOver {
            if case .goodbye = exchange.purpose { saidGoodbye() }
            return
        }
        switch exchange.purpose {
        case .goodbye: break
        case .legacyStream:
            if endpoint == nil, let refusal = fallback?.refusal { return stayStreamable(refusal) }
            isOver = true
            tell(.ended(failure ?? Self.refusal(of: exchange, at: upstream)))
        case .stream: streamEnded(exchange)
        case .message(let isRequest, _, let isModern):
            if !isRequest { return noteTaken(exchange, failure) }
            if failure == nil, !exchange.isEventStream { takeBody(of: exchange) }
            guard !exchange.unanswered.isEmpty else { return }
            if failure == nil, fallBack(after: exchange) { return }
            // Of HTTP+SSE and of streams that can be resumed the answer comes elsewhere.
            let isAccepted = exchange.status.map { (200..<300).contains($0) } ?? false
            if form == .events, failure == nil, isAccepted { return }
            if exchange.isEventStream, !isModern, exchange.lastEventID != nil {
                return resume(exchange, failure)
            }
            tell(
                .unanswered(exchange.unanswered, failure ?? Self.refusal(of: exchange, at: upstream)))
        }
    }

    // MARK: Servers of 2024-11-05

    /// Tries HTTP+SSE when the handshake was refused as a server of that would; false: it was not.
    private func fallBack(after exchange: ClientExchange) -> Bool {
        guard case .message(_, isInitialize: true, _) = exchange.purpose, form == .streamable,
            var fallback, fallback.refusal == nil, client.session == nil,
            HTTPFallback.isAsked(status: exchange.status, body: exchange.body[...])
        else { return false }
        fallback.refusal = .init(
            requests: exchange.unanswered, failure: Self.refusal(of: exchange, at: upstream))
        self.fallback = fallback
        form = .events
        outbox.insert((fallback.handshake, fallback.digest), at: 0)
        start(.legacyStream, "GET", [("Accept", "text/event-stream")])
        return true
    }

    /// It is no server of HTTP+SSE either: what it said first counts.
    private func stayStreamable(_ refusal: HTTPFallback.Refusal) {
        form = .streamable
        outbox.removeFirst()
        tell(.unanswered(refusal.requests, refusal.failure))
        advance()
    }

    private func isDone(_ exchange: ClientExchange) { exchanges[ObjectIdentifier(exchange)] = nil }

    /// A notification, or an answer of ours, was taken or not.
    private func noteTaken(_ exchange: ClientExchange, _ failure: LiveFailure?) {
        let isTaken = failure == nil && (exchange.status.map { (200..<300).contains($0) } ?? false)
        guard isTaken else {
            return tell(.unanswered([], failure ?? Self.refusal(of: exchange, at: upstream)))
        }
        guard form == .streamable, client.session != nil, !hasStream else { return }
        // What belongs to no request comes on a stream of its own, if the server has one.
        openStream(after: nil)
    }

    /// The session's stream was asked for.
    private var hasStream = false

    private func takeBody(of exchange: ClientExchange) {
        let body = exchange.body[...]
        let digest = MessageReader.digest(of: body, direction: .serverToClient)
        switch digest.kind {
        case .response:
            // A refusal may name no request, or one that nobody sent.
            guard let id = digest.id, exchange.unanswered.contains(id) else { return }
        case .batch, .request, .notification: break
        case .foreign, .standardError, .http: return
        }
        deliver(body, from: exchange, isEvent: false)
    }

    static func refusal(of exchange: ClientExchange, at upstream: UpstreamURL) -> LiveFailure {
        guard let status = exchange.status, status != 200 || !exchange.isEventStream else {
            return LiveFailure(.brokenOff, "\(upstream.authority) ended the stream before the answer")
        }
        return LiveFailure(
            .status(status), "\(upstream.authority) answered with HTTP status \(status)",
            body: exchange.body.prefix(refusalLimit))
    }

    // MARK: Streams of the older revisions

    private func openStream(after lastEventID: String?, unanswered: [RequestID] = []) {
        var fields: [ClientHeaders.Field] = [("Accept", "text/event-stream")] + client.sessionFields
        if let lastEventID { fields.append(("Last-Event-ID", lastEventID)) }
        let stream = start(.stream, "GET", fields, unanswered: unanswered)
        guard unanswered.isEmpty, lastEventID == nil else { return }
        hasStream = true
        guard let stream else { return }
        blocker = stream
        loop.assumeIsolated().scheduleTask(in: Self.streamTime) { self.isFree(stream) }
    }

    private func streamEnded(_ exchange: ClientExchange) {
        guard exchange.isEventStream else {
            // 405: there is no such stream. A stream that was to be resumed is lost.
            if !exchange.unanswered.isEmpty {
                tell(.unanswered(exchange.unanswered, Self.refusal(of: exchange, at: upstream)))
            }
            return
        }
        resume(exchange, nil)
    }

    private func resume(_ exchange: ClientExchange, _ failure: LiveFailure?) {
        emptyStreams = exchange.hasEvents ? 0 : emptyStreams + 1
        guard emptyStreams <= Self.resumeLimit else {
            if !exchange.unanswered.isEmpty {
                let gone = failure ?? Self.refusal(of: exchange, at: upstream)
                tell(.unanswered(exchange.unanswered, gone))
            }
            return
        }
        let (last, ids) = (exchange.lastEventID, exchange.unanswered)
        // Source: MCP 2025-11-25: the client waits as long as the server asked for.
        let wait = TimeAmount.milliseconds(min(max(exchange.retry ?? 1000, 0), 60_000))
        loop.assumeIsolated().scheduleTask(in: wait) {
            if !self.isOver { self.openStream(after: last, unanswered: ids) }
        }
    }
}
