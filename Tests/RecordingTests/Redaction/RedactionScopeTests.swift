import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Rules for a method or a tool, what is kept, and detectors that are off.
struct RedactionScopeTests {
    private func redact(
        _ text: String, _ rules: RedactionRules,
        _ context: RedactionContext = .init(direction: .clientToServer)
    ) -> String {
        let redactor = Redactor(rules: rules, key: RedactionSamples.key)
        let whole = redactor.redact(Array(text.utf8)[...], in: context).bytes
        // In pieces it must be the same.
        var stream = redactor.stream(in: context)
        var pieces: [UInt8] = []
        for byte in text.utf8 { stream.push([byte], into: &pieces) }
        stream.push([], isLast: true, into: &pieces)
        #expect(pieces.elementsEqual(whole), "\(text)")
        return String(decoding: whole, as: UTF8.self)
    }

    private func call(of tool: String?) -> RedactionContext {
        RedactionContext(direction: .clientToServer, kind: .request, method: "tools/call", name: tool)
    }

    private let pay = RedactionRules.Scope(method: "tools/call", tool: "pay")

    @Test func `each kind of rule can be limited to a tool`() {
        var rules = RedactionRules()
        rules.keys = [.init("iban", in: pay)]
        rules.prefixes = [.init(name: "acme", prefix: "acme_", least: 8, in: pay)]
        rules.keptKeys = [.init("session token", in: pay)]
        rules.switchedOff = [.init("jwt", in: pay)]
        let text = RedactionSamples.call(
            #"{"iban":"DE1","x":"acme_12345678","session_token":"open","y":"\#(RedactionSamples.webToken)"}"#)
        let paid = redact(text, rules, call(of: "pay"))
        #expect(paid.contains(#""iban":"[redacted:secret:"#) && paid.contains(#""x":"[redacted:acme:"#))
        #expect(paid.contains(#""session_token":"open""#) && paid.contains(RedactionSamples.webToken))
        for context in [
            call(of: "other"), call(of: nil), .init(direction: .clientToServer, method: "prompts/get"),
        ] {
            let other = redact(text, rules, context)
            #expect(other.contains(#""iban":"DE1""#) && other.contains(#""x":"acme_12345678""#))
            #expect(other.contains(#""session_token":"[redacted:"#) && other.contains("[redacted:jwt:"))
        }
    }

    @Test func `where a message is not known, all that replaces applies and nothing that keeps`() {
        var rules = RedactionRules()
        rules.keys = [.init("iban", in: pay)]
        rules.keptKeys = [.init("session token", in: pay)]
        rules.keptPointers = [.init(pointer: "/params/arguments/open", in: pay)]
        let text = RedactionSamples.call(
            #"{"iban":"DE1","session_token":"open","open":{"password":"x"}}"#)
        for context in [
            RedactionContext(direction: .clientToServer), .init(direction: .serverToClient, kind: .response),
            .init(direction: .clientToServer, kind: .batch, method: "tools/call", name: "pay"),
        ] {
            let redacted = redact(text, rules, context)
            #expect(redacted.contains(#""iban":"[redacted:"#), "\(context)")
            #expect(redacted.contains(#""session_token":"[redacted:"#), "\(context)")
            #expect(redacted.contains(#""open":{"password":"[redacted:"#), "\(context)")
        }
    }

    @Test func `a method's rules apply to what answers it`() {
        var rules = RedactionRules()
        rules.pointers = [.init(pointer: "/result/contents/*/text", in: .init(method: "resources/read"))]
        let text = #"{"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"a:b","text":"x"}]}}"#
        func answer(to method: String) -> RedactionContext {
            RedactionContext(direction: .serverToClient, kind: .response, method: method)
        }
        #expect(redact(text, rules, answer(to: "resources/read")).contains(#""text":"[redacted:"#))
        #expect(redact(text, rules, answer(to: "tools/call")) == text)
    }

    @Test func `a kept place keeps everything but what a longer pointer names`() {
        var rules = RedactionRules()
        rules.keptPointers = [
            .init(pointer: "/params/arguments/form"), .init(pointer: "/params/arguments/*/id"),
        ]
        rules.pointers = [
            .init(pointer: "/params/arguments/form/card"), .init(pointer: "/params/arguments/all"),
        ]
        let redacted = redact(
            RedactionSamples.call(
                #"{"form":{"password":"a","x":["\#(RedactionSamples.github)"],"card":"4111"},"#
                    + #""all":{"a":"b","id":"kept"},"password":"b"}"#), rules)
        #expect(redacted.contains(#"{"password":"a","x":["\#(RedactionSamples.github)"],"card":"[redacted:"#))
        #expect(redacted.contains(#""all":{"a":"[redacted:"#) && redacted.contains(#""id":"kept""#))
        #expect(redacted.hasSuffix(#"]"}}}"#))
    }

    @Test(arguments: BuiltInDetector.names) func `a detector that is off finds nothing`(_ name: String) {
        var rules = RedactionRules()
        rules.switchedOff = [.init(name)]
        let texts = [
            "names": #"{"password":"swordfish","x":"API_KEY=abcdefg"}"#,
            "user-info": #"{"u":"postgres://user:pa55@db.example/x"}"#,
            "authorization": #"{"h":"Bearer abcdefghijklmnop1234"}"#,
            "jwt": #"{"t":"\#(RedactionSamples.webToken)"}"#,
            "private-key": #"{"k":"\#(RedactionSamples.privateKey)"}"#,
            "github-token": #"{"t":"\#(RedactionSamples.github)"}"#,
        ]
        for (other, text) in texts {
            let redacted = redact(RedactionSamples.call(text), rules)
            #expect(
                redacted.contains("[redacted:") == (other != name), "\(other) with \(name) off: \(redacted)")
        }
    }

    @Test func `own names work with the built-in ones off, and kept ones are kept`() {
        var rules = RedactionRules()
        rules.switchedOff = [.init("names")]
        rules.keys = ["account number"]
        rules.keptKeys = ["public account number"]
        let redacted = redact(
            RedactionSamples.call(
                #"{"accountNumber":"1","password":"x","publicAccountNumber":"2","y":"ACCOUNT_NUMBER=3"}"#),
            rules)
        #expect(redacted.contains(#""accountNumber":"[redacted:"#) && redacted.contains(#""password":"x""#))
        #expect(redacted.contains(#""publicAccountNumber":"2""#))
        #expect(redacted.contains(#"ACCOUNT_NUMBER=[redacted:"#))
    }

    @Test func `scoped rules survive as JSON, and a sum holds both`() {
        var rules = RedactionRules()
        rules.keys = [.init("iban", in: pay), "ssn"]
        rules.keptPointers = [.init(pointer: "/params/a", in: .init(method: "x"))]
        rules.switchedOff = [.init("jwt", in: pay), .init("names")]
        rules.prefixes = [.init(name: "acme", prefix: "acme_", least: 8, in: pay)]
        #expect(RedactionRules(json: rules.encodedJSON()[...]) == rules)
        var more = RedactionRules()
        more.keys = ["ssn", "iban"]
        more.sampling = .shape
        let sum = rules.adding(more)
        #expect(sum.keys == [.init("iban", in: pay), "ssn", "iban"] && sum.sampling == .shape)
        #expect(sum.adding(sum) == sum)
        var many = RedactionRules()
        many.keys = (0..<64).map { .init("name number \($0)") }
        #expect(sum.adding(many) == many)
    }

    @Test func `rules for a tool of another method, and too many of them, say why`() {
        var rules = RedactionRules()
        rules.keys = [.init("iban", in: .init(method: "prompts/get", tool: "pay"))]
        #expect(rules.fault?.contains("tools/call") ?? false)
        rules.keys = (0..<65).map { .init("name number", in: .init(tool: "t\($0)")) }
        #expect(rules.fault != nil)
        rules.keys = []
        rules.switchedOff = [.init("nothing")]
        #expect(rules.fault?.contains("'nothing'") ?? false)
        rules.switchedOff = []
        rules.keptPointers = [.init(pointer: "x")]
        #expect(rules.fault?.contains("slash") ?? false)
    }

    @Test func `whose answer it is decides, where the request is not known`() {
        var rules = RedactionRules()
        rules.elicitation = .shape
        let model =
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","inputResponses":{"a":"#
            + #"{"role":"assistant","content":{"type":"text","text":"hello"},"model":"m"}}}}"#
        #expect(redact(model, rules) == model)
        rules.sampling = .shape
        rules.elicitation = .full
        #expect(redact(model, rules).contains(#""text":"[text:5]""#))
        let person =
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","inputResponses":{"a":"#
            + #"{"action":"accept","content":{"x":"y"}}}}}"#
        #expect(redact(person, rules) == person)
    }
}
