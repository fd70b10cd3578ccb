public import MCPSemantics
public import Wire

/// Counts and exact latency percentiles per method, tool, prompt and resource.
///
/// Latency is from request to response as they passed; exchanges without an answer have none.
public struct LatencySummary: Sendable {
    /// Groups at most; further ones fall into `other`. A server with more tools than this shows no table.
    public static let groupLimit = 4096
    /// Latencies kept at most, over all groups: 64 MiB. Percentiles are exact up to it; `unmeasured` counts
    /// the rest.
    public static let valueLimit = 8 << 20

    /// What is counted together.
    public struct Group: Sendable, Hashable {
        public var method: String
        /// The tool, prompt or resource; nil for methods without one.
        public var name: String?
        /// Who asked.
        public var asker: Direction

        public init(method: String, name: String? = nil, asker: Direction = .clientToServer) {
            self.method = method
            self.name = name
            self.asker = asker
        }
    }

    /// One line of the table.
    public struct Row: Sendable, Equatable {
        /// Nil for the total and for what did not fit `groupLimit`.
        public var group: Group?
        public var count = 0
        /// JSON-RPC errors and results with `isError`.
        public var errors = 0
        public var toolErrors = 0
        public var pending = 0
        public var cancelled = 0
        public var requestBytes = 0
        public var responseBytes = 0
        /// Nanoseconds; nil when nothing was answered.
        public var p50: Int64?
        public var p90: Int64?
        public var p99: Int64?
        public var max: Int64?
        /// Answers that the percentiles lack; see `valueLimit`.
        public var unmeasured = 0
    }

    private struct Counter {
        var row = Row()
        var latencies: [Int64] = []
    }

    private var counters: [Group: Counter] = [:]
    private var others = Counter()
    private var values = 0

    public init() {}

    /// Methods whose exchanges are told apart by name; elsewhere a name is an id, of which there is no end.
    private static let named: Set<String> = [
        "tools/call", "prompts/get", "resources/read", "resources/subscribe", "resources/unsubscribe",
        "completion/complete",
    ]

    /// Counts an exchange. O(1).
    public mutating func add(_ exchange: Exchange) {
        let name = LatencySummary.named.contains(exchange.method) ? exchange.name : nil
        let group = Group(method: exchange.method, name: name, asker: exchange.asker)
        let keeps = values < LatencySummary.valueLimit
        if keeps, exchange.duration != nil { values += 1 }
        if counters[group] != nil || counters.count < LatencySummary.groupLimit {
            LatencySummary.add(exchange, to: &counters[group, default: Counter()], keeps: keeps)
        } else {
            LatencySummary.add(exchange, to: &others, keeps: keeps)
        }
    }

    private static func add(_ exchange: Exchange, to counter: inout Counter, keeps: Bool) {
        counter.row.count += 1
        switch exchange.outcome {
        case .ok, .late: break
        case .error: counter.row.errors += 1
        case .toolError:
            counter.row.errors += 1
            counter.row.toolErrors += 1
        case .pending: counter.row.pending += 1
        case .cancelled: counter.row.cancelled += 1
        }
        counter.row.requestBytes = counter.row.requestBytes &+ exchange.requestSize
        counter.row.responseBytes = counter.row.responseBytes &+ exchange.responseSize
        guard let duration = exchange.duration else { return }
        if keeps { counter.latencies.append(duration) } else { counter.row.unmeasured += 1 }
    }

    /// The table: groups by method, the client's first, most frequent names first. O(values log values).
    public var rows: [Row] {
        var rows = counters.map { LatencySummary.row($0.value, of: $0.key) }
        var countByMethod: [String: Int] = [:]
        for row in rows { countByMethod[row.group?.method ?? "", default: 0] += row.count }
        rows.sort { a, b in
            guard let left = a.group, let right = b.group else { return false }
            if left.asker != right.asker { return left.asker == .clientToServer }
            if left.method != right.method {
                let (many, few) = (countByMethod[left.method] ?? 0, countByMethod[right.method] ?? 0)
                return many != few ? many > few : left.method < right.method
            }
            return a.count != b.count ? a.count > b.count : (left.name ?? "") < (right.name ?? "")
        }
        return rows
    }

    /// What did not fit `groupLimit`, or nil: it is said, not folded away.
    public var other: Row? { others.row.count == 0 ? nil : LatencySummary.row(others, of: nil) }

    /// All exchanges together.
    public var total: Row {
        var all = others
        for counter in counters.values {
            all.row.count += counter.row.count
            all.row.errors += counter.row.errors
            all.row.toolErrors += counter.row.toolErrors
            all.row.pending += counter.row.pending
            all.row.cancelled += counter.row.cancelled
            all.row.requestBytes = all.row.requestBytes &+ counter.row.requestBytes
            all.row.responseBytes = all.row.responseBytes &+ counter.row.responseBytes
            all.row.unmeasured += counter.row.unmeasured
            all.latencies += counter.latencies
        }
        return LatencySummary.row(all, of: nil)
    }

    /// The latencies of the groups that `isIncluded`, as a histogram.
    public func histogram(of isIncluded: (Group) -> Bool = { _ in true }) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for (group, counter) in counters where isIncluded(group) {
            for latency in counter.latencies { histogram.add(latency) }
        }
        return histogram
    }

    private static func row(_ counter: Counter, of group: Group?) -> Row {
        var row = counter.row
        row.group = group
        let sorted = counter.latencies.sorted()
        row.p50 = percentile(50, of: sorted)
        row.p90 = percentile(90, of: sorted)
        row.p99 = percentile(99, of: sorted)
        row.max = sorted.last
        return row
    }

    /// The nearest rank: the smallest value that at least `percent` of all do not exceed.
    static func percentile(_ percent: Int, of sorted: [Int64]) -> Int64? {
        guard !sorted.isEmpty else { return nil }
        let rank = (percent * sorted.count + 99) / 100
        return sorted[Swift.min(sorted.count, Swift.max(1, rank)) - 1]
    }
}
