import MCPSemantics
import Wire

/// Runs that wait for a time: the earliest first, of one time those that began first.
struct SleepingRuns: Sendable {
    /// Runs that sleep at one time.
    ///
    /// Each is a request that the client sent and has no answer to, or the recorded messages behind one.
    /// Beyond it the next run does not wait but plays at once: early is better than never.
    static let limit = 65_536

    private struct Entry: Sendable, Comparable {
        var due: Timestamp
        var serial: Int

        static func < (a: Entry, b: Entry) -> Bool { (a.due, a.serial) < (b.due, b.serial) }
    }

    private var runs: [Int: Run] = [:]
    /// A binary heap. A run that was taken out by name leaves its entry until that comes to the top.
    private var heap: [Entry] = []
    /// Runs without their answer, by the live batch that they came in.
    private var unansweredByBatch: [Int: Int] = [:]

    var isFull: Bool { runs.count >= Self.limit }
    var isEmpty: Bool { runs.isEmpty }
    var all: Dictionary<Int, Run>.Values { runs.values }

    /// When the next one is due.
    var next: Timestamp? { heap.first?.due }

    /// A request of live batch `batch` has its answer still to come.
    func holds(batch: Int) -> Bool { unansweredByBatch[batch] != nil }

    subscript(serial: Int) -> Run? { runs[serial] }

    mutating func insert(_ run: Run, due: Timestamp) {
        runs[run.serial] = run
        count(run, 1)
        heap.append(Entry(due: due, serial: run.serial))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The next run that is due at `time`.
    mutating func take(at time: Timestamp) -> (due: Timestamp, run: Run)? {
        while let top = heap.first, top.due <= time {
            removeTop()
            if let run = runs.removeValue(forKey: top.serial) {
                count(run, -1)
                dropStale()
                return (top.due, run)
            }
        }
        return nil
    }

    /// The next run, when it came in the same live batch as `run`.
    mutating func takeSibling(of run: Run) -> Run? {
        guard let top = heap.first, let next = runs[top.serial], next.live?.batch == run.live?.batch else {
            return nil
        }
        return take(at: top.due)?.run
    }

    @discardableResult
    mutating func remove(_ serial: Int) -> Run? {
        guard let run = runs.removeValue(forKey: serial) else { return nil }
        count(run, -1)
        dropStale()
        return run
    }

    /// The client answered a request of the server that `serial` had sent.
    mutating func noteAnswer(to exchange: Int, in serial: Int) { runs[serial]?.asked.remove(exchange) }

    private mutating func count(_ run: Run, _ change: Int) {
        guard let batch = run.live?.batch, !run.wasAnswered else { return }
        let count = unansweredByBatch[batch, default: 0] + change
        unansweredByBatch[batch] = count == 0 ? nil : count
    }

    /// What is on top is a run that sleeps.
    private mutating func dropStale() {
        while let top = heap.first, runs[top.serial] == nil { removeTop() }
    }

    private mutating func removeTop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
