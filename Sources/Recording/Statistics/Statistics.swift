public import MCPSemantics
internal import Wire

/// Counts, errors, latency percentiles and sizes of operations, told apart by a grouping.
///
/// Latency is from the first request to the last answer as they passed; what was not answered has none.
///
/// **Memory.** Percentiles are exact as long as there are at most `valueLimit` durations, over all groups.
/// Then the group with most of them keeps a histogram instead (`DurationValues`), and so on: at 10 million
/// operations of one tool that tool's percentiles are within 0.8 %, those of rare tools beside it still
/// exact, and each row says which.
public struct Statistics: Sendable {
    /// Groups at most; further ones are counted together as `other`. A server with more tools than this shows
    /// no table.
    public static let groupLimit = 4096
    /// Durations kept as they are at most: 64 MiB.
    public static let valueLimit = 8 << 20

    /// One line of the table.
    public struct Row: Sendable, Equatable {
        /// Nil for the total and for what did not fit `groupLimit`.
        public var key: StatisticsKey?
        /// Operations.
        public var count = 0
        /// Exchanges: an operation of several rounds has more than one.
        public var rounds = 0
        /// JSON-RPC errors.
        public var protocolErrors = 0
        /// Results with `isError`.
        public var toolErrors = 0
        /// Subscriptions excepted, which end like this.
        public var cancelled = 0
        /// Answered after they were cancelled.
        public var late = 0
        /// Without an answer; in flight, while the session lives. Subscriptions that ended with their session
        /// are none.
        public var pending = 0
        /// Without an answer in a session that is over.
        public var neverAnswered = 0
        public var requestBytes = 0
        public var responseBytes = 0
        public var duration = Percentiles()
        public var firstEvent = Percentiles()
        /// The duration without the waits.
        public var server = Percentiles()
        /// Nanoseconds that were waited inside the operations, all together.
        public var waited: [Wait: Int64] = [:]
        /// Whether the percentiles come from the values themselves, and not from a histogram.
        public var isExact = true
        /// How many durations there are.
        public var answered = 0
        /// See `DurationValues.medianInterval`.
        public var medianInterval: ClosedRange<Int64>?

        /// JSON-RPC errors and results with `isError`.
        public var errors: Int { protocolErrors + toolErrors }
    }

    private struct Counter {
        var row = Row()
        var durations = DurationValues()
        /// Nil while all are the same as `durations`.
        var firstEvents: DurationValues?
        var servers: DurationValues?

        var exactCount: Int {
            durations.exactCount + (firstEvents?.exactCount ?? 0) + (servers?.exactCount ?? 0)
        }

        mutating func fold() {
            durations.fold()
            firstEvents?.fold()
            servers?.fold()
        }
    }

    public let grouping: StatisticsGrouping
    private var counters: [StatisticsKey: Counter] = [:]
    private var others = Counter()
    private var exactValues = 0
    private let valueLimit: Int
    /// The slowest operations, the slowest first.
    public private(set) var slowest: [SlowOperation] = []
    private let slowestLimit: Int

    /// Keeps the `slowest` so many operations.
    public init(
        by grouping: StatisticsGrouping = .standard, slowest: Int = 5, valueLimit: Int = Statistics.valueLimit
    ) {
        self.grouping = grouping
        self.valueLimit = valueLimit
        slowestLimit = slowest
    }

    /// Counts an operation. O(1) amortised.
    public mutating func add(_ operation: Operation, of session: SessionSummary) {
        let key = grouping.key(of: operation, in: session)
        if counters[key] != nil || counters.count < Statistics.groupLimit {
            exactValues += Statistics.add(operation, session, to: &counters[key, default: Counter()])
        } else {
            exactValues += Statistics.add(operation, session, to: &others)
        }
        noteSlow(operation, of: session)
        if exactValues > valueLimit { foldLargest() }
    }

    /// How many more values are kept.
    private static func add(
        _ operation: Operation, _ session: SessionSummary, to counter: inout Counter
    ) -> Int {
        let before = counter.exactCount
        counter.row.count += 1
        counter.row.rounds += operation.rounds
        switch operation.outcome {
        case .ok: break
        case .late: counter.row.late += 1
        case .error: counter.row.protocolErrors += 1
        case .toolError: counter.row.toolErrors += 1
        // Without an answer a subscription ends as it should.
        case .cancelled: if !operation.first.isLongLived { counter.row.cancelled += 1 }
        case .pending where session.isLive: counter.row.pending += 1
        case .pending:
            if !operation.first.isLongLived {
                counter.row.pending += 1
                counter.row.neverAnswered += 1
            }
        }
        counter.row.requestBytes = counter.row.requestBytes &+ operation.requestBytes
        counter.row.responseBytes = counter.row.responseBytes &+ operation.responseBytes
        for (wait, time) in operation.waited { counter.row.waited[wait, default: 0] &+= time }
        guard let duration = operation.duration else { return 0 }
        let first = operation.timeToFirstEvent ?? duration
        if counter.firstEvents == nil, first != duration { counter.firstEvents = counter.durations }
        counter.firstEvents?.add(first)
        let server = operation.serverTime ?? duration
        if counter.servers == nil, server != duration { counter.servers = counter.durations }
        counter.servers?.add(server)
        counter.durations.add(duration)
        return counter.exactCount - before
    }

