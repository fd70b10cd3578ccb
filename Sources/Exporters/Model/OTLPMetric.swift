/// A metric with its points. Source: opentelemetry-proto, metrics/v1.
public struct OTLPMetric: Sendable, Hashable {
    public var name: String
    public var description: String
    /// As UCUM has it: `s`, `By`, `{session}`.
    public var unit: String
    public var data: Points

    public init(name: String, description: String, unit: String, data: Points) {
        self.name = name
        self.description = description
        self.unit = unit
        self.data = data
    }

    /// What its points are. Sums and histograms are cumulative.
    public enum Points: Sendable, Hashable {
        case gauge([NumberPoint])
        /// One that is not monotonic can fall.
        case sum([NumberPoint], isMonotonic: Bool)
        case histogram([HistogramPoint])
    }

    /// How many points there are.
    public var pointCount: Int {
        switch data {
        case .gauge(let points), .sum(let points, _): points.count
        case .histogram(let points): points.count
        }
    }

    /// A counter's or a gauge's value.
    public struct NumberPoint: Sendable, Hashable {
        public var attributes: [OTLPAttribute]
        /// When the sum was 0, nanoseconds since 1970; 0 of a gauge.
        public var start: UInt64
        public var time: UInt64
        public var value: Value

        /// A whole number, or one with a fraction.
        public enum Value: Sendable, Hashable {
            case int(Int64)
            case double(Double)
        }

        public init(attributes: [OTLPAttribute], start: UInt64, time: UInt64, value: Value) {
            self.attributes = attributes
            self.start = start
            self.time = time
            self.value = value
        }
    }

    /// A histogram with stated bounds.
    public struct HistogramPoint: Sendable, Hashable {
        public var attributes: [OTLPAttribute]
        public var start: UInt64
        public var time: UInt64
        public var count: UInt64
        public var sum: Double
        /// Of each bucket alone; one longer than `bounds`.
        public var buckets: [UInt64]
        public var bounds: [Double]
        public var exemplars: [Exemplar] = []

        public init(
            attributes: [OTLPAttribute], start: UInt64, time: UInt64, count: UInt64, sum: Double,
            buckets: [UInt64], bounds: [Double]
        ) {
            self.attributes = attributes
            self.start = start
            self.time = time
            self.count = count
            self.sum = sum
            self.buckets = buckets
            self.bounds = bounds
        }
    }

    /// A value that stands for its bucket.
    public struct Exemplar: Sendable, Hashable {
        public var time: UInt64
        public var value: Double
        public var identity: SpanIdentity

        public init(time: UInt64, value: Double, identity: SpanIdentity) {
            self.time = time
            self.value = value
            self.identity = identity
        }
    }
}
