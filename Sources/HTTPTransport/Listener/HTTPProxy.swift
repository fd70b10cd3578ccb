internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A reverse proxy for HTTP/1.1 that passes on what comes, as it comes.
///
/// One event loop relays everything, so a tap sees one order of events.
public final class HTTPProxy: Sendable {
    /// Where it listens; with the port that the system chose for port 0.
    public let address: ListenAddress
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let hub: NIOLoopBound<RelayHub>
    private let hasEnded = NIOLockedValueBox(false)

    /// Begins to listen and to relay.
    public init(_ options: HTTPProxyOptions, tap: any HTTPTap) throws(HTTPFailure) {
        let needsTLS = options.routes.routes.contains { $0.upstream.isSecure }
        let upstreamTLS = needsTLS ? try TLSContexts.upstream(options.trust) : nil
        var serverTLS: NIOSSLContext?
        if let settings = options.serverTLS { serverTLS = try TLSContexts.server(settings) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let hub = try loop.submit {
                NIOLoopBound(
                    RelayHub(
                        options, tap: tap,
                        connector: UpstreamConnector(
                            loop: loop, tls: upstreamTLS, verifies: options.trust != .none,
                            resolver: options.addresses.map { GivenAddresses(loop: loop, of: $0) })),
                    eventLoop: loop)
            }.wait()
            listener = try HTTPProxy.listen(on: options.address, group: group) { [serverTLS] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let serverTLS {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: serverTLS))
                    }
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(ClientHandler(hub: hub.value))
                }
            }
            self.hub = hub
            self.group = group
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(
                .listen, "cannot listen on \(options.address): \(ConnectionTrouble.text(error))")
        }
        address = HTTPProxy.bound(options.address, listener)
    }

    static func listen(
        on address: ListenAddress, group: MultiThreadedEventLoopGroup,
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) throws -> any Channel {
        _ = PipeSignal.wasIgnored
        defer { PipeSignal.settle() }
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
        let isFirst = hasEnded.withLockedValue { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst else { return }
        try? listener.close().wait()
        let loop = group.next()
        let ended = loop.makePromise(of: Void.self)
        loop.execute { [hub] in
            let deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
                hub.value.closeAll()
            }
            hub.value.drain {
                deadline.cancel()
                ended.succeed()
            }
        }
        try? ended.futureResult.wait()
        try? group.syncShutdownGracefully()
        if case .unix(let path) = address { SocketFile.remove(path) }
    }
}
