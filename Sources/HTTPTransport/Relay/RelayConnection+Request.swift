internal import NIOCore
internal import Recording

// The client's side: heads, policy, routes, bodies.
extension RelayConnection {
    func clientRead(_ buffer: ByteBuffer) {
        switch phase {
        case .closed, .lingering: return
        case .waiting: break
        }
        if input.readableBytes == 0 {
            input = buffer
        } else {
            input.writeImmutableBuffer(buffer)
        }
        advance()
    }

    func advanceRequest() {
        while phase == .waiting, !isWaitingForRoom {
            if let exchange {
                guard !exchange.request.isComplete, upstream?.isReady == true, input.readableBytes > 0,
                    relayRequestBody(of: exchange)
                else { break }
            } else {
                guard input.readableBytes > 0, takeRequest() else { break }
            }
        }
        if input.readableBytes == 0 { input = ByteBuffer() }
    }

    /// Begins the next exchange; false when its head is not complete, or was refused.
    private func takeRequest() -> Bool {
        guard hasRoom(for: RelayLimits.readSize) else { return false }
        let head: MessageHead
        let framing: BodyFraming
        do throws(MessageFault) {
            guard let bytes = try heads.take(from: &input) else {
                scheduleHeadTimeout()
                return false
            }
            cancelHeadTimeout()
            head = try MessageHead(request: bytes)
            framing = try BodyFraming(request: head)
        } catch {
            refuse(OwnAnswer(error), isHead: false)
            return false
        }
        if let answer = begin(head, framing) {
            refuse(answer, isHead: head.method.elementsEqual("HEAD".utf8))
            return false
        }
        return true
    }

    /// Checks the request and begins to relay it. Answers what it is refused with.
    private func begin(_ head: MessageHead, _ framing: BodyFraming) -> OwnAnswer? {
        if isOverLimit {
            return .unavailable("\(hub.limits.connections) connections are open, which is the limit")
        }
        if hub.isDraining { return .unavailable("the proxy is shutting down") }
        let target: ArraySlice<UInt8>
        do throws(MessageFault) {
            target = try RequestTarget.originForm(of: head)
        } catch {
            return OwnAnswer(error)
        }
        let refusal = hub.policy.refusal(
            host: String(decoding: head.value(.host) ?? [], as: UTF8.self),
            origins: head.values(.origin).map { String(decoding: $0, as: UTF8.self) },
            tokens: head.values(.clientToken))
        if let refusal { return refusal.answer }
        if head.method.elementsEqual("CONNECT".utf8) {
            return OwnAnswer(501, .notImplemented, "CONNECT is not relayed: this is no forward proxy")
        }
        guard let match = hub.routes.match(target) else {
            return OwnAnswer(421, .misdirected, "no route of this listener begins the request's path")
        }
        let upstream = hub.targets[match.index]
        let injected: [ForwardedHead.InjectedField]
        do throws(HTTPFailure) {
            injected = try upstream.injection.current()
        } catch {
            return .badGateway(error.message)
        }
        let exchange = RelayExchange(
            stream: hub.nextStream(), head: head, target: match.target, destination: upstream,
            request: BodyReader(framing))
        self.exchange = exchange
        record(exchange)
        forward(exchange, injected)
        if exchange.request.isComplete { endRequest(of: exchange) }
        return nil
    }

    private func record(_ exchange: RelayExchange) {
        guard hub.tap.isRecording else { return }
        let head = exchange.head
        hub.tap.requestHead(
            HTTPRequestHead(
                connection: number, peer: peer, route: exchange.destination.route.name,
                method: String(decoding: head.method, as: UTF8.self),
                target: hub.masking.target(String(decoding: exchange.target, as: UTF8.self)),
                minorVersion: head.minorVersion, fields: masked(head.fields, of: head.bytes)),
            stream: exchange.stream)
    }

