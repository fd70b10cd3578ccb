internal import NIOCore
internal import NIOPosix

/// Answers whether the proxy lives and is ready; on a port of its own, since every path of the proxied port
/// is the upstream's. Its loop is its own as well: nothing that is asked here delays the traffic.
public final class AdminListener: Sendable {
    /// Where it listens; with the port that the system chose for port 0.
    public let address: ListenAddress
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let state: NIOLoopBoundBox<State>

    struct State {
        var isReady = true
        var allowedHosts: Set<String>
    }

    /// Begins to answer.
    ///
    /// - Parameter allowedHosts: names beside the loopback ones and beside addresses, lower case.
    public init(_ address: ListenAddress, allowedHosts: Set<String>) throws(HTTPFailure) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let state = NIOLoopBoundBox.makeBoxSendingValue(
            State(allowedHosts: allowedHosts), eventLoop: group.next())
        do {
            listener = try HTTPProxy.listen(on: address, group: group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try SocketSettings.apply(to: channel)
                    try channel.pipeline.syncOperations.addHandler(AdminHandler(state))
                }
            }
        } catch {
            try? group.syncShutdownGracefully()
            throw HTTPFailure(.listen, "cannot listen on \(address): \(ConnectionTrouble.text(error))")
        }
        self.group = group
        self.state = state
        self.address = HTTPProxy.bound(address, listener)
    }

    /// `/readyz` answers 503 from now on.
    public func becomeUnready() {
        group.next().execute { [state] in state.value.isReady = false }
    }

    /// Other names beside the loopback ones and beside addresses, lower case.
    public func allow(hosts: Set<String>) {
        group.next().execute { [state] in state.value.allowedHosts = hosts }
    }

    /// Stops answering.
    public func close() {
        try? listener.close().wait()
        try? group.syncShutdownGracefully()
        if case .unix(let path) = address { SocketFile.remove(path) }
    }
}

/// One request, one answer, then the end.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: NIOLoopBoundBox<AdminListener.State>
    private var input = ByteBuffer()
    private var heads = HeadReader()
    private var timeout: Scheduled<Void>?
    private var isAnswered = false

    init(_ state: NIOLoopBoundBox<AdminListener.State>) { self.state = state }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = context.eventLoop.scheduleTask(in: TimeAmount(RelayLimits().headTime)) {
            channel.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { timeout?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        let answer: OwnAnswer
        var isHead = false
        do throws(MessageFault) {
            guard let bytes = try heads.take(from: &input) else { return }
            let head = try MessageHead(request: bytes)
            isHead = head.method.elementsEqual("HEAD".utf8)
            answer = self.answer(to: head)
        } catch {
            answer = OwnAnswer(error)
        }
        isAnswered = true
        var buffer = context.channel.allocator.buffer(capacity: 256)
        answer.write(toHead: isHead, &buffer)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    /// A page in a browser comes with a name; who asks by address, as probes do, is none.
    private func answer(to head: MessageHead) -> OwnAnswer {
        let host = String(decoding: head.value(.host) ?? [], as: UTF8.self)
        guard let authority = Authority(host), isOurs(authority.host), head.values(.host).count == 1 else {
            return OwnAnswer(421, .misdirected, "the Host header is no name of this listener")
        }
        let isGet = head.method.elementsEqual("GET".utf8) || head.method.elementsEqual("HEAD".utf8)
        guard isGet else { return OwnAnswer(405, .notAllowed, "only GET is answered here") }
        let path = head.target.prefix { $0 != UInt8(ascii: "?") }
        if path.elementsEqual("/healthz".utf8) { return OwnAnswer(200, .ok, "alive") }
        guard path.elementsEqual("/readyz".utf8) else {
            return OwnAnswer(404, .notFound, "here are /healthz and /readyz")
        }
        return state.value.isReady
            ? OwnAnswer(200, .ok, "ready") : .unavailable("shutting down")
    }

    private func isOurs(_ host: String) -> Bool {
        LoopbackName.contains(host) || state.value.allowedHosts.contains(host)
            || (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
