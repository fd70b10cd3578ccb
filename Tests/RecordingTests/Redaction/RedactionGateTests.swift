import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Messages that are passed over because nothing in them can be replaced are those in which the reader of
/// every byte replaces nothing.
struct RedactionGateTests {
    private static let texts = [
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"q":"x"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"content":"x"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hello"}]}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{"messages":[{"role":"user","#
            + #""content":{"type":"text","text":"hello"}}],"systemPrompt":"be kind","maxTokens":9}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{"\u006dessages":["hello"]}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{"systemPromp\u0074":"hello"}}"#,
        #"{"jsonrpc":"2.0","id":2,"result":{"role":"assistant","model":"m","content":{"text":"hello"}}}"#,
        #"{"jsonrpc":"2.0","id":2,"result":{"\u0063ontent":"hello"}}"#,
        #"{"jsonrpc":"2.0","id":3,"result":{"action":"accept","content":{"name":"ann"}}}"#,
        #"[{"jsonrpc":"2.0","id":3,"result":{"action":"accept","content":{"name":"ann"}}}]"#,
        #"{"jsonrpc":"2.0","id":4,"result":{"inputRequests":{"a":{"method":"sampling/createMessage","#
            + #""params":{"messages":["hello"]}}}}}"#,
        #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"inputResponses":{"a":{"content":"x"}}}}"#,
        #"{"params":{"messages":"cut"#, "no JSON with messages and content", "",
    ]

    private static var cases: [RedactionRules] {
        let forms = RedactionRules.HumanContent.allCases
        return forms.flatMap { sampling in
            forms.flatMap { elicitation in
                [true, false].map { usesDefaults in
                    var rules = RedactionRules()
                    (rules.sampling, rules.elicitation) = (sampling, elicitation)
                    rules.usesDefaults = usesDefaults
                    return rules
                }
            }
        }
    }

    /// Every byte is read, whatever the message looks like.
    private func read(_ text: [UInt8], _ redactor: Redactor, _ context: RedactionContext) -> [UInt8] {
        var stream = redactor.stream(in: context)
        var output: [UInt8] = []
        stream.push(text[...], isLast: true, into: &output)
        return output
    }

    @Test func `what is passed over is what nothing is replaced in`() {
        var replaced = 0
        for rules in Self.cases {
            let redactor = Redactor(rules: rules, key: RedactionSamples.key)
            for text in Self.texts.map({ Array($0.utf8) }) {
                for direction in [Direction.clientToServer, .serverToClient, nil] {
                    for method in ["tools/call", "sampling/createMessage", "elicitation/create", nil] {
                        let context = RedactionContext(direction: direction, method: method)
                        let expected = read(text, redactor, context)
                        #expect(Array(redactor.redact(text[...], in: context).bytes) == expected)
                        if expected != text { replaced += 1 }
                    }
                }
            }
        }
        #expect(replaced > 100)
    }

    @Test func `a message that is said not to change does not`() {
        var isLeft = [false: 0, true: 0]
        for rules in Self.cases {
            let redaction = LaterRedaction(Redactor(rules: rules, key: RedactionSamples.key))
            for text in Self.texts {
                for lane in [Lane.clientToServer, .serverToClient, .standardError] {
                    let message = MessageRecord(
                        sequence: 1, time: .zero, lane: lane, kind: .request,
                        body: .inline(Array(text.utf8)[...]), size: text.utf8.count)
                    let mayChange = redaction.mayChange(message)
                    isLeft[!mayChange, default: 0] += 1
                    if !mayChange { #expect(redaction.redacted(message, exchange: nil) == message) }
                }
            }
        }
        #expect(isLeft.values.allSatisfy { $0 > 0 })
    }

    @Test func `exchanges hold nothing of prompts and answers`() {
        var rules = RedactionRules()
        rules.usesDefaults = false
        (rules.sampling, rules.elicitation) = (.off, .off)
        let redactor = Redactor(rules: rules, key: RedactionSamples.key)
        var exchange = Exchange(
            number: 1, asker: .serverToClient, id: RequestID(#""content""#), method: "sampling/createMessage",
            name: "messages", era: .legacy, requestSequence: 1, requestTime: .zero, requestSize: 1)
        exchange.error = ResponseError(code: "-1", message: RedactionSamples.github)
        #expect(LaterRedaction(redactor).redacted(exchange) == exchange)
        // Whoever looks for secrets finds this one.
        let found = LaterRedaction(redactor, replacesSuspects: true).redacted(exchange)
        #expect(found.error != exchange.error)
    }
}
