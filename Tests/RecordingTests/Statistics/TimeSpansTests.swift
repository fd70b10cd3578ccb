import Testing

@testable import Recording

struct TimeSpansTests {
    private func span(_ from: Int64, _ to: Int64) -> TimeSpan { TimeSpan(from: from, to: to) }

    @Test func `what overlaps or touches is one`() {
        var spans = TimeSpans()
        for piece in [span(10, 20), span(15, 30), span(50, 60), span(0, 5), span(30, 40), span(7, 7)] {
            spans.add(piece)
        }
        #expect(spans.merged == [span(0, 5), span(10, 40), span(50, 60)])
        #expect(spans.length == 45)
        #expect(spans.bridged == 0)
    }

    @Test func `what is left without others is exact`() {
        #expect(
            span(0, 100).subtracting([span(20, 30), span(25, 40), span(90, 200), span(-5, 3)]) == [
                span(3, 20), span(40, 90),
            ])
        #expect(span(0, 10).subtracting([span(0, 10)]).isEmpty)
        #expect(span(0, 10).subtracting([]) == [span(0, 10)])
        #expect(span(0, 10).subtracting([span(20, 30), span(4, 4)]) == [span(0, 10)])
    }

    @Test func `a union agrees with counting instants`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var spans = TimeSpans()
            var instants = Set<Int64>()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let from = Int64.random(in: 0..<60, using: &random)
                let piece = span(from, from + Int64.random(in: 0..<20, using: &random))
                spans.add(piece)
                instants.formUnion(piece.from..<piece.to)
            }
            #expect(spans.length == Int64(instants.count))
        }
    }

    @Test func `beyond the limit short pauses are bridged, and it says so`() {
        var spans = TimeSpans(limit: 8)
        for index in 0..<40 { spans.add(span(Int64(index) * 1_000, Int64(index) * 1_000 + 400)) }
        #expect(spans.bridged >= 600)
        #expect(spans.merged.count <= 8)
        #expect(spans.length >= 40 * 400)
    }
}
