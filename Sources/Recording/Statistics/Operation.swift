public import MCPSemantics

/// What is one thing to a user: an exchange, or the rounds of a multi round-trip request (2026-07-28); with
/// what the server waited for in between.
public struct Operation: Sendable, Equatable {
    /// The first round; it gives the operation its number, method and name.
    public var first: Exchange
    /// The newest round; it gives the operation its `outcome`.
    public var last: Exchange
    public var rounds = 1
    public var requestBytes: Int
    public var responseBytes: Int
    public var firstEventTime: Timestamp?
    /// Times in which a round was in flight. The end of one without an answer is the caller's to say.
    public var flights: [TimeSpan] = []
    /// What was waited for, and when; they may overlap.
    public var waits: [Waiting] = []
    /// Whether a round of it is what was asked for.
    public var isMatch: Bool

    /// A wait and its time, nanoseconds since the session began.
    public struct Waiting: Sendable, Hashable {
        public var wait: Wait
        public var span: TimeSpan

        public init(_ wait: Wait, _ span: TimeSpan) {
            self.wait = wait
            self.span = span
        }
    }

    /// One round. `end` is when it stopped to be in flight, if there is no answer.
    public init(_ exchange: Exchange, end: Timestamp, isMatch: Bool = true) {
        first = exchange
        last = exchange
        requestBytes = exchange.requestSize
        responseBytes = exchange.responseSize
        firstEventTime = exchange.firstEventTime
        self.isMatch = isMatch
        flights = [Operation.flight(of: exchange, end: end)]
    }

    /// Adds the next round; the time since the last one's answer was a wait for `wait`.
    mutating func continueWith(_ exchange: Exchange, end: Timestamp, after wait: Wait, isMatch: Bool) {
        if let answered = last.responseTime {
            let pause = TimeSpan(from: answered.nanoseconds, to: exchange.requestTime.nanoseconds)
            waits.append(Waiting(wait, pause))
        }
        flights.append(Operation.flight(of: exchange, end: end))
        last = exchange
        rounds += 1
        requestBytes = requestBytes &+ exchange.requestSize
        responseBytes = responseBytes &+ exchange.responseSize
        firstEventTime = firstEventTime ?? exchange.firstEventTime
        self.isMatch = self.isMatch || isMatch
    }

    private static func flight(of exchange: Exchange, end: Timestamp) -> TimeSpan {
        TimeSpan(
            from: exchange.requestTime.nanoseconds, to: (exchange.responseTime ?? end).nanoseconds)
    }

    /// When it was answered; nil while it was not. An answer that asks for input is none: without a further
    /// round it stays so.
    private var answerTime: Timestamp? { awaitsInput ? nil : last.responseTime }

    private var awaitsInput: Bool { last.outcome == .ok && last.resultType == "input_required" }

    /// How it ended: as its newest round, but pending while that asks for input.
    public var outcome: Exchange.Outcome { awaitsInput ? .pending : last.outcome }

    /// Nanoseconds from the first request to the last answer; nil while there is none.
    public var duration: Int64? { answerTime.map { $0.since(first.requestTime) } }

    /// Nanoseconds from the first request to the first message that belongs to it; nil while there is none.
    public var timeToFirstEvent: Int64? { firstEventTime.map { $0.since(first.requestTime) } }

    /// `duration` without the waits, by interval union; nil while there is no answer.
    public var serverTime: Int64? {
        guard let answered = answerTime else { return nil }
        let whole = TimeSpan(from: first.requestTime.nanoseconds, to: answered.nanoseconds)
        return whole.subtracting(waits.map(\.span)).reduce(0) { $0 + $1.length }
    }

    /// Nanoseconds that it waited, each in one place only: a person before a model before the rest.
    public var waited: [Wait: Int64] {
        var result: [Wait: Int64] = [:]
        let whole = TimeSpan(
            from: first.requestTime.nanoseconds, to: flights.map(\.to).max() ?? first.requestTime.nanoseconds)
        var earlier: [TimeSpan] = []
        for wait in Wait.allCases {
            let spans = waits.filter { $0.wait == wait }.map { $0.span.clipped(to: whole) }
            guard !spans.isEmpty else { continue }
            var union = TimeSpans()
            for span in spans { for rest in span.subtracting(earlier) { union.add(rest) } }
            result[wait] = union.length
            earlier += spans
        }
        return result
    }

    /// When its server worked: its flights without its waits.
    public var work: [TimeSpan] {
        let waiting = waits.map(\.span)
        return waiting.isEmpty ? flights : flights.flatMap { $0.subtracting(waiting) }
    }
}
