import Recording
import Testing

struct HumanTextTests {
    @Test(arguments: [
        (0, "0 ns"), (999, "999 ns"), (1000, "1.00 µs"), (13_400, "13.4 µs"), (999_999, "999 µs"),
        (4_210_000, "4.21 ms"), (1_500_000_000, "1.50 s"), (59_999_999_999, "59.9 s"),
        (123_000_000_000, "2 m 03 s"),
        (18_120_000_000_000, "5 h 02 m"), (273_600_000_000_000, "3 d 04 h"), (-1500, "-1.50 µs"),
    ])
    func `durations read well`(_ nanoseconds: Int64, _ text: String) {
        #expect(HumanText.duration(nanoseconds: nanoseconds) == text)
    }

    @Test func `the extremes do not trap`() {
        #expect(HumanText.duration(nanoseconds: .min).hasPrefix("-106751 d"))
        #expect(HumanText.duration(nanoseconds: .max).hasPrefix("106751 d"))
        #expect(HumanText.size(.max) == "8388608 TiB")
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_576, "1.0 MiB"), (15_000_000, "14 MiB"),
        (1 << 40, "1.0 TiB"),
    ])
    func `sizes read well`(_ bytes: Int, _ text: String) {
        #expect(HumanText.size(bytes) == text)
    }

    @Test func `counts have thousands apart`() {
        #expect(HumanText.count(1_048_576) == "1,048,576")
        #expect(HumanText.count(-999) == "-999")
        #expect(HumanText.counted(1, "message") == "1 message")
        #expect(HumanText.counted(0, "entry", "entries") == "0 entries")
    }

    @Test func `offsets have microseconds`() {
        #expect(HumanText.offset(nanoseconds: 12_004_512_999) == "12.004512")
        #expect(HumanText.offset(nanoseconds: -1) == "0.000000")
    }
}
