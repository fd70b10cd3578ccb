internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Recording
public import Replay

/// A reverse proxy for HTTP/1.1 that passes on what comes, as it comes.
///
/// One event loop relays everything, so a tap sees one order of events.
public final class HTTPProxy: Sendable {
    /// Where it listens; with the port that the system chose for port 0.
    public let address: ListenAddress
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let hub: NIOLoopBound<RelayHub>
    private let ended: EventLoopPromise<Void>
    private let state = NIOLockedValueBox(State.running)
    private let counts = NIOLockedValueBox<[FaultCount]>([])

    private enum State {
        case running
        /// No connection is taken any more.
        case draining
        /// The last connection has ended.
        case drained
        /// The loop has ended too.
        case ended
    }

    /// Begins to listen and to relay.
    public convenience init(_ options: HTTPProxyOptions, tap: any HTTPTap) throws(HTTPFailure) {
        try self.init(PreparedProxy(options), tap: tap)
    }

    /// Begins to listen and to relay by settings that were read before.
    public init(_ settings: PreparedProxy, tap: any HTTPTap) throws(HTTPFailure) {
        let address = settings.options.address
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let hub = try loop.submit {
                NIOLoopBound(RelayHub(settings, tap: tap, loop: loop), eventLoop: loop)
            }.wait()
            listener = try HTTPProxy.listen(on: address, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let serverTLS = hub.value.serverTLS {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: serverTLS))
                    }
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(ClientHandler(hub: hub.value))
                }
            }
            self.hub = hub
            self.group = group
            ended = loop.makePromise()
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(.listen, "cannot listen on \(address): \(ConnectionTrouble.text(error))")
        }
        self.address = HTTPProxy.bound(address, listener)
    }

    /// Has everything that comes from now on treated by other settings, but for the address and the limits.
    ///
    /// Running exchanges go on as they began; connections of clients stay. `change` goes to the tap in the
    /// same moment, so a recording knows which requests came before.
    public func apply(_ settings: PreparedProxy, telling change: ListenerChange? = nil) {
        let loop = group.next()
        try? loop.submit { [hub] in
            if let change { hub.value.tap.changed(change) }
            hub.value.apply(settings)
        }.wait()
    }

    static func listen(
        on address: ListenAddress, group: MultiThreadedEventLoopGroup,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws -> any Channel {
        PipeSignal.settle()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer(initialize)
        switch address {
        case .tcp(let host, let port):
            return try bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).wait()
        case .unix(let path):
            return try bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
        }
    }

    static func bound(_ address: ListenAddress, _ listener: any Channel) -> ListenAddress {
        guard case .tcp(let host, _) = address, let port = listener.localAddress?.port else { return address }
        return .tcp(host: host, port: port)
    }

    /// Ends: takes no connection any more, lets running exchanges end for `limit`, then closes what is left.
    ///
    /// Returns when all of it is over; the second call does nothing.
    public func drain(within limit: Duration) {
        beginDrain(within: limit)
        finishDrain()
    }

    /// Takes no connection any more; running exchanges end, or are ended after `limit`. Does not wait for it.
    public func beginDrain(within limit: Duration) {
        let isFirst = state.withLockedValue { state in
            guard state == .running else { return false }
            state = .draining
            return true
        }
        guard isFirst else { return }
        try? listener.close().wait()
        // At once: by the end of the drain the path may be another listener's.
        if case .unix(let path) = address { SocketFile.remove(path) }
        let loop = group.next()
        loop.execute { [hub, ended, state] in
            let deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
                hub.value.closeAll()
            }
            hub.value.drain {
                deadline.cancel()
                state.withLockedValue { $0 = .drained }
                ended.succeed()
            }
        }
    }

    /// How often each fault was applied, once `finishDrain` has returned.
    public var faultCounts: [FaultCount] { counts.withLockedValue { $0 } }

    /// Nothing is relayed any more: `finishDrain` will not wait.
    public var isDrained: Bool { state.withLockedValue { $0 != .running && $0 != .draining } }

    /// Returns when what `beginDrain` began is over; the second call does nothing.
    public func finishDrain() {
        guard state.withLockedValue({ $0 == .draining || $0 == .drained }) else { return }
        try? ended.futureResult.wait()
        let applied = try? group.next().submit { [hub] in hub.value.faults?.plan.counts ?? [] }.wait()
        counts.withLockedValue { $0 = applied ?? [] }
        state.withLockedValue { $0 = .ended }
        try? group.syncShutdownGracefully()
    }
}
