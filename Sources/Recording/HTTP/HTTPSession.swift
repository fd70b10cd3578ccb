import MCPSemantics
import Wire

/// One session of a listener.
struct HTTPSession: Sendable {
    var recorder: Recorder
    /// The listener's time at the session's zero.
    var zero: Timestamp
    /// The listener's time of the newest event.
    var lastTime: Timestamp
    /// What leads to it; forgotten with it.
    var keys: Set<SessionKey> = []
    /// Whether its client speaks HTTP+SSE: answers come on its stream of events. A client that took that up
    /// again is known by the address that it was given.
    var isOfEvents: Bool { recorder.session.isEventSession || keys.contains { $0.isEndpoint } }
    /// Streams of it that are open.
    var streams = 0
    /// No id names it: it ends by silence.
    var isByIdentity: Bool
    /// Events that are on record: a resumed stream repeats them.
    var origins = EventOrigins()
    /// The reason to end it once its streams are closed.
    var ending: SessionEnd.Reason?
    /// Not yet handed on.
    var events: [RecordedEvent] = []

    init(_ description: SessionDescription, redactor: Redactor?, zero: Timestamp, isByIdentity: Bool) {
        recorder = Recorder(session: description, redactor: redactor)
        self.zero = zero
        lastTime = zero
        self.isByIdentity = isByIdentity
    }

    /// Says to which exchange a message belongs that was put on record a moment ago.
    mutating func setExchange(of sequence: Int64, to exchange: Int?) {
        for index in events.indices.reversed() {
            guard case .message(var message) = events[index], message.sequence == sequence else { continue }
            message.exchange = exchange
            events[index] = .message(message)
            return
        }
    }

    /// Looks whether the head contradicts the request that was put on record last, which `digest` tells of.
    mutating func compare(_ head: MirroredHead, with digest: MessageDigest) {
        let number = recorder.nextSequence - 1
        for event in events.reversed() {
            guard case .message(let message) = event, message.sequence == number else { continue }
            var stated: String?
            // What is not on record decides nothing, so that who reads the recording comes to the same.
            if case .inline = message.body, message.truncated == nil { stated = digest.metaRevision }
            if let found = head.contradiction(of: message, stating: stated) {
                recorder.violations.count(found)
            }
            return
        }
    }

    /// The listener's time as the session's.
    func time(_ time: Timestamp) -> Timestamp { Timestamp(nanoseconds: time.since(zero)) }
}

/// By what a request finds its session.
enum SessionKey: Hashable, Sendable {
    /// The `Mcp-Session-Id` that the server gave, as a placeholder.
    case id(route: String, String)
    /// Where a client of HTTP+SSE posts to: the path and query that the server gave it.
    case endpoint(route: String, String)
    /// Who asks: address, name, credential.
    case identity(route: String, String)

    var isEndpoint: Bool {
        if case .endpoint = self { true } else { false }
    }
}
