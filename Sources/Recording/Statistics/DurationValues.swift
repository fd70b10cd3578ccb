/// Durations of which percentiles are asked: exact ones, until they are folded into a histogram.
///
/// The histogram is like HdrHistogram's: 64 buckets for each doubling, so that the middle of a bucket is
/// within 0.8 % of any value in it. Its size does not depend on how many values there are.
public struct DurationValues: Sendable, Equatable {
    private var exact: [Int64] = []
    /// How many values are in each bucket.
    private var folded: [Int: Int] = [:]
    /// How many there are, and the largest, which stays exact.
    public private(set) var count = 0
    public private(set) var max: Int64?

    public init() {}

    /// Whether percentiles come from the values themselves.
    public var isExact: Bool { folded.isEmpty }
    /// How many values take memory of their own.
    public var exactCount: Int { exact.count }

    /// Adds a value; a negative one counts as 0.
    public mutating func add(_ nanoseconds: Int64) {
        let value = Swift.max(0, nanoseconds)
        count += 1
        max = Swift.max(max ?? 0, value)
        if isExact { exact.append(value) } else { folded[DurationValues.bucket(of: value), default: 0] += 1 }
    }

    /// Adds all values of another.
    public mutating func add(_ other: DurationValues) {
        count += other.count
        if let most = other.max { max = Swift.max(max ?? 0, most) }
        exact += other.exact
        folded.merge(other.folded) { $0 + $1 }
        if !isExact { fold() }
    }

    /// Keeps buckets in place of values.
    public mutating func fold() {
        for value in exact { folded[DurationValues.bucket(of: value), default: 0] += 1 }
        exact = []
    }

    /// Each value, or the middle of its bucket, and how often it is there; in no order.
    public func forEach(_ body: (Int64, Int) -> Void) {
        for value in exact { body(value, 1) }
        for (bucket, count) in folded { body(DurationValues.middle(of: bucket), count) }
    }

    /// The values at these ranks (1 is the smallest) in ascending order of ranks; ranks beyond the ends give
    /// the ends. Nothing when there is no value. O(n log n).
    public func values(atRanks ranks: [Int]) -> [Int64] {
        guard count > 0 else { return [] }
        let ranks = ranks.map { Swift.min(count, Swift.max(1, $0)) }
        guard !isExact else {
            let sorted = exact.sorted()
            return ranks.map { sorted[$0 - 1] }
        }
        var found: [Int64] = []
        var passed = 0
        var place = 0
        for (bucket, count) in folded.sorted(by: { $0.key < $1.key }) {
            passed += count
            while place < ranks.count, ranks[place] <= passed {
                let middle = DurationValues.middle(of: bucket)
                found.append(ranks[place] == self.count ? max ?? middle : Swift.min(middle, max ?? middle))
                place += 1
            }
        }
        return found
    }

    /// p50, p90, p95, p99 and the largest; all nil when there is no value.
    public var percentiles: Percentiles {
        let values = values(atRanks: [50, 90, 95, 99].map { Percentiles.rank($0, of: count) })
        guard values.count == 4 else { return Percentiles() }
        return Percentiles(p50: values[0], p90: values[1], p95: values[2], p99: values[3], max: max)
    }

    /// Between which values the median of all that could have been measured lies, in 95 of 100 cases; nil
    /// when there are fewer than 10 values. By the ranks of a binomial distribution, so nothing is assumed of
    /// the values' own.
    public var medianInterval: ClosedRange<Int64>? {
        guard count >= 10 else { return nil }
        let spread = (Double(count).squareRoot() * 0.98).rounded(.up)
        let middle = Double(count) / 2
        let ends = values(atRanks: [Int((middle - spread).rounded(.down)), Int(middle + spread) + 1])
        return ends.count == 2 ? ends[0]...ends[1] : nil
    }

    /// Values below 128 ns have a bucket each.
    static func bucket(of value: Int64) -> Int {
        guard value >= 128 else { return Int(value) }
        let shift = 57 - value.leadingZeroBitCount
        return shift * 64 + Int(value >> Int64(shift))
    }

    static func middle(of bucket: Int) -> Int64 {
        guard bucket >= 128 else { return Int64(bucket) }
        let shift = bucket / 64 - 1
        let low = Int64(bucket - shift * 64) << Int64(shift)
        return low + (1 << Int64(shift)) / 2
    }
}

/// Percentiles by nearest rank: the smallest value that so many of a hundred do not exceed. Nanoseconds; nil
/// where nothing was measured.
public struct Percentiles: Sendable, Hashable {
    public var p50: Int64?
    public var p90: Int64?
    public var p95: Int64?
    public var p99: Int64?
    public var max: Int64?

    public init(
        p50: Int64? = nil, p90: Int64? = nil, p95: Int64? = nil, p99: Int64? = nil, max: Int64? = nil
    ) {
        self.p50 = p50
        self.p90 = p90
        self.p95 = p95
        self.p99 = p99
        self.max = max
    }

    /// The rank of a percentile among `count` values.
    static func rank(_ percent: Int, of count: Int) -> Int { (percent * count + 99) / 100 }
}
