import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RedactionRulesTests {
    private func redact(
        _ text: String, _ rules: RedactionRules, direction: Direction = .clientToServer,
        method: String? = nil, name: String? = nil
    ) -> String {
        let redactor = Redactor(rules: rules, key: RedactionSamples.key)
        let context = RedactionContext(direction: direction, kind: .request, method: method, name: name)
        return String(decoding: redactor.redact(Array(text.utf8)[...], in: context).bytes, as: UTF8.self)
    }

    @Test func `rules survive as JSON`() {
        var rules = RedactionRules()
        rules.usesDefaults = false
        rules.keys = ["ssn", "card number"]
        rules.keptKeys = ["public token"]
        rules.pointers = [.init(pointer: "/params/*/x", in: .init(method: "tools/call", tool: "pay"))]
        rules.prefixes = [.init(name: "acme", prefix: "acme_", least: 10)]
        rules.sampling = .shape
        rules.elicitation = .off
        #expect(RedactionRules(json: rules.encodedJSON()[...]) == rules)
        #expect(RedactionRules(json: Array("{}".utf8)[...]) == RedactionRules())
        #expect(RedactionRules(json: Array("[".utf8)[...]) == nil)
    }

    @Test func `a pointer meets its place, with wildcards, in its method and tool`() {
        var rules = RedactionRules()
        rules.pointers = [
            .init(pointer: "/params/arguments/*/card", in: .init(method: "tools/call", tool: "pay"))
        ]
        let call = RedactionSamples.call(#"{"a":{"card":"4111","other":"4111"},"card":"x"}"#)
        let paid = redact(call, rules, method: "tools/call", name: "pay")
        #expect(paid.contains(#""card":"[redacted:"#) && paid.contains(#""other":"4111"},"card":"x""#))
        #expect(redact(call, rules, method: "tools/call", name: "other") == call)
        #expect(redact(call, rules, method: "prompts/get") == call)
        let list = RedactionSamples.call(#"{"a":[1],"b":[{"card":[true,12,"x"]}]}"#)
        rules.pointers = [.init(pointer: "/params/arguments/b/0/card")]
        let redacted = redact(list, rules)
        #expect(redacted.contains(#""card":[true,7303"#))
    }

    @Test func `own keys and prefixes are found, and kept names are kept`() {
        var rules = RedactionRules()
        rules.keys = ["ssn", "card number"]
        rules.keptKeys = ["public token"]
        rules.prefixes = [.init(name: "acme", prefix: "acme_", least: 8)]
        let call = RedactionSamples.call(
            #"{"ssn":123,"cardNumber":"4111","public_token":"open","x":"acme_abcdefgh12 y"}"#)
        let redacted = redact(call, rules)
        #expect(redacted.contains(#""ssn":7303"#) && redacted.contains(#""cardNumber":"[redacted:secret:"#))
        #expect(redacted.contains(#""public_token":"open""#) && redacted.contains("[redacted:acme:"))
        rules.usesDefaults = false
        let without = redact(RedactionSamples.call(#"{"password":"x","ssn":"y"}"#), rules)
        #expect(without.contains(#""password":"x""#) && without.contains(#""ssn":"[redacted:"#))
    }

    @Test func `prompts and answers are reduced to their shape or left out`() {
        var rules = RedactionRules()
        rules.sampling = .shape
        rules.elicitation = .shape
        let prompt =
            #"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[{"role":"user","#
            + #""content":{"type":"text","text":"h\u00e9llo"}}],"systemPrompt":"be","maxTokens":5}}"#
        let shape = redact(prompt, rules, direction: .serverToClient, method: "sampling/createMessage")
        #expect(shape.contains(#"{"role":"user","content":{"type":"text","text":"[text:6]"}}"#))
        #expect(shape.contains(#""systemPrompt":"[text:2]","maxTokens":5"#))
        let answer =
            #"{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":{"n":5,"b":true,"s":"x"}}}"#
        let reduced = redact(answer, rules, method: "elicitation/create")
        #expect(reduced.contains(#""action":"accept","content":{"n":0,"b":false,"s":"[text:1]"}"#))
        rules.sampling = .off
        rules.elicitation = .off
        let off = redact(prompt, rules, direction: .serverToClient, method: "sampling/createMessage")
        #expect(off.contains(#""messages":[],"systemPrompt":"","maxTokens":5"#))
        let left = redact(answer, rules, method: "elicitation/create")
        #expect(left.contains(#""action":"accept","content":{}}"#))
        let modern =
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","inputResponses":"#
            + #"{"a":{"action":"accept","content":{"x":"y"}}}}}"#
        #expect(redact(modern, rules).contains(#""a":{"action":"accept","content":{}}"#))
    }

    @Test func `rules that cannot work say why`() {
        var rules = RedactionRules()
        #expect(rules.fault == nil)
        rules.keys = ["ab"]
        #expect(rules.fault?.contains("three letters") ?? false)
        rules.keys = []
        rules.pointers = [.init(pointer: "params")]
        #expect(rules.fault?.contains("slash") ?? false)
        rules.pointers = []
        rules.prefixes = [.init(name: "A", prefix: "acme_", least: 4)]
        #expect(rules.fault?.contains("name 'A'") ?? false)
    }
}
