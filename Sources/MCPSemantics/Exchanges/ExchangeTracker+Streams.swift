/// What an HTTP exchange tells about the exchanges whose requests it carries, beside the messages in it.
extension ExchangeTracker {
    /// The requests on `stream` are answered with this HTTP status. Meant for any but 200.
    public mutating func answered(on stream: UInt32, status: Int, tell: (Exchange) -> Void) {
        for place in table.waitingPlaces(on: stream) {
            table.update(place) { $0.exchange.httpStatus = status }
            if let exchange = table.exchange(at: place) { tell(exchange) }
        }
    }

    /// The only request of the client's that waits for its answer on `stream`.
    public func waiting(on stream: UInt32) -> Int? {
        let places = table.waitingPlaces(on: stream)
        return places.count == 1 ? table.exchange(at: places[0])?.number : nil
    }

    /// Whether `failed` would end something.
    public func wouldFail(on stream: UInt32, isResumable: Bool) -> Bool {
        table.waitingPlaces(on: stream).contains { !isResumable || table.exchange(at: $0)?.era != .legacy }
    }

    /// The client closed the stream before its answer was whole.
    ///
    /// That cancels a modern request and means nothing to an older one, whose answer may still come on
    /// another stream. Source: MCP 2026-07-28, basic/transports; 2025-11-25, basic/transports.
    public mutating func abandoned(_ stream: UInt32, tell: (Exchange) -> Void) {
        for place in table.waitingPlaces(on: stream) where table.exchange(at: place)?.era == .modern {
            counts.pending -= 1
            table.update(place) { $0.exchange.outcome = .cancelled }
            table.move(place, to: .cancelled)
            if let exchange = table.exchange(at: place) { tell(exchange) }
        }
    }

    /// The stream broke off: of what was asked on it the asker cannot know whether it arrived, so that it may
    /// ask again with the same id.
    public mutating func lost(_ stream: UInt32) {
        for place in table.pendingPlaces(on: stream) { table.update(place) { $0.isLost = true } }
    }

    /// The requests on `stream` that have no answer get this one: the HTTP exchange failed, or its body is an
    /// error whose id names no request. `sequence` is the message that says so. Answers the last of them.
    ///
    /// What `isResumable` goes on on another stream, in the older era: there only modern requests fail. What
    /// is open as long as its asker wants is ended by a response that is over, and has not failed.
    public mutating func failed(
        on stream: UInt32, with error: ResponseError, sequence: Int64, time: Timestamp, size: Int,
        isResumable: Bool = false, tell: (Exchange) -> Void
    ) -> Int? {
        var last: Int?
        for place in table.waitingPlaces(on: stream) {
            if isResumable, table.exchange(at: place)?.era == .legacy { continue }
            counts.pending -= 1
            if error == .unanswered, table.exchange(at: place)?.isLongLived == true {
                table.update(place) { $0.exchange.outcome = .cancelled }
                table.move(place, to: .cancelled)
                if let exchange = table.exchange(at: place) { tell(exchange) }
                continue
            }
            counts.errors += 1
            table.update(place) { tracked in
                tracked.exchange.responseSequence = sequence
                tracked.exchange.responseTime = time
                tracked.exchange.responseSize = size
                tracked.exchange.firstEventTime = tracked.exchange.firstEventTime ?? time
                tracked.exchange.error = error
                tracked.exchange.outcome = .error
            }
            if let exchange = table.exchange(at: place) {
                tell(exchange)
                last = exchange.number
            }
            table.remove(place)
        }
        return last
    }
}

extension ResponseError {
    /// What stands for the answer to a request whose HTTP response was over without it.
    public static let unanswered = ResponseError(
        code: "\"unanswered\"", message: "the response was over without an answer")
}
