import MCPSemantics
import Recording
import Replay
import Testing

@testable import HTTPTransport

/// A recording on HTTP, without a socket: requests in, effects out.
struct MockServerTests {
    /// A tool that reports progress and samples; a list that changes afterwards; a call that is plain.
    private static let recording = """
        c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}
        s {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}
        c {"jsonrpc":"2.0","method":"notifications/initialized"}
        s {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work","_meta":{"progressToken":"p"}}}
        s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}
        s {"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{}}
        c {"jsonrpc":"2.0","id":"s1","result":{"model":"m"}}
        s {"jsonrpc":"2.0","id":1,"result":{"n":1}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"plain"}}
        s {"jsonrpc":"2.0","id":2,"result":{"n":2}}
        """

    private static func script(_ transcript: String) throws -> ReplayScript {
        var lines = [#"{"mcptape":1,"sessions":[{"id":"s1","name":"mock"}]}"#]
        for line in transcript.split(separator: "\n") {
            let (direction, number) = (line.hasPrefix("c") ? "c2s" : "s2c", lines.count)
            lines.append(
                #"{"seq":\#(number),"t":\#(number),"dir":"\#(direction)","msg":\#(line.dropFirst(2))}"#)
        }
        let file = try FileRecording(bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
        return try ReplayScript(reading: file, session: SessionID("s1"), name: "mock.jsonl")
    }

    /// A server with a client that writes down what it gets, in short words.
    private struct Stage {
        var server: MockServer
        var streams = 0

        init(
            _ transcript: String = MockServerTests.recording,
            _ change: (inout HTTPReplay.Options) -> Void = { _ in }
        )
            throws
        {
            var options = HTTPReplay.Options(address: try ListenAddress("127.0.0.1:0"))
            change(&options)
            server = MockServer(
                try MockServerTests.script(transcript), rules: MatchRules(), options: options, mint: { "id" })
        }

        mutating func ask(_ method: String, _ body: String = "", _ fields: [String: String] = [:]) -> [String]
        {
            var text = "\(method) \(fields["target"] ?? "/mcp") HTTP/1.1\r\nHost: localhost\r\n"
            for (name, value) in fields where name != "target" { text += "\(name): \(value)\r\n" }
            // The fields are this test's own.
            guard let head = try? MessageHead(request: Array(text.utf8)) else { return ["no head"] }
            var request = MockRequest(head, target: head.target, peer: "127.0.0.1")
            request.body = Array(body.utf8)[...]
            streams += 1
            return server.received(request, on: streams, at: .zero).map(Self.word)
        }

        mutating func lose(_ stream: Int) -> [String] { server.closed(stream, at: .zero).map(Self.word) }

        static func word(_ effect: MockEffect) -> String {
            switch effect {
            case .answer(let stream, let status, _, let body):
                "\(stream): \(status) \(String(decoding: body, as: UTF8.self))"
            case .open(let stream, _): "\(stream): stream"
            case .text(let stream, let text):
                "\(stream): " + String(decoding: text, as: UTF8.self).replacing("\n", with: "|")
            case .end(let stream): "\(stream): end"
            case .missed: "missed"
            }
        }
    }

    private static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#
    private static let work =
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"work","_meta":{"progressToken":9}}}"#
    private static let session = ["Mcp-Session-Id": "id"]
    private static let listening = ["Mcp-Session-Id": "id", "Accept": "text/event-stream"]
    private static let progress =
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":9,"progress":1}}"#
    private static let sampling =
        #"{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{}}"#
    private static let sampled = #"{"jsonrpc":"2.0","id":"s1","result":{"model":"m"}}"#
    private static let changed = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#

    @Test func `an answer alone is a body, and what comes before one makes it a stream`() throws {
        var stage = try Stage()
        #expect(stage.ask("POST", Self.initialize).count == 1)
        let plain = #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"plain"}}"#
        #expect(
            stage.ask("POST", plain, Self.session) == [#"2: 200 {"jsonrpc":"2.0","id":"x","result":{"n":2}}"#]
        )
        #expect(
            stage.ask("POST", Self.work, Self.session) == [
                "3: stream", "3: id: 3-1|event: message|data: \(Self.progress)||",
                "3: id: 3-2|event: message|data: \(Self.sampling)||",
            ])
        // The answer waits for the client's, and comes on the request's own stream.
        #expect(
            stage.ask("POST", Self.sampled, Self.session) == [
                "4: 202 ", #"3: id: 3-3|event: message|data: {"jsonrpc":"2.0","id":7,"result":{"n":1}}||"#,
                "3: end",
            ])
    }

    @Test func `what belongs to no request waits for the GET stream`() throws {
        var stage = try Stage()
        _ = stage.ask("POST", Self.initialize)
        let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        #expect(stage.ask("POST", initialized, Self.session) == ["2: 202 "])
        #expect(
            stage.ask("GET", "", Self.listening)
                == ["3: stream", "3: id: 0-1|event: message|data: \(Self.changed)||"])
        #expect(stage.ask("GET", "", Self.listening).first?.hasPrefix("4: 409") == true)
        #expect(stage.lose(3) == [])
        #expect(stage.ask("GET", "", Self.listening) == ["5: stream"])
        #expect(stage.ask("DELETE", "", Self.session) == ["5: end", "6: 200 "])
        #expect(stage.ask("GET", "", Self.listening).first?.hasPrefix("7: 404") == true)
    }

    @Test func `a lost stream goes on where it was`() throws {
        var stage = try Stage()
        _ = stage.ask("POST", Self.initialize)
        #expect(stage.ask("POST", Self.work, Self.session).count == 3)
        #expect(stage.lose(2) == [])
        // Silence is no cancellation in this era: the answer comes where the client asks for it.
        #expect(stage.ask("POST", Self.sampled, Self.session) == ["3: 202 "])
        var fields = Self.listening
        fields["Last-Event-ID"] = "2-1"
        let rest = [
            "4: stream", "4: id: 2-2|event: message|data: \(Self.sampling)||",
            #"4: id: 2-3|event: message|data: {"jsonrpc":"2.0","id":7,"result":{"n":1}}||"#, "4: end",
        ]
        #expect(stage.ask("GET", "", fields) == rest)
        // Once more: it is not forgotten yet.
        #expect(stage.ask("GET", "", fields).count == 4)
    }

    @Test func `a stream that goes on gets what is still to come`() throws {
        var stage = try Stage()
        _ = stage.ask("POST", Self.initialize)
        _ = stage.ask("POST", Self.work, Self.session)
        var fields = Self.listening
        fields["Last-Event-ID"] = "2-2"
        // The old connection may not have noticed yet.
        #expect(stage.ask("GET", "", fields) == ["2: end", "3: stream"])
        #expect(stage.ask("POST", Self.sampled, Self.session).last == "3: end")
    }

    @Test func `JSON alone holds the answer until it is there`() throws {
        var stage = try Stage { $0.form = .json }
        _ = stage.ask("POST", Self.initialize)
        _ = stage.ask("GET", "", Self.listening)
        let first = stage.ask("POST", Self.work, Self.session)
        #expect(first.count == 2)
        #expect(first.allSatisfy { $0.hasPrefix("2: id: 0-") })
        #expect(
            stage.ask("POST", Self.sampled, Self.session)
                == ["4: 202 ", #"3: 200 {"jsonrpc":"2.0","id":7,"result":{"n":1}}"#])
    }

    @Test func `a body that is still awaited is no stream`() throws {
        var stage = try Stage { $0.form = .json }
        _ = stage.ask("POST", Self.initialize)
        #expect(stage.ask("POST", Self.work, Self.session) == [])
        var fields = Self.listening
        fields["Last-Event-ID"] = "1-0"
        // It does not become one for a client that asks: what waits for the GET stream comes.
        #expect(stage.ask("GET", "", fields).first == "3: stream")
        // And its end is an answer with a head.
        #expect(stage.ask("DELETE", "", Self.session).sorted() == ["2: 404 ", "3: end", "4: 200 "])
    }

    @Test func `a batch that is answered one by one is one body`() throws {
        let transcript = """
            c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}
            s {"jsonrpc":"2.0","id":0,"result":{}}
            c [{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}},\
            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}]
            s {"jsonrpc":"2.0","id":1,"result":{"n":1}}
            s {"jsonrpc":"2.0","id":2,"result":{"n":2}}
            """
        let batch =
            #"[{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"a"}},"#
            + #"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"b"}}]"#
        var stage = try Stage(transcript) { $0.form = .json }
        _ = stage.ask("POST", Self.initialize)
        #expect(
            stage.ask("POST", batch, Self.session) == [
                #"2: 200 [{"jsonrpc":"2.0","id":8,"result":{"n":1}},{"jsonrpc":"2.0","id":9,"result":{"n":2}}]"#
            ])
    }

    @Test func `what a client may ask for again is bounded in bytes`() throws {
        let text = String(repeating: "x", count: 5 << 20)
        let transcript = """
            c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}
            s {"jsonrpc":"2.0","id":0,"result":{}}
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"long"}}
            s {"jsonrpc":"2.0","id":1,"result":{"text":"\(text)"}}
            """
        var stage = try Stage(transcript) { $0.form = .sse }
        _ = stage.ask("POST", Self.initialize)
        let call = #"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"long"}}"#
        for _ in 0..<5 { #expect(stage.ask("POST", call, Self.session).count == 3) }
        func again(_ carrier: Int) -> [String] {
            var fields = Self.listening
            fields["Last-Event-ID"] = "\(carrier)-0"
            let effects = stage.ask("GET", "", fields)
            // The GET stream that an unknown event leads to is closed again.
            if effects.count == 1 { _ = stage.lose(stage.streams) }
            return effects
        }
        // Carriers 2 to 6 were the calls: three of 5 MiB are kept.
        #expect((2...6).map { again($0).count } == [1, 1, 3, 3, 3])
    }

    @Test func `HTTP+SSE has one stream for everything`() throws {
        var stage = try Stage { $0.offersSSE = true }
        #expect(
            stage.ask("GET", "", ["Accept": "text/event-stream", "target": "/sse"]) == [
                "1: stream", "1: event: endpoint|data: /sse?mcptape_session=id||",
            ])
        let endpoint = ["target": "/sse?mcptape_session=id"]
        let answer = stage.ask("POST", Self.initialize, endpoint)
        #expect(answer.first == "2: 202 ")
        #expect(answer.last?.hasPrefix(#"1: event: message|data: {"jsonrpc":"2.0","id":0,"#) == true)
        #expect(stage.ask("POST", Self.work, endpoint).count == 3)
        #expect(stage.lose(1) == [])
        #expect(stage.ask("POST", Self.initialize, endpoint).first?.hasPrefix("4: 404") == true)
    }

    @Test func `a modern client that goes away has cancelled`() throws {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        var stage = try Stage(
            """
            c {"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{},\(meta)}}
            s {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":\
            {"io.modelcontextprotocol/subscriptionId":1}}}
            """)
        let listen =
            #"{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{},\#(meta)}}"#
        let opened = stage.ask("POST", listen)
        #expect(opened.first == "1: stream")
        // No id of an event in this revision; the subscription's is the live one.
        #expect(opened.last?.hasPrefix("1: event: message|data: ") == true)
        #expect(opened.last?.contains(#""io.modelcontextprotocol/subscriptionId":"l""#) == true)
        #expect(stage.lose(1) == [])
        #expect(stage.ask("GET", "", ["MCP-Protocol-Version": "2026-07-28"]) == ["2: 405 "])
        let batch = stage.ask("POST", "[\(listen)]", ["MCP-Protocol-Version": "2026-07-28"])
        #expect(batch.first?.hasPrefix("3: 400") == true)
        let unknown = #"{"jsonrpc":"2.0","id":2,"method":"no/such","params":{\#(meta)}}"#
        #expect(stage.ask("POST", unknown).last == "missed")
    }

    @Test func `many lines of a message are many lines of data`() {
        let text = MockSession.event(Array("{\n}".utf8)[...], id: nil)
        #expect(String(decoding: text, as: UTF8.self) == "event: message\ndata: {\ndata: }\n\n")
    }
}
