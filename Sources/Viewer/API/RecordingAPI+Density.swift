internal import MCPSemantics
internal import Recording
internal import Wire

extension RecordingAPI {
    /// How many exchanges began in each of equal stretches of the session's time, for a picture of the whole
    /// of it. O(exchanges).
    func density(of summary: SessionSummary, _ request: APIRequest) throws -> PageAnswer {
        let count = try number("buckets", of: request, 1...4096) ?? 512
        var density = ExchangeDensity(
            until: max(1, summary.state.lastTime.nanoseconds / 1000 + 1), buckets: count)
        var from = 1
        var pages = ExchangePages(limit: nil)
        while true {
            let page = try source.exchanges(
                of: summary.description.id, from: from, limit: pages.next(from: from))
            for exchange in page { density.add(exchange) }
            guard let last = page.last else { break }
            from = last.number + 1
        }
        return PageAnswer.object { json in
            json.member("from_us", 0)
            json.member("to_us", Int(density.end))
            json.member("exchanges") { $0.numbers(density.buckets.map(\.exchanges)) }
            json.member("errors") { $0.numbers(density.buckets.map(\.errors)) }
            json.member("longest_us") { $0.numbers(density.buckets.map { Int($0.longest) }) }
            json.member("first") { $0.numbers(density.buckets.map(\.first)) }
        }
    }
}

/// Exchanges by when they began.
struct ExchangeDensity {
    /// What began in one stretch.
    struct Bucket: Equatable {
        var exchanges = 0
        /// Errors and tool errors.
        var errors = 0
        /// The longest duration, microseconds.
        var longest: Int64 = 0
        /// The number of the first exchange; 0: there is none.
        var first = 0
    }

    private(set) var buckets: [Bucket]
    /// Where the last bucket ends, microseconds since the session began; the first begins with it.
    let end: Int64

    /// `end` and `count` are at least 1.
    init(until end: Int64, buckets count: Int) {
        self.end = end
        buckets = Array(repeating: Bucket(), count: count)
    }

    mutating func add(_ exchange: Exchange) {
        let time = max(0, min(end - 1, exchange.requestTime.nanoseconds / 1000))
        let place = Int(Double(time) / Double(end) * Double(buckets.count))
        let index = min(place, buckets.count - 1)
        buckets[index].exchanges += 1
        if exchange.outcome == .error || exchange.outcome == .toolError { buckets[index].errors += 1 }
        buckets[index].longest = max(buckets[index].longest, (exchange.duration ?? 0) / 1000)
        if buckets[index].first == 0 { buckets[index].first = exchange.number }
    }
}

extension JSONWriter {
    fileprivate mutating func numbers(_ numbers: [Int]) {
        array { json in for number in numbers { json.int(number) } }
    }
}
