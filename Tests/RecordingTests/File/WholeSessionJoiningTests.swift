import MCPSemantics
import Testing

@testable import Recording

struct WholeSessionJoiningTests {
    private typealias T = FileTranscript

    private func joined(_ clients: [[String]]) throws -> [String] {
        let joined = try WholeSession.joining(clients.map { T.session($0) }, identify: T.identify)
        return joined.map { T.lines($0.fileText()) } ?? []
    }

    @Test func `what each later client has more stands behind the first one's, under free ids`() throws {
        let lines = try joined([
            T.call(1, "a"), [T.request(1, "never answered")], T.call(1, "b") + T.call(2, "a"),
            T.call(1, "b") + T.call(2, "b"),
        ])
        // The second of two equal ones is one more: the first was there.
        let expected = [T.call(1, "a"), T.call(2, "b"), T.call(3, "b")].flatMap { $0 }
        #expect(lines.count == expected.count + 2)
        for (line, message) in zip(lines.dropFirst(), expected) {
            #expect(line.hasSuffix(#""msg":\#(message.dropFirst(2))}"#))
        }
    }

    @Test func `one client's is what it was, and without an answer there is none`() throws {
        #expect(
            try joined([[T.request(1, "a")], T.call(7, "a")]) == T.lines(T.session(T.call(7, "a")).fileText())
        )
        #expect(try joined([[], [T.request(1, "a")]]).isEmpty)
    }
}
