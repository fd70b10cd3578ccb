import Recording
import Testing

struct DisplayTextTests {
    @Test func `escape sequences and direction marks are made visible`() {
        #expect(
            DisplayText.oneLine("a\u{1B}[31mb\u{9B}c\u{202E}d\u{7F}", limit: 80)
                == "a␛[31mb\u{FFFD}c\u{FFFD}d␡")
    }

    @Test func `line feeds stay on one line`() {
        #expect(DisplayText.oneLine("a\nb\tc\r", limit: 80) == "a⏎b c␍")
    }

    @Test(arguments: [(3, "abc"), (2, "a…"), (1, "…")])
    func `a cut text ends with a mark and is never longer`(_ limit: Int, _ text: String) {
        #expect(DisplayText.oneLine("abc", limit: limit) == text)
    }

    @Test func `invalid bytes are replaced`() {
        #expect(DisplayText.oneLine(utf8: [0x61, 0xFF, 0x62], limit: 10) == "a\u{FFFD}b")
    }

    @Test func `a block keeps its lines`() {
        #expect(DisplayText.block("a\n\tb\u{0}") == "a\n\tb␀")
    }
}
