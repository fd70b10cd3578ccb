import Testing
import Wire

struct UTF8TextTests {
    @Test(
        arguments: [
            [0x41], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80],
            [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [],
        ] as [[UInt8]])
    func `accepts well-formed sequences`(_ bytes: [UInt8]) {
        #expect(UTF8Text.isValid(bytes[...]))
        #expect(UTF8Text.exact(bytes[...]) != nil)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC2], [0xE2, 0x82],
            [0xE2, 0x41, 0x80],
            [0xF0, 0x9F, 0x98],
        ] as [[UInt8]])
    func `refuses what table 3-7 does not list`(_ bytes: [UInt8]) {
        #expect(!UTF8Text.isValid(bytes[...]))
        #expect(UTF8Text.exact(bytes[...]) == nil)
        let long = Array("plain text of twenty.".utf8) + bytes
        #expect(UTF8Text.firstInvalid(in: long[...]) == 21)
    }

    @Test func `offsets count in the slice's own indices`() {
        let bytes: [UInt8] = [0xFF, 0x41, 0x42, 0xFF, 0x43]
        #expect(UTF8Text.firstInvalid(in: bytes[1...]) == 3)
        #expect(UTF8Text.firstInvalid(in: bytes[1..<3]) == nil)
    }

    @Test func `agrees with the standard library on random bytes`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let alphabet: [UInt8] = [
            0x20, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF4,
        ]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let expected = String(validating: bytes, as: UTF8.self) != nil
            #expect(UTF8Text.isValid(bytes[...]) == expected, "seed \(seed): \(bytes)")
        }
    }

    @Test func `a prefix does not cut a character`() {
        let bytes = Array("aé€😀".utf8)
        let counts = (0...bytes.count).map { UTF8Text.prefix(of: bytes[...], limit: $0).count }
        #expect(counts == [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10])
        #expect(UTF8Text.prefix(of: bytes[3...], limit: 2).isEmpty)
    }
}
