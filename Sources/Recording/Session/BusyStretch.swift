internal import MCPSemantics
internal import Wire

/// A stretch of one session in which something was in flight, but for pauses shorter than `Run.silence`.
public struct BusyStretch: Sendable, Hashable {
    /// Nanoseconds since the session began.
    public var span: TimeSpan
    /// Its first exchange, and the sequence number of that exchange's request.
    public var exchange = 1
    public var sequence: Int64 = 1
    /// Exchanges that began in it or in the silence after it, how many of them failed, and how many have no
    /// answer.
    public var exchanges = 0
    public var errors = 0
    public var pending = 0

    /// One that begins with the session.
    public init(to end: Int64) { span = TimeSpan(from: 0, to: end) }
}

/// Finds them, fed with all exchanges of a session in the order of their numbers.
///
/// The begin of a session is one, and goes on to the client's first request, as its start-up does. A request
/// of either side counts, but for those that stay open as long as the client likes; so does the time between
/// two rounds of one operation.
struct BusyStretchFinder {
    private(set) var stretches = [BusyStretch(to: 0)]
    private let session: SessionSummary
    private var isStarted: Bool
    /// Those that were cancelled and have no answer: when they ended is asked for only where it matters.
    private var cancelled: [Exchange] = []
    private var cancellations: [Int: Timestamp]?

    init(_ session: SessionSummary) {
        self.session = session
        // Of a session without its head nobody knows how it began.
        isStarted = session.headLostBefore != nil
    }

    /// Takes the next exchange in. `times` tells when exchanges were cancelled, from the one given on.
    mutating func add(_ exchange: Exchange, _ times: (Exchange) throws -> [Int: Timestamp]) rethrows {
        let begin = exchange.requestTime.nanoseconds
        let isWork = !exchange.isLongLived
        if isWork {
            if !goesOn(exchange), isSilent(until: begin) {
                if let first = cancelled.first, cancellations == nil {
                    let times = try times(first)
                    cancellations = times
                    for exchange in cancelled { extend(to: end(of: exchange)) }
                }
                if isSilent(until: begin) {
                    var stretch = BusyStretch(to: begin)
                    stretch.span.from = begin
                    (stretch.exchange, stretch.sequence) = (exchange.number, exchange.requestSequence)
                    stretches.append(stretch)
                }
            }
            extend(to: begin)
            extend(to: end(of: exchange))
            if exchange.responseTime == nil, exchange.outcome == .cancelled, cancellations == nil {
                cancelled.append(exchange)
            }
        }
        let last = stretches.count - 1
        stretches[last].exchanges += 1
        if exchange.outcome == .error || exchange.outcome == .toolError { stretches[last].errors += 1 }
        if exchange.outcome == .pending { stretches[last].pending += 1 }
    }

    /// Whether something was in flight up to its request, whatever was recorded of it.
    private mutating func goesOn(_ exchange: Exchange) -> Bool {
        if let chain = exchange.chain, chain != exchange.number { return true }
        guard !isStarted, exchange.asker == .clientToServer, exchange.method != "ping" else { return false }
        isStarted = MethodCatalogue[exchange.method]?.isHandshake != true
        return true
    }

    private func isSilent(until time: Int64) -> Bool {
        let (quiet, overflow) = time.subtractingReportingOverflow(stretches[stretches.count - 1].span.to)
        return !overflow && quiet >= Run.silence
    }

    private mutating func extend(to time: Int64) {
        stretches[stretches.count - 1].span.to = max(stretches[stretches.count - 1].span.to, time)
    }

    private func end(of exchange: Exchange) -> Int64 {
        if let answered = exchange.responseTime { return answered.nanoseconds }
        guard exchange.outcome == .cancelled else { return session.state.lastTime.nanoseconds }
        return (cancellations?[exchange.number] ?? exchange.firstEventTime ?? exchange.requestTime)
            .nanoseconds
    }
}

extension RecordingSource {
    /// When something was in flight on a session, in order. O(its exchanges).
    public func busyStretches(of session: SessionSummary) throws -> [BusyStretch] {
        var finder = BusyStretchFinder(session)
        var from = 1
        while true {
            let page = try exchanges(of: session.description.id, from: from, limit: 1024)
            for exchange in page {
                try finder.add(exchange) { first in
                    try cancellations(of: session, from: first.requestSequence)
                }
            }
            guard let last = page.last else { return finder.stretches }
            from = last.number + 1
        }
    }

    /// When exchanges were cancelled, by their numbers: an exchange does not say, so the messages are asked,
    /// from the sequence number `sequence` on.
    func cancellations(of session: SessionSummary, from sequence: Int64) throws -> [Int: Timestamp] {
        var times: [Int: Timestamp] = [:]
        let reader = ConversationReader(session, of: self, now: 0, from: sequence)
        while let entry = try reader.nextEntry(), times.count < OperationAssembler.limit {
            guard case .message(let message) = entry, message.method == "notifications/cancelled",
                let number = message.exchange
            else { continue }
            times[number] = times[number] ?? message.time
        }
        return times
    }
}
