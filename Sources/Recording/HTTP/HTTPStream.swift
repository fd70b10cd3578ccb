import MCPSemantics
import Wire

/// One HTTP exchange on its way onto the record.
struct HTTPStream: Sendable {
    /// Which session it belongs to: its number among the listener's. Nil while that is open.
    var session: Int?
    /// What it has told so far while its session is open, in order.
    var held: [Held] = []
    /// The stream that it goes on with, when it was taken up again.
    var origin: StreamID?
    let request: RequestFacts
    var requestBody = BodyCollector()
    /// The request body is over.
    var hasRequest = false
    /// Nil before the response's head; interim heads (1xx) do not count.
    var status: Int?
    var responseForm = ResponseForm.message
    var responseBody = BodyCollector()
    /// Set when the response has a content coding.
    var encoded: EncodedBody?
    var events = EventStreamParser()
    /// What `--fault` did to what comes next of the response: an event, or a message that is the whole body.
    @Rare var fault: FaultMark? = nil
    /// The response body is over.
    var hasResponse = false
    /// It is a session of HTTP+SSE, which ends with it.
    var isSession = false
    /// The request was an `initialize`: the response may name the session.
    var isInitialize = false
    /// Bytes of it may be missing: what is unfinished is partial.
    var isCut = false
    /// The newest record of the response.
    var lastSequence: Int64 = 0
    /// The record of its head, which an answer by status alone refers to.
    var headSequence: Int64 = 0
    /// When that came, in the listener's time.
    var headTime = Timestamp.zero

    /// What later events need of the request's head. Shared: many requests of a connection have the same.
    final class RequestFacts: Sendable {
        let connection: UInt64
        /// Who sends, without the port.
        let address: String
        let route: String
        let method: String
        let target: String
        /// Values as they are recorded: of a credential, its placeholder.
        let sessionID: String?
        let agent: String
        let authorization: String
        /// The value of `MCP-Protocol-Version`.
        let revision: String?
        /// The newest event that the client has of an earlier stream: this one goes on with that, and events
        /// may come a second time.
        let lastEventID: String?
        /// What the head repeats of the body; nil where there is nothing to compare, or after a restart.
        let mirrored: MirroredHead?

        init(_ head: HTTPRequestHead) {
            connection = head.connection
            address = RequestFacts.address(of: head.peer)
            route = head.route
            method = head.method
            target = head.target
            sessionID = head.fields.value(of: "mcp-session-id")
            agent = head.fields.value(of: "user-agent") ?? ""
            authorization = head.fields.value(of: "authorization") ?? ""
            revision = head.fields.value(of: "mcp-protocol-version")
            lastEventID = head.fields.value(of: "last-event-id")
            mirrored = MirroredHead(head)
        }

        /// What `save` wrote.
        init(from state: inout StateReader) throws(StateReader.Failure) {
            connection = try state.int()
            address = try state.string()
            route = try state.string()
            method = try state.string()
            target = try state.string()
            agent = try state.string()
            authorization = try state.string()
            sessionID = try state.text()
            revision = try state.text()
            lastEventID = try state.text()
            mirrored = nil
        }

        static func address(of peer: String) -> String {
            peer.lastIndex(of: ":").map { String(peer[..<$0]) } ?? peer
        }
    }

    /// What is done with a response follows from these.
    struct ResponseFacts: Sendable {
        var status: Int
        /// Its type is that of event streams.
        var hasEvents: Bool
        /// The content coding in lower case; nil when there is none.
        var coding: String?
        /// The value of `Mcp-Session-Id` as it is recorded.
        var sessionID: String?

        init(_ head: HTTPResponseHead) {
            status = head.status
            let type = head.fields.value(of: "content-type")?.lowercased() ?? ""
            hasEvents = type.hasPrefix("text/event-stream")
            let coding = head.fields.value(of: "content-encoding")?.lowercased() ?? ""
            self.coding = ["", "identity"].contains(coding) ? nil : coding
            sessionID = head.fields.value(of: "mcp-session-id")
        }
    }

    /// Something that waits for its session.
    struct Held: Sendable {
        var note: WrittenNote
        var lane: Lane
        var time: Timestamp
    }

    /// How the response body is taken apart.
    enum ResponseForm: UInt8, Sendable {
        /// The whole body is one message, or none.
        case message = 0
        case eventStream = 1
    }

    init(_ request: RequestFacts) { self.request = request }

    /// Bytes that wait for the rest of their message or part.
    var unfinishedBytes: Int { requestBody.pending.count + responseBody.pending.count }
}
