import CScan

/// Heads that came lately, with what is made of them.
///
/// A client that goes on with its connection sends the same head again and again, and so does its server.
/// What goes on record of a head, and what later events need of it, follow from its event's payload alone.
struct RepeatedHeads: Sendable {
    /// Connections whose newest heads are remembered: those with the same number modulo this take turns.
    private static let connections = 256
    /// Bytes of a payload that is remembered. Heads have some hundred; with what is made of them, all that is
    /// remembered takes some 2 MiB at most.
    private static let payloadLimit = 1 << 10

    private var requests: [Request?] = []
    private var responses: [Response?] = []

    struct Request: Sendable {
        fileprivate let payload: [UInt8]
        let facts: HTTPStream.RequestFacts
        let note: WrittenNote
    }

    struct Response: Sendable {
        fileprivate let payload: [UInt8]
        let facts: HTTPStream.ResponseFacts
        let note: WrittenNote
    }

    /// The head that a `requestHead` tells; nil when its payload is damaged.
    mutating func request(of event: TransportEvent) -> Request? {
        var payload = PayloadReader(event.payload)
        let place = RepeatedHeads.place(of: payload.unsigned() ?? 0)
        if place < requests.count, let known = requests[place], known.payload.isSame(as: event.payload) {
            return known
        }
        guard let head = event.decodedRequestHead else { return nil }
        let made = Request(
            payload: Array(event.payload), facts: HTTPStream.RequestFacts(head),
            note: WrittenNote(.request(head)))
        if event.payload.count <= RepeatedHeads.payloadLimit {
            if requests.isEmpty { requests = Array(repeating: nil, count: RepeatedHeads.connections) }
            requests[place] = made
        }
        return made
    }

    /// The head that a `responseHead` tells of a request on `connection`; nil when its payload is damaged.
    mutating func response(of event: TransportEvent, connection: UInt64) -> Response? {
        let place = RepeatedHeads.place(of: connection)
        if place < responses.count, let known = responses[place], known.payload.isSame(as: event.payload) {
            return known
        }
        guard let head = event.decodedResponseHead else { return nil }
        let made = Response(
            payload: Array(event.payload), facts: HTTPStream.ResponseFacts(head),
            note: WrittenNote(.response(head)))
        if event.payload.count <= RepeatedHeads.payloadLimit {
            if responses.isEmpty { responses = Array(repeating: nil, count: RepeatedHeads.connections) }
            responses[place] = made
        }
        return made
    }

    private static func place(of connection: UInt64) -> Int { Int(connection % UInt64(connections)) }
}

extension [UInt8] {
    fileprivate func isSame(as other: ArraySlice<UInt8>) -> Bool {
        withUnsafeBufferPointer { left in
            other.withUnsafeBufferPointer { right in
                guard left.count == right.count else { return false }
                guard let own = left.baseAddress, let others = right.baseAddress else { return true }
                return cscan_equal(own, others, left.count) != 0
            }
        }
    }
}
