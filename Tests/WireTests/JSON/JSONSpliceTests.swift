import Testing
import Wire

struct JSONSpliceTests {
    private func spliced(_ text: String, _ edits: [(Range<Int>, String)]) -> String? {
        var splice = JSONSplice()
        for (range, bytes) in edits { splice.replace(range, with: bytes.utf8) }
        return splice.applied(to: Array(("##" + text).utf8)[2...]).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `replaces ranges in any order and touches nothing else`() {
        let text = #"{"id":1, "token":"x"}"#
        #expect(spliced(text, [(17..<20, "99"), (6..<7, "\"live\"")]) == #"{"id":"live", "token":99}"#)
        #expect(spliced(text, []) == text)
        #expect(spliced("abc", [(0..<3, "")]) == "")
    }

    @Test func `an empty range inserts`() {
        #expect(spliced("ad", [(1..<1, "b"), (1..<1, "c"), (2..<2, "!"), (0..<0, ">")]) == ">abcd!")
        #expect(spliced("ab", [(1..<2, "X"), (1..<1, "-")]) == "a-X")
    }

    @Test func `ranges that overlap or lie outside give nothing`() {
        #expect(spliced("abcd", [(0..<2, "x"), (1..<3, "y")]) == nil)
        #expect(spliced("abcd", [(0..<2, "x"), (0..<2, "y")]) == nil)
        #expect(spliced("abcd", [(0..<3, "x"), (1..<1, "y")]) == nil)
        #expect(spliced("abcd", [(3..<5, "x")]) == nil)
        #expect(spliced("abcd", [(-1..<0, "x")]) == nil)
    }
}
