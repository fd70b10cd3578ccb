import Telemetry
import Testing

struct LabelRegisterTests {
    private static let label = "gen_ai_tool_name"

    /// `isAdmitted`: what the budget must answer.
    private func expect(_ name: String, is isAdmitted: Bool, in budget: inout LabelBudget) {
        let answer = budget.admits(name, as: Self.label, of: "fs")
        #expect(answer == isAdmitted, "\(name)")
    }

    private func advertise(_ names: [String], in budget: inout LabelBudget) {
        budget.beginBatch()
        for name in names { budget.advertise(name, as: Self.label, of: "fs") }
    }

    @Test func `names that nobody used make room for what is advertised later`() {
        var budget = LabelBudget()
        advertise((0..<LabelBudget.advertisedOfServer).map { "old\($0)" }, in: &budget)
        expect("old7", is: true, in: &budget)
        advertise(["new"], in: &budget)
        expect("new", is: true, in: &budget)
        expect("old8", is: false, in: &budget)
        expect("old7", is: true, in: &budget)
        advertise(["old8"], in: &budget)
        expect("old8", is: true, in: &budget)
    }

    @Test func `a list that is longer than the limit does not forget itself`() {
        var budget = LabelBudget()
        advertise((0..<LabelBudget.advertisedOfServer + 500).map { "tool\($0)" }, in: &budget)
        expect("tool0", is: true, in: &budget)
        expect("tool999", is: true, in: &budget)
        expect("tool1000", is: false, in: &budget)
    }
}
