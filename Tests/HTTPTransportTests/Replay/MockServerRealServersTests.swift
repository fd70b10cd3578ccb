import MCPSemantics
import Recording
import Replay
import Testing

@testable import HTTPTransport

/// A recording on HTTP with a real server behind it, which the test plays.
struct MockServerRealServersTests {
    private static let recording = """
        {"mcptape":1,"sessions":[{"id":"s1","name":"mock"}]}
        {"seq":1,"t":1,"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}}
        {"seq":2,"t":2,"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}}

        """
    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let session = ["Mcp-Session-Id": "id"]

    private static func call(_ id: String, _ name: String, token: String = "0", meta: String = "") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":"#
            + #"{"name":"\#(name)","_meta":{"progressToken":\#(token)\#(meta)}}}"#
    }

    private static func modern(_ id: String) -> String {
        call(id, "a", meta: #","io.modelcontextprotocol/protocolVersion":"2026-07-28""#)
    }

    private struct Stage {
        var server: MockServer
        var streams = 0
        var orders: [String] = []

        /// `isRecorded`: the handshake is on record; else nothing is.
        init(keeps: Bool = true, isRecorded: Bool = true) throws {
            var options = HTTPReplay.Options(address: try ListenAddress("127.0.0.1:0"))
            let description = SessionDescription(id: SessionID("s1"), name: "mock", transport: .stdio)
            let fresh = MemoryRecording(description, redactor: nil)
            options.realServers = HTTPReplay.RealServers(
                recording: keeps ? { @Sendable (_: Timestamp) -> MemoryRecording in fresh } : nil,
                order: { _ in }, finish: { 0 })
            var rules = MatchRules()
            rules.misses = .forward
            let file = try FileRecording(bytes: Array(MockServerRealServersTests.recording.utf8))
            let script =
                isRecorded
                ? try ReplayScript(reading: file, session: SessionID("s1"), name: "mock.jsonl")
                : ReplayScript(emptyFor: "mock.jsonl")
            server = MockServer(script, rules: rules, options: options, mint: { "id" })
        }

        private mutating func words(_ effects: [MockEffect]) -> [String] {
            for order in server.takeOrders() { orders.append(Self.word(order)) }
            return effects.map(Self.word)
        }

        mutating func ask(_ method: String, _ body: String, _ fields: [String: String] = [:]) -> [String] {
            var text = "\(method) /mcp HTTP/1.1\r\nHost: localhost\r\n"
            for (name, value) in fields { text += "\(name): \(value)\r\n" }
            // The fields are this test's own.
            guard let head = try? MessageHead(request: Array(text.utf8)) else { return ["no head"] }
            var request = MockRequest(head, target: head.target, peer: "127.0.0.1")
            request.body = Array(body.utf8)[...]
            streams += 1
            return words(server.received(request, on: streams, at: .zero))
        }

        mutating func says(
            _ text: String, to client: Int = 1, during requests: [String] = [], isEvent: Bool? = nil
        ) -> [String] {
            var message = LiveMessage(Array(text.utf8)[...], time: 0)
            message.requests = requests.map { RequestID($0) }
            message.isEvent = isEvent
            return words(server.received(.message(message), for: client, at: .zero))
        }

        mutating func ends(_ reason: String) -> [String] {
            words(server.received(.ended(LiveFailure(.closed, reason)), for: 1, at: .zero))
        }

        mutating func lose(_ stream: Int) -> [String] { words(server.closed(stream, at: .zero)) }

        /// The handshake is done on both sides, and `call("7", "a")` is the real server's 2, on stream 2.
        mutating func begin() {
            _ = ask("POST", MockServerRealServersTests.initialize)
            _ = ask("POST", MockServerRealServersTests.call("7", "a"), MockServerRealServersTests.session)
            _ = says(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
            orders = []
        }

        static func word(_ effect: MockEffect) -> String {
            switch effect {
            case .answer(let stream, let status, _, let body):
                "\(stream): \(status) \(String(decoding: body, as: UTF8.self))"
            case .open(let stream, _): "\(stream): stream"
            case .text(let stream, let text):
                "\(stream): "
                    + String(decoding: text, as: UTF8.self).split(separator: "\n").filter {
                        $0.hasPrefix("data: ")
                    }.joined()
            case .end(let stream): "\(stream): end"
            case .missed: "missed"
            }
        }

        static func word(_ order: RealServerOrder) -> String {
            switch order {
            case .start(let client): "\(client) start"
            case .send(let client, let message): "\(client) \(String(decoding: message, as: UTF8.self))"
            case .changed(let client): "\(client) changed"
            case .close(let client, let session): "\(client) close \(session?.exchanges.count ?? 0)"
            }
        }
    }

    @Test func `what is missing waits for the real server, and its answer comes as it does there`() throws {
        var stage = try Stage()
        #expect(stage.ask("POST", Self.initialize).count == 1 && stage.orders.isEmpty)
        #expect(stage.ask("POST", Self.call("7", "a"), Self.session) == [])
        #expect(stage.orders == ["1 start", "1 " + Self.initialize.replacing(#""id":0"#, with: #""id":1"#)])
        stage.orders = []
        #expect(stage.says(#"{"jsonrpc":"2.0","id":1,"result":{}}"#) == [])
        #expect(
            stage.orders == [
                #"1 {"jsonrpc":"2.0","method":"notifications/initialized"}"#, "1 " + Self.call("2", "a"),
            ])
        #expect(
            stage.says(#"{"jsonrpc":"2.0","id":2,"result":{"x":1}}"#)
                == [#"2: 200 {"jsonrpc":"2.0","id":7,"result":{"x":1}}"#])
        #expect(stage.orders.last == "1 changed" && stage.server.report.forwarded == 1)
        // As an event of a stream it is one here too.
        _ = stage.ask("POST", Self.call("8", "b"), Self.session)
        #expect(
            stage.says(#"{"jsonrpc":"2.0","id":3,"result":{}}"#, during: ["3"], isEvent: true)
                == ["3: stream", #"3: data: {"jsonrpc":"2.0","id":8,"result":{}}"#, "3: end"])
        #expect(stage.ask("DELETE", "", Self.session) == ["4: 200 "])
        #expect(stage.orders.last == "1 close 2")
    }

    @Test func `what comes on the way goes on the stream of its request`() throws {
        var stage = try Stage()
        stage.begin()
        let sampling = #"{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage"}"#
        let asked = sampling.replacing(#""s""#, with: #""mcptape-1""#)
        // The only one in flight, on stdio.
        #expect(stage.says(sampling) == ["2: stream", "2: data: \(asked)"])
        #expect(
            stage.ask("POST", #"{"jsonrpc":"2.0","id":"mcptape-1","result":{}}"#, Self.session) == ["3: 202 "]
        )
        #expect(stage.orders == [#"1 {"jsonrpc":"2.0","id":"s","result":{}}"#])
        // Two in flight: its token, or the stream that it came on, tells which.
        _ = stage.ask("POST", Self.call("8", "b", token: "9"), Self.session)
        let progress = #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":9}}"#
        #expect(stage.says(progress) == ["4: stream", "4: data: \(progress)"])
        let log = #"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#
        #expect(stage.says(log, during: ["2"], isEvent: true) == ["2: data: \(log)"])
        // Nothing tells: the session's stream has it, once there is one.
        #expect(stage.says(log) == [])
        let listening = ["Mcp-Session-Id": "id", "Accept": "text/event-stream"]
        #expect(stage.says(sampling) == ["4: data: " + asked.replacing("-1", with: "-2")])
        #expect(stage.ask("GET", "", listening) == ["5: stream", "5: data: \(log)"])
        #expect(stage.says(sampling) == ["5: data: " + asked.replacing("-1", with: "-3")])
        // What is no message has no place here.
        #expect(stage.says("Listening on 80") == [])
    }

    @Test func `a server that ends is a miss of everybody who waits`() throws {
        var stage = try Stage()
        stage.begin()
        let words = stage.ends("it was ended by signal 9")
        #expect(words.count == 2 && words[0] == "missed" && words[1].contains("ended by signal 9"))
        #expect(words[1].hasPrefix(#"2: 200 {"jsonrpc":"2.0","id":7,"error""#))
        #expect(stage.server.report.missCount == 1)
        // The next one starts another.
        #expect(stage.ask("POST", Self.call("8", "a"), Self.session) == [])
        #expect(stage.orders.first == "1 start")
    }

    @Test func `a stream that is closed cancels at the real server, in 2026-07-28 alone`() throws {
        var stage = try Stage()
        stage.begin()
        #expect(stage.lose(2) == [] && stage.orders == [])
        stage = try Stage(isRecorded: false)
        let fields = ["MCP-Protocol-Version": "2026-07-28"]
        #expect(stage.ask("POST", Self.modern("7"), fields) == [])
        stage.orders = []
        #expect(stage.lose(1) == [])
        let order = try #require(stage.orders.first)
        #expect(order.contains("notifications/cancelled") && order.contains("2026-07-28"))
        #expect(order.hasSuffix(#""requestId":1}}"#) && stage.orders.dropFirst() == ["1 changed"])
    }

    @Test func `clients that nothing tells apart are told apart by ids that wait for an answer`() throws {
        var stage = try Stage(isRecorded: false)
        let fields = ["MCP-Protocol-Version": "2026-07-28"]
        #expect(stage.ask("POST", Self.modern("7"), fields) == [])
        #expect(stage.ask("POST", Self.modern("7"), fields) == [])
        #expect(stage.ask("POST", Self.modern("8"), fields) == [])
        #expect(stage.orders.filter { $0.hasSuffix("start") } == ["1 start", "2 start"])
        let answer = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
        let given = answer.replacing(#""id":1"#, with: #""id":7"#)
        #expect(stage.says(answer, to: 2) == ["2: 200 \(given)"])
        #expect(stage.says(answer, to: 1) == ["1: 200 \(given)"])
    }

    @Test func `nothing is kept where nothing is to be`() throws {
        var stage = try Stage(keeps: false)
        stage.begin()
        #expect(stage.says(#"{"jsonrpc":"2.0","id":2,"result":{}}"#).count == 1)
        #expect(stage.orders.isEmpty && stage.server.conversation(of: 1) == nil)
        #expect(stage.ask("DELETE", "", Self.session) == ["3: 200 "] && stage.orders == ["1 close 0"])
        #expect(stage.says("{}") == [], "a client that is gone is told nothing")
    }
}
