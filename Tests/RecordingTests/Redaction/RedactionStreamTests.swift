import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Messages that hold what the redactor must tell apart.
enum RedactionSamples {
    static let key = Array("0123456789abcdef0123456789abcdef".utf8)
    static let github = "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"
    static let webToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
    static let privateKey =
        #"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----"#

    static func call(_ arguments: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":"# + arguments + "}}"
    }

    static func result(_ text: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":""# + text + #""}]}}"#
    }

    /// Texts with secrets, and what must be gone.
    static let secrets: [(text: String, secret: String)] = [
        (call(#"{"password":"hunter2"}"#), "hunter2"),
        (call(#"{"apiKey" : "abc"}"#), #""abc""#),
        (call(#"{"db":{"client_secret":"s3cr3t"}}"#), "s3cr3t"),
        (call(#"{"credentials":{"user":"u5er","list":["l1st",{"a":"d33p"}]}}"#), "d33p"),
        (call(#"{"pass\u0077ord":"hunter2"}"#), "hunter2"),
        (call(#"{"pin":{"password":12345678}}"#), "12345678"),
        (call(#"{"q":"see \#(github)."}"#), github),
        (call(#"{"\#(github)":1}"#), github),
        (result(#"line\n\#(github)\nline"#), github),
        (result("Bearer \(webToken)"), webToken),
        (result(#"Authorization: Basic dXNlcjpwYXNzd29yZDEyMw=="#), "dXNlcjpwYXNzd29yZDEyMw"),
        (result(privateKey), "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"),
        (result(#"{\"password\": \"hunter2\", \"a\": 1}"#), "hunter2"),
        (result(#"{\\\"token\\\":\\\"abc\\\"}"#), "abc"),
        (result(#"DB_PASSWORD=correcthorse\nX=1"#), "correcthorse"),
        (result("https://h.example/?token=abc&x=1"), "abc"),
        (result("postgres://user:pa55@db.example/x"), "pa55"),
        ("[\(call(#"{"password":"hunter2"}"#)),\(result(github))]", "hunter2"),
        ("connecting with \(github) now", github),
        (#"{"password":"hunter2"} trailing \#(github)"#, github),
    ]

    /// Texts in which nothing may change.
    static let harmless = [
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","_meta":{"progressToken":"#
            + #""ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6","x/token":"a"},"arguments":{"maxTokens":5}}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"tok","progress":1}}"#,
        #"{"jsonrpc":"2.0","id":2,"result":{"nextCursor":"\#(webToken)","tools":[{"name":"a","inputSchema":"#
            + #"{"type":"object","properties":{"token":{"type":"string","description":"The token"},"#
            + #""password":{"type":"string"}},"required":["token"]}}]}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"\#(webToken)"}}"#,
        #"{"jsonrpc":"2.0","id":3,"method":"sampling/createMessage","params":{"maxTokens":100,"messages":[]}}"#,
        #"{"jsonrpc":"2.0","id":3,"result":{"requestState":"\#(webToken)","tokenCount":5,"total_tokens":7}}"#,
        call(#"{"token":42,"key":"PROJ-1","issue_key":"PROJ-2","nextPageToken":"abc","password":""}"#),
        call(#"{"schema":{"properties":{"password":{"type":"string"}}},"password":null,"secret":true}"#),
        result(#"client(token=token) password: -----BEGIN CERTIFICATE----- sk-learn-something-else"#),
        result(#"git@github.com ssh://git@host/x https://example.com/a@b"#),
        result("[redacted:secret:0123456789ab]"), call(#"{"password":"[redacted:secret:0123456789ab]"}"#),
        "not json at all", "", "  ", "{", "{]}", #"{"a"#, "nul", #"{"a":nul}"#,
    ]
}

struct RedactionStreamTests {
    private let redactor = Redactor(rules: RedactionRules(), key: RedactionSamples.key)
    private let context = RedactionContext(direction: .clientToServer)

    private func redact(_ text: String) -> Redactor.Redacted {
        redactor.redact(Array(text.utf8)[...], in: context)
    }

    @Test(arguments: RedactionSamples.secrets)
    func `a secret is replaced, and the message stays what it is`(_ text: String, _ secret: String) {
        let redacted = redact(text)
        let after = String(decoding: redacted.bytes, as: UTF8.self)
        #expect(!after.contains(secret), "\(after)")
        #expect(after.contains("[redacted:") || after.contains("7303"))
        #expect(!redacted.redactions.isEmpty)
        #expect(JSONText.isValid(Array(text.utf8)[...]) == JSONText.isValid(redacted.bytes), "\(after)")
        let again = redactor.redact(redacted.bytes, in: context)
        #expect(again.bytes == redacted.bytes && again.redactions.isEmpty, "\(after)")
    }

    @Test(arguments: RedactionSamples.harmless)
    func `what is no secret stays`(_ text: String) {
        let redacted = redact(text)
        #expect(String(decoding: redacted.bytes, as: UTF8.self) == text)
        #expect(redacted.redactions.isEmpty)
    }

    @Test func `how a message is cut makes no difference, also across a saved state`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let texts = RedactionSamples.secrets.map(\.text) + RedactionSamples.harmless
        for text in texts + [String(repeating: "é\n", count: 3000) + RedactionSamples.github] {
            let bytes = Array(text.utf8)
            var whole: [UInt8] = []
            var stream = redactor.stream(in: context)
            stream.push(bytes[...], isLast: true, into: &whole)
            #expect(whole[...] == redact(text).bytes, "\(text)")
            for cuts in 0..<4 {
                var output: [UInt8] = []
                var stream = redactor.stream(in: context)
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(cuts == 0 ? 1 : Int.random(in: 1...40, using: &random))
                    rest = rest.dropFirst(piece.count)
                    stream.push(piece, into: &output)
                    var writer = StateWriter()
                    stream.save(to: &writer)
                    var reader = StateReader(writer.bytes)
                    stream = try redactor.stream(from: &reader)
                    #expect(reader.isAtEnd)
                }
                stream.push([], isLast: true, into: &output)
                let shown = String(decoding: output, as: UTF8.self)
                #expect(shown == String(decoding: whole, as: UTF8.self), "seed \(seed)")
            }
        }
    }

    @Test func `no more than a bounded stretch is held back`() {
        var stream = redactor.stream(in: context)
        var output: [UInt8] = []
        let head = Array(#"{"text":"eyJ"#.utf8)
        stream.push(head[...], into: &output)
        for _ in 0..<64 {
            stream.push(Array(repeating: UInt8(ascii: "a"), count: 1 << 12)[...], into: &output)
            #expect(stream.held.count <= RedactionStream.holdLimit)
        }
        #expect(output.count > 200_000)
    }

    @Test func `equal values have equal placeholders wherever they stand`() {
        let github = RedactionSamples.github
        let token = redact(RedactionSamples.call(#"{"access_token":"\#(github)"}"#))
        let text = redact(RedactionSamples.result("x \(github) y"))
        let escaped = redact(RedactionSamples.call(#"{"access_token":"\u0067hp_\#(github.dropFirst(4))"}"#))
        let digits = Set(
            [token, text, escaped].map { Placeholder.places(in: $0.bytes).map(\.digits) })
        #expect(digits.count == 1)
        #expect(String(decoding: token.bytes, as: UTF8.self).contains("[redacted:github-token:"))
        #expect(token.redactions == [Redaction(pointer: "/params/arguments/access_token", rule: "key")])
        #expect(
            text.redactions
                == [Redaction(pointer: "/result/content/0/text", rule: "value:github-token")])
    }

    @Test func `another key gives other digits of the same kind`() {
        let other = Redactor(rules: RedactionRules(), key: Array(repeating: 1, count: 32))
        let message = Array(RedactionSamples.call(#"{"password":12345,"secret":"x"}"#).utf8)[...]
        let left = redactor.redact(message, in: context).bytes
        let right = other.redact(message, in: context).bytes
        #expect(left != right)
        let number = JSONTree(left)?.root.at(pointer: "/params/arguments/password")
        #expect(number?.kind == .number)
        #expect(number.flatMap { Placeholder.numberDigits($0.text) } != nil)
        #expect(number?.doubleValue.map { $0 == Double(Int($0)) } ?? false)
    }
}
