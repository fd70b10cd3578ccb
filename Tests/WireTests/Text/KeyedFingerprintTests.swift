import Testing

@testable import Wire

struct KeyedFingerprintTests {
    private let key = KeyedFingerprint.Key(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)

    private func fingerprint(_ bytes: ArraySlice<UInt8>, _ key: KeyedFingerprint.Key) -> KeyedFingerprint {
        var result = KeyedFingerprint()
        bytes.withUnsafeBytes { result.push($0, key: key) }
        return result
    }

    @Test func `one changed bit changes it, at every length`() {
        var random = SplitMix64(seed: 11)
        for length in 1...200 {
            var text = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let before = fingerprint(text[...], key)
            for place in [0, Int.random(in: 0..<length, using: &random), length - 1] {
                let bit = UInt8(1) << UInt8.random(in: 0...7, using: &random)
                text[place] ^= bit
                #expect(fingerprint(text[...], key) != before, "length \(length), byte \(place)")
                text[place] ^= bit
            }
            #expect(fingerprint(text[...], key) == before)
        }
    }

    @Test func `swapped groups are told apart, within a step and across steps`() {
        let text = (0..<336).map { UInt8(truncatingIfNeeded: $0 / 7) }
        for distance in [1, 7, 8, 9, 40] {
            var swapped = text
            for byte in 0..<7 { swapped.swapAt(byte, distance * 7 + byte) }
            #expect(fingerprint(swapped[...], key) != fingerprint(text[...], key))
        }
    }

    @Test func `is the polynomial that its description promises`() {
        // (2^61 - 1) by school arithmetic: one group at a time, in 128 bits.
        let prime: UInt128 = (1 << 61) - 1
        var random = SplitMix64(seed: 5)
        for length in [0, 1, 6, 7, 8, 55, 56, 57, 58, 111, 112, 113, 1000] {
            let text = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            var expected: (UInt128, UInt128) = (0, 0)
            for start in stride(from: 0, to: length, by: 7) {
                let group = text[start..<min(start + 7, length)].reversed().reduce(UInt128(0)) {
                    $0 << 8 | UInt128($1)
                }
                expected.0 = (expected.0 * (0x0123_4567_89AB_CDEF % prime) + group) % prime
                expected.1 = (expected.1 * (0xFEDC_BA98_7654_3210 % prime) + group) % prime
            }
            let result = fingerprint(text[...], key)
            #expect(UInt128(result.first) == expected.0 && UInt128(result.second) == expected.1)
        }
    }
}
