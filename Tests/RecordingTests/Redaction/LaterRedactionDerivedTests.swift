import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What is kept beside messages is as if it had been read from redacted ones: a rule names a place in them.
struct LaterRedactionDerivedTests {
    private static let id = SessionID("abcdefghjkmn")
    private static let key = Array(repeating: UInt8(1), count: Redactor.keySize)
    private static let token = RedactionSamples.github

    private static var rules: RedactionRules {
        var rules = RedactionRules()
        rules.pointers = [
            .init(pointer: "/error/message"), .init(pointer: "/params/uri"),
            .init(pointer: "/params/ref/name"),
            .init(pointer: "/result/instructions"), .init(pointer: "/result/serverInfo/name"),
            .init(pointer: "/result/capabilities/experimental/plan"),
            .init(pointer: "/params/clientInfo/title"),
            .init(pointer: "/params/name", in: .init(tool: "pay")),
        ]
        return rules
    }

    private static let client = [
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","#
            + #""capabilities":{},"clientInfo":{"name":"c","title":"of ann","version":"1"}}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"pay"}}"#,
        #"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"bank://ann"}}"#,
        #"{"jsonrpc":"2.0","id":"\#(token)","method":"of/\#(token)","params":{}}"#,
        #"{"jsonrpc":"2.0","id":5,"method":"completion/complete","params":{"ref":{"name":"ann"}}}"#,
        #"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"other"}}"#,
    ]
    private static let server = [
        #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":"#
            + #"{"experimental":{"plan":"of ann"}},"serverInfo":{"name":"of ann","version":"1"},"#
            + #""instructions":"ask ann"}}"#,
        #"{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no ann here"}}"#,
        #"{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no \#(token)"}}"#,
    ]

    private static let file: [UInt8] = {
        let header = #"{"mcptape":1,"sessions":[{"id":"abcdefghjkmn","name":"n \#(token)"}]}"#
        let lines =
            client.map { #"{"dir":"c2s","msg":\#($0)}"# } + server.map { #"{"dir":"s2c","msg":\#($0)}"# }
        return Array(([header] + lines).joined(separator: "\n").utf8)
    }()

    private static let redaction = LaterRedaction(
        Redactor(rules: rules, key: key), replacesSuspects: true)

    @Test func `exchanges are those of redacted messages`() throws {
        let file = try FileRecording(bytes: Self.file)
        var output: [UInt8] = []
        _ = try file.writeRedacted(by: Self.redaction) { output += $0 }
        let expected = try FileRecording(bytes: output).exchanges(of: Self.id, from: 1, limit: 10)
        let found = try RedactedSource(file, Self.redaction).exchanges(of: Self.id, from: 1, limit: 10)
        #expect(found.map(\.id) == expected.map(\.id) && found.map(\.method) == expected.map(\.method))
        #expect(found.map(\.name) == expected.map(\.name) && found.map(\.error) == expected.map(\.error))
        #expect(found.count == 6 && found[5].name == "other" && found[1].error?.code == "-1")
        let text = String(describing: found)
        #expect(!text.contains("ann") && !text.contains(Self.token) && !text.contains("pay"))
    }

    @Test func `a session tells of its sides what redacted messages do`() throws {
        let source = RedactedSource(try FileRecording(bytes: Self.file), Self.redaction)
        let summary = try #require(try source.session(Self.id))
        let text = String(describing: (summary.state.client, summary.state.server))
        #expect(!text.contains("ann"), "\(text)")
        #expect(!summary.description.name.contains(Self.token))
        #expect(summary.state.client?.peer?.name == "c" && summary.state.server?.peer?.version == "1")
        #expect(summary.state.server?.capabilities?.contains(#""plan":"[redacted:"#) == true)
    }

    @Test func `messages name no id and no method that was replaced in them`() throws {
        let source = RedactedSource(try FileRecording(bytes: Self.file), Self.redaction)
        for case .message(let message) in try source.entries(of: Self.id, from: 1, limit: 20) {
            let text = "\(message.id?.text ?? "") \(message.method ?? "") \(message.name ?? "")"
            #expect(!text.contains(Self.token) && !text.contains("ann"), "\(text)")
        }
    }

    @Test func `facts that were cut are redacted as far as they go`() {
        var exchange = Exchange(
            number: 1, asker: .clientToServer, id: RequestID("\"" + String(repeating: "x", count: 9)),
            method: "resources/read", name: "bank://ann", era: .legacy, requestSequence: 1,
            requestTime: .zero,
            requestSize: 1)
        exchange.error = ResponseError(code: "", message: "no ann")
        let redacted = Self.redaction.redacted(exchange)
        #expect(redacted.id == exchange.id && redacted.error?.code == "")
        #expect(redacted.name?.contains("ann") == false && redacted.error?.message.contains("ann") == false)
        var handshake = Handshake(speaker: .serverToClient)
        handshake.capabilities = "{\"a\":\"\(Self.token)\",\"b"
        handshake.instructions = "ask ann"
        let cut = Self.redaction.redacted(handshake)
        #expect(cut.capabilities?.contains(Self.token) == false && cut.capabilities?.hasSuffix("\"b") == true)
        #expect(cut.instructions?.contains("ann") == false && cut.peer == nil)
    }
}
