internal import NIOCore
internal import Recording
internal import Wire

// The upstream's side: heads, informational ones included, and bodies.
extension RelayConnection {
    func upstreamRead(_ buffer: ByteBuffer, from link: UpstreamLink) {
        guard link === upstream, phase == .waiting else { return }
        let time = hub.tap.now
        if link.input.readableBytes == 0 {
            link.input = buffer
        } else {
            link.input.writeImmutableBuffer(buffer)
        }
        advanceResponse()
        advanceRequest()
        if flush().toClient, client.isWritable { hub.tap.passedOn(.serverToClient, since: time) }
        updateReading()
    }

    func advanceResponse() {
        while phase == .waiting, !isWaitingForRoom, let link = upstream, link.input.readableBytes > 0 {
            guard let exchange, exchange.held == nil else {
                // Nothing was asked: whatever this is, it is no answer to the next request.
                dropUpstream()
                return
            }
            guard let response = exchange.response else {
                guard takeResponse(of: exchange, from: link) else { break }
                continue
            }
            if response.isComplete {
                link.closes = true
                link.input = ByteBuffer()
                break
            }
            guard relayResponseBody(of: exchange, from: link) else { break }
        }
        if let upstream, upstream.input.readableBytes == 0 { upstream.input = ByteBuffer() }
    }

    /// Passes a head on, once it is complete.
    private func takeResponse(of exchange: RelayExchange, from link: UpstreamLink) -> Bool {
        guard hasRoom(for: RelayLimits.readSize) else { return false }
        let plan: ResponsePlan
        do throws(MessageFault) {
            guard let next = try nextResponse(to: exchange, from: link) else { return false }
            plan = next
        } catch {
            let authority = exchange.destination.route.upstream.authority
            answer(
                exchange,
                .badGateway("the answer of \(authority) is not HTTP that can be relayed: \(error.text)"),
                StreamClosure(.upstream, .malformed, text: error.text))
            return false
        }
        if let faulted = exchange.faulted, plan.head.status >= 200 {
            if faulted.begins(plan, of: exchange, tap: hub.tap) {
                beginFaulted(plan, faulted, of: exchange, from: link)
                return true
            }
            faulted.close()
            exchange.faulted = nil
        }
        if let event = plan.event { hub.tap.head(event, stream: exchange.stream) }
        if plan.head.status >= 200 { begin(plan, of: exchange, from: link) }
        forward(plan, of: exchange)
        if exchange.response?.isComplete == true { endResponse(of: exchange) }
        return true
    }

    /// Takes a head out of what the upstream sent; nil while it is not complete.
    private func nextResponse(
        to exchange: RelayExchange, from link: UpstreamLink
    ) throws(MessageFault) -> ResponsePlan? {
        if !link.heads.hasBegun, !exchange.isHead,
            let plan = hub.responses.takeRepeated(of: number, from: &link.input)
        {
            return plan
        }
        guard let bytes = try link.heads.take(from: &link.input) else { return nil }
        let head = try MessageHead(response: bytes)
        let framing = try BodyFraming(response: head, toHead: exchange.isHead)
        if head.status == 101 { throw .switchedProtocol }
        let fields = recorded(head, after: hub.responses.newest(of: number))
        var event: TransportEvent?
        if hub.tap.isRecording {
            event =
                HTTPResponseHead(
                    status: head.status, reason: String(decoding: head.reason, as: UTF8.self),
                    minorVersion: head.minorVersion, fields: fields
                ).tapped
        }
        let plan = ResponsePlan(head, framing, fields: fields, event: event, client.allocator)
        if !exchange.isHead { hub.responses.remember(plan, of: number) }
        return plan
    }

    func begin(_ plan: ResponsePlan, of exchange: RelayExchange, from link: UpstreamLink) {
        let (head, framing) = (plan.head, plan.framing)
        exchange.response = BodyReader(framing)
        link.closes = link.closes || plan.closes || framing == .untilClose
        if head.minorVersion == 0 || framing == .untilClose || hub.isDraining { exchange.closes = true }
        if head.status == 401 { exchange.destination.injection.wasRefused() }
        if EndpointStream.canBegin(head, framing, method: exchange.head.method) {
            let route = exchange.destination.route
            exchange.edited = EndpointStream(
                EndpointRewriter(
                    upstream: route.upstream, origin: ownOrigin(for: exchange), prefix: route.prefix),
                framing
            ) { [tap = hub.tap, stream = exchange.stream] edit in
                tap.edited(ForwardedEdit(edit, in: .body), on: .serverToClient, stream: stream)
            }
        }
    }

    /// How the client calls us.
    private func ownOrigin(for exchange: RelayExchange) -> String {
        "\(hub.clientScheme)://\(String(decoding: exchange.head.value(.host) ?? [], as: UTF8.self))"
    }

