import Platform
import Testing

@testable import Journal

struct PeriodicWorkerTests {
    private let system = SystemCalls()

    @Test func `it takes turns, and a last one when it is told to end`() throws {
        let turns = Guarded(0)
        // Longer than the test: the second turn is the last one.
        let worker = try PeriodicWorker("test", every: 600_000, system: system) {
            { _ in turns.with { $0 += 1 } }
        }
        while turns.with({ $0 }) == 0 {}
        worker.end(within: 60_000, system: system)
        #expect(turns.with { $0 } == 2)
    }

    @Test func `a turn that does not end is told to`() throws {
        let hasBegun = Guarded(false)
        let worker = try PeriodicWorker("test", every: 1, system: system) {
            { isOver in
                hasBegun.with { $0 = true }
                while !isOver() {}
            }
        }
        while !hasBegun.with({ $0 }) {}
        worker.end(within: 0, system: system)
    }
}
