public import Wire

/// What kind of thing one recorded unit is.
public enum MessageKind: UInt8, Sendable, Hashable, CaseIterable {
    case request = 0
    case notification = 1
    /// A JSON-RPC result or error.
    case response = 2
    /// A JSON array of messages (2025-03-26; recorded in every revision).
    case batch = 3
    /// A line that is not JSON-RPC, or not JSON at all.
    case foreign = 4
    /// A line of a stdio server's standard error.
    case standardError = 5
    /// What HTTP carries beside messages: a head, how an exchange ended, an event without a message.
    case http = 6

    /// The word for the kind in filters and output.
    public var word: String {
        switch self {
        case .request: "request"
        case .notification: "notification"
        case .response: "response"
        case .batch: "batch"
        case .foreign: "foreign"
        case .standardError: "stderr"
        case .http: "http"
        }
    }
}

/// What the rest of the program needs to know of one JSON-RPC message, read once from its bytes.
///
/// Every value is what the wire said, never a guess; a member that was absent, of another type or
/// unreadable is nil. All text is bounded by `MessageDigest.textLimit` bytes.
public struct MessageDigest: Sendable, Equatable {
    /// The longest text kept of a single member, in bytes of its JSON text; longer ones are cut on a
    /// character boundary. Names and URIs are far shorter; the whole text is in the recorded bytes.
    public static let textLimit = 4096

    public var kind: MessageKind
    /// Bytes of the message's JSON text; of a batch's member, those of the member.
    public var size = 0
    /// The id's JSON text. Nil for a notification, and for an error response whose id is absent.
    public var id: RequestID?
    /// The method, JSON escapes resolved.
    public var method: String?
    /// What the method is applied to: tool or prompt name, resource URI, completion reference, task id.
    public var name: String?
    /// `params._meta.progressToken` of a request, `params.progressToken` of a progress notification, as JSON
    /// text.
    public var progressToken: String?
    /// `params.requestId` of `notifications/cancelled`.
    public var cancels: RequestID?
    /// The revision that the message itself states: `_meta`'s protocolVersion, or a handshake's.
    public var statedRevision: String?
    /// Nil when the message alone does not tell (a response, a notification without `_meta`).
    public var era: Era?
    /// The error of a response.
    public var error: ResponseError?
    /// `result.isError` is true.
    public var isToolError = false
    /// `result.resultType` (2026-07-28): `complete`, `input_required`, `task`.
    public var resultType: String?
    /// `params.requestState` or `result.requestState`: JSON text (2026-07-28).
    public var requestState: String?
    /// `params.inputResponses` is present (2026-07-28).
    public var hasInputResponses = false
    /// `taskId` in params, in the result, or in the result's `task`.
    public var taskID: String?
    /// `_meta.io.modelcontextprotocol/related-task.taskId` (2025-11-25).
    public var relatedTaskID: String?
    /// `_meta.io.modelcontextprotocol/subscriptionId`: JSON text.
    public var subscriptionID: String?
    /// The trace that the sender is part of: of `params._meta.traceparent`.
    public var traceID: String?
    /// `params.elicitationId` (2025-11-25): of `elicitation/create` and `notifications/elicitation/complete`.
    public var elicitationID: String?
    /// Present on `initialize`, `server/discover`, their results, and requests that carry `_meta` identity.
    public var handshake: Handshake?
    /// The digests of a batch's members, in order. Empty for every other kind.
    public var members: [MessageDigest] = []

    public init(kind: MessageKind) { self.kind = kind }
}

/// The `error` member of a response.
public struct ResponseError: Sendable, Hashable {
    /// The code's JSON text as it stood on the wire, normally an integer.
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What one side says of itself: in `initialize` and its result, `server/discover`'s result, or `_meta`.
public struct Handshake: Sendable, Equatable {
    /// Who speaks: the client's or the server's half.
    public var speaker: Direction
    /// `protocolVersion` as stated, known to us or not.
    public var protocolVersion: String?
    /// `supportedVersions` of a discover result.
    public var supportedVersions: [String] = []
    /// `clientInfo` or `serverInfo`.
    public var peer: PeerInfo?
    /// The JSON text of `capabilities`.
    public var capabilities: String?
    public var instructions: String?

    public init(speaker: Direction) { self.speaker = speaker }
}

/// Name and version of a client or a server, as it stated them.
public struct PeerInfo: Sendable, Hashable {
    public var name: String
    public var version: String?
    public var title: String?

    public init(name: String, version: String? = nil, title: String? = nil) {
        self.name = name
        self.version = version
        self.title = title
    }
}