    /// Writes the head to the client; with `--rewrite-resource` perhaps edited, or held until the body is.
    func forward(
        _ plan: ResponsePlan, of exchange: RelayExchange, _ edits: ForwardedHead.ResponseEdits? = nil
    ) {
        let (head, framing) = (plan.head, plan.framing)
        let isEdited = edits != nil
        var edits = edits ?? ForwardedHead.ResponseEdits()
        if head.status >= 200 {
            edits.closes = exchange.closes
        } else if exchange.head.minorVersion == 0 {
            // Clients of HTTP/1.0 know no informational responses. Source: RFC 9110 §15.2.
            return
        }
        if hub.rewritesResource {
            let route = exchange.destination.route
            let rewriter = ResourceRewriter(
                upstream: route.upstream, origin: ownOrigin(for: exchange), prefix: route.prefix)
            let (tap, stream) = (hub.tap, exchange.stream)
            if MetadataStream.canBegin(head, method: exchange.head.method, target: exchange.target[...]) {
                exchange.edited = MetadataStream(
                    rewriter, framing,
                    whenEdited: { text in
                        let length = head.edit(ofLength: text.bytes.count).map { [$0] } ?? []
                        for edit in length + text.edits.map({ ForwardedEdit($0, in: .body) }) {
                            tap.edited(edit, on: .serverToClient, stream: stream)
                        }
                    }
                ) { length, buffer in
                    edits.contentLength = length
                    ForwardedHead.write(response: head, edits: edits, to: &buffer)
                }
                return
            }
            edits.challenge = { index in
                let field = head.fields[index]
                guard let own = rewriter.edited(challenge: head.bytes[field.value]) else { return nil }
                let name = String(decoding: head.bytes[field.name], as: UTF8.self)
                for edit in own.edits {
                    tap.edited(
                        ForwardedEdit(edit, in: .field(index: index, name: name)), on: .serverToClient,
                        stream: stream)
                }
                return own.bytes
            }
        }
        if !edits.closes, !isEdited, !hub.rewritesResource { return writeToClient(plan.forwarded) }
        var buffer = client.allocator.buffer(capacity: head.bytes.count + 64)
        ForwardedHead.write(response: head, edits: edits, to: &buffer)
        writeToClient(buffer)
    }

    /// Passes on what has come of the body, as much as the tap has room for at once; false when nothing more
    /// can be done now.
    private func relayResponseBody(of exchange: RelayExchange, from link: UpstreamLink) -> Bool {
        guard hasRoom(for: link.input.readableBytes), exchange.response != nil else { return false }
        if let faulted = exchange.faulted { return takeFaultedBody(faulted, of: exchange, from: link) }
        var edited: ByteBuffer?
        let taken = link.input.withUnsafeReadableBytes { all in
            Result { () throws(MessageFault) in
                let bytes = UnsafeRawBufferPointer(rebasing: all.prefix(RelayLimits.readSize))
                let count = try exchange.response?.take(bytes, content: &pieces) ?? 0
                if !exchange.omitsBodies, !pieces.isEmpty {
                    hub.tap.body(pieces, of: bytes, on: .serverToClient, stream: exchange.stream)
                }
                edited = exchange.edited?.take(pieces, of: bytes, client.allocator)
                return count
            }
        }
        switch taken {
        case .success(let count):
            guard let slice = link.input.readSlice(length: count) else { return false }
            writeToClient(edited ?? slice)
        case .failure(let fault):
            end(exchange, StreamClosure(.upstream, .malformed, text: fault.text))
            closeClient()
            return false
        }
        if exchange.response?.isComplete == true { endResponse(of: exchange) }
        return true
    }

    /// The response is complete.
    func endResponse(of exchange: RelayExchange) {
        if let response = exchange.response {
            if let last = exchange.edited?.finish(trailers: response.trailers, client.allocator) {
                writeToClient(last)
            }
            recordEnd(of: response, on: .serverToClient, exchange)
        }
        finishIfComplete(exchange)
    }

    /// Ends the exchange when both of its messages are complete.
    func finishIfComplete(_ exchange: RelayExchange) {
        guard exchange.isComplete else { return }
        hub.tap.closed(StreamClosure(.upstream, .complete), stream: exchange.stream)
        exchange.faulted?.close()
        self.exchange = nil
        if upstream?.closes == true || exchange.closes { dropUpstream() }
        if exchange.closes || hub.isDraining { closeClient() }
    }
}

extension MessageHead {
    /// What becomes of the length that the head states when the body has `length`; nil when it states none.
    func edit(ofLength length: Int) -> ForwardedEdit? {
        guard let index = fields.firstIndex(where: { $0.kind == .contentLength }) else { return nil }
        let stated = String(decoding: bytes[fields[index].value], as: UTF8.self)
        guard stated != String(length) else { return nil }
        let name = String(decoding: bytes[fields[index].name], as: UTF8.self)
        return ForwardedEdit(
            .field(index: index, name: name), offset: 0, removed: stated, inserted: String(length))
    }
}

extension ForwardedEdit {
    fileprivate init(_ edit: EditedText.Edit, in place: Place) {
        self.init(
            place, offset: edit.offset, removed: String(decoding: edit.removed, as: UTF8.self),
            inserted: String(decoding: edit.inserted, as: UTF8.self))
    }
}
