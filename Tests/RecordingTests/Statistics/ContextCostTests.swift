import Testing

@testable import Recording

struct ContextCostTests {
    private func list(_ tools: String) -> ArraySlice<UInt8> {
        Array(#"{"result":{"tools":[\#(tools)]}}"#.utf8)[...]
    }

    @Test func `definitions and results are bytes, and tokens an estimate of them`() {
        var cost = ContextCost()
        // 24 and 12 bytes.
        cost.add(list: list(#"{"name":"a","title":"A"},{"name":"b"}"#), of: "x")
        for _ in 0..<3 {
            cost.add(call: "a", of: "x")
            cost.add(result: 1_001, of: "a", "x")
        }
        cost.add(call: "unlisted", of: "x")
        cost.add(result: 1, of: "unlisted", "x")
        #expect(cost.rows.map(\.name) == ["a", "b", "unlisted"])
        #expect(cost.rows.map(\.definitionBytes) == [24, 12, nil])
        #expect(cost.rows.map(\.calls) == [3, 0, 1])
        #expect([cost.rows[0].definitionTokens, cost.rows[0].resultTokens] == [6, 751])
        #expect(cost.neverCalled.map(\.name) == ["b"])
        #expect([cost.listed, cost.definitionBytes, cost.resultBytes] == [2, 36, 3_004])
        #expect(
            cost.lines == [
                "2 tools listed: 36 B (≈ 9 tokens) of definitions, 2.9 KiB (≈ 751 tokens) of results",
                "never called: 1, with 12 B (≈ 3 tokens) of definitions: b",
                "≈ tokens are an estimate: 4 bytes of JSON text each",
            ])
        #expect(
            cost.table(limit: 2) == [
                ["TOOL", "DEFINITION", "≈TOKENS", "CALLS", "RESULTS", "≈TOKENS"],
                ["a", "24 B", "6", "3", "2.9 KiB", "751"], ["b", "12 B", "3", "0", "0 B", "0"],
            ])
    }

    @Test func `the newest list counts, and servers do not share names`() {
        var cost = ContextCost()
        cost.add(list: list(#"{"name":"a","title":"long ago"}"#), of: "x")
        cost.add(list: list(#"{"name":"a"}"#), of: "x")
        cost.add(list: list(#"{"name":"a"}"#), of: "y")
        #expect(cost.rows.map(\.server) == ["x", "y"])
        #expect(cost.definitionBytes == 24)
        #expect(cost.table(limit: 9)[1][0] == "x a")
    }

    @Test func `a list that cannot be read is said`() {
        var cost = ContextCost()
        for message in [nil, list("")[...].dropLast(), Array(#"{"result":{"tools":7}}"#.utf8)[...]] {
            cost.add(list: message, of: "x")
        }
        #expect(cost.unreadLists == 3 && !cost.isEmpty)
        #expect(cost.lines[1] == "3 lists of tools could not be read: not recorded, or no list")
        cost.add(list: list(#"{"title":"no name"},5"#), of: "x")
        #expect(cost.lists == 1 && cost.rows.isEmpty)
        #expect(ContextCost().lines.isEmpty)
    }

    @Test func `a server with endless tools is bounded`() {
        var cost = ContextCost()
        for number in 0..<(ContextCost.toolLimit + 7) {
            cost.add(call: "t\(number)", of: "x")
        }
        #expect(cost.rows.count == ContextCost.toolLimit && cost.untold == 7)
        #expect(cost.lines.contains("7 further tools or calls are not counted"))
    }
}
