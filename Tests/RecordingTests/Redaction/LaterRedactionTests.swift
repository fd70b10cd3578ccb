import MCPSemantics
import Testing
import Wire

@testable import Recording

/// What is redacted later is as if it had been redacted at once.
struct LaterRedactionTests {
    private static let key = Array(repeating: UInt8(1), count: Redactor.keySize)
    private static let secret = RedactionSamples.github

    private static var rules: RedactionRules {
        var rules = RedactionRules()
        rules.keys = [.init("iban", in: .init(tool: "pay"))]
        rules.pointers = [.init(pointer: "/error/message"), .init(pointer: "/params/uri")]
        rules.elicitation = .shape
        return rules
    }

    private static let lines: [(String, Lane)] = [
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"iban":"DE1"}}}"#,
            .clientToServer
        ),
        (
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x","arguments":{"iban":"DE2"}}}"#,
            .clientToServer
        ),
        (
            #"{"jsonrpc":"2.0","id":2,"result":{"structuredContent":{"iban":"DE3","password":"pw"}}}"#,
            .serverToClient
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"iban":"DE4"}, "a" : 1}}"#,
            .serverToClient
        ),
        (
            #"{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"who?"}}"#,
            .serverToClient
        ),
        (#"{"jsonrpc":"2.0","id":7,"result":{"content":{"name":"Ann"},"action":"accept"}}"#, .clientToServer),
        (
            #"{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"file:///data/ann"}}"#,
            .clientToServer
        ),
        (#"{"jsonrpc":"2.0","id":3,"error":{"code":-5,"message":"no ann here"}}"#, .serverToClient),
        (
            #"[{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"x","arguments":{"iban":"DE5"}}}]"#,
            .clientToServer
        ),
        ("error: \(secret)", .standardError), ("plain \(secret)", .serverToClient),
        ("{\"nothing\":1}", .clientToServer),
        ("a\u{2028}b \(secret)", .serverToClient),
    ]

    private static func run(_ redactor: Redactor?) -> RecorderRun {
        var run = RecorderRun()
        var session = RecorderRun.session(.payloads, 0)
        session.redaction = redactor?.rules
        run.recorder = Recorder(session: session, redactor: redactor)
        for (line, lane) in lines { run.bytes(line + "\n", lane) }
        run.observe(.ended(.clientClosed, at: .zero))
        return run
    }

    private static func file(_ run: RecorderRun) -> [UInt8] {
        let writer = RecordingFileWriter(
            sessions: [SessionSummary(description: RecorderRun.session(.payloads, 0), state: run.state)])
        return run.messages.reduce(into: writer.headerLine()) {
            $0 += writer.line(for: .message($1), of: SessionID("abcdefghjkmn"))
        }
    }

    private static func redacted(_ file: [UInt8], _ redaction: LaterRedaction) throws -> (String, Int) {
        var output: [UInt8] = []
        let changed = try FileRecording(bytes: file).writeRedacted(by: redaction) { output += $0 }
        return (String(decoding: output, as: UTF8.self), changed)
    }

    private static let redactor = Redactor(rules: rules, key: key)

    @Test func `a file is redacted as its session would have been`() throws {
        let (text, changed) = try Self.redacted(Self.file(Self.run(nil)), LaterRedaction(Self.redactor))
        let expected = String(decoding: Self.file(Self.run(Self.redactor)), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.dropFirst() == expected.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        )
        #expect(changed == 10)
        #expect(lines[0].contains(#""redaction":{"defaults":true"#) && lines[0].contains(#""tool":"pay""#))
        for gone in ["DE1", "DE4", "DE5", "\"pw\"", "Ann", "data/ann", "no ann", Self.secret] {
            #expect(!text.contains(gone), "\(gone)")
        }
        #expect(text.contains("DE2") && text.contains("DE3"))
        let (again, none) = try Self.redacted(Array(text.utf8), LaterRedaction(Self.redactor))
        #expect(again == text && none == 0)
    }

    @Test func `a source is seen as its session would have been recorded`() throws {
        let id = SessionID("abcdefghjkmn")
        let file = try FileRecording(bytes: Self.file(Self.run(nil)))
        let source = RedactedSource(file, LaterRedaction(Self.redactor))
        let expected = try FileRecording(bytes: Self.file(Self.run(Self.redactor)))
        func messages(_ source: any RecordingSource) throws -> [MessageRecord] {
            try source.entries(of: id, from: 1, limit: 1000).compactMap {
                guard case .message(var message) = $0 else { return nil }
                // Of a file the size is the body's.
                message.size = 0
                return message
            }
        }
        #expect(try messages(source) == messages(expected))
        #expect(try source.session(id)?.description.redaction == Self.rules)
        #expect(try source.sessions().count == 1)
    }

    @Test func `other members, unknown lines and line ends stay as they are`() throws {
        let header = #"{"mcptape":1,"x":{"a" : 1},"sessions":[{"id":"s","name":"n","y":[ ]}]}"#
        let kept = [
            #"{"seq":1, "t":5,"dir":"c2s","note" : "mine","msg":{"jsonrpc":"2.0","id":1,"method":"ping"}}"#,
            "", #"{"later":true}"#, "not a line",
        ]
        let changed =
            #"{"seq":2, "t":6,"dir":"c2s","note" : "mine","msg":{"jsonrpc":"2.0","method":"m","params":{"password":"x"}}}"#
        let file = ([header] + kept + [changed]).joined(separator: "\n")
        let (text, count) = try Self.redacted(Array(file.utf8), LaterRedaction(Self.redactor))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(Array(lines[1...4]) == kept && count == 1 && lines.count == 6)
        #expect(
            lines[5].hasPrefix(
                #"{"seq":2,"t":6,"dir":"c2s","note":"mine","redacted":[["/params/password","key"]],"msg":{"#))
        #expect(lines[0].contains(#""x":{"a" : 1}"#) && lines[0].contains(#""y":[ ]"#))
        #expect(lines[0].contains(#"{"redaction":{"#) && JSONText.isValid(Array(lines[0].utf8)[...]))
    }

    @Test func `what nobody can read is redacted as text`() throws {
        let header = #"{"mcptape":1,"sessions":[{"id":"s","name":"n"}]}"#
        let file =
            header + "\n" + #"{"dir":"c2s","msg":{"password":"pw-1"# + "\n"
            + "{\"later\":\"\(Self.secret)\"}\n"
        let (text, _) = try Self.redacted(Array(file.utf8), LaterRedaction(Self.redactor))
        #expect(!text.contains(Self.secret) && !text.contains("pw-1"))
    }

    @Test func `heads of HTTP are masked where they are not`() throws {
        let head = HTTPRequestHead(
            connection: 1, peer: "", route: "", method: "POST", target: "/mcp?key=abc", minorVersion: 1,
            fields: [
                HTTPField(name: "Authorization", value: "Bearer abc"),
                HTTPField(name: "Accept", value: "*/*"),
                HTTPField(name: "X-Key", value: "k", form: .masked, size: 9),
            ], omittedFields: 0)
        var message = MessageRecord(
            sequence: 1, time: .zero, lane: .clientToServer, kind: .http,
            body: .inline(HTTPNote.request(head).encodedJSON()[...]), size: 1)
        let redaction = LaterRedaction(Self.redactor)
        let redacted = redaction.redacted(message, exchange: nil)
        guard case .inline(let bytes) = redacted.body, case .request(let masked)? = HTTPNote(json: bytes)
        else {
            Issue.record("no head")
            return
        }
        #expect(masked.target.hasPrefix("/mcp?key=[redacted:"))
        #expect(masked.fields[0].value.hasPrefix("Bearer [redacted:") && masked.fields[0].form == .masked)
        #expect(masked.fields[1] == head.fields[1] && masked.fields[2] == head.fields[2])
        #expect(redacted.size == bytes.count)
        (message.body, message.size) = (redacted.body, redacted.size)
        #expect(redaction.redacted(message, exchange: nil) == message)
    }

    @Test func `what an export would stop at is replaced, and JSON stays JSON`() throws {
        let redaction = LaterRedaction(Self.redactor, replacesSuspects: true)
        for text in [
            #"{"jsonrpc":"2.0","method":"m","params":{"signature":"abcdefgh1","a":"b"}}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{"nextCursor":"\#(RedactionSamples.webToken)"}}"#,
            #"{"jsonrpc":"2.0","method":"m","params":{"t":"{\"delivery_signature\":\"abcdefgh1\"}"}}"#,
            #"{"jsonrpc":"2.0","method":"m","params":{"t":"-----BEGIN RSA PRIVATE KEY-----","u":"-----END x"}}"#,
        ] {
            let bytes = Array(text.utf8)[...]
            let isSuspect = !ExportInspection.suspects(in: bytes).isEmpty
            var message = MessageRecord(
                sequence: 1, time: .zero, lane: .clientToServer, kind: .notification, body: .inline(bytes),
                size: bytes.count)
            message = redaction.redacted(message, exchange: nil)
            guard case .inline(let clean) = message.body else { continue }
            #expect(JSONText.isValid(clean), "\(text)")
            #expect(isSuspect == (message.redactions.last?.rule == "suspect") || text.contains("BEGIN"))
            if !text.contains("BEGIN") { #expect(ExportInspection.suspects(in: clean).isEmpty, "\(text)") }
        }
    }
}
