import MCPSemantics
import Testing
import Wire

@testable import Recording

struct StatisticsComparisonTests {
    private func statistics(_ calls: [(name: String, milliseconds: Int64, count: Int)]) -> Statistics {
        var statistics = Statistics()
        let session = SampleSessions.session("aaaa", "x", start: 0)
        for call in calls {
            for _ in 0..<call.count {
                let exchange = Operations.exchange(1, "tools/call", call.name, from: 0, to: call.milliseconds)
                for operation in Operations.assembled([exchange]) { statistics.add(operation, of: session) }
            }
        }
        return statistics
    }

    @Test func `shifts stand beside what was and what is`() {
        let comparison = StatisticsComparison(
            before: statistics([("a", 100, 500), ("gone", 5, 2), ("same", 7, 20)]),
            after: statistics([("a", 116, 500), ("new", 5, 2), ("same", 7, 20)]))
        let rows = comparison.table.map { $0.joined(separator: " | ") }
        Golden.expect(
            Array((rows + comparison.notes).map { $0 + "\n" }.joined().utf8), in: "comparison.txt")
    }

    @Test func `large shifts are factors, and few answers are marked`() {
        let comparison = StatisticsComparison(
            before: statistics([("a", 1, 3)]), after: statistics([("a", 40, 3)]))
        #expect(comparison.table[1][4] == "×40 ?")
        let back = StatisticsComparison(before: statistics([("a", 40, 3)]), after: statistics([("a", 10, 3)]))
        #expect(back.table[1][4] == "-75 % ?")
        #expect(comparison.pairs[0].medianIsSame == nil)
    }

    @Test func `a pair is an object with both sides`() throws {
        let comparison = StatisticsComparison(
            before: statistics([("a", 100, 1)]), after: statistics([("a", 150, 1)]))
        var json = JSONWriter()
        json.comparison(comparison.pairs[0])
        let tree = try #require(JSONTree(json.bytes[...]))
        #expect(tree.root["row"]?.stringValue == "compare" && tree.root["name"]?.stringValue == "a")
        #expect(tree.root["p50_change_permille"]?.intValue == 500)
        #expect(tree.root["p50_uncertain"]?.boolValue == true)
        #expect(tree.root["before"]?["p50_us"]?.intValue == 100_000)
        #expect(tree.root["after"]?["count"]?.intValue == 1)
    }
}
