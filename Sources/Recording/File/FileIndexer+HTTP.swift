import MCPSemantics

/// What the notes of HTTP in a file tell of the exchanges, as `HTTPRecorder` concluded it from the wire.
extension FileIndexer {
    /// An HTTP exchange whose requests are answered by its status, unless a message answers them.
    struct Refusal {
        var error: ResponseError
        var sequence: Int64
        var time: Timestamp
    }

    mutating func note(_ record: MessageRecord, _ note: HTTPNote?, of session: Int) {
        let stream = record.stream.number
        switch note {
        case .request(let head)?:
            guard let eventID = head.fields.value(of: "last-event-id") else { return }
            sessions[session].resumed[stream] = sessions[session].origins[eventID]
        case .event(let bytes)?: noteEvent(MessageFraming(pieces: [bytes]), on: stream, of: session)
        case .response(let head)? where head.status == 200:
            let type = head.fields.value(of: "content-type")?.lowercased() ?? ""
            if type.hasPrefix("text/event-stream") { sessions[session].goingOn.insert(stream) }
        case .response(let head)? where head.status >= 200 && head.status != 200:
            change(session) { $0.answered(on: stream, status: head.status, tell: $1) }
            guard head.status >= 400 else {
                sessions[session].accepted.insert(stream)
                return
            }
            sessions[session].refused[stream] = Refusal(
                error: ResponseError(code: "\"HTTP \(head.status)\"", message: ""),
                sequence: record.sequence, time: record.time)
        case .closed(let closure)?:
            if closure.closer == .client { return change(session) { $0.abandoned(stream, tell: $1) } }
            if var refusal = sessions[session].refused.removeValue(forKey: stream) {
                refusal.error.message = closure.text
                fail(stream, refusal, size: 0, of: session)
            } else {
                let isWhole = closure.reason == .complete
                let error =
                    isWhole
                    ? .unanswered : ResponseError(code: "\"\(closure.reason.word)\"", message: closure.text)
                let isResumable =
                    sessions[session].goingOn.contains(stream)
                    || isWhole && sessions[session].accepted.contains(stream)
                fail(
                    stream, Refusal(error: error, sequence: record.sequence, time: record.time), size: 0,
                    isResumable: isResumable, of: session)
            }
        default: break
        }
    }

    /// Remembers on which stream an event came, for those who come back for more.
    mutating func noteEvent(_ framing: MessageFraming?, on stream: UInt32, of session: Int) {
        guard let id = framing?.value(of: "id"), !id.isEmpty else { return }
        sessions[session].origins.insert(id, on: sessions[session].resumed[stream] ?? stream)
    }

    /// An error whose id names nothing answers the request in whose response it came.
    /// Answers which.
    mutating func answerByHTTP(
        _ digest: MessageDigest, _ record: MessageRecord, of session: Int
    ) -> Int? {
        guard record.stream != .stdio, digest.kind == .response, let error = digest.error else { return nil }
        return fail(
            record.stream.number,
            Refusal(error: error, sequence: record.sequence, time: record.time), size: record.size,
            of: session)
    }

    /// The file is read: what was refused and got no other answer is answered by that.
    mutating func finishRefusals() {
        for session in sessions.indices {
            for (stream, refusal) in sessions[session].refused.sorted(by: { $0.key < $1.key }) {
                fail(stream, refusal, size: 0, of: session)
            }
            sessions[session].refused = [:]
        }
    }

    @discardableResult
    private mutating func fail(
        _ stream: UInt32, _ refusal: Refusal, size: Int, isResumable: Bool = false, of session: Int
    ) -> Int? {
        var last: Int?
        change(session) {
            last = $0.failed(
                on: stream, with: refusal.error, sequence: refusal.sequence, time: refusal.time, size: size,
                isResumable: isResumable, tell: $1)
        }
        return last
    }

    private mutating func change(
        _ session: Int, _ observe: (inout ExchangeTracker, (Exchange) -> Void) -> Void
    ) {
        var changed: [Exchange] = []
        observe(&sessions[session].exchanges) { changed.append($0) }
        for exchange in changed { sessions[session].content.keep(exchange) }
    }
}
