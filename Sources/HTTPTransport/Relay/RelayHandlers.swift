internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Hands a client's bytes and its end to its `RelayConnection`.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let hub: RelayHub
    private var connection: RelayConnection?

    init(hub: RelayHub) { self.hub = hub }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard connection == nil else { return }
        let admission = hub.admission
        guard admission != .closed else { return context.close(promise: nil) }
        let connection = RelayConnection(context.channel, hub: hub, isOverLimit: admission == .overLimit)
        hub.add(connection)
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.clientRead(unwrapInboundIn(data))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { connection?.updateReading() }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.clientClosed()
        connection = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if connection?.clientError == nil { connection?.clientError = error }
        context.close(promise: nil)
    }
}

/// Hands an upstream's bytes and its end to the `RelayConnection` that asked for it.
final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: UpstreamLink
    private var connection: RelayConnection?
    private let upstream: UpstreamURL
    /// Whether its certificate is looked at.
    private let isVerified: Bool

    init(_ link: UpstreamLink, of connection: RelayConnection, to upstream: UpstreamURL, isVerified: Bool) {
        self.link = link
        self.connection = connection
        self.upstream = upstream
        self.isVerified = isVerified
    }

    func handlerAdded(context: ChannelHandlerContext) {
        link.channel = context.channel
    }

    func channelActive(context: ChannelHandlerContext) {
        // Of a name with several addresses another one may have been tried meanwhile: this is the one that
        // came about, and the connector gives up the others.
        link.channel = context.channel
        if !upstream.isSecure { connection?.upstreamReady(link) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // With TLS a connection is ready after the handshake.
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if isVerified, !CertificateName.isFor(upstream, peerOf: context) {
                errorCaught(context: context, error: ConnectionTrouble.OurOwn.wrongName)
            } else {
                connection?.upstreamReady(link)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.upstreamRead(unwrapInboundIn(data), from: link)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { connection?.updateReading() }

    func channelInactive(context: ChannelHandlerContext) {
        connection?.upstreamClosed(link)
        connection = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if link.error == nil { link.error = error }
        context.close(promise: nil)
    }
}