    /// Writes the head to the upstream, or keeps it until there is a connection.
    private func forward(_ exchange: RelayExchange, _ injected: [ForwardedHead.InjectedField]) {
        var injected = injected
        if hub.rewritesResource, ResourceRewriter.isMetadata(exchange.target[...]) {
            // A document that comes compressed could not be edited.
            injected.append(.init(name: Array("Accept-Encoding".utf8), value: Array("identity".utf8)))
        }
        var buffer = client.allocator.buffer(capacity: exchange.head.bytes.count + 256)
        let edits = ForwardedHead.RequestEdits(
            target: exchange.target[...],
            authority: Array(exchange.destination.route.upstream.authority.utf8),
            injected: injected, dropsClientToken: hub.policy.clientToken != nil, closes: exchange.closes)
        ForwardedHead.write(exchange.head, edits: edits, to: &buffer)
        if let upstream, upstream.isReady, !upstream.closes,
            upstream.target.isSamePlace(as: exchange.destination)
        {
            writeToUpstream(buffer)
        } else {
            dropUpstream()
            exchange.pendingHead = buffer
            connect(to: exchange.destination)
        }
    }

    /// Passes on what has come of the body, as much as the tap has room for at once; false when nothing more
    /// can be done now.
    private func relayRequestBody(of exchange: RelayExchange) -> Bool {
        guard hasRoom(for: input.readableBytes) else { return false }
        switch takeRequestBody(of: exchange) {
        case .success(let count):
            if let slice = input.readSlice(length: count) { writeToUpstream(slice) }
        case .failure(let fault):
            failRequest(of: exchange, fault)
            return false
        }
        if exchange.request.isComplete { endRequest(of: exchange) }
        return true
    }

    /// Tells the tap what has come of the body; answers how many bytes of the input that is.
    private func takeRequestBody(of exchange: RelayExchange) -> Result<Int, MessageFault> {
        input.withUnsafeReadableBytes { all in
            Result { () throws(MessageFault) in
                let bytes = UnsafeRawBufferPointer(rebasing: all.prefix(RelayLimits.readSize))
                let count = try exchange.request.take(bytes, content: &pieces)
                if !exchange.omitsBodies, !pieces.isEmpty {
                    hub.tap.body(pieces, of: bytes, on: .clientToServer, stream: exchange.stream)
                }
                return count
            }
        }
    }

    /// What has come of a request that is answered in the upstream's place: the record says what was asked.
    func recordWaitingBody(of exchange: RelayExchange) {
        guard !exchange.request.isComplete, input.readableBytes > 0 else { return }
        if case .success(let count) = takeRequestBody(of: exchange) {
            input.moveReaderIndex(forwardBy: count)
            if exchange.request.isComplete { recordEnd(of: exchange.request, on: .clientToServer, exchange) }
        }
    }

    private func endRequest(of exchange: RelayExchange) {
        recordEnd(of: exchange.request, on: .clientToServer, exchange)
        finishIfComplete(exchange)
    }

    /// What is left to say of a lane whose body is complete.
    func recordEnd(of body: BodyReader, on lane: Lane, _ exchange: RelayExchange) {
        if exchange.omitsBodies, body.size > 0 {
            hub.tap.bodyOmitted(body.size, on: lane, stream: exchange.stream)
        }
        if !body.trailers.isEmpty, hub.tap.isRecording, let fields = try? body.trailerFields() {
            hub.tap.trailers(masked(fields, of: body.trailers), on: lane, stream: exchange.stream)
        }
        hub.tap.laneEnded(lane, stream: exchange.stream)
    }

    func masked(_ fields: [HeadField], of bytes: [UInt8]) -> [HTTPField] {
        fields.map { field in
            hub.masking.field(
                name: String(decoding: bytes[field.name], as: UTF8.self),
                value: String(decoding: bytes[field.value], as: UTF8.self))
        }
    }

    /// The body contradicts its framing: nobody can say where the next request begins.
    private func failRequest(of exchange: RelayExchange, _ fault: MessageFault) {
        let closure = StreamClosure(.client, .malformed, text: fault.text)
        if exchange.response == nil {
            answer(exchange, OwnAnswer(fault), closure)
        } else {
            end(exchange, closure)
            closeClient()
        }
    }
}
