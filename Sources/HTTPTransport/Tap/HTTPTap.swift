public import MCPSemantics
public import Recording
public import Wire

/// Sees everything that the relay passes on, before it does.
///
/// Called on the relay's loop alone, for all connections in the order in which things happened. What a tap is
/// handed holds no secret of a head: those were masked.
public protocol HTTPTap: AnyObject, Sendable {
    /// False: heads need not be prepared, since nothing is kept of them.
    var isRecording: Bool { get }

    /// Whether `count` further bytes can be taken now; while false, the relay reads nothing and asks again.
    func hasRoom(for count: Int) -> Bool

    /// A request began on a stream that is new; or a response began, or an informational one came.
    ///
    /// `event` is the head as it is recorded; its stream and time are not set. So a head that comes again and
    /// again is written once.
    func head(_ event: TransportEvent, stream: StreamID)

    /// `pieces` of `bytes` are the next content of the body of `lane`.
    func body(_ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, on lane: Lane, stream: StreamID)

    /// `count` bytes of the body of `lane` were passed on and are never recorded.
    func bodyOmitted(_ count: Int, on lane: Lane, stream: StreamID)

    /// Fields came behind the body of `lane`.
    func trailers(_ fields: [HTTPField], on lane: Lane, stream: StreamID)

    /// What `edit` says of the message on `lane` is passed on otherwise than it came.
    func edited(_ edit: ForwardedEdit, on lane: Lane, stream: StreamID)
    /// The same of edits that are not made when they cannot go on record now: then it answers false.
    func takesEdits(_ edits: [ForwardedEdit], on lane: Lane, stream: StreamID) -> Bool

    /// What comes next of the response, a message or an event with its head, went wrong on purpose.
    func faulted(_ mark: FaultMark, stream: StreamID)

    /// The body of `lane` is complete.
    func laneEnded(_ lane: Lane, stream: StreamID)

    /// There was no room for so long that requests are refused; or there is again.
    func refuses(_ isRefusing: Bool)

    /// The time now, by the clock of the recording.
    var now: Timestamp { get }

    /// The other side took at once what was read at `time`.
    func passedOn(_ direction: Direction, since time: Timestamp)

    /// What comes from now on is treated by other settings.
    func changed(_ change: ListenerChange)

    /// The exchange is over.
    func closed(_ closure: StreamClosure, stream: StreamID)
}

/// Keeps nothing.
public final class SilentHTTPTap: Sendable {
    /// Makes a tap that keeps nothing.
    public init() {}
}

extension SilentHTTPTap: HTTPTap {
    public var isRecording: Bool { false }
    public func hasRoom(for count: Int) -> Bool { true }
    public func head(_ event: TransportEvent, stream: StreamID) {}
    public func body(
        _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer, on lane: Lane, stream: StreamID
    ) {}
    public func bodyOmitted(_ count: Int, on lane: Lane, stream: StreamID) {}
    public func trailers(_ fields: [HTTPField], on lane: Lane, stream: StreamID) {}
    public func edited(_ edit: ForwardedEdit, on lane: Lane, stream: StreamID) {}
    public func takesEdits(_ edits: [ForwardedEdit], on lane: Lane, stream: StreamID) -> Bool { false }
    public func faulted(_ mark: FaultMark, stream: StreamID) {}
    public func laneEnded(_ lane: Lane, stream: StreamID) {}
    public func refuses(_ isRefusing: Bool) {}
    public var now: Timestamp { .zero }
    public func passedOn(_ direction: Direction, since time: Timestamp) {}
    public func changed(_ change: ListenerChange) {}
    public func closed(_ closure: StreamClosure, stream: StreamID) {}
}
