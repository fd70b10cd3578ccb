internal import NIOCore

/// One client's connection to a recording that is served: requests one after the other, an answer to each.
final class MockConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The longest body: the default message limit of a recording, above which no request is on record whole.
    static let bodyLimit = 256 << 20

    private let hub: MockHub
    private(set) var channel: (any Channel)?
    private var input = ByteBuffer()
    private var heads = HeadReader()
    /// Of the newest request that was not refused: a client sends the same head again and again.
    private var newest: ReadHead?
    private var reading: Reading?
    /// The stream that the running request is on; nil between requests.
    var stream: Int?
    private var isHead = false
    private var closesAfter = false
    private var isClosing = false
    private var isReading = true
    private var headTimeout: Scheduled<Void>?
    private var headDeadline = NIODeadline.distantFuture

    /// Bytes of a head that is remembered: ordinary ones have some hundred.
    private static let rememberedHeadLimit = 1 << 10

    /// A head, and what follows from it and from the connection alone.
    private struct ReadHead {
        var bytes: [UInt8]
        var request: MockRequest
        var framing: BodyFraming
        var closesAfter: Bool
        var expectsContinue: Bool
    }

    private struct Reading {
        var request: MockRequest
        var body: BodyReader
        var bytes: [UInt8] = []
    }

    init(_ hub: MockHub) { self.hub = hub }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context.channel) }
    }

    func channelActive(context: ChannelHandlerContext) { begin(context.channel) }

    private func begin(_ channel: any Channel) {
        guard self.channel == nil else { return }
        self.channel = channel
        hub.add(self)
        awaitHead()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        advance()
        setReading(input.readableBytes < RelayLimits.pipelinedSize || stream == nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        headTimeout?.cancel()
        channel = nil
        hub.remove(self)
        if let stream { hub.closed(stream) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func setReading(_ isReading: Bool) {
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        try? channel?.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// A client that sends no whole head in time is closed. One timer runs at a time, and goes on for what is
    /// left when requests came since: a timer of its own for each would cost more than most answers.
    private func awaitHead() {
        guard let channel else { return }
        headDeadline = .now() + TimeAmount(RelayLimits().headTime)
        if headTimeout == nil { scheduleHeadTimeout(on: channel.eventLoop) }
    }

    private func scheduleHeadTimeout(on loop: any EventLoop) {
        headTimeout = loop.assumeIsolated().scheduleTask(deadline: headDeadline) {
            self.headTimeout = nil
            guard let channel = self.channel, self.stream == nil, self.reading == nil else { return }
            if self.headDeadline > .now() {
                self.scheduleHeadTimeout(on: channel.eventLoop)
            } else {
                self.close()
            }
        }
    }

    // MARK: Requests

    private func advance() {
        while stream == nil, !isClosing, input.readableBytes > 0 {
            do throws(MessageFault) {
                guard try takeRequest() else { break }
            } catch {
                return refuse(OwnAnswer(error))
            }
        }
        if input.readableBytes == 0 { input = ByteBuffer() }
    }

    /// Takes what has come of a request; false when more must come first.
    private func takeRequest() throws(MessageFault) -> Bool {
        if reading == nil {
            if let newest, !heads.hasBegun, input.starts(withHead: newest.bytes) {
                input.moveReaderIndex(forwardBy: newest.bytes.count + 2)
                begin(newest)
            } else {
                guard let bytes = try heads.take(from: &input) else { return false }
                guard let head = try read(try MessageHead(request: bytes)) else { return false }
                newest = bytes.count <= Self.rememberedHeadLimit ? head : nil
                begin(head)
            }
        }
        guard var current = reading else { return false }
        // One owner, or every piece that comes copies all those before it.
        reading = nil
        var pieces: [Range<Int>] = []
        while !current.body.isComplete, input.readableBytes > 0 {
            let taken = try take(&current, &pieces)
            input.moveReaderIndex(forwardBy: taken)
            if taken == 0 { break }
        }
        guard current.bytes.count <= Self.bodyLimit else {
            refuse(OwnAnswer(413, .contentTooLarge, "the body is longer than 256 MiB"))
            return false
        }
        guard current.body.isComplete else {
            reading = current
            return false
        }
        current.request.body = current.bytes[...]
        hub.ask(current.request, on: self)
        return true
    }

    private func take(_ current: inout Reading, _ pieces: inout [Range<Int>]) throws(MessageFault) -> Int {
        let result = input.withUnsafeReadableBytes { bytes in
            Result { () throws(MessageFault) in
                let count = try current.body.take(bytes, content: &pieces)
                for piece in pieces { current.bytes.append(contentsOf: bytes[piece]) }
                return count
            }
        }
        return try result.get()
    }

    /// Checks a head. Nil: the request is refused.
    private func read(_ head: MessageHead) throws(MessageFault) -> ReadHead? {
        let framing = try BodyFraming(request: head)
        let target = try RequestTarget.originForm(of: head)
        isHead = head.method.elementsEqual("HEAD".utf8)
        let refusal = hub.policy.refusal(
            host: String(decoding: head.value(.host) ?? [], as: UTF8.self),
            origins: head.values(.origin).map { String(decoding: $0, as: UTF8.self) },
            tokens: head.values(.clientToken))
        if let refusal {
            refuse(refusal.answer)
            return nil
        }
        let peer = channel?.remoteAddress?.ipAddress ?? "unix"
        return ReadHead(
            bytes: head.bytes, request: MockRequest(head, target: target, peer: peer), framing: framing,
            closesAfter: head.minorVersion == 0
                || head.values(.connection).contains { HTTPText.matches($0, "close") },
            expectsContinue: head.value(named: "expect").map { HTTPText.matches($0, "100-continue") } ?? false
        )
    }

    private func begin(_ head: ReadHead) {
        isHead = head.request.method == "HEAD"
        closesAfter = head.closesAfter
        reading = Reading(request: head.request, body: BodyReader(head.framing))
        if head.expectsContinue { send("HTTP/1.1 100 Continue\r\n\r\n") }
    }

    private func refuse(_ answer: OwnAnswer) {
        guard let channel, !isClosing else { return }
        isClosing = true
        var buffer = channel.allocator.buffer(capacity: 256)
        answer.write(toHead: isHead, &buffer)
        channel.write(buffer, promise: nil)
        closeWhenSent()
    }

    // MARK: Answers

    /// The whole answer to the running request.
    func answer(_ status: Int, _ fields: [MockField], _ body: ArraySlice<UInt8>) {
        guard let channel else { return }
        var buffer = channel.allocator.buffer(capacity: body.count + 256)
        writeHead(status, fields, length: body.count, to: &buffer)
        if !isHead { buffer.writeBytes(body) }
        channel.writeAndFlush(buffer, promise: nil)
        finish()
    }

    private func writeHead(_ status: Int, _ fields: [MockField], length: Int, to buffer: inout ByteBuffer) {
        buffer.writeBytes(hub.beginning(of: status, fields))
        buffer.writeStaticString("Content-Length: ")
        buffer.writeDecimal(length)
        buffer.writeStaticString("\r\n")
        if closesAfter { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
    }

    /// Begins an answer whose body comes in pieces.
    func begin(_ status: Int, _ fields: [MockField], length: Int) {
        guard let channel else { return }
        var buffer = channel.allocator.buffer(capacity: 256)
        writeHead(status, fields, length: length, to: &buffer)
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Begins an event stream.
    func open(_ fields: [MockField]) {
        var text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        text += "Cache-Control: no-cache, no-transform\r\nX-Accel-Buffering: no\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        text += closesAfter ? "Connection: close\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n"
        send(text)
    }

    func write(_ text: [UInt8]) {
        guard let channel else { return }
        var buffer = channel.allocator.buffer(capacity: text.count + 32)
        if !closesAfter { buffer.writeString("\(String(text.count, radix: 16))\r\n") }
        buffer.writeBytes(text)
        if !closesAfter { buffer.writeStaticString("\r\n") }
        channel.write(buffer, promise: nil)
    }

    func flush() { channel?.flush() }

    func endStream() {
        if !closesAfter { send("0\r\n\r\n") }
        finish()
    }

    private func send(_ text: String) {
        guard let channel else { return }
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// The running request is answered: the next one may come.
    func finish() {
        stream = nil
        if closesAfter { return closeWhenSent() }
        awaitHead()
        guard let channel else { return }
        setReading(true)
        guard input.readableBytes > 0 else { return }
        // What is taken next may ask again from within: not while the caller is at work.
        channel.eventLoop.assumeIsolated().execute { self.advance() }
    }

    /// A client that reads late still gets all of its answer.
    private func closeWhenSent() {
        isClosing = true
        channel?.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { _ in self.close() }
    }

    func close() {
        isClosing = true
        channel?.close(promise: nil)
    }
}

extension ByteBuffer {
    /// Writes a number that is not negative.
    fileprivate mutating func writeDecimal(_ number: Int) {
        if number >= 10 { writeDecimal(number / 10) }
        writeInteger(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
