public import MCPSemantics
public import Wire

/// What a session's traffic has told so far; the recorder updates it, readers show it.
public struct SessionState: Sendable, Equatable {
    /// The client's half: from `initialize`, or the first `_meta` identity. Later ones replace it.
    public var client: Handshake?
    /// The server's half: from the answer to `initialize` or `server/discover`.
    public var server: Handshake?
    /// The revision in force: negotiated, or stated by the newest modern request.
    public var revision: String?
    /// Eras that were seen, in the order of their first message.
    public var eras: [Era] = []
    /// Ids of traces that the client is part of, the newest `traceLimit`, in the order in which they began.
    public private(set) var traces: [String] = []
    /// Over HTTP, the address that the client's first request came from, without the port.
    public var clientAddress: String?
    public var messages = Tally()
    public var bytes = Tally()
    public var standardErrorLines = 0
    /// Lines that are not JSON-RPC, by direction.
    public var foreignLines = Tally()
    public var exchanges = 0
    /// Exchanges whose outcome is `error`, and those whose outcome is `toolError`.
    public var errors = 0
    public var toolErrors = 0
    /// Exchanges without an answer so far.
    public var pending = 0
    public var gaps = 0
    public var gapBytes = 0
    /// The time of the newest event.
    public var lastTime: Timestamp = .zero
    /// Nil while the session lives.
    public var end: SessionEnd?
    /// Set when the server never ran.
    public var startFailure: StartFailure?

    public init() {}

    /// A host that joins its servers by traces begins one for each stretch of work on all of them: few tell
    /// which sessions belong together.
    static let traceLimit = 16

    /// The client is part of the trace `id`.
    mutating func note(trace id: String) {
        guard traces.last != id, !traces.contains(id) else { return }
        traces.append(id)
        if traces.count > SessionState.traceLimit { traces.removeFirst() }
    }

    /// A count per direction.
    public struct Tally: Sendable, Hashable {
        public var clientToServer = 0
        public var serverToClient = 0
        public init() {}
        public subscript(_ direction: Direction) -> Int {
            get { direction == .clientToServer ? clientToServer : serverToClient }
            set {
                if direction == .clientToServer {
                    clientToServer = newValue
                } else {
                    serverToClient = newValue
                }
            }
        }
        public var total: Int { clientToServer + serverToClient }
    }
}

/// How a session ended.
public struct SessionEnd: Sendable, Hashable {
    public var reason: Reason
    /// The server's exit status, where it is known.
    public var exit: ExitStatus?
    public var time: Timestamp

    public init(reason: Reason, exit: ExitStatus? = nil, time: Timestamp) {
        self.reason = reason
        self.exit = exit
        self.time = time
    }

    /// What ended first, and by whose will.
    public enum Reason: String, Sendable, Hashable {
        /// The client closed its side and the server ended after it.
        case clientClosed = "client_closed"
        /// The server ended while the client was still there.
        case serverExited = "server_exited"
        /// We were told to end by a signal and passed it on.
        case signalled
        /// The server could not be started.
        case notStarted = "not_started"
        /// An HTTP client that has no session id was silent for 15 minutes.
        case silent
        /// mcptape itself was killed; the journal was recovered by a later process.
        case interrupted
        /// The recording does not say.
        case unknown
    }
}

/// How a process ended.
public enum ExitStatus: Sendable, Hashable {
    case code(Int32)
    case signal(Int32)

    /// The status as a shell shows it: the code, or 128 + the signal's number.
    public var shellStatus: Int32 {
        switch self {
        case .code(let code): code
        case .signal(let signal): 128 + signal
        }
    }
}

/// Why a server could not be started.
public struct StartFailure: Sendable, Hashable {
    /// The errno of the attempt.
    public var errno: Int32
    /// argv[0] as given.
    public var command: String
    /// The PATH that was searched; nil when `command` has a slash.
    public var searchedPath: String?
    public var workingDirectory: String

    public init(errno: Int32, command: String, searchedPath: String?, workingDirectory: String) {
        self.errno = errno
        self.command = command
        self.searchedPath = searchedPath
        self.workingDirectory = workingDirectory
    }
}
