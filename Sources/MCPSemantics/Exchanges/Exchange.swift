public import Wire

/// A request of either side and what answers it: response, progress, cancellation.
public struct Exchange: Sendable, Equatable {
    /// 1, 2, 3 … in the order of the requests, over both askers; the `14` of `7k2f#14`.
    public var number: Int
    public var asker: Direction
    public var id: RequestID
    public var method: String
    /// Tool or prompt name, resource URI and so on; see `MessageDigest.name`.
    public var name: String?
    public var era: Era
    /// Sequence numbers of the messages that hold the request and the response. A batch holds several.
    public var requestSequence: Int64
    public var responseSequence: Int64?
    public var requestTime: Timestamp
    /// The first message of the answering side that belongs to this exchange: progress, or the response.
    public var firstEventTime: Timestamp?
    public var responseTime: Timestamp?
    /// Bytes of the request's and the response's JSON text (of the member, inside a batch).
    public var requestSize: Int
    public var responseSize: Int
    public var outcome: Outcome
    /// Set when `outcome` is `error`.
    public var error: ResponseError?
    /// `resultType` of the answer (2026-07-28).
    public var resultType: String?
    public var progressCount: Int
    /// The client's exchange in whose stream this request of the server came; on stdio the only one in
    /// flight. Nil when it is the client's own, or when the parent is unknown.
    public var parent: Int?
    /// The HTTP status that its request was answered with, where that was not 200.
    public var httpStatus: Int?
    /// The number of the first exchange of the chain that this one continues (a round of a multi
    /// round-trip request, a poll of a task). Nil outside chains; the first of a chain names itself.
    public var chain: Int?

    /// How an exchange ended.
    public enum Outcome: UInt8, Sendable, Hashable, CaseIterable {
        /// No answer yet; after the session's end: never answered.
        case pending = 0
        case ok = 1
        /// A JSON-RPC error.
        case error = 2
        /// A result with `isError: true`.
        case toolError = 3
        /// The asker cancelled, and no answer came.
        case cancelled = 4
        /// The answer came after the asker had cancelled.
        case late = 5

        /// The word in `status:` filters and in output.
        public var word: String {
            switch self {
            case .pending: "pending"
            case .ok: "ok"
            case .error: "error"
            case .toolError: "tool_error"
            case .cancelled: "cancelled"
            case .late: "late"
            }
        }
    }

    public init(
        number: Int, asker: Direction, id: RequestID, method: String, name: String? = nil, era: Era,
        requestSequence: Int64, requestTime: Timestamp, requestSize: Int
    ) {
        self.number = number
        self.asker = asker
        self.id = id
        self.method = method
        self.name = name
        self.era = era
        self.requestSequence = requestSequence
        self.requestTime = requestTime
        self.requestSize = requestSize
        self.responseSize = 0
        self.outcome = .pending
        self.progressCount = 0
    }

    /// Open as long as its asker wants: without an answer, or cancelled, it ended as it should.
    /// Source: MCP 2026-07-28, `subscriptions/listen`.
    public var isLongLived: Bool { MethodCatalogue[method]?.isLongLived ?? false }

    /// Nanoseconds from the request to the response, or nil while there is none.
    public var duration: Int64? { responseTime.map { $0.since(requestTime) } }
}
