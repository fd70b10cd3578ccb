/// Series and their values: what a scrape shows, or what one transaction adds.
public struct MetricSet: Sendable, Equatable {
    /// A metric with a value for each of its labels, in the catalogue's order; "" is an absent label.
    public struct Series: Sendable, Hashable {
        public var metric: Metric
        public var labels: [String]

        public init(_ metric: Metric, _ labels: [String]) {
            self.metric = metric
            self.labels = labels
        }
    }

    /// What a series holds.
    public enum Value: Sendable, Equatable {
        /// A counter or a gauge, in the integers of the metric's unit.
        case number(Int64)
        case histogram(HistogramValue)

        /// Adds to a number; a metric is of one type, so it is one.
        fileprivate mutating func add(_ amount: Int64) {
            if case .number(let value) = self { self = .number(value &+ amount) }
        }

        /// Adds to a histogram, in place.
        fileprivate mutating func add(_ values: HistogramValue) {
            guard case .histogram(var sum) = self else { return }
            self = .number(0)
            sum.add(values)
            self = .histogram(sum)
        }
    }

    public private(set) var values: [Series: Value] = [:]

    public init() {}

    public var isEmpty: Bool { values.isEmpty }

    /// The value of a series, nil when there is none.
    public subscript(metric: Metric, labels: [String]) -> Value? { values[Series(metric, labels)] }

    /// A counter's or a gauge's value; 0 when there is none.
    public func number(_ metric: Metric, _ labels: [String] = []) -> Int64 {
        if case .number(let value) = self[metric, labels] { value } else { 0 }
    }

    /// A histogram's value; an empty one when there is none.
    public func histogram(_ metric: Metric, _ labels: [String] = []) -> HistogramValue {
        if case .histogram(let value) = self[metric, labels] { return value }
        return HistogramValue(boundCount: metric.definition.bounds.count)
    }

    /// Adds to a counter or a gauge; adding 0 makes the series.
    public mutating func add(_ amount: Int64, to metric: Metric, _ labels: [String] = []) {
        let series = checked(metric, labels, isHistogram: false)
        if let place = values.index(forKey: series) {
            values.values[place].add(amount)
        } else {
            values[series] = .number(amount)
        }
    }

    /// Sets a counter or a gauge, in the integers of its unit.
    public mutating func set(_ metric: Metric, _ labels: [String] = [], to value: Int64) {
        values[checked(metric, labels, isHistogram: false)] = .number(value)
    }

    /// Adds a value, in the integers of the metric's unit, to a histogram.
    public mutating func observe(
        _ value: Int64, in metric: Metric, _ labels: [String] = [], exemplar: Exemplar? = nil
    ) {
        let bounds = metric.definition.bounds
        var sum = HistogramValue(boundCount: bounds.count)
        sum.observe(value, bounds: bounds, exemplar: exemplar)
        add(sum, to: metric, labels)
    }

    /// Adds many values to a histogram.
    public mutating func add(_ values: HistogramValue, to metric: Metric, _ labels: [String] = []) {
        let series = checked(metric, labels, isHistogram: true)
        if let place = self.values.index(forKey: series) {
            self.values.values[place].add(values)
        } else {
            self.values[series] = .histogram(values)
        }
    }

    /// Adds what `other` holds: counters, histograms, and gauges too.
    public mutating func merge(_ other: MetricSet) {
        guard !values.isEmpty else { return values = other.values }
        for (series, value) in other.values {
            switch value {
            case .number(let number): add(number, to: series.metric, series.labels)
            case .histogram(let histogram): add(histogram, to: series.metric, series.labels)
            }
        }
    }

    /// Takes a series out.
    public mutating func remove(_ series: Series) { values[series] = nil }

    /// The names of servers that some series is about.
    public var servers: Set<String> {
        var found: Set<String> = []
        for series in values.keys where series.metric.definition.labels.first == MetricCatalogue.server {
            found.insert(series.labels[0])
        }
        return found
    }

    /// Makes the gauge of operations in flight 0 for each server and method that was ever asked: a series
    /// that came and went would have no average.
    public mutating func addOperationsNotInFlight() {
        for series in values.keys where series.metric == "mcp_client_operation_duration_seconds" {
            add(0, to: "mcptape_operations_in_flight", Array(series.labels.prefix(2)))
        }
    }

    /// Makes the series of `groups` that are known in advance, so that a rate is right from the first event.
    ///
    /// Those are counters and histograms without labels or whose labels have fixed values, and the same for
    /// each of `servers`. Metrics that have many lines for each server get them for the first of `servers`,
    /// as long as there is room in `LabelBudget.series`: no alert waits for their first event.
    public mutating func addZeroes(of groups: Set<MetricDefinition.Group>, servers: some Sequence<String>) {
        let servers = Array(servers)
        let known = Metric.all.filter {
            groups.contains($0.definition.group) && $0.definition.kind != .gauge
        }
        func isLarge(_ metric: Metric) -> Bool { metric.definition.linesOfServer > MetricSet.fewLines }
        for metric in known where !isLarge(metric) {
            addZeroes(to: metric, servers: servers)
        }
        let large = known.filter(isLarge)
        for server in servers {
            var zeroes = MetricSet()
            for metric in large { zeroes.addZeroes(to: metric, servers: [server]) }
            let missing = zeroes.values.filter { values[$0.key] == nil }
            guard values.count + missing.count <= LabelBudget.series else { break }
            values.merge(missing) { known, _ in known }
        }
    }

    /// Lines for each server that are made without regard to the budget: 200 servers have room with all such
    /// metrics.
    private static let fewLines = 10

    private mutating func addZeroes(to metric: Metric, servers: [String]) {
        let definition = metric.definition
        var combinations: [[String]] = [[]]
        for label in definition.labels {
            let choices = label == MetricCatalogue.server ? servers : label.values
            combinations = combinations.flatMap { known in choices.map { known + [$0] } }
        }
        for labels in combinations where values[Series(metric, labels)] == nil {
            if definition.kind == .histogram {
                add(HistogramValue(boundCount: definition.bounds.count), to: metric, labels)
            } else {
                add(0, to: metric, labels)
            }
        }
    }

    /// A metric's series, ordered by the bytes of their labels.
    public func series(of metric: Metric) -> [Series] { series()[metric] ?? [] }

    /// All series by metric, each in the order of the bytes of their labels.
    func series() -> [Metric: [Series]] {
        Dictionary(grouping: values.keys, by: \.metric).mapValues { $0.sorted(by: MetricSet.isBefore) }
    }

    private static func isBefore(_ a: Series, _ b: Series) -> Bool {
        for (one, other) in zip(a.labels, b.labels) where one != other {
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return false
    }

    private func checked(_ metric: Metric, _ labels: [String], isHistogram: Bool) -> Series {
        let definition = metric.definition
        precondition(labels.count == definition.labels.count, "\(definition.name): labels are missing")
        precondition((definition.kind == .histogram) == isHistogram, "\(definition.name): another type")
        return Series(metric, labels)
    }
}
