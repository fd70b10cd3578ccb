import MCPSemantics
import Recording
import Wire

/// What a stretch of one session's traffic adds to the metrics, before the labels that it chose are admitted.
public struct MeteredChanges: Sendable {
    let server: String
    let session: SessionID
    /// Wall clock of the session's time 0, nanoseconds since 1970.
    let start: Int64
    /// Numbers by the places of the label's values in the catalogue.
    var messages = [Int64](repeating: 0, count: 2 * MessageCount.allCases.count)
    var bytes = [Int64](repeating: 0, count: 2)
    var sizes = HistogramsByKey<UInt8>(bounds: MetricCatalogue.sizeBounds)
    var violations = [Int64](repeating: 0, count: Violation.allCases.count)
    var responses = [Int64](repeating: 0, count: 4)
    var waits = HistogramsByKey<UInt8>(bounds: MetricCatalogue.latency)
    var cancelled: Int64 = 0
    var late: Int64 = 0
    var abandoned: Int64 = 0
    var progress: Int64 = 0
    /// What is rare comes with its final labels.
    var others = MetricSet()
    var firstEvents = HistogramsByKey<String>(bounds: MetricCatalogue.latency)
    /// Operations in the order of the traffic, cut where a list of names came in between.
    private(set) var steps = [Step()]

    /// Places of `MetricCatalogue`'s values of `kind`.
    enum MessageCount: Int, CaseIterable { case request, response, error, notification, invalid }
    /// Places of `MetricCatalogue.rule`'s values.
    enum Violation: Int, CaseIterable {
        case invalidJSON, notJSONRPC, standardOutputNoise, orphanResponse, invalidTraceContext
        case duplicateID, headerMismatch
    }
    /// Places of `MetricCatalogue.waitKind`'s values.
    enum Wait: Int, CaseIterable { case sampling, elicitation, roots, ping, inputRound, other }

    /// Names that a server advertised, then operations that ended before it advertised more.
    struct Step: Sendable {
        var advertised: [Advertisement] = []
        var operations = HistogramsByKey<OperationKey>(bounds: MetricCatalogue.latency)
    }

    struct Advertisement: Sendable, Hashable {
        var name: String
        var label: String
    }

    init(_ description: SessionDescription) {
        server = description.name
        session = description.id
        start = description.startRealtime
    }

    mutating func count(_ kind: MessageCount, _ direction: Direction, _ amount: Int64 = 1) {
        messages[Int(direction.rawValue) * MessageCount.allCases.count + kind.rawValue] += amount
    }

    mutating func observe(size: Int, _ direction: Direction) {
        bytes[Int(direction.rawValue)] &+= Int64(size)
        sizes.observe(Int64(size), direction.rawValue)
    }

    mutating func observe(_ wait: Wait, _ duration: Int64) { waits.observe(duration, UInt8(wait.rawValue)) }

    mutating func observe(_ key: OperationKey, _ duration: Int64, _ example: Example) {
        steps[steps.count - 1].operations.observe(duration, key, example)
    }

    mutating func advertise(_ names: some Sequence<Advertisement>) {
        if !steps[steps.count - 1].operations.isEmpty { steps.append(Step()) }
        steps[steps.count - 1].advertised += names
    }

    mutating func count(_ violation: Violation, _ amount: Int = 1) {
        violations[violation.rawValue] += Int64(amount)
    }
}

/// An exchange that may stand for its bucket. Small, since each exchange makes one: ids are computed only for
/// the newest of a bucket.
struct Example: Sendable {
    var exchange: Int
    var trace: OperationTrace
    /// When it was over.
    var time: Timestamp
    var value: Int64 = 0

    init(_ exchange: Int, _ trace: OperationTrace, at time: Timestamp) {
        self.exchange = exchange
        self.trace = trace
        self.time = time
    }

    /// With the ids that its span has; nil where they are not known.
    func exemplar(in session: SessionID, from start: Int64) -> Exemplar? {
        let high: UInt64
        let low: UInt64
        var sent: UInt64?
        switch trace {
        case .unknown, .unsampled: return nil
        case .stated(let statedHigh, let statedLow): (high, low) = (statedHigh, statedLow)
        case .sent(let sentHigh, let sentLow, let span): (high, low, sent) = (sentHigh, sentLow, span)
        case .root(let root):
            let bytes = ExchangeTrace.trace(of: root, in: session)
            (high, low) = (Example.number(bytes.prefix(8)), Example.number(bytes.suffix(8)))
        }
        return Exemplar(
            traceHigh: high, traceLow: low,
            span: sent ?? Example.number(ExchangeTrace.span(of: exchange, in: session)[...]),
            value: value, time: start &+ time.nanoseconds)
    }

    /// The same with the ids of another example of the same exchange.
    func exemplar(withIDsOf other: Exemplar, from start: Int64) -> Exemplar {
        var exemplar = other
        exemplar.value = value
        exemplar.time = start &+ time.nanoseconds
        return exemplar
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Histograms in the order in which their keys came. All counts lie in one array: each exchange adds to it.
struct HistogramsByKey<Key: Hashable & Sendable>: Sendable {
    private let bounds: [Int64]
    private var keys: [Key] = []
    private var counts: [Int64] = []
    /// The newest of each bucket; at most as long as `counts`.
    private var examples: [Example?] = []
    private var sums: [Int64] = []
    /// Of keys beyond the first few, which are found sooner by looking at each.
    private var places: [Key: Int] = [:]

    private static var scanned: Int { 8 }

    init(bounds: [Int64]) { self.bounds = bounds }

    var isEmpty: Bool { keys.isEmpty }

    var entries: [(key: Key, values: HistogramValue)] { entries { _ in nil } }

    /// With the exemplars that `make` makes of the newest examples.
    func entries(_ make: (Example) -> Exemplar?) -> [(key: Key, values: HistogramValue)] {
        let width = bounds.count + 1
        return keys.indices.map { place in
            let range = place * width..<(place + 1) * width
            var value = HistogramValue(buckets: Array(counts[range]), sum: sums[place])
            for place in range where place < examples.count {
                value.exemplars[place - range.lowerBound] = examples[place].flatMap(make)
            }
            return (keys[place], value)
        }
    }

    /// As `HistogramValue.observe`.
    mutating func observe(_ value: Int64, _ key: Key, _ example: Example? = nil) {
        let value = max(0, value)
        let place = place(of: key)
        let bucket = place * (bounds.count + 1) + HistogramValue.bucket(of: value, bounds: bounds)
        counts[bucket] += 1
        sums[place] &+= value
        guard var example, example.trace.isKnown else { return }
        if examples.count < counts.count {
            examples.append(contentsOf: repeatElement(nil, count: counts.count - examples.count))
        }
        example.value = value
        examples[bucket] = example
    }

    private mutating func place(of key: Key) -> Int {
        for place in 0..<min(keys.count, Self.scanned) where keys[place] == key { return place }
        if let place = places[key] { return place }
        let place = keys.count
        keys.append(key)
        sums.append(0)
        counts.append(contentsOf: repeatElement(0, count: bounds.count + 1))
        if place >= Self.scanned { places[key] = place }
        return place
    }
}
