/// One row of the catalogue: everything that is said of a metric anywhere.
public struct MetricDefinition: Sendable, Equatable {
    /// The name of its samples, without `_bucket`, `_sum` and `_count`.
    public var name: String
    public var kind: Kind
    /// One sentence without a full stop.
    public var help: String
    public var unit: Unit
    /// In the order in which values are given and shown.
    public var labels: [Label]
    /// Upper bounds of a histogram's buckets in integers of the unit, rising, without infinity.
    public var bounds: [Int64]
    public var group: Group

    /// What a metric's values do over time.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Only rises.
        case counter
        case gauge
        case histogram
    }

    /// What a metric counts. Values are whole numbers, so that sums are exact whatever their order.
    public enum Unit: String, Sendable, Hashable {
        /// Things.
        case none = ""
        /// Kept in nanoseconds, shown in seconds.
        case seconds
        case bytes

        /// Decimal places between what is kept and what is shown.
        public var scale: Int { self == .seconds ? 9 : 0 }
    }

    /// Who knows a metric's value.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        /// What program this is.
        case identity
        /// What passed between clients and servers.
        case traffic
        case store
        /// The exporter of OpenTelemetry in the process that runs it.
        case export
        case replay
        /// The process that is asked; never of a file.
        case process
    }

    /// A label, and the values that it can have where they are a fixed list.
    public struct Label: Sendable, Equatable {
        public var name: String
        /// Empty where traffic or settings decide.
        public var values: [String]

        public init(_ name: String, _ values: [String] = []) {
            self.name = name
            self.values = values
        }
    }

    /// Lines that are made in advance for each server; 0 where the labels are not known before.
    var linesOfServer: Int {
        guard labels.contains(MetricCatalogue.server) else { return 0 }
        let lines = kind == .histogram ? bounds.count + 3 : 1
        return labels.filter { $0 != MetricCatalogue.server }.map(\.values.count).reduce(lines, *)
    }

    /// The bounds as they are shown.
    public var shownBounds: [Double] { bounds.map { shown($0) } }

    /// A value in the metric's unit.
    public func shown(_ value: Int64) -> Double { unit == .seconds ? Double(value) / 1e9 : Double(value) }
}
