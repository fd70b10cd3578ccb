import Testing

@testable import Store

struct CompressionBudgetTests {
    private let second: Int64 = 1_000_000_000

    @Test func `slow traffic is compressed thoroughly until the budget is spent, and again later`() {
        var budget = CompressionBudget(now: 0)
        let first = budget.level(bytes: 100_000, span: second, now: 0)
        budget.spent(3 * second)
        let spent = budget.level(bytes: 100_000, span: second, now: second)
        let earned = budget.level(bytes: 100_000, span: second, now: 6 * second)
        #expect([first, spent, earned] == [.thorough, .normal, .thorough])
    }

    @Test func `a burst is compressed fast, and what lies between in the ordinary way`() {
        var budget = CompressionBudget(now: 0)
        let fast = budget.level(bytes: 100_000, span: 1_000_000, now: 0)
        let atOnce = budget.level(bytes: 100_000, span: 0, now: 0)
        let huge = budget.level(bytes: .max, span: 1, now: 0)
        let between = budget.level(bytes: 32 << 20, span: second, now: 0)
        #expect(between == .normal)
        // What a busy listener takes in: the cores are wanted for the traffic.
        #expect(budget.level(bytes: 5 << 20, span: second, now: 0) == .normal)
        #expect(budget.level(bytes: 3 << 20, span: second, now: 0) == .thorough)
        #expect([fast, atOnce, huge] == [.fast, .fast, .fast])
    }
}
