public import MCPSemantics

/// Messages that a transport keeps for their time (`ReplayMessage.delay`). What belongs to one request stays
/// in order; what belongs to another one does not wait for it.
public struct DelayedMessages: Sendable {
    private var waiting: [(due: Timestamp, message: ReplayMessage)] = []

    public init() {}

    public var isEmpty: Bool { waiting.isEmpty }

    /// When the next one is due.
    public var next: Timestamp? { waiting.first?.due }

    /// Whether something waits for the request `id`.
    public func holds(_ id: RequestID) -> Bool { waiting.contains { $0.message.route == .request(id) } }

    /// Keeps `message` when it has a delay or stands behind one that waits; false: it is to be sent now.
    public mutating func keep(_ message: ReplayMessage, at now: Timestamp) -> Bool {
        let before = waiting.last { $0.message.route == message.route }?.due
        guard message.delay > 0 || before != nil else { return false }
        let time = now.nanoseconds.addingReportingOverflow(message.delay)
        let own = Timestamp(nanoseconds: time.overflow ? .max : time.partialValue)
        let due = max(own, before ?? own)
        // Behind everything that is due no later.
        let place = waiting.firstIndex { $0.due > due } ?? waiting.endIndex
        waiting.insert((due, message), at: place)
        return true
    }

    /// What is due at `now`, in order.
    public mutating func take(at now: Timestamp) -> [ReplayMessage] {
        let count = waiting.firstIndex { $0.due > now } ?? waiting.endIndex
        defer { waiting.removeFirst(count) }
        return waiting[..<count].map(\.message)
    }
}
