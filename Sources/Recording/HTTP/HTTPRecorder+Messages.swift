import MCPSemantics
import Wire

/// The two bodies of a stream, and what its end means.
extension HTTPRecorder {
    // MARK: The request

    mutating func takeRequest(_ bytes: ArraySlice<UInt8>, _ stream: inout HTTPStream, _ event: TransportEvent)
    {
        if stream.session == nil {
            guard stream.requestBody.overflows(with: bytes) else { return stream.requestBody.hold(bytes) }
            // Too long to wait for its end: who sends it is told by the head alone.
            assign(&stream, event.stream, to: identitySession(stream.request, nil, at: event.time))
        }
        guard let number = stream.session else { return }
        _ = inSession(number, at: event.time) { session, _ in
            stream.requestBody.push(bytes, on: .clientToServer, &session.recorder, &session.events)
        }
    }

    mutating func finishRequest(_ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp) {
        guard !stream.hasRequest else { return }
        stream.hasRequest = true
        if stream.session == nil, stream.request.method == "POST" {
            let body = stream.requestBody.pending[...]
            let digest = MessageReader.digest(of: body, direction: .clientToServer)
            stream.isInitialize = digest.method == "initialize"
            let session =
                stream.isInitialize
                ? initializedSession(stream.request, at: time)
                : identitySession(stream.request, digest.handshake?.peer, at: time)
            // Of one that is not whole it is not known what it would have held.
            assign(&stream, id, to: session, with: stream.isCut ? nil : body)
        }
        guard let number = stream.session else { return }
        _ = inSession(number, at: time) { session, time in
            var arrival = Recorder.Arrival(
                lane: .clientToServer, stream: id, time: time, isPartial: stream.isCut)
            arrival.isOfOneClient = !session.isByIdentity
            let found = stream.requestBody.finish(arrival, &session.recorder, &session.events)
            guard let head = stream.request.mirrored, let digest = found?.digest else { return }
            session.compare(head, with: digest)
        }
    }

    // MARK: The response

    mutating func take(
        _ known: RepeatedHeads.Response, _ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp
    ) {
        let head = known.facts
        guard head.status >= 200 else {
            return put(known.note, on: .serverToClient, &stream, id, at: time)
        }
        stream.encoded = head.coding.map { EncodedBody(coding: $0, decoder: decoding($0)) }
        let canRead = stream.encoded?.isRaw != true
        stream.responseForm = head.hasEvents && canRead ? .eventStream : .message
        let fault = stream.fault
        if fault?.side == .server {
            // It tells how to read what follows, which the client does not get either, and nothing else.
            return put(known.note, on: .serverToClient, &stream, id, at: time, fault: fault)
        }
        stream.status = head.status
        if stream.session == nil {
            stream.isSession =
                stream.request.method == "GET" && head.status == 200
                && stream.responseForm == .eventStream && stream.request.sessionID == nil
                && stream.request.revision == nil
            assign(
                &stream, id,
                to: stream.isSession
                    ? makeSession(
                        route: stream.request.route, isByIdentity: false, isEventSession: true, at: time)
                    : identitySession(stream.request, nil, at: time))
        }
        put(known.note, on: .serverToClient, &stream, id, at: time, fault: fault)
        stream.headSequence = stream.lastSequence
        stream.headTime = time
        guard let number = stream.session else { return }
        if stream.isInitialize, (200..<300).contains(head.status) {
            if let name = head.sessionID {
                bind(.id(route: stream.request.route, name), to: number)
            } else {
                bind(identity(of: stream.request, nil), to: number)
                sessions[number]?.isByIdentity = true
            }
        }
        if stream.request.sessionID != nil {
            if head.status == 404 { sessions[number]?.ending = .serverExited }
            if stream.request.method == "DELETE", (200..<300).contains(head.status) {
                sessions[number]?.ending = .clientClosed
            }
        }
        guard head.status != 200 else { return }
        _ = inSession(number, at: time) { session, _ in
            session.recorder.answered(on: id, status: head.status, &session.events)
        }
    }

