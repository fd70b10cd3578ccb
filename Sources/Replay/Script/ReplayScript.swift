import MCPSemantics
public import Recording

/// What one recorded session tells the replay engine to do, arranged by what the client says.
///
/// Every message of the client is a *cue*: the steps under it are what the server sent because of it. A
/// progress notification, a server's request with a known parent and an answer stand under the request that
/// they belong to; any other server message stands under the last client message before it.
/// Bodies are slices of the recording's own bytes: nothing is copied or parsed before it is sent.
public struct ReplayScript: Sendable {
    /// The recording as the user named it; the `(FILE)` of a miss.
    public var recordingName: String
    /// The session's id.
    public var session: String
    /// In the order of the recording. The first one is the session's beginning, before the client spoke.
    var cues: [ScriptCue]
    /// The client's recorded answers to the server's requests, by the number of the server's exchange.
    var clientAnswers: [Int: ClientAnswer]
    /// Server batches, by the place that `BatchPlace.batch` names.
    var batches: [ServerBatch]
    /// The JSON text of ids under which the client listened (`subscriptions/listen`).
    var subscriptions: [String]
    /// Answers came on the stream of their request, so that a message on another one belongs to none.
    var knowsStreams = false
    /// Where the recording lacks something, in order.
    public internal(set) var gaps: [ScriptGap]
    /// Client requests whose own bytes are not on record, so that nothing can match them.
    public internal(set) var unreadableRequests: Int
    /// Progress messages of the server whose token no recorded request carries. They are not played: under
    /// other numbering the token may be a live request's.
    public internal(set) var strayProgress: Int
    /// The rules by which the recording was redacted; nil: it holds messages as they were.
    public internal(set) var redaction: RedactionRules?

    /// How many requests of the client the script holds.
    public var requestCount: Int {
        cues.reduce(into: 0) { count, cue in if cue.request != nil { count += 1 } }
    }
}

extension ReplayScript {
    /// A script that holds nothing: what is to be recorded as `recordingName`.
    public init(emptyFor recordingName: String) {
        self = ScriptBuilder(name: recordingName, exchanges: [], ending: .complete).finished()
    }
}

/// What the client answered to a request of the server.
struct ClientAnswer: Sendable {
    var text: ArraySlice<UInt8>
    var reduced: ReducedContent
}

/// A stretch that the recording lacks, placed between exchanges.
public struct ScriptGap: Sendable, Hashable {
    /// The number of the last client exchange that began before the gap, or nil when none did.
    public var afterExchange: Int?
    /// Bytes that are missing, in both directions.
    public var bytes: Int
}

/// One message of the client (or the session's beginning) and what the server sent because of it.
struct ScriptCue: Sendable {
    enum Trigger: Sendable {
        /// The session's beginning.
        case start
        case request(ScriptRequest)
        /// `cancels` is the place of the cue whose request the notification cancels.
        case notification(method: String, cancels: Int?)
        /// A line that is no JSON-RPC message, or answers nothing: matched by its bytes.
        case foreign(ArraySlice<UInt8>)
        /// A message whose bytes are not on record: nothing matches it.
        case unreadable
    }

    var trigger: Trigger
    /// When the message came, as recorded.
    var time: Timestamp
    private(set) var steps: [ScriptStep] = []
    /// When each step happened, as recorded.
    private(set) var times: [Timestamp] = []

    init(trigger: Trigger, time: Timestamp) {
        self.trigger = trigger
        self.time = time
    }

    mutating func append(_ step: ScriptStep, at time: Timestamp) {
        steps.append(step)
        times.append(time)
    }

    var request: ScriptRequest? {
        if case .request(let request) = trigger { return request }
        return nil
    }
}

/// A recorded request of the client.
struct ScriptRequest: Sendable {
    /// The exchange's number, the `14` of `#14`. Nil when the recording could not tell.
    var exchange: Int?
    var id: RequestID?
    var method: String
    var name: String?
    /// The era that the request itself states; silence is the legacy era.
    var statedEra: Era
    /// The message's JSON text: of the member, inside a batch.
    var text: ArraySlice<UInt8>
    var reduced = ReducedContent()
    /// It stood in a batch of the client.
    var isBatched: Bool
    var answer: AnswerState
    var stream = StreamID.stdio
    /// Of the answer; nil of a session on stdio.
    var httpStatus: Int?
}

/// Whether a recorded request can be answered.
enum AnswerState: Sendable, Hashable {
    case recorded
    /// The server never answered, and the recording is complete: the live request stays unanswered.
    case never
    /// No answer came, or none before the client cancelled.
    case cancelled
    /// There was or may have been an answer that the recording does not hold: asking for it is a miss.
    case lost(Loss)

    enum Loss: Sendable, Hashable {
        case gap
        /// The recorder was killed while the request was in flight.
        case interrupted
        /// The session was still being recorded when the script was made.
        case live
        /// The server ended, or was ended, before it answered.
        case serverEnded
        /// The answer is longer than the message limit was.
        case truncated
        /// The answer's payload was not captured, or lost its head or tail.
        case incomplete
    }
}

/// One thing to do under a cue.
enum ScriptStep: Sendable {
    case send(ServerLine)
    /// The client's answer to this request of the server came here.
    case awaitAnswer(serverExchange: Int)
    /// The client cancelled the cue's request here.
    case awaitCancellation
}

/// One message that the server sent.
struct ServerLine: Sendable {
    enum Role: Sendable, Hashable {
        /// The answer to the cue's request.
        case answer
        /// The answer that ends a subscription, because of something else: it hangs on that cue.
        case subscriptionEnd
        case progress
        /// A request of the server, with the number of its exchange when known.
        case request(serverExchange: Int?)
        /// Any other message; passed on verbatim but for a subscription or a cancelled request's id.
        case other
    }

    var role: Role
    /// The number of the message in the recording.
    var sequence: Int64
    /// It belongs to the cue's exchange, and so comes again whenever the exchange is repeated.
    var isOwn: Bool
    /// The message's JSON text: of the member, inside a batch.
    var text: ArraySlice<UInt8>
    var batch: BatchPlace?
    var stream = StreamID.stdio
    /// It came as an event of a stream; nil on stdio.
    var isEvent: Bool?
}

/// Where a server's message stood in a batch.
struct BatchPlace: Sendable, Hashable {
    /// Position in `ReplayScript.batches`.
    var batch: Int
    var member: Int
}

/// A batch that the server sent.
struct ServerBatch: Sendable {
    var text: ArraySlice<UInt8>
    /// Each member's place in `text`, as offsets from its first byte.
    var members: [Range<Int>]
}
