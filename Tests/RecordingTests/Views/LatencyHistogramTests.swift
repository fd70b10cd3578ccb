import Testing

@testable import Recording

struct LatencyHistogramTests {
    @Test func `buckets run from the first to the last that holds anything`() {
        var histogram = LatencyHistogram()
        for value: Int64 in [1_000, 1_999, 2_000, 10_000] { histogram.add(value) }
        #expect(histogram.buckets.map(\.count) == [2, 1, 0, 1])
        #expect(histogram.buckets.map(\.from) == [1_000, 2_000, 5_000, 10_000])
    }

    @Test func `bars are as long as their counts and fit the width`() {
        var histogram = LatencyHistogram()
        for _ in 0..<1000 { histogram.add(1_500_000) }
        for _ in 0..<500 { histogram.add(3_000_000) }
        histogram.add(12_000_000)
        let lines = histogram.lines(width: 40)
        #expect(
            lines == [
                "  1 ms – 2 ms │\(String(repeating: "█", count: 18)) 1,000",
                "  2 ms – 5 ms │\(String(repeating: "█", count: 9)) 500", " 5 ms – 10 ms │",
                "10 ms – 20 ms │▏ 1",
            ])
        #expect(lines.allSatisfy { $0.count <= 40 })
    }

    @Test func `any latency has a bucket`() {
        var histogram = LatencyHistogram()
        for value in [Int64.min, -1, 0, .max] { histogram.add(value) }
        #expect(histogram.buckets.map(\.count).reduce(0, +) == 4)
        #expect(histogram.lines(width: 0).count == histogram.buckets.count)
        #expect(LatencyHistogram().lines(width: 80).isEmpty)
    }
}
