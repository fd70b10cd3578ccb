import MCPSemantics
import Testing

@testable import Recording

struct MirroredArgumentsTests {
    private static let key = RedactionSamples.key

    /// What is recorded of a request that calls `tool`, with these headers: their values, and the body.
    private func recorded(
        _ arguments: String, _ headers: [(String, String)], tool: String = "add",
        rules: RedactionRules? = RedactionRules(), capture: CaptureMode = .payloads, session: String? = nil,
        isCut: Bool = false, padding: Int = 0
    ) throws -> (fields: [HTTPField], body: String) {
        var traffic = HTTPTraffic()
        var listener = HTTPTraffic.listener
        listener.redaction = rules
        listener.capture = capture
        traffic.recorder = HTTPRecorder(
            listener: listener, redactor: rules.map { Redactor(rules: $0, key: Self.key) })
        var client = HTTPTraffic.Client(session: session, revision: "2026-07-28")
        client.more = headers.map { HTTPField(name: $0.0, value: $0.1) }
        let pad = String(repeating: "x", count: padding)
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":"#
            + arguments + #","pad":"\#(pad)"}}"#
        if isCut {
            let stream = StreamID(1)
            traffic.observe(
                .requestHead(
                    HTTPRequestHead(
                        connection: 1, peer: "", route: "", method: "POST", target: "/", fields: client.fields
                    ),
                    stream: stream, at: traffic.time))
            traffic.send(String(body.dropLast(20)), .clientToServer, stream)
            traffic.close(stream, StreamClosure(.client, .disconnected))
        } else {
            traffic.exchange("POST", "/mcp", client, body: body, answer: HTTPTraffic.result("1"))
        }
        let notes = traffic.sessions.flatMap(\.notes)
        let head = try #require(
            notes.compactMap { if case .request(let head) = $0 { head } else { nil } }.first)
        return (
            head.fields.filter { $0.name.lowercased().hasPrefix("mcp-param-") },
            traffic.sessions.flatMap(\.texts).first ?? ""
        )
    }

    @Test func `an argument that is no secret is readable in the head as it is in the body`() throws {
        let sent = [
            ("Mcp-Param-Region", "eu-west"), ("mcp-param-count", "42"), ("Mcp-Param-Deep", "true"),
            ("Mcp-Param-Text", "=?base64?R3LDvMOfZQ==?="),
        ]
        let (fields, _) = try recorded(
            #"{"region_code":"eu-west","n":4.2e1,"inner":{"flag":true},"greeting":"Grüße"}"#, sent)
        #expect(fields == sent.map { HTTPField(name: $0.0, value: $0.1) })
    }

    @Test func `a secret has the body's placeholder, whatever the header calls it`() throws {
        let (fields, body) = try recorded(
            #"{"db_password":"hunter 2","pin":{"otp":123456}}"#,
            [("Mcp-Param-Db", "hunter 2"), ("Mcp-Param-Code", "123456")])
        #expect(fields.map(\.form) == [.masked, .masked] && fields.map(\.size) == [8, 6])
        #expect(body.contains(#""db_password":"\#(fields[0].value)""#), "\(body)")
        #expect(body.contains(#""otp":\#(fields[1].value)}"#), "\(body)")
        #expect(!body.contains("hunter") && !body.contains("123456"))
    }

    @Test func `what is wrapped is judged without its wrapping and wrapped again`() throws {
        let secret = "é " + RedactionSamples.github
        let (fields, body) = try recorded(
            #"{"note":"\#(secret)"}"#, [("Mcp-Param-Note", MirroredValue.wrapped(Array(secret.utf8)))])
        let text = MirroredValue.decoded(fields[0].value)
        #expect(text.hasPrefix("é [redacted:github-token:") && fields[0].value.hasPrefix("=?base64?"))
        #expect(body.contains(text))
    }

    @Test func `rules of the user for a place or a tool reach the head`() throws {
        var rules = RedactionRules()
        rules.pointers = [.init(pointer: "/params/arguments/card", in: .init(tool: "pay"))]
        let sent = [("Mcp-Param-Number", "4711")]
        let paid = try recorded(#"{"card":"4711"}"#, sent, tool: "pay", rules: rules)
        #expect(paid.fields[0].form == .masked && paid.body.contains(#""card":"\#(paid.fields[0].value)""#))
        let other = try recorded(#"{"card":"4711"}"#, sent, tool: "add", rules: rules)
        #expect(other.fields == [HTTPField(name: "Mcp-Param-Number", value: "4711")])
    }

    @Test func `a value that is secret once is secret everywhere`() throws {
        for arguments in [#"{"password":"abc","a":"abc"}"#, #"{"a":"abc","password":"abc"}"#] {
            let (fields, _) = try recorded(arguments, [("Mcp-Param-A", "abc")])
            #expect(fields[0].form == .masked, "\(arguments)")
        }
    }

    @Test func `a header that repeats nothing of a body that was read has a placeholder`() throws {
        let header = [("Mcp-Param-A", "canary-7")]
        let clear = #"{"a":"canary-7"}"#
        let placeholder = Redactor(rules: RedactionRules(), key: Self.key)
            .placeholder(for: "canary-7".utf8)
        let cases = [
            ("another value", try recorded(#"{"a":"other"}"#, header)),
            ("no arguments", try recorded("[]", header)),
            ("metadata", try recorded(clear, header, capture: .metadata)),
            ("a session id", try recorded(clear, header, session: "s")),
            ("no whole body", try recorded(clear, header, isCut: true)),
            ("a long body", try recorded(clear, header, padding: 1 << 20)),
        ]
        for (name, outcome) in cases {
            #expect(outcome.fields.map(\.value) == [placeholder], "\(name)")
            #expect(outcome.fields.map(\.form) == [.masked], "\(name)")
        }
        #expect(try recorded(clear, header).fields == [HTTPField(name: "Mcp-Param-A", value: "canary-7")])
        let open = try recorded(#"{"a":"other"}"#, header, rules: nil)
        #expect(open.fields.map(\.form) == [.clear], "nothing of payloads is replaced")
        #expect(try recorded(clear, header, rules: nil, capture: .metadata).fields.map(\.form) == [.masked])
    }

    @Test func `what was replaced before the body came stays`() throws {
        var head = HTTPRequestHead(
            connection: 1, peer: "", route: "", method: "POST", target: "/",
            fields: [HTTPField(name: "Mcp-Param-A", value: "[redacted:secret:000000000000]", form: .masked)])
        #expect(head.recorded(with: nil, by: nil) == head)
        head.fields[0] = HTTPField(name: "Mcp-Param-A", value: "beginning", form: .cut, size: 9999)
        let body = Array(#"{"params":{"arguments":{"a":"beginning"}}}"#.utf8)[...]
        let cut = head.recorded(with: MirroredArguments(of: body, recordedAs: body), by: nil).fields[0]
        #expect(cut.form == .masked && cut.size == 9999 && !cut.value.contains("beginning"))
    }
}
