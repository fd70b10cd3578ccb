import Testing

@testable import Recording

struct QuantityTests {
    @Test func `durations read in every unit`() {
        #expect(Quantity.duration("250ms") == 250_000_000)
        #expect(Quantity.duration("1.5h") == 5_400_000_000_000)
        #expect(Quantity.duration("0.000000001s") == 1)
        #expect(Quantity.duration("30d") == 2_592_000_000_000_000)
    }

    @Test func `sizes read in powers of 1000 and of 1024`() {
        #expect(Quantity.size("1MB") == 1_000_000)
        #expect(Quantity.size("1MiB") == 1_048_576)
        #expect(Quantity.size("1.5KiB") == 1536)
        #expect(Quantity.size("7") == 7)
    }

    @Test(arguments: [
        "", "s", "5", "-1s", "1.s", ".5s", "1..s", "1e3s", "9999999999999999999s", "9999999999w",
        "1.1234567891s",
    ])
    func `anything else is no duration`(text: String) {
        #expect(Quantity.duration(text) == nil)
    }
}
