internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// What came of one question.
enum ProbeOutcome: Sendable {
    case answer(ProbeAnswer, UpstreamReport.TLS?)
    case failure(UpstreamReport.Failure)
}

/// Sends one request when its connection is ready, and reads the answer until it is enough.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More than any answer to a question of ours has; the rest is not read.
    static let bodyLimit = 256 << 10

    private let request: ProbeRequest
    private let upstream: UpstreamURL
    private let isVerified: Bool
    private let promise: EventLoopPromise<ProbeOutcome>
    private var isOver = false
    private var isConnected = false
    private var tls: UpstreamReport.TLS?
    private var input = ByteBuffer()
    private var heads = HeadReader()
    private var answer: ProbeAnswer?
    private var reader: BodyReader?
    private var error: (any Error)?

    init(
        _ request: ProbeRequest, to upstream: UpstreamURL, isVerified: Bool,
        _ promise: EventLoopPromise<ProbeOutcome>
    ) {
        self.request = request
        self.upstream = upstream
        self.isVerified = isVerified
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        isConnected = true
        if !upstream.isSecure { send(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if isVerified, !CertificateName.isFor(upstream, peerOf: context) {
                errorCaught(context: context, error: ConnectionTrouble.OurOwn.wrongName)
            } else {
                let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
                tls = .init(
                    version: handler?.tlsVersion.map(ProbeHandler.text) ?? "TLS", isVerified: isVerified)
                send(context)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private static func text(_ version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLS 1.0"
        case .tlsv11: "TLS 1.1"
        case .tlsv12: "TLS 1.2"
        case .tlsv13: "TLS 1.3"
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        context.writeAndFlush(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: request.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        input.writeBuffer(&buffer)
        do throws(MessageFault) {
            if try advance() { end(context) }
        } catch {
            over(
                .failure(.init(step: .answer, text: "it does not answer in HTTP that we read: \(error.text)"))
            )
            context.close(promise: nil)
        }
    }

    /// Reads what came; true when that is enough.
    private func advance() throws(MessageFault) -> Bool {
        while answer == nil {
            guard let bytes = try heads.take(from: &input) else { return false }
            let head = try MessageHead(response: bytes)
            if head.status < 200 { continue }
            reader = BodyReader(try BodyFraming(response: head, toHead: false))
            answer = ProbeAnswer(head)
        }
        var pieces: [Range<Int>] = []
        let taken = input.withUnsafeReadableBytes { bytes in
            Result { () throws(MessageFault) in
                let count = try reader?.take(bytes, content: &pieces) ?? 0
                for piece in pieces { answer?.body.append(contentsOf: bytes[piece]) }
                return count
            }
        }
        input.moveReaderIndex(forwardBy: try taken.get())
        guard let answer, let reader else { return false }
        return reader.isComplete || answer.body.count > Self.bodyLimit || request.isAnswered(answer)
    }

    func channelInactive(context: ChannelHandlerContext) { over(outcome(atEnd: true)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.error == nil { self.error = error }
        context.close(promise: nil)
    }

    private func end(_ context: ChannelHandlerContext) {
        over(outcome(atEnd: true))
        context.close(promise: nil)
    }

    /// Nothing more is waited for.
    func stop(_ reason: any Error) {
        if error == nil { error = reason }
        over(outcome(atEnd: false))
    }

    private func outcome(atEnd: Bool) -> ProbeOutcome {
        if let answer { return .answer(answer, tls) }
        let isReady = isConnected && (tls != nil || !upstream.isSecure)
        if isReady {
            let text =
                atEnd
                ? error.map { "\(upstream.authority) broke off: \(ConnectionTrouble.text($0))" }
                    ?? "\(upstream.authority) ended the connection without an answer"
                : "\(upstream.authority) does not answer in time"
            return .failure(.init(step: .answer, text: text))
        }
        let step: UpstreamReport.Failure.Step = isConnected ? .tls : .connect
        if !atEnd, case .timedOut? = error as? ConnectionTrouble.OurOwn {
            let what = step == .tls ? "shakes hands" : "takes a connection"
            return .failure(
                .init(step: step, text: "\(upstream.authority) does not answer in time: nobody \(what)"))
        }
        return .failure(.init(step: step, text: ConnectionTrouble.text(error, connectingTo: upstream)))
    }

    private func over(_ outcome: ProbeOutcome) {
        guard !isOver else { return }
        isOver = true
        promise.succeed(outcome)
    }
}
