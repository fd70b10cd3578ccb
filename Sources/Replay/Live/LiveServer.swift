public import MCPSemantics

/// A real server that we are a client of: `verify`, and a replay that asks the real server what it lacks.
///
/// It has no thread of its own that its user sees: whoever owns it waits with poll(2) on what `waits` names
/// beside his own descriptors, and then takes events until there is none. Nothing blocks but `close`.
/// Used by one thread at a time.
public protocol LiveServer: AnyObject {
    /// What to wait for before `next` is worth calling again; it changes with each call of `send` and `next`.
    var waits: [LiveWait] { get }

    /// Sends one message, its JSON text without a line end. Messages leave in the order of the calls.
    ///
    /// Failure is told by an event: nothing is thrown, since it may come at any later time.
    func send(_ message: ArraySlice<UInt8>)

    /// What came next, in the order of its arrival; nil: nothing more for now. After `ended` nothing comes.
    func next() -> LiveEvent?

    /// The answer to `request` is of no interest any more. Where the transport has a way of its own to say so
    /// (a stream of 2026-07-28 is closed), that is done; `notifications/cancelled` is a message like others.
    func cancel(_ request: RequestID)

    /// Ends the connection, and the server where it is ours. Waits until that is done: seconds at most.
    func close()
}

/// A descriptor that is worth a wait.
public struct LiveWait: Sendable, Hashable {
    public var descriptor: Int32
    /// Wait until it can be written to; otherwise until it can be read.
    public var isForWriting: Bool

    public init(_ descriptor: Int32, isForWriting: Bool = false) {
        self.descriptor = descriptor
        self.isForWriting = isForWriting
    }
}

/// Something that came from a real server.
public enum LiveEvent: Sendable, Equatable {
    case message(LiveMessage)
    /// These requests get no answer; or, without requests, a notification or an answer of ours was refused.
    case unanswered([RequestID], LiveFailure)
    /// Bytes of the server's standard error, as they came.
    case standardError(ArraySlice<UInt8>)
    /// The server is gone. The last event.
    case ended(LiveFailure)
}

/// One message of a server.
public struct LiveMessage: Sendable, Equatable {
    /// Its JSON text; of stdio the line without its line feed, JSON or not.
    public var bytes: ArraySlice<UInt8>
    /// When it was complete: nanoseconds of CLOCK_BOOTTIME.
    public var time: Int64
    /// The requests on whose HTTP exchange it came; empty on stdio and on streams that belong to none.
    public var requests: [RequestID] = []
    /// The HTTP status it came with; nil on stdio.
    public var status: Int?
    /// It came as an event of a stream; nil on stdio.
    public var isEvent: Bool?

    public init(_ bytes: ArraySlice<UInt8>, time: Int64) {
        self.bytes = bytes
        self.time = time
    }
}

/// Why there is no answer, or no server.
public struct LiveFailure: Error, Sendable, Equatable {
    /// What kind of failure it is.
    public enum Kind: Sendable, Hashable {
        /// Nobody answers at the address, or TLS does not hold, or a setting cannot be used.
        case unreachable
        /// An HTTP status without a message that answers the request.
        case status(Int)
        /// The stream or the connection ended before the answer.
        case brokenOff
        /// The server's process ended; with its exit status, where it is known.
        case exited(Int32?)
        /// We closed the connection.
        case closed
    }
    public var kind: Kind
    /// One phrase for a person.
    public var text: String
    /// What came with an HTTP status: its beginning.
    public var body: ArraySlice<UInt8> = []

    public init(_ kind: Kind, _ text: String, body: ArraySlice<UInt8> = []) {
        self.kind = kind
        self.text = text
        self.body = body
    }
}