    mutating func takeResponse(
        _ bytes: ArraySlice<UInt8>, _ stream: inout HTTPStream, _ event: TransportEvent
    ) {
        guard var encoded = stream.encoded.take() else { return takeContent(bytes, &stream, event) }
        let wasRaw = encoded.isRaw
        encoded.push(bytes) { takeContent($0, &stream, event) }
        // Damaged, or more than is decoded: what is recorded from here on is a piece.
        if encoded.isRaw != wasRaw { stream.isCut = true }
        stream.encoded = encoded
    }

    /// Takes more of the response in, its content coding undone.
    private mutating func takeContent(
        _ bytes: ArraySlice<UInt8>, _ stream: inout HTTPStream, _ event: TransportEvent
    ) {
        guard let number = stream.session else { return }
        guard stream.responseForm == .eventStream else {
            _ = inSession(number, at: event.time) { session, _ in
                stream.responseBody.push(bytes, on: .serverToClient, &session.recorder, &session.events)
            }
            return
        }
        var parser = EventStreamParser()
        swap(&parser, &stream.events)
        parser.push(bytes) { part in take(part, &stream, event.stream, at: event.time) }
        swap(&parser, &stream.events)
    }

    mutating func finishResponse(_ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp) {
        guard !stream.hasResponse, stream.status != nil else { return }
        stream.hasResponse = true
        finishResponseBody(&stream, id, isPartial: stream.isCut, at: time)
    }

    private mutating func finishResponseBody(
        _ stream: inout HTTPStream, _ id: StreamID, isPartial: Bool, at time: Timestamp
    ) {
        if stream.responseForm == .eventStream {
            var parser = EventStreamParser()
            swap(&parser, &stream.events)
            parser.finish { part in take(part, &stream, id, at: time) }
        } else {
            record(&stream, id, framing: nil, isPartial: isPartial, at: time)
        }
    }

    // MARK: Faults

    /// What comes next was changed, held back or made on purpose.
    mutating func take(_ mark: FaultMark, _ event: TransportEvent) {
        guard event.lane == .serverToClient else { return }
        inStream(event.stream) { stream, recorder in
            // Of a body that is one message the server's ends here: what follows is the client's.
            if stream.responseForm == .message, !stream.responseBody.isEmpty {
                recorder.record(&stream, event.stream, framing: nil, isPartial: false, at: event.time)
            }
            stream.fault = mark
        }
    }

    // MARK: Events

    private mutating func take(
        _ part: EventStreamPart, _ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp
    ) {
        guard let number = stream.session else { return }
        switch part {
        case .data(let bytes):
            _ = inSession(number, at: time) { session, _ in
                stream.responseBody.push(bytes, on: .serverToClient, &session.recorder, &session.events)
            }
        case .unframed(let bytes):
            put(WrittenNote(.event(bytes)), on: .serverToClient, &stream, id, at: time)
        case .end(let event): take(event, &stream, id, at: time)
        }
    }

    private mutating func take(
        _ event: EventStreamPart.Event, _ stream: inout HTTPStream, _ id: StreamID, at time: Timestamp
    ) {
        let framing = MessageFraming(pieces: event.pieces)
        let fault = stream.fault
        // What a client did not get whole it may come back for.
        let isHad = fault == nil || fault?.side != .server && event.isComplete
        // Without data, or with empty data (a priming event), it is no message.
        guard !stream.responseBody.isEmpty else {
            if isHad, let number = stream.session, let eventID = framing.value(of: "id"), !eventID.isEmpty {
                sessions[number]?.origins.insert(eventID, on: stream.origin?.number ?? id.number)
            }
            let note = WrittenNote(.event(framing.event(around: [])))
            stream.fault = nil
            put(note, on: .serverToClient, &stream, id, at: time, fault: fault)
            return
        }
        if isHad, let number = stream.session, let eventID = framing.value(of: "id"), !eventID.isEmpty {
            if stream.request.lastEventID != nil, sessions[number]?.origins[eventID] != nil {
                // The server sends it a second time to a client that may have missed it.
                stream.responseBody = BodyCollector()
                return
            }
            sessions[number]?.origins.insert(eventID, on: stream.origin?.number ?? id.number)
        }
        if framing.value(of: "event") == "endpoint", stream.responseBody.large == nil {
            let endpoint = takeEndpoint(&stream)
            let note = WrittenNote(.event(framing.event(around: endpoint[...])))
            put(note, on: .serverToClient, &stream, id, at: time)
            return
        }
        record(
            &stream, id, framing: framing, isPartial: !event.isComplete || stream.isCut, at: time)
    }

