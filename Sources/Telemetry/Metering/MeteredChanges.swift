import MCPSemantics
import Recording
import Wire

/// What a stretch of one session's traffic adds to the metrics, before the labels that it chose are admitted.
public struct MeteredChanges: Sendable {
    let server: String
    /// Numbers by the places of the label's values in the catalogue.
    var messages = [Int64](repeating: 0, count: 2 * MessageCount.allCases.count)
    var bytes = [Int64](repeating: 0, count: 2)
    var sizes = [HistogramValue?](repeating: nil, count: 2)
    var violations = [Int64](repeating: 0, count: Violation.allCases.count)
    var responses = [Int64](repeating: 0, count: 4)
    var waits = [HistogramValue?](repeating: nil, count: Wait.allCases.count)
    var cancelled: Int64 = 0
    var late: Int64 = 0
    var abandoned: Int64 = 0
    var progress: Int64 = 0
    /// What is rare comes with its final labels.
    var others = MetricSet()
    var firstEvents = HistogramsByKey<String>()
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
        var operations = HistogramsByKey<OperationKey>()
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
        let bounds = MetricCatalogue.sizeBounds
        sizes[Int(direction.rawValue), orEmpty: bounds].observe(Int64(size), bounds: bounds)
    }

    mutating func observe(_ wait: Wait, _ duration: Int64) {
        let bounds = MetricCatalogue.latency
        waits[wait.rawValue, orEmpty: bounds].observe(duration, bounds: bounds)
    }

    mutating func observe(_ key: OperationKey, _ duration: Int64) {
        steps[steps.count - 1].operations.observe(duration, key, bounds: MetricCatalogue.latency)
    }

    mutating func advertise(_ names: some Sequence<Advertisement>) {
        if !steps[steps.count - 1].operations.isEmpty { steps.append(Step()) }
        steps[steps.count - 1].advertised += names
    }

    mutating func count(_ violation: Violation) { violations[violation.rawValue] += 1 }
}

/// Histograms in the order in which their keys came.
struct HistogramsByKey<Key: Hashable & Sendable>: Sendable {
    private var places: [Key: Int] = [:]
    private(set) var entries: [(key: Key, values: HistogramValue)] = []

    var isEmpty: Bool { entries.isEmpty }

    mutating func observe(_ value: Int64, _ key: Key, bounds: [Int64]) {
        if let last = entries.indices.last, entries[last].key == key {
            entries[last].values.observe(value, bounds: bounds)
        } else if let place = places[key] {
            entries[place].values.observe(value, bounds: bounds)
        } else {
            places[key] = entries.count
            var values = HistogramValue(boundCount: bounds.count)
            values.observe(value, bounds: bounds)
            entries.append((key, values))
        }
    }
}

extension [HistogramValue?] {
    fileprivate subscript(place: Int, orEmpty bounds: [Int64]) -> HistogramValue {
        get { self[place] ?? HistogramValue(boundCount: bounds.count) }
        _modify {
            // Taken out of its place, so that it is changed and not copied.
            var value = self[place].take() ?? HistogramValue(boundCount: bounds.count)
            yield &value
            self[place] = value
        }
    }
}
