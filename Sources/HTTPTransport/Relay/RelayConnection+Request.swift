internal import NIOCore
internal import Recording
internal import Wire

// The client's side: heads, policy, routes, bodies.
extension RelayConnection {
    func clientRead(_ buffer: ByteBuffer) {
        switch phase {
        case .closed, .lingering: return
        case .waiting: break
        }
        let time = hub.tap.now
        if input.readableBytes == 0 {
            input = buffer
        } else {
            input.writeImmutableBuffer(buffer)
        }
        if advance().toUpstream, upstream?.channel?.isWritable == true {
            hub.tap.passedOn(.clientToServer, since: time)
        }
    }

    func advanceRequest() {
        while phase == .waiting, !isWaitingForRoom {
            if let exchange {
                guard !exchange.request.isComplete, exchange.held != nil || upstream?.isReady == true,
                    input.readableBytes > 0, relayRequestBody(of: exchange)
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
        if !heads.hasBegun, let plan = hub.requests.takeRepeated(of: number, from: &input) {
            cancelHeadTimeout()
            return begin(plan)
        }
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
        switch plan(head, framing) {
        case .success(let plan): return begin(plan)
        case .failure(let refusal):
            refuse(refusal.answer, isHead: head.method.elementsEqual("HEAD".utf8))
            return false
        }
    }

    /// What a request is turned away with.
    private struct Refusal: Error { var answer: OwnAnswer }

    /// Decides what is done with requests that have this head.
    private func plan(_ head: MessageHead, _ framing: BodyFraming) -> Result<RequestPlan, Refusal> {
        if let answer = refusalByState { return .failure(Refusal(answer: answer)) }
        let target: ArraySlice<UInt8>
        do throws(MessageFault) {
            target = try RequestTarget.originForm(of: head)
        } catch {
            return .failure(Refusal(answer: OwnAnswer(error)))
        }
        let refusal = hub.policy.refusal(
            host: String(decoding: head.value(.host) ?? [], as: UTF8.self),
            origins: head.values(.origin).map { String(decoding: $0, as: UTF8.self) },
            tokens: head.values(.clientToken))
        if let refusal { return .failure(Refusal(answer: refusal.answer)) }
        if head.method.elementsEqual("CONNECT".utf8) {
            let answer = OwnAnswer(
                501, .notImplemented, "CONNECT is not relayed: this is no forward proxy")
            return .failure(Refusal(answer: answer))
        }
        guard let match = hub.routes.match(target) else {
            let answer = OwnAnswer(421, .misdirected, "no route of this listener begins the request's path")
            return .failure(Refusal(answer: answer))
        }
        let destination = hub.targets[match.index]
        let fields = recorded(head, after: hub.requests.newest(of: number))
        let isTheSameEachTime =
            destination.injection.isEmpty
            && !(hub.rewritesResource && ResourceRewriter.isMetadata(match.target[...]))
        let plan = RequestPlan(
            head, framing, target: match.target, destination: destination, fields: fields,
            event: event(of: head, target: match.target, destination, fields),
            forwarded: isTheSameEachTime ? written(head, target: match.target, destination, []) : nil)
        hub.requests.remember(plan, of: number)
        return .success(plan)
    }

    /// What every request is answered now, whatever its head says; nil: it is relayed.
    private var refusalByState: OwnAnswer? {
        if isOverLimit {
            return .unavailable("\(hub.limits.connections) connections are open, which is the limit")
        }
        return hub.isDraining ? .unavailable("the proxy is shutting down") : nil
    }

    /// Begins to relay a request; false when it was refused.
    private func begin(_ plan: RequestPlan) -> Bool {
        var injected: [ForwardedHead.InjectedField] = []
        var refusal = refusalByState
        if refusal == nil, !plan.destination.injection.isEmpty {
            do throws(HTTPFailure) {
                injected = try plan.destination.injection.current()
            } catch {
                refusal = .badGateway(error.message)
            }
        }
        if let refusal {
            refuse(refusal, isHead: plan.isHead)
            return false
        }
        let exchange = RelayExchange(stream: hub.nextStream(), plan)
        // What carries credentials answers no request of ours to spoil, and is not kept to be looked at.
        if let faults = hub.faults, !exchange.omitsBodies {
            exchange.faulted = FaultedExchange(exchange, faults)
        }
        self.exchange = exchange
        if let event = plan.event { hub.tap.head(event, stream: exchange.stream) }
        if hub.propagator != nil, HeldRequest.canBegin(plan) {
            exchange.held = HeldRequest(plan, injected)
        } else {
            forward(exchange, plan.forwarded ?? written(plan, injected))
        }
        if exchange.request.isComplete { endRequest(of: exchange) }
        return true
    }

    /// What a tap is told of a request; nil when nothing is recorded.
    private func event(
        of head: MessageHead, target: [UInt8], _ destination: RelayTarget, _ fields: [HTTPField]
    ) -> TransportEvent? {
        guard hub.tap.isRecording else { return nil }
        return HTTPRequestHead(
            connection: number, peer: peer, route: destination.route.name,
            method: String(decoding: head.method, as: UTF8.self),
            target: hub.masking.target(String(decoding: target, as: UTF8.self)),
            minorVersion: head.minorVersion, fields: fields
        ).tapped
    }

    /// The fields of a head as they are recorded. Those that stood at the same place in `newest` are known.
    func recorded(_ head: MessageHead, after newest: (some HeadPlan)?) -> [HTTPField] {
        guard hub.tap.isRecording else { return [] }
        return head.fields.enumerated().map { index, field in
            if let newest, index < newest.fields.count,
                newest.head.bytes[newest.head.fields[index].line] == head.bytes[field.line]
            {
                return newest.fields[index]
            }
            return masked(field, of: head.bytes)
        }
    }

    /// Writes the head, and what may follow it, to the upstream, or keeps it until there is a connection.
    func forward(_ exchange: RelayExchange, _ buffer: ByteBuffer) {
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

    /// The head of `plan` as the upstream receives it.
    func written(_ plan: RequestPlan, _ injected: [ForwardedHead.InjectedField]) -> ByteBuffer {
        written(plan.head, target: plan.target, plan.destination, injected)
    }

    private func written(
        _ head: MessageHead, target: [UInt8], _ destination: RelayTarget,
        _ injected: [ForwardedHead.InjectedField]
    ) -> ByteBuffer {
        var injected = injected
        if hub.faults != nil || hub.rewritesResource && ResourceRewriter.isMetadata(target[...]) {
            // What comes compressed could not be read.
            injected.append(.init(name: Array("Accept-Encoding".utf8), value: Array("identity".utf8)))
        }
        var buffer = client.allocator.buffer(capacity: head.bytes.count + 256)
        let edits = ForwardedHead.RequestEdits(
            target: target[...], authority: Array(destination.route.upstream.authority.utf8),
            injected: injected, dropsClientToken: hub.policy.clientToken != nil,
            closes: HopByHop(head).closes)
        ForwardedHead.write(head, edits: edits, to: &buffer)
        return buffer
    }

    /// Passes on what has come of the body, as much as the tap has room for at once; false when nothing more
    /// can be done now.
    private func relayRequestBody(of exchange: RelayExchange) -> Bool {
        guard hasRoom(for: input.readableBytes) else { return false }
        switch takeRequestBody(of: exchange) {
        case .success(let count):
            guard let slice = input.readSlice(length: count) else { break }
            if let held = exchange.held { take(slice, held, of: exchange) } else { writeToUpstream(slice) }
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
                exchange.faulted?.heard(pieces, of: bytes)
                exchange.held?.heard(pieces, of: bytes)
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
        exchange.faulted?.finishRequest(of: exchange)
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
        fields.map { masked($0, of: bytes) }
    }

    private func masked(_ field: HeadField, of bytes: [UInt8]) -> HTTPField {
        hub.masking.field(
            name: String(decoding: bytes[field.name], as: UTF8.self),
            value: String(decoding: bytes[field.value], as: UTF8.self))
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
