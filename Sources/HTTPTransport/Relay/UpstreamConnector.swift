internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Opens connections to upstreams, on the relay's loop.
final class UpstreamConnector {
    private let loop: any EventLoop
    private let tls: NIOSSLContext?
    /// Certificates are looked at.
    let verifies: Bool

    private let resolver: (any Resolver & Sendable)?

    /// - Parameters:
    ///   - tls: for `https` upstreams; nil when there are none.
    ///   - resolver: of names; nil: the system's.
    init(
        loop: any EventLoop, tls: NIOSSLContext?, verifies: Bool, resolver: (any Resolver & Sendable)? = nil
    ) {
        self.resolver = resolver
        self.loop = loop
        self.tls = tls
        self.verifies = verifies
    }

    /// Connects; `handler` learns of the channel, its bytes and its end.
    func connect(
        to upstream: UpstreamURL, handler: some ChannelInboundHandler, within limit: Duration
    ) -> EventLoopFuture<any Channel> {
        let handler = NIOLoopBound(handler, eventLoop: loop)
        let tls = tls
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if upstream.isSecure, let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            UpstreamConnector.tlsHandler(tls, host: upstream.host))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                    try SocketSettings.apply(to: channel)
                }
            }
        // Names are resolved by the system on another thread; an address needs no resolving.
        if let address = try? SocketAddress(ipAddress: upstream.host, port: upstream.port) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.resolver(resolver).connect(host: upstream.host, port: upstream.port)
    }

    /// Server name indication is for names; an address is checked against the certificate all the same.
    /// Source: RFC 6066 §3.
    private static func tlsHandler(_ tls: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: tls, serverHostname: isAddress(host) ? nil : host)
    }

    static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }
}

extension RelayConnection {
    func connect(to target: RelayTarget) {
        let link = UpstreamLink(target)
        self.upstream = link
        let (upstream, connector) = (target.route.upstream, target.connector)
        let handler = UpstreamHandler(
            link, of: self, to: upstream, isVerified: upstream.isSecure && connector.verifies)
        let loop = client.eventLoop.assumeIsolated()
        link.timeout = loop.scheduleTask(in: TimeAmount(hub.limits.connectTime)) {
            link.error = ConnectionTrouble.OurOwn.timedOut
            self.giveUp(link)
        }
        connector.connect(to: upstream, handler: handler, within: hub.limits.connectTime + .seconds(1))
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let channel):
                    if self.upstream !== link { channel.close(promise: nil) }
                case .failure(let error):
                    if link.error == nil { link.error = error }
                    self.giveUp(link)
                }
            }
    }

    /// The upstream can be written to.
    func upstreamReady(_ link: UpstreamLink) {
        link.timeout?.cancel()
        link.timeout = nil
        guard link === upstream else { return }
        link.isReady = true
        if let exchange, let head = exchange.pendingHead {
            exchange.pendingHead = nil
            writeToUpstream(head)
        }
        advance()
    }

    /// The attempt failed, or took too long.
    private func giveUp(_ link: UpstreamLink) {
        guard link === upstream, !link.isReady else { return }
        dropUpstream()
        if let exchange { fail(exchange, link) }
        flush()
    }
}
