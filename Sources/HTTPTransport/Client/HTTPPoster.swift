internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// Posts requests to one server, one after the other, over a connection that is kept while it lasts.
///
/// Used by one thread at a time, which waits for each answer. It follows no redirect.
public final class HTTPPoster {
    /// What became of a request.
    public enum Outcome: Sendable, Hashable {
        case answer(Answer)
        /// There was no connection: nothing was sent.
        case unreachable(String)
        /// It was sent, and no whole answer came, or none in time.
        case brokenOff(String)
    }

    /// A whole answer.
    public struct Answer: Sendable, Hashable {
        public var status: Int
        public var contentType: String
        public var retryAfter: String?
        /// At most `answerLimit` bytes.
        public var body: [UInt8]
    }

    /// Bytes of an answer that are read; of a longer one the connection is given up.
    /// Source: opentelemetry-proto: 4 MiB of an answer.
    public static let answerLimit = 4 << 20

    private let upstream: UpstreamURL
    private let trust: UpstreamTrust
    private let head: [UInt8]
    private let group: MultiThreadedEventLoopGroup
    private let connection: NIOLoopBound<PostConnection>

    /// Nothing is connected yet. Throws when a file cannot be read.
    ///
    /// - Parameters:
    ///   - identity: what we show a server that asks for a certificate.
    ///   - headers: fields of every request, beside `Host`, `Content-Length` and `Connection`.
    public init(
        _ upstream: UpstreamURL, trust: UpstreamTrust, identity: ClientIdentity? = nil,
        headers: [(name: String, value: String)]
    ) throws(HTTPFailure) {
        self.upstream = upstream
        self.trust = trust
        let tls = upstream.isSecure ? try TLSContexts.upstream(trust, identity) : nil
        let path = upstream.path.isEmpty ? "/" : upstream.path
        var text = "POST \(path) HTTP/1.1\r\nHost: \(upstream.authority)\r\n"
        for field in headers { text += "\(field.name): \(field.value)\r\n" }
        head = Array(text.utf8)
        PipeSignal.settle()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let verifies = trust != .none
        let made = try? loop.submit {
            let connector = UpstreamConnector(loop: loop, tls: tls, verifies: verifies)
            return NIOLoopBound(PostConnection(upstream, connector, loop), eventLoop: loop)
        }.wait()
        guard let made else { preconditionFailure("A loop that nobody has ended takes tasks.") }
        connection = made
    }

    deinit {
        try? group.next().submit { [connection] in connection.value.close() }.wait()
        try? group.syncShutdownGracefully()
    }

    /// Posts `body` and waits for the answer, for `limit` at most.
    ///
    /// - Parameter isOver: asked often while it waits; once it says so the connection is given up, and the
    ///   request counts as broken off.
    public func post(
        _ body: [UInt8], headers: [(name: String, value: String)], within limit: Duration,
        unless isOver: @escaping @Sendable () -> Bool = { false }
    ) -> Outcome {
        var request = head
        for field in headers { request += "\(field.name): \(field.value)\r\n".utf8 }
        request += "Content-Length: \(body.count)\r\n\r\n".utf8
        request += body
        let loop = group.next()
        let sent = request
        let outcome = try? loop.flatSubmit { [connection] in
            connection.value.post(sent, within: limit, unless: isOver)
        }.wait()
        return outcome ?? .brokenOff("the exporter has ended")
    }
}

/// The connection of a poster, on its loop.
private final class PostConnection {
    private let upstream: UpstreamURL
    private let connector: UpstreamConnector
    private let loop: any EventLoop
    private var handler: PostHandler?

    init(_ upstream: UpstreamURL, _ connector: UpstreamConnector, _ loop: any EventLoop) {
        self.upstream = upstream
        self.connector = connector
        self.loop = loop
    }

    func close() { handler?.close() }

    /// How often it is asked whether a request is still to be waited for.
    private static let watchInterval = TimeAmount.milliseconds(20)

    func post(
        _ request: [UInt8], within limit: Duration, unless isOver: @escaping @Sendable () -> Bool
    ) -> EventLoopFuture<HTTPPoster.Outcome> {
        let promise = loop.makePromise(of: HTTPPoster.Outcome.self)
        let kept = handler.flatMap { $0.isIdle ? $0 : nil }
        let handler = kept ?? PostHandler(upstream, isVerified: upstream.isSecure && connector.verifies)
        self.handler = handler
        handler.post(request, promise)
        let clock = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            handler.fail(ConnectionTrouble.OurOwn.timedOut)
        }
        let watched = NIOLoopBound(handler, eventLoop: loop)
        let watch = loop.scheduleRepeatedTask(
            initialDelay: Self.watchInterval, delay: Self.watchInterval
        ) { _ in
            if isOver() { watched.value.fail(ConnectionTrouble.OurOwn.timedOut) }
        }
        promise.futureResult.assumeIsolated().whenComplete { _ in
            clock.cancel()
            watch.cancel()
        }
        guard kept == nil else { return promise.futureResult }
        connector.connect(to: upstream, handler: handler, within: limit).assumeIsolated().whenComplete {
            if case .failure(let error) = $0 { handler.fail(error) }
        }
        return promise.futureResult
    }
}

