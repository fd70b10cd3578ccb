import Testing

@testable import Store

struct CompressionBudgetTests {
    private let second: Int64 = 1_000_000_000

    @Test func `slow traffic is compressed thoroughly until the budget is spent, and again later`() {
        var budget = CompressionBudget(now: 0)
        let first = budget.allows(bytes: 100_000, span: second, now: 0)
        budget.spent(3 * second)
        let spent = budget.allows(bytes: 100_000, span: second, now: second)
        let earned = budget.allows(bytes: 100_000, span: second, now: 6 * second)
        #expect([first, spent, earned] == [true, false, true])
    }

    @Test func `a burst is not`() {
        var budget = CompressionBudget(now: 0)
        let fast = budget.allows(bytes: 100_000, span: 1_000_000, now: 0)
        let atOnce = budget.allows(bytes: 100_000, span: 0, now: 0)
        let huge = budget.allows(bytes: .max, span: 1, now: 0)
        #expect([fast, atOnce, huge] == [false, false, false])
    }
}
