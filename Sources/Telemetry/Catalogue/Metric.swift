/// A metric of the catalogue, by its name; other names are a mistake in the program and end it.
public struct Metric: Sendable, Hashable, ExpressibleByStringLiteral, Comparable {
    /// Its row in `MetricCatalogue.all`.
    let place: Int

    public init(stringLiteral name: String) {
        guard let place = MetricCatalogue.places[name] else {
            preconditionFailure("\(name) is not in the catalogue of metrics")
        }
        self.place = place
    }

    /// The metric that a stored row names; nil when this program's catalogue lacks it.
    public init?(named name: String) {
        guard let place = MetricCatalogue.places[name] else { return nil }
        self.place = place
    }

    init(place: Int) { self.place = place }

    /// Its row.
    public var definition: MetricDefinition { MetricCatalogue.all[place] }

    /// All metrics, in the order of the catalogue.
    public static var all: [Metric] { MetricCatalogue.all.indices.map(Metric.init(place:)) }

    public static func < (a: Metric, b: Metric) -> Bool { a.place < b.place }
}
