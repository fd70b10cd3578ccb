import Testing

@testable import Recording

struct CivilTimeTests {
    @Test func `instants become dates`() {
        #expect(CivilTime(nanosecondsSince1970: 0).text() == "1970-01-01T00:00:00Z")
        #expect(CivilTime(nanosecondsSince1970: -1).text(fraction: 9) == "1969-12-31T23:59:59.999999999Z")
        #expect(CivilTime(nanosecondsSince1970: 951_782_400_000_000_000).text() == "2000-02-29T00:00:00Z")
        #expect(CivilTime(nanosecondsSince1970: .max).text(fraction: 3) == "2262-04-11T23:47:16.854Z")
        #expect(CivilTime(nanosecondsSince1970: .min).text() == "1677-09-21T00:12:43Z")
    }

    @Test func `what is written is read again`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            let instant = Int64.random(
                in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000, using: &random)
            let text = CivilTime(nanosecondsSince1970: instant).text(fraction: 9)
            #expect(CivilTime(parsing: text)?.nanosecondsSince1970 == instant)
        }
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2026-11-23T", "2026-11-23T25:00", "2026-11-23Tx", "2026-11-23 10:00x",
    ])
    func `anything else is no date`(text: String) {
        #expect(CivilTime(parsing: text) == nil)
    }
}
