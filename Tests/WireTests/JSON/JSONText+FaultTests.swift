import Testing
import Wire

struct JSONTextFaultTests {
    @Test(
        arguments: [
            ("{\"a\":1}", nil), (" 1 ", nil), ("{\"a\" 1}", 5), ("{\"a\":1", 6), ("", 0), ("[1,]", 3),
            ("1 2", 2),
            ("\"\u{1}\"", 1), ("nul", 3), ("nuls", 3),
        ] as [(String, Int?)])
    func `the first byte that is not JSON is found`(text: String, index: Int?) {
        #expect(JSONText.firstFault(in: Array(text.utf8)[...]) == index)
    }

    @Test func `the index is one of the slice`() {
        let bytes = Array("xx{]".utf8)
        #expect(JSONText.firstFault(in: bytes[2...]) == 3)
    }
}
