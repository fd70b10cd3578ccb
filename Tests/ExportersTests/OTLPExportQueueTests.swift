import Testing

@testable import Exporters

/// In virtual time: nothing here waits.
struct OTLPExportQueueTests {
    private static let second: Int64 = 1_000_000_000

    private static func queue(_ change: (inout OTLPExportQueue.Limits) -> Void = { _ in }) -> OTLPExportQueue
    {
        var limits = OTLPExportQueue.Limits()
        limits.queue = 4
        limits.batch = 2
        limits.delay = 5 * second
        change(&limits)
        return OTLPExportQueue(limits, seed: 1)
    }

    private static func item(_ number: UInt8, size: Int = 1) -> OTLPExportQueue.Item {
        .init(resource: 0, bytes: Array(repeating: number, count: size))
    }

    private static let taken = OTLPOutcome.accepted(rejected: 0, warning: "")

    @Test func `a batch is sent when it is full, and when its oldest item has waited`() {
        var queue = Self.queue()
        #expect(queue.step(now: 0) == .idle)
        queue.add(Self.item(1), now: 0)
        #expect(queue.step(now: 1) == .wait(until: 5 * Self.second))
        queue.add(Self.item(2), now: 2)
        #expect(queue.step(now: 3) == .send([Self.item(1), Self.item(2)]))
        queue.finished(Self.taken, now: 4)
        queue.add(Self.item(3), now: 10)
        #expect(queue.step(now: 5 * Self.second + 9) == .wait(until: 5 * Self.second + 10))
        #expect(queue.step(now: 5 * Self.second + 10) == .send([Self.item(3)]))
        queue.finished(Self.taken, now: 5 * Self.second + 11)
        #expect(queue.counts.sent == 3)
        #expect(queue.count == 0)
    }

    @Test func `a flush does not wait for a full batch, once`() {
        var queue = Self.queue()
        queue.add(Self.item(1), now: 0)
        queue.flush()
        #expect(queue.step(now: 0) == .send([Self.item(1)]))
        queue.finished(Self.taken, now: 0)
        #expect(queue.step(now: 0) == .idle)
        queue.add(Self.item(2), now: 0)
        #expect(queue.step(now: 0) == .wait(until: 5 * Self.second))
    }

    @Test func `what finds no room is dropped and counted`() {
        var queue = Self.queue()
        for number in 1...6 { queue.add(Self.item(UInt8(number)), now: 0) }
        #expect(queue.count == 4)
        #expect(queue.counts.dropped == 2)
        // What is under way takes room too: it may have to be sent again.
        _ = queue.step(now: 0)
        #expect(!queue.hasRoom)
        queue.finished(Self.taken, now: 0)
        #expect(queue.hasRoom)
    }

    @Test func `a request holds no more bytes than the limit, and an item beyond it is dropped`() {
        var queue = Self.queue { $0.requestSize = 10 }
        queue.add(Self.item(1, size: 6), now: 0)
        queue.add(Self.item(2, size: 6), now: 0)
        queue.add(Self.item(3, size: 11), now: 0)
        #expect(queue.counts.dropped == 1)
        #expect(queue.step(now: 0) == .send([Self.item(1, size: 6)]))
        queue.finished(Self.taken, now: 0)
        queue.flush()
        #expect(queue.step(now: 0) == .send([Self.item(2, size: 6)]))
    }

    @Test
    func `what may succeed later is sent again, each time after twice as long, by chance up to a half less`()
    {
        var queue = Self.queue { $0.patience = nil }
        queue.add(Self.item(1), now: 0)
        queue.add(Self.item(2), now: 0)
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<8 {
            guard case .send = queue.step(now: now) else { return #expect(Bool(false), "nothing to send") }
            queue.finished(.retryable(after: nil, reason: "down"), now: now)
            guard case .wait(let until) = queue.step(now: now) else {
                return #expect(Bool(false), "no wait")
            }
            waits.append(until - now)
            now = until
        }
        for (attempt, wait) in waits.enumerated() {
            let full = min(Self.second << Int64(attempt), 30 * Self.second)
            #expect((full / 2...full).contains(wait), "attempt \(attempt): \(wait)")
        }
        #expect(Set(waits.suffix(3)).count == 3, "there is no jitter: \(waits)")
        #expect(queue.counts.retries == 7)
        #expect(queue.trouble == "down")
        _ = queue.step(now: now)
        queue.finished(Self.taken, now: now)
        #expect(queue.counts.sent == 2)
        #expect(queue.trouble == nil)
    }

    @Test func `the same seed waits the same times`() {
        func waits(_ seed: UInt64) -> [OTLPExportQueue.Step] {
            var queue = OTLPExportQueue(seed: seed)
            queue.add(Self.item(1), now: 0)
            queue.flush()
            _ = queue.step(now: 0)
            queue.finished(.retryable(after: nil, reason: ""), now: 0)
            return [queue.step(now: 0)]
        }
        #expect(waits(7) == waits(7))
        #expect(waits(7) != waits(8))
    }

    @Test func `a collector that says when is not asked sooner`() {
        var queue = Self.queue { $0.patience = 60 * Self.second }
        queue.add(Self.item(1), now: 0)
        queue.flush()
        _ = queue.step(now: 0)
        queue.finished(.retryable(after: 20 * Self.second, reason: "busy"), now: 0)
        #expect(queue.step(now: 0) == .wait(until: 20 * Self.second))
        #expect(queue.step(now: 20 * Self.second - 1) == .wait(until: 20 * Self.second))
        #expect(queue.step(now: 20 * Self.second) == .send([Self.item(1)]))
    }

    @Test func `a batch is given up when patience ends, and the next is tried`() {
        var queue = Self.queue { $0.patience = 3 * Self.second }
        for number in 1...4 { queue.add(Self.item(UInt8(number)), now: 0) }
        var now: Int64 = 0
        while queue.counts.dropped == 0 {
            guard case .send = queue.step(now: now) else { return #expect(Bool(false), "nothing to send") }
            queue.finished(.retryable(after: nil, reason: "down"), now: now)
            if queue.counts.dropped > 0 { break }
            guard case .wait(let until) = queue.step(now: now) else {
                return #expect(Bool(false), "no wait")
            }
            now = until
        }
        #expect(now <= 3 * Self.second)
        #expect(queue.counts.dropped == 2)
        #expect(queue.step(now: now) == .send([Self.item(3), Self.item(4)]))
    }

    @Test func `what is refused or partly taken is never sent again`() {
        var queue = Self.queue()
        for number in 1...4 { queue.add(Self.item(UInt8(number)), now: 0) }
        _ = queue.step(now: 0)
        queue.finished(.refused(reason: "status 400"), now: 0)
        #expect(queue.counts.dropped == 2)
        #expect(queue.step(now: 0) == .send([Self.item(3), Self.item(4)]))
        // A collector that counts wrongly rejects no more than there was.
        queue.finished(.accepted(rejected: 9, warning: "no"), now: 0)
        #expect(queue.counts.rejected == 2)
        #expect(queue.counts.sent == 0)
        #expect(queue.counts.retries == 0)
        #expect(queue.step(now: 0) == .idle)
    }

    @Test func `what is abandoned counts as dropped, what is forgotten as nothing`() {
        var queue = Self.queue()
        for number in 1...3 { queue.add(Self.item(UInt8(number)), now: 0) }
        queue.abandon()
        #expect(queue.counts.dropped == 3)
        queue.add(Self.item(4), now: 0)
        queue.forget()
        #expect(queue.counts.dropped == 3)
        #expect(queue.count == 0)
    }
}
