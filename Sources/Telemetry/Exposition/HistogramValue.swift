/// What a histogram's series holds: how many values fell into each bucket, and their sum.
public struct HistogramValue: Sendable, Equatable {
    /// Values in each bucket alone, the last one beyond the highest bound. One longer than the bounds.
    public var buckets: [Int64]
    /// Sum of all values, in the integers of the metric's unit.
    public var sum: Int64
    /// The newest example of each bucket that has one.
    public var exemplars: [Int: Exemplar]

    public init(buckets: [Int64], sum: Int64, exemplars: [Int: Exemplar] = [:]) {
        self.buckets = buckets
        self.sum = sum
        self.exemplars = exemplars
    }

    /// Without a value, for that many bounds.
    public init(boundCount: Int) {
        self.init(buckets: [Int64](repeating: 0, count: boundCount + 1), sum: 0)
    }

    /// How many values there are.
    public var count: Int64 { buckets.reduce(0, &+) }

    /// Adds a value; negative ones count as 0, since a clock that jumps must not make a sum go back.
    public mutating func observe(_ value: Int64, bounds: [Int64], exemplar: Exemplar? = nil) {
        let value = max(0, value)
        let bucket = HistogramValue.bucket(of: value, bounds: bounds)
        buckets[bucket] += 1
        sum &+= value
        if var exemplar {
            exemplar.value = value
            exemplars[bucket] = exemplar
        }
    }

    /// Adds another's values. Buckets of other bounds than ours are a mistake in the program.
    public mutating func add(_ other: HistogramValue) {
        precondition(buckets.count == other.buckets.count, "histograms with different bounds")
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        sum &+= other.sum
        exemplars.merge(other.exemplars) { Exemplar.newer($0, $1) }
    }

    /// The first bucket whose bound is not below `value`.
    static func bucket(of value: Int64, bounds: [Int64]) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One exchange that stands for a bucket: OpenMetrics shows it, so that a graph leads to a trace.
public struct Exemplar: Sendable, Equatable {
    /// The trace's 16 bytes and the span's 8, as numbers.
    public var traceHigh: UInt64
    public var traceLow: UInt64
    public var span: UInt64
    /// In the integers of the metric's unit; within its bucket.
    public var value: Int64
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var time: Int64?

    public init(
        traceHigh: UInt64, traceLow: UInt64, span: UInt64, value: Int64 = 0, time: Int64? = nil
    ) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.value = value
        self.time = time
    }

    /// 32 and 16 hexadecimal digits.
    public var traceID: String { Exemplar.text(traceHigh) + Exemplar.text(traceLow) }
    public var spanID: String { Exemplar.text(span) }

    /// The one that happened later; of two at one time the second.
    static func newer(_ one: Exemplar, _ other: Exemplar) -> Exemplar {
        (one.time ?? .min) > (other.time ?? .min) ? one : other
    }

    private static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
