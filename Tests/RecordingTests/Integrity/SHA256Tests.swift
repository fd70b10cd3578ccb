import Recording
import Testing
import Wire

struct SHA256Tests {
    private func hex(_ bytes: [UInt8]) -> String { SHA256.hex(SHA256.digest(of: bytes[...])) }

    /// Source: FIPS 180-4 examples (NIST, SHA256.pdf), and the million `a`.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                + "mnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func `gives the standard's digests`(_ text: String, _ digest: String) {
        #expect(hex(Array(text.utf8)) == digest)
    }

    @Test func `gives the digest of a million letters`() {
        let bytes = Array(repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(hex(bytes) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `the digest does not depend on the pieces, at every length around a block`() throws {
        for count in [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
            let whole = SHA256.digest(of: bytes[...])
            var single = SHA256()
            for index in bytes.indices { single.push(bytes[index...index]) }
            #expect(single.digest == whole)
            for cut in [0, count / 3, count / 2, count] {
                var first = SHA256()
                first.push(bytes[..<cut])
                _ = first.digest
                var writer = StateWriter()
                first.save(to: &writer)
                var reader = StateReader(writer.bytes)
                var second = try SHA256(from: &reader)
                #expect(second == first)
                second.push(bytes[cut...])
                #expect(second.digest == whole)
            }
        }
    }

    @Test func `our own rounds and the processor's give the same digests`() {
        for count in [0, 1, 63, 64, 65, 127, 128, 1000, 4096] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
            var portable = SHA256.portable
            portable.push(bytes[...])
            #expect(portable.digest == SHA256.digest(of: bytes[...]), "\(count) bytes")
        }
        var portable = SHA256.portable
        portable.push(Array("abc".utf8)[...])
        #expect(
            SHA256.hex(portable.digest) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func `a damaged state throws`() {
        var writer = StateWriter()
        for _ in 0..<8 { writer.int(1) }
        writer.bytes([1, 2, 3])
        writer.int(UInt64(64))
        var reader = StateReader(writer.bytes)
        #expect(throws: StateReader.Failure.malformed) { try SHA256(from: &reader) }
    }
}
