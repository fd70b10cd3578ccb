import Testing
import Wire

struct JSONTextTests {
    @Test func `escapes what must be escaped and nothing else`() {
        let text = "a\"b\\c/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f}é€😀 a long tail of plain text"
        #expect(
            JSONText.quoted(text)
                == #""a\"b\\c/\b\f\n\r\t\u0001\u001f"# + "\u{7f}é€😀 a long tail of plain text\"")
        #expect(JSONText.quoted("") == "\"\"")
    }

    @Test func `bytes that are not UTF-8 are repaired`() {
        var bytes: [UInt8] = []
        JSONText.quote(utf8: [0x61, 0xFF, 0x22], into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\"a\u{FFFD}\\\"\"")
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00!""#, "😀!"), (#""é😀""#, "é😀"),
        (#""\ud83d""#, "\u{FFFD}"), (#""\ude00\ud83dx""#, "\u{FFFD}\u{FFFD}x"),
        (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\u0000""#, "\u{0}"),
    ])
    func `resolves escapes`(_ token: String, _ expected: String) {
        #expect(JSONText.unescape(Array(token.utf8)[...]) == expected)
    }

    @Test(arguments: ["", "\"", "a", "\"a", "a\"", #""\q""#, #""\u12""#, #""\""#, "\"a\"b\"", "\"\n\"", "12"])
    func `what is no string token has no text`(_ token: String) {
        #expect(JSONText.unescape(Array(token.utf8)[...]) == nil)
    }

    @Test func `quoting and unescaping are inverse`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let text = String(decoding: random.bytes(upTo: 40), as: UTF8.self)
            let token = JSONText.quoted(text)
            #expect(JSONText.unescape(Array(token.utf8)[...]) == text, "seed \(seed)")
            #expect(JSONText.isValid(Array(token.utf8)[...]), "seed \(seed)")
        }
    }
}
