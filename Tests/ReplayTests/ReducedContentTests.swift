import Recording
import Testing
import Wire

@testable import Replay

/// What was recorded as its shape alone replays with whatever a person or a model says.
struct ReducedContentTests {
    @Test func `of a batch only the member's own places count`() {
        let redactions = ["/1/params/a", "/10/params/b", "/1"].map {
            Redaction(pointer: $0, rule: "sampling")
        }
        let reduced = ReducedContent(redactions, member: 1)
        #expect(reduced.contains("/params/a") && reduced.contains(""))
        #expect(!reduced.contains("/params/b") && !reduced.contains("0/params/b"))
    }

    private static let transcript = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}
        s {"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{"message":"who?"}}}}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ask","inputResponses":{"a":{"action":"accept","content":{"name":"Ann","age":40,"isHere":true}}}}}
        s {"jsonrpc":"2.0","id":2,"result":{"content":[]}}
        c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"legacy"}}
        s {"jsonrpc":"2.0","id":90,"method":"elicitation/create","params":{"message":"who?"}}
        c {"jsonrpc":"2.0","id":90,"result":{"action":"accept","content":{"name":"Ann"}}}
        s {"jsonrpc":"2.0","id":3,"result":{"content":[]}}
        """

    private static func mock(_ content: RedactionRules.HumanContent) throws -> Mock {
        var rules = RedactionRules()
        rules.elicitation = content
        let redaction = LaterRedaction(
            Redactor(rules: rules, key: Array(repeating: 1, count: Redactor.keySize)))
        let session = RecordedSession(transcript)
        return try Mock(RedactedSource(session, redaction), of: session.id)
    }

    private static func answer(_ id: Int, _ content: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"ask","inputResponses":"#
            + #"{"a":{"action":"accept","content":\#(content)}}}}"#
    }

    @Test(arguments: RedactionRules.HumanContent.allCases)
    func `another answer of the same types serves, unless all is recorded`(
        _ content: RedactionRules.HumanContent
    ) throws {
        var mock = try Self.mock(content)
        _ = mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}"#)
        _ = mock.hears(Self.answer(7, #"{"name":"Bartholomew","age":7,"isHere":false}"#))
        #expect(mock.misses.isEmpty == (content != .full))
        #expect(mock.report.redactedValues > 0 || content == .full)
    }

    @Test func `another type, another member and another action miss`() throws {
        for text in [
            #"{"name":5,"age":7,"isHere":false}"#, #"{"name":"x","age":7}"#,
            #"{"name":"x","age":"7","isHere":true}"#,
        ] {
            var mock = try Self.mock(.shape)
            _ = mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}"#)
            _ = mock.hears(Self.answer(7, text))
            #expect(mock.misses.count == 1, "\(text)")
        }
        var mock = try Self.mock(.off)
        _ = mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}"#)
        _ = mock.hears(Self.answer(7, "{}").replacing("accept", with: "decline"))
        #expect(mock.misses.count == 1)
    }

    @Test(arguments: RedactionRules.HumanContent.allCases)
    func `an answer to the server's own request is no divergence`(
        _ content: RedactionRules.HumanContent
    ) throws {
        var mock = try Self.mock(content)
        let asked = mock.hears(#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"legacy"}}"#)
        let id = try #require(JSONTree(Array(asked[0].utf8)[...])?.root["id"]?.textString)
        let answers = mock.hears(
            #"{"jsonrpc":"2.0","id":\#(id),"result":{"action":"accept","content":{"name":"Bartholomew"}}}"#)
        #expect(answers.count == 1)
        #expect(mock.report.divergences.contains { $0.kind == .clientAnswerDiffers } == (content == .full))
    }
}