    private mutating func foldLargest() {
        let largest = counters.max { $0.value.exactCount < $1.value.exactCount }
        guard let largest, largest.value.exactCount >= others.exactCount else { return others.fold() }
        exactValues -= largest.value.exactCount
        counters[largest.key]?.fold()
    }

    private mutating func noteSlow(_ operation: Operation, of session: SessionSummary) {
        guard let duration = operation.duration, slowestLimit > 0, operation.first.asker == .clientToServer,
            slowest.count < slowestLimit || duration > slowest[slowest.count - 1].duration
        else { return }
        let place = slowest.firstIndex { $0.duration < duration } ?? slowest.count
        slowest.insert(
            SlowOperation(operation, session: session.description.id, server: session.description.name),
            at: place)
        if slowest.count > slowestLimit { slowest.removeLast() }
    }

    /// The table. Without `--by`: by method, the client's first, most frequent names first; else in the order
    /// of time, most frequent first. O(values log values).
    public var rows: [Row] {
        let rows = counters.map { Statistics.row($0.value, of: $0.key) }
        var countByMethod: [String: Int] = [:]
        if grouping == .standard {
            for row in rows { countByMethod[row.key?.method ?? "", default: 0] += row.count }
        }
        return rows.sorted { a, b in
            guard let left = a.key, let right = b.key else { return false }
            if left.asker != right.asker { return left.asker == .clientToServer }
            if left.time != right.time { return (left.time ?? 0) < (right.time ?? 0) }
            if grouping == .standard, left.method != right.method, let one = left.method,
                let other = right.method
            {
                let (many, few) = (countByMethod[one] ?? 0, countByMethod[other] ?? 0)
                return many != few ? many > few : one < other
            }
            return a.count != b.count ? a.count > b.count : left.label < right.label
        }
    }

    /// What did not fit `groupLimit`, or nil: it is said, not folded away.
    public var other: Row? { others.row.count == 0 ? nil : Statistics.row(others, of: nil) }

    /// All operations together.
    public var total: Row {
        var all = others
        for counter in counters.values {
            all.row.add(counter.row)
            if all.firstEvents != nil || counter.firstEvents != nil {
                var first = all.firstEvents ?? all.durations
                first.add(counter.firstEvents ?? counter.durations)
                all.firstEvents = first
            }
            if all.servers != nil || counter.servers != nil {
                var servers = all.servers ?? all.durations
                servers.add(counter.servers ?? counter.durations)
                all.servers = servers
            }
            all.durations.add(counter.durations)
        }
        return Statistics.row(all, of: nil)
    }

    /// The latencies of all groups as a histogram.
    public var histogram: LatencyHistogram {
        var histogram = LatencyHistogram()
        for counter in Array(counters.values) + [others] {
            counter.durations.forEach { histogram.add($0, count: $1) }
        }
        return histogram
    }

    private static func row(_ counter: Counter, of key: StatisticsKey?) -> Row {
        var row = counter.row
        row.key = key
        row.duration = counter.durations.percentiles
        row.firstEvent = counter.firstEvents?.percentiles ?? row.duration
        row.server = counter.servers?.percentiles ?? row.duration
        row.isExact = counter.durations.isExact
        row.answered = counter.durations.count
        row.medianInterval = counter.durations.medianInterval
        return row
    }
}

extension Statistics.Row {
    /// Adds the counts of another row.
    fileprivate mutating func add(_ other: Statistics.Row) {
        count += other.count
        rounds += other.rounds
        protocolErrors += other.protocolErrors
        toolErrors += other.toolErrors
        cancelled += other.cancelled
        late += other.late
        pending += other.pending
        neverAnswered += other.neverAnswered
        requestBytes = requestBytes &+ other.requestBytes
        responseBytes = responseBytes &+ other.responseBytes
        waited.merge(other.waited) { $0 &+ $1 }
    }
}

/// One of the slowest operations, and where it is.
public struct SlowOperation: Sendable, Equatable {
    public var session: SessionID
    public var server: String
    /// The number of its first exchange: the `14` of `7k2f#14`.
    public var number: Int
    public var method: String
    public var name: String?
    public var outcome: Exchange.Outcome
    public var rounds: Int
    /// Nanoseconds, waits included, and without them.
    public var duration: Int64
    public var serverTime: Int64

    init(_ operation: Operation, session: SessionID, server: String) {
        self.session = session
        self.server = server
        number = operation.first.number
        method = operation.first.method
        name = operation.first.name
        outcome = operation.last.outcome
        rounds = operation.rounds
        duration = operation.duration ?? 0
        serverTime = operation.serverTime ?? duration
    }

    /// `#41 search_code`, or the method of what has no name.
    public var label: String { "#\(number) " + DisplayText.oneLine(name ?? method, limit: 60) }
}
