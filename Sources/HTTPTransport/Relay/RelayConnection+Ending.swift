internal import NIOCore
internal import NIOSSL
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// How a connection ends. What ended one side ends the other in the same way: an end as an end, a reset as a
// reset, and never as a body that looks complete.
extension RelayConnection {
    // MARK: The client's end

    func clientClosed() {
        hub.remove(self)
        guard phase != .closed else { return }
        phase = .closed
        let isReset = ConnectionTrouble.isReset(clientError)
        if let exchange { end(exchange, StreamClosure(.client, isReset ? .reset : .disconnected)) }
        cleanUp(resettingUpstream: isReset)
    }

    private func cleanUp(resettingUpstream isReset: Bool) {
        dropUpstream(reset: isReset)
        cancelHeadTimeout()
        lingerTimeout?.cancel()
        lingerTimeout = nil
        input = ByteBuffer()
        forClient = nil
    }

    // MARK: The upstream's end

    func upstreamClosed(_ link: UpstreamLink) {
        link.timeout?.cancel()
        guard link === upstream, phase == .waiting else { return }
        upstream = nil
        forUpstream = nil
        // Between two requests an upstream may close: the next one opens a new connection.
        guard let exchange, exchange.held == nil else { return }
        guard link.isReady else { return fail(exchange, link) }
        let isReset = ConnectionTrouble.isReset(link.error)
        if let faulted = exchange.faulted, faulted.response != nil {
            return upstreamClosed(link, isReset: isReset, during: faulted, of: exchange)
        }
        if !isReset, link.error == nil, exchange.response?.end() == true, exchange.request.isComplete {
            return endAtClose(of: exchange)
        }
        let text = link.error.map(ConnectionTrouble.text) ?? ""
        let wasAnswered = exchange.response?.isComplete == true
        if let held = exchange.edited?.abandon(client.allocator) { writeToClient(held) }
        end(exchange, StreamClosure(.upstream, isReset ? .reset : .disconnected, text: text))
        // The answer came, and the rest of the request has no taker any more.
        if wasAnswered { linger() } else { closeClient(reset: isReset || link.error != nil) }
    }

    /// A body that ends with its connection has ended.
    private func endAtClose(of exchange: RelayExchange) {
        exchange.closes = true
        endResponse(of: exchange)
        flush()
    }

    /// There is no connection to the upstream: the one thing that we say ourselves.
    func fail(_ exchange: RelayExchange, _ link: UpstreamLink) {
        let target = link.target.route.upstream
        if case .timedOut? = link.error as? ConnectionTrouble.OurOwn {
            let text = "\(target.authority) did not take the connection within \(hub.limits.connectTime)"
            answer(
                exchange, OwnAnswer(504, .gatewayTimeout, text),
                StreamClosure(.us, .connectTimeout, text: text))
            return
        }
        let text = ConnectionTrouble.text(link.error, connectingTo: target)
        answer(exchange, .badGateway(text), StreamClosure(.upstream, .connectFailed, text: text))
    }

    func dropUpstream(reset: Bool = false) {
        guard let link = upstream else { return }
        upstream = nil
        forUpstream = nil
        link.timeout?.cancel()
        guard let channel = link.channel else { return }
        RelayConnection.close(channel, reset: reset)
    }

    // MARK: Our own end

    /// Says why a request is not relayed.
    func refuse(_ answer: OwnAnswer, isHead: Bool) {
        var buffer = client.allocator.buffer(capacity: 256)
        answer.write(toHead: isHead, &buffer)
        writeToClient(buffer)
        dropUpstream()
        linger()
    }

    /// Nothing can be recorded, and nothing passes unrecorded.
    func refuseUnrecorded() {
        let text = "nothing can be recorded now, and nothing passes unrecorded (fail closed)"
        guard let exchange else { return refuse(.unavailable(text), isHead: false) }
        end(exchange, StreamClosure(.us, .unrecorded, text: text))
        closeClient(reset: true)
    }

    /// Answers in the upstream's place, on record.
    func answer(_ exchange: RelayExchange, _ answer: OwnAnswer, _ closure: StreamClosure) {
        if hub.tap.isRecording {
            recordWaitingBody(of: exchange)
            let head = HTTPResponseHead(
                status: answer.status, reason: answer.reason.rawValue,
                fields: answer.fields.map { HTTPField(name: $0.name, value: $0.value) }, isOwn: true)
            hub.tap.head(head.tapped, stream: exchange.stream)
            if !exchange.isHead {
                Array(answer.body.utf8).withUnsafeBytes {
                    hub.tap.body([0..<$0.count], of: $0, on: .serverToClient, stream: exchange.stream)
                }
            }
            hub.tap.laneEnded(.serverToClient, stream: exchange.stream)
        }
        end(exchange, closure)
        refuse(answer, isHead: exchange.isHead)
    }

    /// Records that the exchange ends without being complete.
    func end(_ exchange: RelayExchange, _ closure: StreamClosure) {
        if exchange.omitsBodies {
            for (body, lane) in [
                (exchange.request, Lane.clientToServer), (exchange.response, .serverToClient),
            ] {
                guard let body, !body.isComplete, body.size > 0 else { continue }
                hub.tap.bodyOmitted(body.size, on: lane, stream: exchange.stream)
            }
        }
        hub.tap.closed(closure, stream: exchange.stream)
        exchange.faulted?.close()
        self.exchange = nil
    }

    /// Ends the client's connection once it has what was written.
    func closeClient(reset: Bool = false) {
        guard phase != .closed else { return }
        phase = .closed
        passToClient()
        client.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { [client] _ in
            RelayConnection.close(client, reset: reset)
        }
        cleanUp(resettingUpstream: reset)
    }

    /// Ends our half; what the client still sends is dropped for a while, so that it reads what it was told.
    func linger() {
        guard phase == .waiting else { return }
        phase = .lingering
        cancelHeadTimeout()
        dropUpstream()
        input = ByteBuffer()
        passToClient()
        client.writeAndFlush(ByteBuffer()).assumeIsolated().whenComplete { [client] _ in
            client.close(mode: .output, promise: nil)
        }
        lingerTimeout = client.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(hub.limits.lingerTime))
        {
            self.abandon()
        }
        updateReading()
    }

    // MARK: Shutting down

    func drain() {
        if exchange == nil, phase == .waiting { closeClient() } else { exchange?.closes = true }
    }

    /// Ends it now, whether the client has read what was written or not.
    func abandon(_ closure: StreamClosure = StreamClosure(.us, .draining)) {
        if let exchange { end(exchange, closure) }
        phase = .closed
        cleanUp(resettingUpstream: true)
        RelayConnection.close(client, reset: true)
    }

    private static func close(_ channel: any Channel, reset: Bool) {
        if reset {
            // TLS would say that the stream ends as it should, so it is not asked. All at once on the loop.
            let operations = channel.pipeline.syncOperations
            let tls =
                (try? operations.context(handlerType: NIOSSLServerHandler.self))
                ?? (try? operations.context(handlerType: NIOSSLClientHandler.self))
            _ = (channel as? any SocketOptionProvider)?.setSoLinger(.init(l_onoff: 1, l_linger: 0))
            if let tls { return tls.close(promise: nil) }
        }
        channel.close(promise: nil)
    }
}
