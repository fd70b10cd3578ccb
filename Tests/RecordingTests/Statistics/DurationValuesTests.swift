import Testing

@testable import Recording

struct DurationValuesTests {
    private func values(_ numbers: some Sequence<Int64>, folded: Bool = false) -> DurationValues {
        var values = DurationValues()
        for number in numbers { values.add(number) }
        if folded { values.fold() }
        return values
    }

    @Test func `percentiles are exact, by nearest rank`() {
        let hundred = values((1...100).shuffled())
        #expect(hundred.percentiles == Percentiles(p50: 50, p90: 90, p95: 95, p99: 99, max: 100))
        #expect(values([7]).percentiles == Percentiles(p50: 7, p90: 7, p95: 7, p99: 7, max: 7))
        #expect(values([]).percentiles == Percentiles())
        #expect(values([-5]).max == 0)
    }

    @Test func `folded they are within 0.8 %, and the largest is exact`() {
        var random = SeededRandom(seed: 3)
        let numbers = (0..<5_000).map { _ in
            Int64.random(in: 1...1_000_000_007 >> Int64.random(in: 0...20, using: &random), using: &random)
        }
        let (exact, folded) = (values(numbers).percentiles, values(numbers, folded: true).percentiles)
        #expect(exact.max == folded.max)
        for key in [\Percentiles.p50, \.p90, \.p95, \.p99] {
            let (one, other) = (Double(exact[keyPath: key] ?? 0), Double(folded[keyPath: key] ?? 0))
            #expect(abs(one - other) <= one * 0.008 + 1, "\(one) \(other)")
        }
    }

    @Test func `every value is in its bucket, up to the largest`() {
        for value in [0, 1, 127, 128, 129, 255, 256, 1_000_003, Int64.max / 3, .max] as [Int64] {
            let middle = DurationValues.middle(of: DurationValues.bucket(of: value))
            #expect(abs(Double(middle) - Double(value)) <= Double(value) / 128, "\(value): \(middle)")
        }
    }

    @Test func `what is added to a histogram becomes one`() {
        var both = values([1_000_000, 2_000_000], folded: true)
        both.add(values([3_000_000]))
        both.add(4_000_000)
        #expect(!both.isExact && both.exactCount == 0 && both.count == 4)
        var seen = 0
        both.forEach { seen += $1 }
        #expect(seen == 4)
    }

    @Test func `the median's interval holds the median, and needs ten values`() {
        #expect(values(1...9).medianInterval == nil)
        // Ranks 40 and 61 of 100: the interval of the binomial distribution.
        #expect(values(1...100).medianInterval == 40...61)
    }
}
