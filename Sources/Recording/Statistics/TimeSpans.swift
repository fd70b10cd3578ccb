/// A stretch of time from `from` up to, not including, `to`; nanoseconds on one clock.
public struct TimeSpan: Sendable, Hashable {
    public var from: Int64
    public var to: Int64

    public init(from: Int64, to: Int64) {
        self.from = from
        self.to = to
    }

    /// Nanoseconds; 0 when it ends before it begins.
    public var length: Int64 { max(0, to.subtractingReportingOverflow(from).partialValue) }

    /// The part of it that lies within `other`.
    public func clipped(to other: TimeSpan) -> TimeSpan {
        TimeSpan(from: max(from, other.from), to: min(to, other.to))
    }

    /// What is left of it without `others`, which may overlap and stand in any order.
    public func subtracting(_ others: some Sequence<TimeSpan>) -> [TimeSpan] {
        var left: [TimeSpan] = []
        var start = from
        for other in others.sorted(by: { $0.from < $1.from }) where other.length > 0 {
            if other.from >= to { break }
            if other.from > start { left.append(TimeSpan(from: start, to: other.from)) }
            start = max(start, other.to)
        }
        if start < to { left.append(TimeSpan(from: start, to: to)) }
        return left
    }
}

/// The union of stretches of time.
public struct TimeSpans: Sendable, Equatable {
    /// Stretches kept at most, 16 MiB. Beyond it stretches whose gap is short are joined; `bridged` says how
    /// short.
    public static let limit = 1 << 20

    private var spans: [TimeSpan] = []
    /// Gaps of at most so many nanoseconds were closed to keep the limit; 0: none.
    public private(set) var bridged: Int64 = 0
    private let limit: Int

    public init(limit: Int = TimeSpans.limit) { self.limit = limit }

    /// Adds a stretch; an empty one adds nothing. Amortised O(log stretches).
    public mutating func add(_ span: TimeSpan) {
        guard span.length > 0 else { return }
        if let last = spans.last, span.from >= last.from, span.from <= last.to {
            spans[spans.count - 1].to = max(last.to, span.to)
        } else {
            spans.append(span)
        }
        guard spans.count > limit else { return }
        merge()
        while spans.count > limit / 2 {
            bridged = max(1_000, bridged * 2)
            merge()
        }
    }

    /// Disjoint, not touching, in order of time. O(n log n).
    public var merged: [TimeSpan] {
        var copy = self
        copy.merge()
        return copy.spans
    }

    /// Nanoseconds that are in any of them. O(n log n).
    public var length: Int64 { merged.reduce(0) { $0 + $1.length } }

    private mutating func merge() {
        spans.sort { $0.from < $1.from }
        var result: [TimeSpan] = []
        for span in spans {
            if let last = result.last, span.from - last.to <= bridged {
                result[result.count - 1].to = max(last.to, span.to)
            } else {
                result.append(span)
            }
        }
        spans = result
    }
}
