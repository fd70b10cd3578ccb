internal import Journal
internal import NIOCore
internal import Recording

/// One client's connection and the upstream connection that belongs to it.
///
/// Bytes are forwarded as they came and when they came. What one side sends is read only while the other side
/// takes what came before. What ends one ends the other, except that an upstream may close between two
/// requests. All of it runs on the relay's loop.
final class RelayConnection {
    let hub: RelayHub
    let client: any Channel
    let number: UInt64
    let peer: String
    var phase = Phase.waiting
    /// What the client sent and the relay has not taken yet.
    var input = ByteBuffer()
    var heads = HeadReader()
    var exchange: RelayExchange?
    var upstream: UpstreamLink?
    /// The first thing that went wrong with the client.
    var clientError: (any Error)?
    var isReadingClient = true
    /// The tap has no room: nothing is taken until it has.
    var isWaitingForRoom = false
    /// What is sent with the next flush: a head and the beginning of its body go out as one piece.
    var forClient: ByteBuffer?
    var forUpstream: ByteBuffer?
    /// Bytes were written and not flushed, to either side.
    private var hasUnflushedClient = false
    private var hasUnflushedUpstream = false
    var headTimeout: Scheduled<Void>?
    var lingerTimeout: Scheduled<Void>?
    /// Scratch: the content of what is being passed on.
    var pieces: [Range<Int>] = []
    let isOverLimit: Bool

    enum Phase {
        /// Requests are taken.
        case waiting
        /// The client was told all that it will be told: what it still sends is dropped.
        case lingering
        case closed
    }

    init(_ client: any Channel, hub: RelayHub, isOverLimit: Bool) {
        self.hub = hub
        self.client = client
        self.isOverLimit = isOverLimit
        number = hub.nextConnection()
        peer = RelayConnection.text(of: client.remoteAddress)
        scheduleHeadTimeout()
    }

    private static func text(of address: SocketAddress?) -> String {
        guard let address, let host = address.ipAddress, let port = address.port else { return "unix" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    // MARK: Reading and flushing

    /// Reads each side only while the other takes what it sends.
    func updateReading() {
        guard phase != .closed else { return }
        setClientReading(wantsClientBytes)
        guard let upstream, let channel = upstream.channel else { return }
        let wants = client.isWritable && !isWaitingForRoom && exchange?.faulted?.isFull != true
        guard wants != upstream.isReading else { return }
        upstream.isReading = wants
        try? channel.syncOptions?.setOption(.autoRead, value: wants)
    }

    /// While an answer is awaited, reading goes on so that the client's end is noticed at once.
    private var wantsClientBytes: Bool {
        if isWaitingForRoom { return false }
        guard phase == .waiting, let exchange else { return true }
        if exchange.request.isComplete { return input.readableBytes < RelayLimits.pipelinedSize }
        if exchange.held != nil { return true }
        guard let upstream, upstream.isReady, let channel = upstream.channel else { return false }
        return channel.isWritable
    }

    private func setClientReading(_ wants: Bool) {
        guard wants != isReadingClient else { return }
        isReadingClient = wants
        try? client.syncOptions?.setOption(.autoRead, value: wants)
    }

    func writeToClient(_ buffer: ByteBuffer) {
        if RelayConnection.join(buffer, to: &forClient) { return }
        passToClient()
        forClient = buffer
    }

    func writeToUpstream(_ buffer: ByteBuffer) {
        if RelayConnection.join(buffer, to: &forUpstream) { return }
        passToUpstream()
        forUpstream = buffer
    }

    /// Pieces up to this are copied together: that costs less than to write two.
    private static let joinedSize = 4 << 10

    private static func join(_ buffer: ByteBuffer, to waiting: inout ByteBuffer?) -> Bool {
        guard let size = waiting?.readableBytes, size + buffer.readableBytes <= joinedSize else {
            return false
        }
        waiting?.writeImmutableBuffer(buffer)
        return true
    }

    /// Writes what waits for it, without a flush.
    func passToClient() {
        guard let buffer = forClient else { return }
        forClient = nil
        client.write(buffer, promise: nil)
        hasUnflushedClient = true
    }

    private func passToUpstream() {
        guard let buffer = forUpstream else { return }
        forUpstream = nil
        upstream?.channel?.write(buffer, promise: nil)
        hasUnflushedUpstream = true
    }

    /// Whom there was something for.
    struct Flushed {
        var toClient: Bool
        var toUpstream: Bool
    }

    @discardableResult
    func flush() -> Flushed {
        passToUpstream()
        passToClient()
        let flushed = Flushed(toClient: hasUnflushedClient, toUpstream: hasUnflushedUpstream)
        if hasUnflushedUpstream {
            hasUnflushedUpstream = false
            upstream?.channel?.flush()
        }
        if hasUnflushedClient {
            hasUnflushedClient = false
            client.flush()
        }
        return flushed
    }

    // MARK: Waiting

    /// Whether the tap takes `count` bytes; if not, all is tried again shortly, or ended after a while.
    func hasRoom(for count: Int) -> Bool {
        switch hub.room(for: count) {
        case .there: return true
        case .later: break
        case .refused:
            refuseUnrecorded()
            return false
        }
        guard !isWaitingForRoom else { return false }
        isWaitingForRoom = true
        client.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(RelayConnection.roomInterval)) {
            self.isWaitingForRoom = false
            self.advance()
        }
        return false
    }

    /// How long to wait before asking the tap again, in milliseconds.
    private static let roomInterval = Int64(JournalWriter.roomInterval)

    func scheduleHeadTimeout() {
        guard headTimeout == nil else { return }
        headTimeout = client.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(hub.limits.headTime)) {
            self.headTimeout = nil
            guard self.phase == .waiting, self.exchange == nil else { return }
            self.refuse(OwnAnswer(408, .timeout, "the request's head did not come in time"), isHead: false)
        }
    }

    func cancelHeadTimeout() {
        headTimeout?.cancel()
        headTimeout = nil
    }

    /// Goes on with whatever can go on, on both sides.
    @discardableResult
    func advance() -> Flushed {
        advanceRequest()
        advanceResponse()
        let flushed = flush()
        updateReading()
        return flushed
    }
}
