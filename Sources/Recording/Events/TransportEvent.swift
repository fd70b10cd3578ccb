public import MCPSemantics
public import Wire

/// One ordered pair of byte lanes: a child's standard streams, or one HTTP exchange's request and response.
public struct StreamID: Sendable, Hashable {
    public var number: UInt32
    public init(_ number: UInt32) { self.number = number }
    /// The only stream of a stdio session.
    public static let stdio = StreamID(0)
}

/// One ordered sequence of bytes inside a stream.
public enum Lane: UInt8, Sendable, Hashable, CaseIterable {
    case clientToServer = 0
    case serverToClient = 1
    /// A stdio server's standard error.
    case standardError = 2

    /// Nil for standard error.
    public var direction: Direction? { Direction(rawValue: rawValue) }
}

/// What a transport tells the recorder, in the order in which it happened.
///
/// This is the only input of the core. A journal record is one event: `kind`, `lane`, `stream`, `time` and
/// `payload` are stored as they are, so the journal need not know what they mean.
public struct TransportEvent: Sendable, Equatable {
    public var kind: Kind
    public var lane: Lane
    public var stream: StreamID
    public var time: Timestamp
    /// `bytes`: what arrived. Other kinds: their own encoding (`TransportEvent+Payload.swift`).
    public var payload: ArraySlice<UInt8>

    public init(
        _ kind: Kind, lane: Lane = .clientToServer, stream: StreamID = .stdio, time: Timestamp,
        payload: ArraySlice<UInt8> = []
    ) {
        self.kind = kind
        self.lane = lane
        self.stream = stream
        self.time = time
        self.payload = payload
    }

    /// The raw values are part of the journal's format: never reuse one.
    public enum Kind: UInt8, Sendable, Hashable {
        /// Bytes arrived on `lane`.
        case bytes = 1
        /// `lane` reached its end: end of file, or its reader is gone.
        case laneEnded = 2
        /// The server process runs. Payload: its pid.
        case started = 3
        /// The server process could not be started. Payload: a `StartFailure`.
        case startFailed = 4
        /// The server process ended. Payload: an `ExitStatus`.
        case exited = 5
        /// The recording lacks a stretch. Payload: a `Gap`.
        case gap = 6
        /// The session is over. Payload: a `SessionEnd.Reason`. Nothing follows.
        case ended = 7
        /// Wall clock and boot clock drifted apart by over 100 ms. Payload: wall clock nanoseconds.
        case clockAnchor = 8
        /// An HTTP request's head. Payload: an `HTTPRequestHead`. `bytes` and `laneEnded` follow.
        case requestHead = 9
        /// An HTTP response's head. Payload: an `HTTPResponseHead`.
        case responseHead = 10
        /// Trailers of a chunked body. Payload: fields.
        case trailers = 11
        /// An HTTP exchange is over. Payload: a `StreamClosure`. Nothing follows on the stream.
        case streamClosed = 12
        /// Bytes of a body that is never recorded passed on `lane`. Payload: their count.
        case bodyOmitted = 13
        /// An HTTP listener goes on by other settings. Payload: a `ListenerChange`.
        case listenerChanged = 14
        /// A part of an HTTP message was passed on otherwise than it came (`ForwardedEdit`).
        case edited = 15
        /// The next message of `lane` is a faulted one. Payload: a `FaultMark`.
        case faulted = 16
    }
}

/// A stretch that the recording lacks.
public struct Gap: Sendable, Hashable {
    public var from: Timestamp
    public var to: Timestamp
    /// Bytes lost, by lane.
    public var clientToServer: Int
    public var serverToClient: Int
    public var standardError: Int
    /// Line feeds among the lost bytes, by direction: messages, where they could be counted.
    public var clientToServerLines: Int
    public var serverToClientLines: Int
    /// Lanes whose last lost byte was not a line feed: what follows on them begins inside a message.
    public var cutLanes: [Lane]
    public var reason: Reason

    /// Why bytes are missing.
    public enum Reason: UInt8, Sendable, Hashable {
        /// The journal's budget was used up because the store could not keep pace.
        case journalFull = 0
        /// The file system of the journal had no space.
        case noSpace = 1
        /// The journal could not be made or written.
        case journalUnavailable = 2
        /// The recording held the stretch, but its content contradicts its checksum. Made by readers only.
        case damaged = 3
    }

    public init(from: Timestamp, to: Timestamp, reason: Reason) {
        self.from = from
        self.to = to
        self.reason = reason
        clientToServer = 0
        serverToClient = 0
        standardError = 0
        clientToServerLines = 0
        serverToClientLines = 0
        cutLanes = []
    }

    public var bytes: Int { clientToServer + serverToClient + standardError }
}
