import Testing

@testable import Recording

struct ChaCha20Tests {
    @Test func `the first block under a key of zeros is the standard's`() {
        // RFC 8439, appendix A.1, test vector 1.
        let stream = ChaCha20.combined(
            [UInt8](repeating: 0, count: 64)[...], key: [UInt8](repeating: 0, count: 32))
        #expect(
            stream.prefix(16) == [
                0x76, 0xB8, 0xE0, 0xAD, 0xA0, 0xF1, 0x3D, 0x90, 0x40, 0x5D, 0x6A, 0xE5, 0x53, 0x86, 0xBD,
                0x28,
            ])
        #expect(stream.suffix(4) == [0xB2, 0xEE, 0x65, 0x86])
    }

    @Test func `twice gives back what was given, at any length`() {
        let key = (0..<32).map { UInt8($0 * 7) }
        for length in [0, 1, 63, 64, 65, 1000] {
            let text = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            let coded = ChaCha20.combined(text[...], key: key)
            #expect(ChaCha20.combined(coded[...], key: key) == text)
            #expect(length < 8 || coded != text)
        }
    }
}
