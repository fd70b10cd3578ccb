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
}
