public import MCPSemantics

/// What the engine wants done, in order.
public enum ReplayAction: Sendable, Equatable {
    /// Send one message to the client.
    case send(ReplayMessage)
    /// A request had no match. Its error is among the `send`s; this is for standard error and reports.
    case missed(NearestMiss)
    /// Something of the client is for the real server; only by `MatchRules.Misses.forward`.
    case forward(ForwardedMessage)
    /// The live conversation left the recorded one; said once for each way.
    case diverged(Divergence)
}

/// A message of the client that the real server is to get.
public struct ForwardedMessage: Sendable, Equatable {
    /// What it is, with the id that it bears or is about.
    public enum Kind: Sendable, Equatable {
        case request(RequestID)
        /// The client cancels its forwarded request.
        case cancellation(RequestID)
        /// The answer to a request of the real server, under the id that the client was given.
        case answer(RequestID)
        case notification
    }

    public var kind: Kind
    /// The message's JSON text.
    public var bytes: ArraySlice<UInt8>
}

/// One message to the client: the transport frames it (on stdio: adds a line feed).
public struct ReplayMessage: Sendable, Equatable {
    public var bytes: ArraySlice<UInt8>
    /// A delay from now in nanoseconds that the transport keeps; 0 is at once.
    public var delay: Int64 = 0
    /// Where it goes to on a transport with more than one stream.
    public var route = Route.session
    /// The live requests that it answers.
    public var answers: [RequestID] = []
    /// The HTTP status that was recorded with it; only of an answer that was recorded on HTTP.
    public var status: Int?
    /// Whether it came as an event of a stream; nil where that is not on record.
    public var isEvent: Bool?

    /// What a message belongs to.
    public enum Route: Sendable, Equatable {
        /// The live request with this id: its answer, and what came in front of it.
        case request(RequestID)
        /// None: the server sent it by itself.
        case session
    }
}
