internal import NIOConcurrencyHelpers
internal import NIOCore

/// One client's connection to a listener with answers of ours: requests one after the other.
final class OwnConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let hub: OwnHub
    private var channel: (any Channel)?
    private var input = ByteBuffer()
    private var heads = HeadReader()
    private var state = State.idle
    private var isHead = false
    private var closesAfter = false
    private var isReading = true
    private var timeout: Scheduled<Void>?
    /// Whether an answer can still be sent; asked by whoever makes one, on any thread.
    private let isOpen = NIOLockedValueBox(true)

    private enum State: Equatable {
        /// Waits for a head's first byte.
        case idle
        /// Waits for the rest of a head.
        case reading
        /// Waits for the handler.
        case asking
        /// Waits for the client to take the answer.
        case answering
        /// Nothing is read any more.
        case closing
    }

    init(_ hub: OwnHub) { self.hub = hub }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context.channel) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context.channel) }

    private func begin(_ channel: any Channel) {
        guard self.channel == nil else { return }
        self.channel = channel
        guard hub.add(self) else {
            closesAfter = true
            return write(OwnResponse(503, "too many connections"))
        }
        wait(hub.limits.headTime)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .closing else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        advance()
        setReading(input.readableBytes < RelayLimits.pipelinedSize)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        state = .closing
        channel = nil
        isOpen.withLockedValue { $0 = false }
        hub.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    private func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        try? channel?.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// Closes unless something else is waited for within `limit`.
    private func wait(_ limit: Duration) {
        timeout?.cancel()
        timeout = channel?.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { self.close() }
    }

    // MARK: Requests

    private func advance() {
        guard state == .idle || state == .reading, input.readableBytes > 0 else { return }
        if state == .idle {
            state = .reading
            wait(hub.limits.headTime)
        }
        do throws(MessageFault) {
            guard let bytes = try heads.take(from: &input) else { return }
            if input.readableBytes == 0 { input = ByteBuffer() }
            let head = try MessageHead(request: bytes)
            isHead = head.method.elementsEqual("HEAD".utf8)
            closesAfter =
                hub.isDraining || head.minorVersion == 0
                || head.values(.connection).contains { HTTPText.matches($0, "close") }
            let framing = try BodyFraming(request: head)
            var request = OwnRequest(head, target: try RequestTarget.originForm(of: head))
            request.isWanted = { [isOpen] in isOpen.withLockedValue { $0 } }
            let hasBody = framing != .none && framing != .length(0)
            // What follows would be taken for the next request.
            if hasBody { closesAfter = true }
            if let refusal = hub.policy.refusal(request) { return write(refusal) }
            if hasBody { return write(OwnResponse(413, "requests have no body here")) }
            ask(request)
        } catch {
            refuse(error)
        }
    }

    private func refuse(_ fault: MessageFault) {
        let answer = OwnAnswer(fault)
        closesAfter = true
        write(OwnResponse(answer.status, answer.text))
    }

    private func ask(_ request: OwnRequest) {
        state = .asking
        timeout?.cancel()
        let connection = NIOLoopBound(self, eventLoop: hub.loop)
        let loop = hub.loop
        hub.handler(request) { [isOpen] response in
            // Within the lock: the loop ends only after every connection was closed.
            isOpen.withLockedValue { isOpen in
                if isOpen { loop.execute { connection.value.answer(response) } }
            }
        }
    }

    private func answer(_ response: OwnResponse) {
        guard state == .asking else { return }
        write(response)
    }

    // MARK: Answers

    private func write(_ response: OwnResponse) {
        guard let channel else { return }
        state = .answering
        wait(hub.limits.writeTime)
        let body = isHead ? [] : response.body[...]
        var buffer = channel.allocator.buffer(capacity: body.count + 512)
        buffer.writeString("HTTP/1.1 \(response.status) \(OwnAnswer.phrase(response.status))\r\n")
        for field in response.fields { buffer.writeString("\(field.name): \(field.value)\r\n") }
        buffer.writeString("Content-Length: \(response.body.count)\r\n")
        if closesAfter { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(body)
        channel.writeAndFlush(buffer).assumeIsolated().whenComplete { _ in self.finish() }
    }

    /// The client has taken the answer, or will not.
    private func finish() {
        guard state == .answering else { return }
        if closesAfter { return close() }
        state = .idle
        wait(hub.limits.idleTime)
        setReading(true)
        // Not from within: a client that sends many requests at once would take the whole stack.
        if input.readableBytes > 0 { hub.loop.assumeIsolated().execute { self.advance() } }
    }

    /// The listener ends: so does this connection, once its running request is answered.
    func endWhenAnswered() {
        if state == .idle || state == .reading { close() } else { closesAfter = true }
    }

    func close() {
        state = .closing
        channel?.close(promise: nil)
    }
}
