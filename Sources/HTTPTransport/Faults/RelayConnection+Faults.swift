internal import NIOCore
internal import Recording
internal import Replay

/// Responses some of whose answers go wrong: they are not passed on as they come, but when they are due.
extension RelayConnection {
    private var faultTime: Int64 { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }

    /// Begins to hold the response that `plan` begins.
    func beginFaulted(
        _ plan: ResponsePlan, _ faulted: FaultedExchange, of exchange: RelayExchange, from link: UpstreamLink
    ) {
        begin(plan, of: exchange, from: link)
        guard let response = faulted.response else { return }
        if response.isStream {
            if case .length = plan.framing { exchange.closes = true }
            passHead(response.begin(mark: nil, isReplacement: false), of: exchange, plan)
        }
        if exchange.response?.isComplete == true { response.finish(at: faultTime) }
        sendFaulted(exchange)
    }

    /// Takes what has come of the body; false when nothing more can be done now.
    func takeFaultedBody(
        _ faulted: FaultedExchange, of exchange: RelayExchange, from link: UpstreamLink
    ) -> Bool {
        guard let response = faulted.response else { return false }
        var content: [UInt8] = []
        let taken = link.input.withUnsafeReadableBytes { all in
            Result { () throws(MessageFault) in
                let bytes = UnsafeRawBufferPointer(rebasing: all.prefix(RelayLimits.readSize))
                let count = try exchange.response?.take(bytes, content: &pieces) ?? 0
                for piece in pieces { content.append(contentsOf: bytes[piece]) }
                return count
            }
        }
        switch taken {
        case .success(let count):
            link.input.moveReaderIndex(forwardBy: count)
            response.take(content, at: faultTime)
            if exchange.response?.isComplete == true { response.finish(at: faultTime) }
        case .failure(let fault):
            dropUpstream()
            let closure = StreamClosure(.upstream, .malformed, text: fault.text)
            response.breakOff(closure, resets: false, at: faultTime)
        }
        sendFaulted(exchange)
        return self.exchange === exchange
    }

    /// The upstream's end, while a response is held.
    func upstreamClosed(
        _ link: UpstreamLink, isReset: Bool, during faulted: FaultedExchange, of exchange: RelayExchange
    ) {
        guard let response = faulted.response, !response.isServerDone else { return }
        if !isReset, link.error == nil, exchange.response?.end() == true {
            exchange.closes = true
            response.finish(at: faultTime)
        } else {
            let text = link.error.map(ConnectionTrouble.text) ?? ""
            response.breakOff(
                StreamClosure(.upstream, isReset ? .reset : .disconnected, text: text),
                resets: isReset || link.error != nil, at: faultTime)
        }
        sendFaulted(exchange)
        advance()
    }

    /// Sends what is due.
    private func sendFaulted(_ exchange: RelayExchange) {
        guard self.exchange === exchange, let faulted = exchange.faulted, let response = faulted.response
        else { return }
        let time = faultTime
        while let step = response.queue.step(at: time) {
            switch step {
            case .begin(let bytes, let mark, let isReplacement):
                let head = response.begin(mark: mark, isReplacement: isReplacement)
                passHead(head, of: exchange, response.plan)
                response.record(bytes)
            case .bytes(let bytes): writeToClient(framed(bytes, of: response, exchange))
            case .end(.disconnect):
                end(exchange, .faulted)
                return closeClient(reset: true)
            case .end(.kill): return hub.die()
            }
        }
        if response.queue.isWaiting || response.staysOpen {
            faulted.schedule(on: client.eventLoop) {
                self.sendFaulted(exchange)
                self.advance()
            }
        } else if let breach = response.breach {
            end(exchange, breach.closure)
            closeClient(reset: breach.resets)
        } else if response.isServerDone || response.isRefused {
            finishFaulted(exchange, response)
        }
    }

    private func framed(
        _ bytes: ArraySlice<UInt8>, of response: FaultedResponse, _ exchange: RelayExchange
    ) -> ByteBuffer {
        guard let edited = exchange.edited else { return response.framed(bytes, client.allocator) }
        return bytes.withUnsafeBytes { edited.take([0..<$0.count], of: $0, client.allocator) }
    }

    private func passHead(_ head: FaultedResponse.Head?, of exchange: RelayExchange, _ plan: ResponsePlan) {
        switch head {
        case nil: break
        case .own(let text):
            let close = exchange.closes ? "Connection: close\r\n" : ""
            writeToClient(ByteBuffer(string: "\(text)\(close)\r\n"))
        case .passed(let length):
            var edits = ForwardedHead.ResponseEdits()
            edits.closes = exchange.closes
            edits.contentLength = length
            edits.dropsLength = exchange.faulted?.response?.isStream == true
            forward(plan, of: exchange, edits)
        }
    }

    /// The response is complete on the client's side.
    private func finishFaulted(_ exchange: RelayExchange, _ response: FaultedResponse) {
        if !response.hasSentHead {
            passHead(response.begin(mark: nil, isReplacement: false), of: exchange, response.plan)
        }
        guard !response.isRefused else {
            hub.tap.laneEnded(.serverToClient, stream: exchange.stream)
            hub.tap.closed(StreamClosure(.upstream, .complete), stream: exchange.stream)
            exchange.faulted?.close()
            self.exchange = nil
            // The server may not be done with its own.
            if !response.isServerDone || upstream?.closes == true || exchange.closes { dropUpstream() }
            if exchange.closes || hub.isDraining { closeClient() }
            return
        }
        let trailers = exchange.response?.trailers ?? []
        if exchange.edited == nil {
            writeToClient(response.framed([], ending: trailers, client.allocator))
        }
        endResponse(of: exchange)
    }
}
