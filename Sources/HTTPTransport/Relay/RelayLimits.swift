/// What the relay bounds. There is no limit on a body's size or on how long an answer or a stream takes.
public struct RelayLimits: Sendable {
    /// Clients' connections at one time. Each takes two descriptors; a client of an agent holds one or two.
    public var connections = 4096
    /// From the first byte of a request's head, or from the connection's beginning, to the head's end.
    public var headTime: Duration = .seconds(30)
    /// To resolve, connect to and shake hands with the upstream. Longer than three SYNs of TCP (7 s).
    public var connectTime: Duration = .seconds(10)
    /// How long what a client still sends is read and dropped after we answered early, so that it sees the
    /// answer and not a reset. Source: RFC 9112 §9.6.
    public var lingerTime: Duration = .seconds(2)

    /// How long requests wait while nothing can be recorded and nothing may pass unrecorded, before they are
    /// refused. A recorder that is behind catches up in less.
    public var roomTime: Duration = .seconds(5)

    public init() {}

    /// Bytes read at once: what the journal takes as one record.
    static let readSize = 32 << 10
    /// The same at first; it grows with what comes. Each socket keeps its buffer while it is idle, and most
    /// idle ones have seen one head.
    static let firstReadSize = 1 << 10
    /// Of either side's bytes that wait to be written, before the other side is no longer read.
    static let writeHigh = 128 << 10
    static let writeLow = 32 << 10
    /// Of a client's bytes beyond the request that is being answered, before it is no longer read.
    static let pipelinedSize = HeadReader.sizeLimit
    /// Connections over the limit that are told so; beyond, they are closed without a word.
    static let refusedConnections = 64
}