/// One connection: a request, its answer, and the next.
private final class PostHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let upstream: UpstreamURL
    private let isVerified: Bool
    private var context: ChannelHandlerContext?
    private var isReady = false
    private var isClosed = false
    private var pending: (request: [UInt8], promise: EventLoopPromise<HTTPPoster.Outcome>)?
    private var isSent = false
    private var input = ByteBuffer()
    private var heads = HeadReader()
    private var head: MessageHead?
    private var reader: BodyReader?
    private var body: [UInt8] = []
    private var error: (any Error)?

    init(_ upstream: UpstreamURL, isVerified: Bool) {
        self.upstream = upstream
        self.isVerified = isVerified
    }

    /// Another request can be sent on it.
    var isIdle: Bool { isReady && !isClosed && pending == nil }

    func post(_ request: [UInt8], _ promise: EventLoopPromise<HTTPPoster.Outcome>) {
        pending = (request, promise)
        isSent = false
        head = nil
        reader = nil
        body = []
        heads = HeadReader()
        if isReady { send() }
    }

    func close() { context?.close(promise: nil) }

    func fail(_ error: any Error) {
        if self.error == nil { self.error = error }
        isClosed = true
        context?.close(promise: nil)
        end()
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelActive(context: ChannelHandlerContext) {
        if isClosed { return context.close(promise: nil) }
        if !upstream.isSecure { ready() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if isVerified, !CertificateName.isFor(upstream, peerOf: context) {
                fail(ConnectionTrouble.OurOwn.wrongName)
            } else {
                ready()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func ready() {
        isReady = true
        send()
    }

    private func send() {
        guard let context, let pending, !isSent else { return }
        isSent = true
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: pending.request)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        self.context = nil
        if reader?.end() == true { return complete() }
        end()
    }

    /// The request under way ends without a whole answer.
    private func end() {
        guard let pending else { return }
        self.pending = nil
        if !isSent {
            return pending.promise.succeed(
                .unreachable(ConnectionTrouble.text(error, connectingTo: upstream)))
        }
        let text: String =
            if case .timedOut? = error as? ConnectionTrouble.OurOwn {
                "\(upstream.authority) did not answer in time"
            } else {
                "\(upstream.authority) ended the connection without an answer"
            }
        pending.promise.succeed(.brokenOff(text))
    }

    // MARK: The answer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        input.writeBuffer(&buffer)
        // What nobody asked for makes the connection useless.
        guard pending != nil else { return fail(ConnectionTrouble.OurOwn.timedOut) }
        do throws(MessageFault) {
            try advance()
        } catch {
            fail(error)
        }
    }

    private func advance() throws(MessageFault) {
        while reader == nil {
            guard let bytes = try heads.take(from: &input) else { return }
            let found = try MessageHead(response: bytes)
            heads = HeadReader()
            if found.status < 200 { continue }
            head = found
            reader = BodyReader(try BodyFraming(response: found, toHead: false))
        }
        var pieces: [Range<Int>] = []
        var content: [UInt8] = []
        let taken = input.withUnsafeReadableBytes { bytes in
            Result { () throws(MessageFault) in
                let count = try reader?.take(bytes, content: &pieces) ?? 0
                for piece in pieces { content.append(contentsOf: bytes[piece]) }
                return count
            }
        }
        input.moveReaderIndex(forwardBy: try taken.get())
        body += content
        if body.count > HTTPPoster.answerLimit { return fail(ConnectionTrouble.OurOwn.timedOut) }
        if reader?.isComplete == true { complete() }
    }

    private func complete() {
        guard let pending, let head else { return end() }
        self.pending = nil
        let isKept =
            reader?.framing != .untilClose && head.minorVersion == 1
            && !(head.value(named: "connection").map { HTTPText.matches($0, "close") } ?? false)
        if !isKept {
            isClosed = true
            context?.close(promise: nil)
        }
        func text(_ name: StaticString) -> String? {
            head.value(named: name).map { String(decoding: $0, as: UTF8.self) }
        }
        pending.promise.succeed(
            .answer(
                HTTPPoster.Answer(
                    status: head.status, contentType: text("content-type") ?? "",
                    retryAfter: text("retry-after"), body: body)))
    }
}
