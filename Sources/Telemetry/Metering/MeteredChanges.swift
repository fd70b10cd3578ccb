import MCPSemantics
import Recording
import Wire

/// What a stretch of one session's traffic adds to the metrics, before the labels that it chose are admitted.
public struct MeteredChanges: Sendable {
    let server: String
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
    enum Violation: Int, CaseIterable { case invalidJSON, notJSONRPC, standardOutputNoise, orphanResponse }
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

    init(server: String) { self.server = server }

    mutating func count(_ kind: MessageCount, _ direction: Direction, _ amount: Int64 = 1) {
        messages[Int(direction.rawValue) * MessageCount.allCases.count + kind.rawValue] += amount
    }

    mutating func observe(size: Int, _ direction: Direction) {
        bytes[Int(direction.rawValue)] &+= Int64(size)
        sizes.observe(Int64(size), direction.rawValue)
    }

    mutating func observe(_ wait: Wait, _ duration: Int64) { waits.observe(duration, UInt8(wait.rawValue)) }

    mutating func observe(_ key: OperationKey, _ duration: Int64) {
        steps[steps.count - 1].operations.observe(duration, key)
    }

    mutating func advertise(_ names: some Sequence<Advertisement>) {
        if !steps[steps.count - 1].operations.isEmpty { steps.append(Step()) }
        steps[steps.count - 1].advertised += names
    }

    mutating func count(_ violation: Violation) { violations[violation.rawValue] += 1 }
}

/// Histograms in the order in which their keys came. All counts lie in one array: each exchange adds to it.
struct HistogramsByKey<Key: Hashable & Sendable>: Sendable {
    private let bounds: [Int64]
    private var keys: [Key] = []
    private var counts: [Int64] = []
    private var sums: [Int64] = []
    /// Of keys beyond the first few, which are found sooner by looking at each.
    private var places: [Key: Int] = [:]

    private static var scanned: Int { 8 }

    init(bounds: [Int64]) { self.bounds = bounds }

    var isEmpty: Bool { keys.isEmpty }

    var entries: [(key: Key, values: HistogramValue)] {
        let width = bounds.count + 1
        return keys.indices.map { place in
            (
                keys[place],
                HistogramValue(buckets: Array(counts[place * width..<(place + 1) * width]), sum: sums[place])
            )
        }
    }

    /// As `HistogramValue.observe`.
    mutating func observe(_ value: Int64, _ key: Key) {
        let value = max(0, value)
        let place = place(of: key)
        counts[place * (bounds.count + 1) + HistogramValue.bucket(of: value, bounds: bounds)] += 1
        sums[place] &+= value
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
