import MCPSemantics
public import Recording

/// What one recorded client did, in order, for us to do the same against a real server.
///
/// A step of the client is taken when every step before it is over: what the server had said until then in
/// the recording, answers included, has come. So what was concurrent stays so, and nothing is sent too early.
public struct VerifyPlan: Sendable {
    /// The recording as the user named it.
    public var recordingName: String
    /// The session's id.
    public var session: String
    /// What carried it.
    public var transport: SessionDescription.Transport
    /// It was recorded on HTTP+SSE, whose one stream names the place for messages.
    public internal(set) var usesEventEndpoint = false
    var steps: [PlanStep] = []
    var requests: [PlannedRequest] = []
    var serverRequests: [PlannedServerRequest] = []
    var notifications: [PlannedNotification] = []
    /// The rules by which the recording was redacted; nil: it holds messages as they were.
    public var redaction: RedactionRules?
    /// Tools by name: whether a recorded list declares that they only read. Empty: no list is on record.
    var readOnlyTools: [String: Bool] = [:]
    var hasToolList = false
    /// The recorded server wrote lines on stdio that are no messages.
    var hasForeignLines = false
    /// Where the recording lacks something.
    public internal(set) var gapCount = 0
    /// Requests of the client whose bytes are not on record.
    public internal(set) var unreadableRequests = 0

    init(recordingName: String, session: String, transport: SessionDescription.Transport) {
        self.recordingName = recordingName
        self.session = session
        self.transport = transport
    }
}

/// One step of a plan. Numbers are places in the plan's lists.
enum PlanStep: Sendable, Equatable {
    case send(ClientSending)
    /// The client let go of a modern request, by closing its stream.
    case letGo(request: Int)
    case answer(request: Int)
    case serverRequest(Int)
    case notification(Int)
}

/// One message that the client sends.
struct ClientSending: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case request(Int)
        /// `cancels`: the request that the notification cancels.
        case notification(text: ArraySlice<UInt8>, method: String, cancels: Int?)
        /// The answer to a request of the server, which is given when that request comes.
        case answer
        /// A line that is no JSON-RPC: it is not sent.
        case foreign
    }
    var parts: [Part]
    var isBatch = false
}

/// A recorded request of the client and its recorded answer.
struct PlannedRequest: Sendable {
    /// The exchange's number, the `14` of `#14`.
    var exchange: Int?
    var id: RequestID
    var method: String
    var name: String?
    var era: Era
    /// The message's JSON text: of the member, inside a batch.
    var text: ArraySlice<UInt8>
    var reduced = ReducedContent()
    /// The answer's JSON text; nil: none is on record.
    var answer: ArraySlice<UInt8>?
    var answerReduced = ReducedContent()
    var answerSequence: Int64?
    /// Nanoseconds from the request to its answer.
    var duration: Int64?
    /// The HTTP status that it was answered with, where that was not 200.
    var httpStatus: Int?
    /// The client cancelled it.
    var isCancelled = false
    /// The recorded server answered it more than once.
    var hasSeveralAnswers = false
    /// It does not say plainly, to every server alike, which method and which tool it calls.
    var isAmbiguous = false
    /// It stays open until the end.
    var isLongLived = false
    /// Requests whose answers held what this one repeats: a cursor, a request state, a task's id.
    var dependencies: Set<Int> = []
    /// The server's requests while it worked on this one.
    var serverRequests: [Int] = []

    var isHandshake: Bool {
        MethodCatalogue[method].map { $0.isHandshake || $0.isAlwaysAnswerable } ?? false
    }
}

/// A recorded request of the server, and what the client answered.
struct PlannedServerRequest: Sendable {
    var exchange: Int?
    var id: RequestID
    var method: String
    var text: ArraySlice<UInt8>
    var sequence: Int64
    var reduced = ReducedContent()
    /// The client's request in whose stream it came.
    var parent: Int?
    /// The client's answer; nil: none is on record.
    var answer: ArraySlice<UInt8>?
    var answerIsReduced = false
}

/// A recorded notification of the server.
struct PlannedNotification: Sendable {
    var sequence: Int64
    var method: String
    /// A resource's URI, a task's id.
    var name: String?
    var text: ArraySlice<UInt8>
    var reduced = ReducedContent()
    /// The request that it belongs to.
    var request: Int?
    /// The requests in flight when it came, or the last one before it: what it is due to, as far as known.
    var causes: [Int] = []
}
