import Recording
import Testing
import Wire

struct HMACSHA256Tests {
    private struct Vector {
        var key: [UInt8]
        var data: [UInt8]
        var digest: String
    }

    /// Source: RFC 4231 §4, test cases 1 to 4, 6 and 7; case 5 is truncated and so is its comparison.
    private static let vectors = [
        Vector(
            key: Array(repeating: 0x0B, count: 20), data: Array("Hi There".utf8),
            digest: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        Vector(
            key: Array("Jefe".utf8), data: Array("what do ya want for nothing?".utf8),
            digest: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        Vector(
            key: Array(repeating: 0xAA, count: 20), data: Array(repeating: 0xDD, count: 50),
            digest: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        Vector(
            key: Array(1...25), data: Array(repeating: 0xCD, count: 50),
            digest: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        Vector(
            key: Array(repeating: 0x0C, count: 20), data: Array("Test With Truncation".utf8),
            digest: "a3b6167473100ee06e0c796c2955552b"),
        Vector(
            key: Array(repeating: 0xAA, count: 131),
            data: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            digest: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        Vector(
            key: Array(repeating: 0xAA, count: 131),
            data: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            digest: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test func `gives the standard's digests`() {
        for vector in Self.vectors {
            let digest = SHA256.hex(HMACSHA256.digest(of: vector.data[...], key: vector.key))
            #expect(digest.hasPrefix(vector.digest))
        }
    }

    @Test func `a saved state goes on where it was, and holds no key`() throws {
        let key = Array("0123456789abcdef0123456789abcdef".utf8)
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 5 + 1) }
        let whole = HMACSHA256.digest(of: bytes[...], key: key)
        for cut in [0, 1, 63, 64, 65, 128, 299, 300] {
            var first = HMACSHA256(key: key)
            first.push(bytes[..<cut])
            var writer = StateWriter()
            first.save(to: &writer)
            #expect(ByteSearch(key).firstIndex(in: writer.bytes[...]) == nil)
            var reader = StateReader(writer.bytes)
            var second = try HMACSHA256(from: &reader, prepared: HMACSHA256(key: key))
            second.push(bytes[cut...])
            #expect(second.digest == whole)
        }
    }
}
