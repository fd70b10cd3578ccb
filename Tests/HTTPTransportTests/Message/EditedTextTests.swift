import Testing

@testable import HTTPTransport

struct EditedTextTests {
    @Test func `each edit stands at its place in what came`() {
        let text = Array("..abcdef".utf8)[2...]
        let edits = [
            EditedText.Edit(offset: 0, removed: Array("a".utf8), inserted: Array("AAA".utf8)),
            EditedText.Edit(offset: 2, removed: [], inserted: Array("-".utf8)),
            EditedText.Edit(offset: 4, removed: Array("ef".utf8), inserted: []),
        ]
        #expect(EditedText(text, edits)?.bytes == Array("AAAb-cd".utf8))
        #expect(EditedText(text, edits)?.edits == edits)
        #expect(EditedText(text, []) == nil)
    }
}
