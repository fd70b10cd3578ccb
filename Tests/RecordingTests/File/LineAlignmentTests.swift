import Testing

@testable import Recording

struct LineAlignmentTests {
    private func pairs(_ old: String, _ new: String) -> [[Int]] {
        LineAlignment.pairs(Array(old), Array(new)).map { [$0.old, $0.new] }
    }

    @Test func `equal ends are pairs and what differs is none`() {
        #expect(pairs("abcd", "axcd") == [[0, 0], [2, 2], [3, 3]])
        #expect(pairs("abc", "abc") == [[0, 0], [1, 1], [2, 2]])
        #expect(pairs("", "abc").isEmpty && pairs("abc", "").isEmpty)
        // Equal beginnings and ends do not overlap.
        #expect(pairs("aa", "aaa") == [[0, 0], [1, 1]])
    }

    @Test func `insertions and removals leave the most pairs there can be`() {
        #expect(pairs("abcabba", "cbabac").count == 4)
        #expect(pairs("abc", "xabyc") == [[0, 1], [1, 2], [2, 4]])
    }

    @Test func `pairs are equal and ascend, also where lines only go to the next equal one`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let old = (0..<random.below(30)).map { _ in random.below(5) }
            let new = (0..<random.below(30)).map { _ in random.below(5) }
            for pairs in [LineAlignment.pairs(old, new), LineAlignment.next(old, new)] {
                for pair in pairs { #expect(old[pair.old] == new[pair.new]) }
                for (one, other) in zip(pairs, pairs.dropFirst()) {
                    #expect(one.old < other.old && one.new < other.new)
                }
            }
        }
    }
}
