import Testing

@testable import Recording

struct Base64Tests {
    private func encoded(_ bytes: [UInt8]) -> String {
        var encoder = Base64Encoder()
        var text: [UInt8] = []
        for byte in bytes { encoder.push([byte], into: &text) }
        encoder.finish(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of RFC 4648 hold`(bytes: String, text: String) {
        #expect(encoded(Array(bytes.utf8)) == text)
        #expect(Base64.decoded(text.utf8) == Array(bytes.utf8))
    }

    @Test func `all bytes survive`() {
        let bytes = (0...255).map { UInt8($0) } + [1]
        #expect(Base64.decoded(encoded(bytes).utf8) == bytes)
    }

    @Test(arguments: ["A", "AA", "AAA", "A===", "AA=A", "====", "AAA-", "AAAA\n", "AA==AAAA"])
    func `anything else is no base64`(text: String) { #expect(Base64.decoded(text.utf8) == nil) }
}