    /// The first event of HTTP+SSE says where to post, mostly with the session's id in the query.
    /// Answers it as it is recorded.
    private mutating func takeEndpoint(_ stream: inout HTTPStream) -> [UInt8] {
        let url = String(decoding: stream.responseBody.pending, as: UTF8.self)
        stream.responseBody = BodyCollector()
        guard let number = stream.session else { return [] }
        let target = HTTPRecorder.target(of: url, from: stream.request.target)
        bind(.endpoint(route: stream.request.route, maskedTarget(target)), to: number)
        return Array(maskedTarget(url).utf8)
    }

    /// Path and query of a URL that may be absolute, begin at the root, or be relative to `base`.
    public static func target(of url: String, from base: String) -> String {
        if let scheme = url.firstRange(of: "://") {
            let rest = url[scheme.upperBound...]
            return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
        }
        if url.hasPrefix("/") { return url }
        let path = base.prefix { $0 != "?" }
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return directory + url
    }

    /// Puts the message that was collected on record.
    private mutating func record(
        _ stream: inout HTTPStream, _ id: StreamID, framing: MessageFraming?, isPartial: Bool,
        at time: Timestamp
    ) {
        guard let number = stream.session else { return }
        _ = inSession(number, at: time) { session, time in
            var arrival = Recorder.Arrival(
                lane: .serverToClient, stream: id, origin: stream.origin, time: time,
                isPartial: isPartial, framing: framing, fault: stream.fault)
            arrival.isOfOneClient = !session.isByIdentity
            if arrival.fault != nil { stream.fault = nil }
            let size = stream.responseBody.pending.count
            guard
                let (digest, exchange) = stream.responseBody.finish(
                    arrival, &session.recorder, &session.events)
            else { return }
            guard arrival.fault?.side != .server else { return }
            stream.lastSequence = session.recorder.nextSequence - 1
            // An error whose id names nothing answers the request in whose response it came.
            guard digest.kind == .response, let error = digest.error, exchange == nil, framing == nil else {
                return
            }
            let answered = session.recorder.failed(
                on: id, with: error, sequence: stream.lastSequence, time: time, size: size, &session.events)
            session.setExchange(of: stream.lastSequence, to: answered)
        }
    }

    // MARK: The end

    /// Puts what is unfinished on record, and what the end means for requests without an answer.
    ///
    /// `closure` is nil when the recording ends in the middle of it.
    mutating func finish(
        _ stream: inout HTTPStream, _ id: StreamID, _ closure: StreamClosure?, at time: Timestamp
    ) {
        if stream.session == nil {
            assign(&stream, id, to: identitySession(stream.request, nil, at: time))
        }
        if !stream.hasRequest, !stream.requestBody.isEmpty {
            stream.isCut = true
            finishRequest(&stream, id, at: time)
        }
        let wasWhole = stream.hasResponse
        if !stream.hasResponse, stream.status != nil || !stream.responseBody.isEmpty {
            let isHeldBack = stream.fault?.side == .server
            finishResponseBody(&stream, id, isPartial: !isHeldBack, at: time)
        }
        guard let closure else { return }
        // What was over before somebody left ended by itself, whatever it was.
        let isRefusal = (stream.status ?? 0) >= 400
        let isOver = wasWhole && closure.reason != .complete && (closure.closer == .client || !isRefusal)
        if isOver { end(&stream, id, StreamClosure(.upstream, .complete), wasWhole: true, at: time) }
        end(&stream, id, closure, wasWhole: wasWhole, at: time)
    }

