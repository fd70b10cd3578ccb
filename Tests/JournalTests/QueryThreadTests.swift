import Testing

@testable import Journal

struct QueryThreadTests {
    private let said = Guarded<[String]>([])

    private func words(_ count: Int) -> [String] {
        _ = wait { said.with { $0.count } >= count }
        return said.with { $0 }
    }

    @Test func `questions are answered in order, on one state`() throws {
        let thread = try QueryThread("test", limit: 100) { 0 }
        for _ in 0..<50 {
            let isTaken = thread.submit { [said] count in
                count += 1
                let now = count
                said.with { $0.append("\(now)") }
            }
            #expect(isTaken)
        }
        thread.close()
        #expect(said.with { $0 } == (1...50).map(String.init))
        #expect(!thread.submit { _ in })
    }

    @Test func `more than may wait are refused`() throws {
        let isOpen = Guarded(false)
        let thread = try QueryThread("test", limit: 2) { 0 }
        _ = thread.submit { [said] _ in
            said.with { $0.append("in") }
            _ = wait { isOpen.with { $0 } }
        }
        #expect(words(1) == ["in"])
        #expect(thread.submit { _ in })
        #expect(thread.submit { _ in })
        #expect(!thread.submit { _ in })
        isOpen.with { $0 = true }
        thread.close()
    }

    @Test func `a chore comes again and again`() throws {
        let thread = try QueryThread(
            "test", limit: 10,
            chore: .init(interval: 1_000_000, isPeriodic: true) { [said] _ in
                said.with { $0.append("chore") }
            }
        ) { 0 }
        #expect(words(3).count >= 3)
        thread.close()
    }

    @Test func `a chore that waits to be asked is done once for many asks`() throws {
        let thread = try QueryThread(
            "test", limit: 10,
            chore: .init(interval: 3_600_000_000_000, isPeriodic: false) { [said] _ in
                said.with { $0.append("chore") }
            }
        ) { 0 }
        for _ in 0..<5 { thread.ask() }
        #expect(words(1) == ["chore"])
        for _ in 0..<5 { thread.ask() }
        // Answered at once, though the chore is not due for an hour.
        _ = thread.submit { [said] _ in said.with { $0.append("question") } }
        #expect(words(2) == ["chore", "question"])
        thread.close()
        #expect(said.with { $0 } == ["chore", "question"])
    }
}

/// Whether `condition` comes to hold.
private func wait(until condition: () -> Bool) -> Bool {
    let clock = SystemClock()
    while clock.seconds < 20 {
        if condition() { return true }
        clock.rest()
    }
    return condition()
}
