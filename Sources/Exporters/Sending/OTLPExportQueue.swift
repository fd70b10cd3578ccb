/// What waits for a collector, and when it is sent: batches, retries, what is given up.
///
/// A state machine: it neither sends nor sleeps. Its host asks `step`, does what that says, and tells
/// `finished`. Times are nanoseconds of any clock that does not go back. One request is under way at a time.
public struct OTLPExportQueue: Sendable {
    /// The numbers of OTEL_BSP_*, and of ours.
    public struct Limits: Sendable, Hashable {
        /// Items that wait, with those under way: what comes beyond is dropped, and counted. An item that
        /// counts for several may go beyond.
        public var queue = 2048
        /// Items of a request at most.
        public var batch = 512
        /// How long the first item of a batch waits for others. Nanoseconds.
        public var delay: Int64 = 5_000_000_000
        /// How long a batch is tried before it is dropped; nil: until it is taken. Nanoseconds.
        public var patience: Int64? = 30_000_000_000
        /// Bytes of the items of a request.
        /// Source: opentelemetry-proto: 64 MiB of a request before compression;
        /// the rest is for the resources around them.
        public var requestSize = 63 << 20
        public var firstRetry: Int64 = 1_000_000_000
        public var longestRetry: Int64 = 30_000_000_000

        public init() {}
    }

    /// What became of the items so far.
    public struct Counts: Sendable, Hashable {
        public var sent = 0
        /// A collector took the request but not these.
        public var rejected = 0
        /// There was no room, they are too large, or no collector took them.
        public var dropped = 0
        public var retries = 0
        public init() {}
    }

    /// Encoded items, and the resource of each as its owner numbers them.
    public struct Item: Sendable, Hashable {
        public var resource: Int
        public var bytes: [UInt8]
        /// What it counts for in limits and counts: the points of a metric.
        public var weight: Int

        public init(resource: Int, bytes: [UInt8], weight: Int = 1) {
            self.resource = resource
            self.bytes = bytes
            self.weight = weight
        }
    }

    /// What is to be done next.
    public enum Step: Sendable, Hashable {
        /// Send these, the oldest first, and tell `finished`.
        case send([Item])
        /// Ask again then, or after the next `add`.
        case wait(until: Int64)
        /// There is nothing: ask again after the next `add`.
        case idle
    }

    public let limits: Limits
    public private(set) var counts = Counts()
    /// Why the newest batch was not taken at its newest attempt; nil when it was.
    public private(set) var trouble: String?

    private var waiting: ArraySlice<Item> = []
    /// What those count for.
    private var waitingWeight = 0
    /// When the oldest of `waiting` came.
    private var oldest: Int64 = 0
    private var batch: Batch?
    private var isFlushing = false
    private var chance: UInt64

    private struct Batch: Sendable {
        var items: [Item]
        var weight: Int
        /// When it was first sent.
        var begun: Int64
        var attempts = 0
        var isUnderWay = true
        var notBefore: Int64 = 0
    }

    /// - Parameter seed: of the jitter between attempts.
    public init(_ limits: Limits = Limits(), seed: UInt64) {
        self.limits = limits
        chance = seed
    }

    /// Items that wait or are under way.
    public var count: Int { waitingWeight + (batch?.weight ?? 0) }

    /// An item would find room.
    public var hasRoom: Bool { count < limits.queue }

    /// Takes an item in. False when it was dropped.
    @discardableResult
    public mutating func add(_ item: Item, now: Int64) -> Bool {
        guard hasRoom, item.bytes.count <= limits.requestSize else {
            counts.dropped += item.weight
            return false
        }
        if waiting.isEmpty { oldest = now }
        waiting.append(item)
        waitingWeight += item.weight
        return true
    }

    /// What waits now is sent without further delay.
    public mutating func flush() { isFlushing = true }

    /// What to do at `now`, nanoseconds of any clock that does not go back.
    public mutating func step(now: Int64) -> Step {
        if let batch {
            precondition(!batch.isUnderWay, "a request is under way until `finished` says what became of it")
            guard now >= batch.notBefore else { return .wait(until: batch.notBefore) }
            self.batch?.isUnderWay = true
            counts.retries += 1
            return .send(batch.items)
        }
        guard !waiting.isEmpty else {
            isFlushing = false
            return .idle
        }
        let due = oldest + limits.delay
        guard isFlushing || waitingWeight >= limits.batch || now >= due else { return .wait(until: due) }
        var items: [Item] = []
        var size = 0
        var weight = 0
        while let next = waiting.first,
            items.isEmpty
                || weight + next.weight <= limits.batch
                    && size + next.bytes.count <= limits.requestSize
        {
            size += next.bytes.count
            weight += next.weight
            items.append(next)
            waiting.removeFirst()
        }
        waitingWeight -= weight
        // The rest came after these; its own time begins now.
        oldest = now
        batch = Batch(items: items, weight: weight, begun: now)
        return .send(items)
    }

    /// Says what became of what `step` told to send.
    public mutating func finished(_ outcome: OTLPOutcome, now: Int64) {
        guard var ended = batch, ended.isUnderWay else {
            preconditionFailure("`finished` follows a step that said to send")
        }
        switch outcome {
        case .accepted(let rejected, _):
            // A collector may count wrongly; there are not more than were sent.
            let lost = min(rejected, ended.weight)
            counts.rejected += lost
            counts.sent += ended.weight - lost
            trouble = nil
            batch = nil
        case .refused(let reason):
            drop(ended, reason)
        case .retryable(let after, let reason):
            ended.isUnderWay = false
            ended.notBefore = now + max(after ?? 0, nextDelay(after: ended.attempts))
            ended.attempts += 1
            if let patience = limits.patience, ended.notBefore > ended.begun + patience {
                drop(ended, reason)
            } else {
                trouble = reason
                batch = ended
            }
        }
    }

    /// Gives up what waits: it counts as dropped.
    public mutating func abandon() {
        counts.dropped += count
        forget()
    }

    /// Forgets what waits, where its owner has it still: it counts as nothing.
    public mutating func forget() {
        waiting = []
        waitingWeight = 0
        batch = nil
    }

    private mutating func drop(_ lost: Batch, _ reason: String) {
        counts.dropped += lost.weight
        trouble = reason
        batch = nil
    }

    /// Twice as long each time, less up to a half by chance: many exporters do not come back in one moment.
    private mutating func nextDelay(after attempts: Int) -> Int64 {
        let full = min(limits.firstRetry << Int64(min(attempts, 20)), limits.longestRetry)
        return full / 2 + Int64(nextChance() % UInt64(max(1, full / 2)))
    }

    /// SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    private mutating func nextChance() -> UInt64 {
        chance &+= 0x9e37_79b9_7f4a_7c15
        var value = chance
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
