import Testing

@testable import Recording

struct StatisticsTableTests {
    @Test(
        arguments: [
            (0, 5, "0 %"), (0, 0, "0 %"), (1, 17, "5.9 %"), (2, 23, "8.7 %"), (1, 14, "7.1 %"),
            (2, 3, "67 %"), (4, 17, "24 %"), (1, 1, "100 %"), (1, 3000, "< 0.1 %"), (999, 1000, "> 99 %"),
            (989, 1000, "99 %"), (99_951, 1_000_000, "10 %"),
        ])
    func `a share is rounded, and never to all or to nothing`(part: Int, whole: Int, text: String) {
        #expect(StatisticsTable.share(part, of: whole) == text)
    }

    @Test func `a shift that rounds to nothing has no direction`() {
        var (before, after) = (Statistics(), Statistics())
        let session = SampleSessions.session("aaaa", "x", start: 0)
        for (milliseconds, earlier) in [(10_000, true), (9_970, false)] {
            let exchange = Operations.exchange(1, "tools/call", "a", from: 0, to: Int64(milliseconds))
            for operation in Operations.assembled([exchange], end: 20_000) {
                if earlier {
                    before.add(operation, of: session)
                } else {
                    after.add(operation, of: session)
                }
            }
        }
        #expect(StatisticsComparison(before: before, after: after).table[1][4] == "+0 % ?")
    }
}