    /// What the end of the response means for the requests on it that have no answer.
    private mutating func end(
        _ stream: inout HTTPStream, _ id: StreamID, _ closure: StreamClosure, wasWhole: Bool,
        at time: Timestamp
    ) {
        guard let number = stream.session else { return }
        let isRefusal = (stream.status ?? 0) >= 400
        var error = HTTPRecorder.error(stream, closure, wasWhole: wasWhole)
        // The answers of HTTP+SSE come on another stream than their requests by rule.
        if error == .unanswered, sessions[number]?.isOfEvents == true { error = nil }
        // And behind a 202 some older servers answer on the client's stream of events, against theirs.
        let isElsewhere =
            stream.responseForm == .eventStream || error == .unanswered && stream.status != 200
        let isResumable = isElsewhere && stream.status != nil && !isRefusal
        let isSilent = closure.reason == .complete && closure.text.isEmpty
        let isLast =
            error != nil
            && sessions[number]?.recorder.exchanges.wouldFail(on: id.number, isResumable: isResumable) == true
        if !isSilent || isLast {
            let lane: Lane = closure.closer == .client ? .clientToServer : .serverToClient
            put(WrittenNote(.closed(closure)), on: lane, &stream, id, at: time)
        }
        if !isSilent { sessions[number]?.recorder.exchanges.lost(id.number) }
        let sequence = isRefusal ? stream.headSequence : stream.lastSequence
        let answerTime = isRefusal ? stream.headTime : time
        _ = inSession(number, at: time) { session, _ in
            if closure.closer == .client, closure.reason != .complete, !wasWhole {
                session.recorder.abandoned(id, &session.events)
            }
            if let error {
                _ = session.recorder.failed(
                    on: id, with: error, sequence: sequence, time: max(session.time(answerTime), .zero),
                    size: 0, isResumable: isResumable, &session.events)
            }
        }
    }

    /// What a request that got no JSON-RPC answer is told instead; nil while it may still get one.
    private static func error(
        _ stream: HTTPStream, _ closure: StreamClosure, wasWhole: Bool
    ) -> ResponseError? {
        if let status = stream.status, status >= 400 {
            let text = closure.reason == .complete ? "" : closure.text
            return ResponseError(code: "\"HTTP \(status)\"", message: text)
        }
        if wasWhole || closure.reason == .complete {
            // What the record lacks, or has in a coding that cannot be undone, may have been the answer. Who
            // is sent elsewhere asks there, mostly with the same id.
            let isRedirect = (300..<400).contains(stream.status ?? 0)
            return stream.isCut || stream.encoded?.isRaw == true || isRedirect ? nil : .unanswered
        }
        guard closure.reason != .complete, closure.closer != .client else { return nil }
        return ResponseError(code: "\"\(closure.reason.word)\"", message: closure.text)
    }
}

// What HTTP tells the exchanges of a session.
extension Recorder {
    mutating func answered(on stream: StreamID, status: Int, _ events: inout [RecordedEvent]) {
        exchanges.answered(on: stream.number, status: status) { changed.append($0) }
        tellChanged(&events)
    }

    mutating func abandoned(_ stream: StreamID, _ events: inout [RecordedEvent]) {
        exchanges.abandoned(stream.number) { changed.append($0) }
        tellChanged(&events)
    }

    mutating func failed(
        on stream: StreamID, with error: ResponseError, sequence: Int64, time: Timestamp, size: Int,
        isResumable: Bool = false, _ events: inout [RecordedEvent]
    ) -> Int? {
        let last = exchanges.failed(
            on: stream.number, with: error, sequence: sequence, time: time, size: size,
            isResumable: isResumable
        ) { changed.append($0) }
        tellChanged(&events)
        return last
    }
}
