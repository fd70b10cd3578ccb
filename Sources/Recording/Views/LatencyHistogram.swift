/// Latencies in buckets of 1, 2 and 5 times a power of ten, drawn as text.
public struct LatencyHistogram: Sendable, Equatable {
    /// One bucket: from `from` up to, not including, `to`, nanoseconds.
    public struct Bucket: Sendable, Hashable {
        public var from: Int64
        public var to: Int64
        public var count: Int
    }

    /// Lower ends of the buckets: 0, 1 µs, 2 µs, 5 µs … 5000 s.
    private static let bounds: [Int64] = {
        var bounds: [Int64] = [0]
        var power: Int64 = 1_000
        while power <= 1_000_000_000_000 {
            bounds += [power, power * 2, power * 5]
            power *= 10
        }
        return bounds
    }()

    private var counts = [Int](repeating: 0, count: bounds.count)

    public init() {}

    /// Counts a latency, `count` times; negative ones count as 0. O(buckets), of which there are 31.
    public mutating func add(_ nanoseconds: Int64, count: Int = 1) {
        let index = LatencyHistogram.bounds.lastIndex { $0 <= max(0, nanoseconds) } ?? 0
        counts[index] += count
    }

    /// The buckets from the first to the last that holds anything, empty ones between them included.
    public var buckets: [Bucket] {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 })
        else {
            return []
        }
        return (first...last).map { index in
            let next =
                index + 1 < LatencyHistogram.bounds.count ? LatencyHistogram.bounds[index + 1] : Int64.max
            return Bucket(from: LatencyHistogram.bounds[index], to: next, count: counts[index])
        }
    }

    /// One line a bucket, `width` columns at most: its range, a bar, its count.
    ///
    /// The longest bar fills the room; a bucket that holds anything shows at least a sliver.
    public func lines(width: Int) -> [String] {
        let buckets = buckets
        guard let most = buckets.map(\.count).max(), most > 0 else { return [] }
        let labels = buckets.map { bucket in
            bucket.to == .max
                ? "from " + LatencyHistogram.label(bucket.from)
                : LatencyHistogram.label(bucket.from) + " – " + LatencyHistogram.label(bucket.to)
        }
        let labelWidth = labels.map(\.count).max() ?? 0
        let countWidth = buckets.map { HumanText.count($0.count).count }.max() ?? 0
        let room = max(8, width - labelWidth - countWidth - 4)
        return zip(buckets, labels).map { bucket, label in
            let pad = String(repeating: " ", count: labelWidth - label.count)
            let bar = LatencyHistogram.bar(eighths: eighths(bucket.count, of: most, room: room))
            return pad + label + " │" + bar + (bucket.count == 0 ? "" : " " + HumanText.count(bucket.count))
        }
    }

    private func eighths(_ count: Int, of most: Int, room: Int) -> Int {
        guard count > 0 else { return 0 }
        return max(1, Int(Double(count) / Double(most) * Double(room * 8)))
    }

    private static func bar(eighths: Int) -> String {
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + partial[eighths % 8]
    }

    private static func label(_ nanoseconds: Int64) -> String {
        switch nanoseconds {
        case ..<1_000: "\(nanoseconds)"
        case ..<1_000_000: "\(nanoseconds / 1_000) µs"
        case ..<1_000_000_000: "\(nanoseconds / 1_000_000) ms"
        default: "\(nanoseconds / 1_000_000_000) s"
        }
    }
}
