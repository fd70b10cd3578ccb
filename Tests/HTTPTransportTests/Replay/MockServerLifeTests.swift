import MCPSemantics
import Recording
import Replay
import Testing

@testable import HTTPTransport

/// How many clients a server has, and what it says to what it does not do.
struct MockServerLifeTests {
    private static let recording = """
        {"mcptape":1,"sessions":[{"id":"s1","name":"mock"}]}
        {"seq":1,"t":1,"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}}
        {"seq":2,"t":2,"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{}}}
        {"seq":3,"t":3,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}}
        {"seq":4,"t":4,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{}}}

        """

    private struct Stage {
        var server: MockServer
        var streams = 0

        init(_ change: (inout HTTPReplay.Options) -> Void = { _ in }) throws {
            var options = HTTPReplay.Options(address: try ListenAddress("127.0.0.1:0"))
            change(&options)
            let file = try FileRecording(bytes: Array(MockServerLifeTests.recording.utf8))
            let script = try ReplayScript(reading: file, session: SessionID("s1"), name: "mock.jsonl")
            let ids = Ids()
            server = MockServer(script, rules: MatchRules(), options: options, mint: { ids.next() })
        }

        /// The answer: its status, and its `Mcp-Session-Id` or `Allow`.
        mutating func ask(_ method: String, _ body: String = "", _ fields: [String: String] = [:]) -> String {
            var text = "\(method) \(fields["target"] ?? "/mcp") HTTP/1.1\r\nHost: localhost\r\n"
            for (name, value) in fields where name != "target" { text += "\(name): \(value)\r\n" }
            // The fields are this test's own.
            guard let head = try? MessageHead(request: Array(text.utf8)) else { return "no head" }
            var request = MockRequest(head, target: head.target, peer: "127.0.0.1")
            request.body = Array(body.utf8)[...]
            streams += 1
            var words: [String] = []
            for effect in server.received(request, on: streams, at: .zero) {
                switch effect {
                case .answer(let stream, let status, let fields, _):
                    let field = fields.first { ["Mcp-Session-Id", "Allow"].contains($0.name) }?.value
                    words.append("\(stream): \(status)" + (field.map { " " + $0 } ?? ""))
                case .open(let stream, _): words.append("\(stream): stream")
                case .end(let stream): words.append("\(stream): end")
                case .text, .missed: break
                }
            }
            return words.joined(separator: ", ")
        }
    }

    /// Session ids: a, b, c …
    private final class Ids: Sendable {
        private let count = Counter()
        func next() -> String { String(UnicodeScalar(UInt8(96 + count.next()))) }
    }

    private final class Counter: @unchecked Sendable {
        // One test, one thread.
        private var value = 0
        func next() -> Int {
            value += 1
            return value
        }
    }

    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let call = #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"}}"#
    private static let listening = ["Accept": "text/event-stream"]

    private static func session(_ id: String, _ more: [String: String] = [:]) -> [String: String] {
        more.merging(["Mcp-Session-Id": id]) { $1 }
    }

    @Test func `beyond the limit the longest idle session ends`() throws {
        var stage = try Stage { $0.sessionLimit = 2 }
        #expect(stage.ask("POST", Self.initialize) == "1: 200 a")
        #expect(stage.ask("POST", Self.initialize) == "2: 200 b")
        #expect(stage.ask("POST", Self.call, Self.session("a")) == "3: 200")
        #expect(stage.ask("POST", Self.initialize) == "4: 200 c")
        #expect(stage.ask("POST", Self.call, Self.session("b")) == "5: 404")
        #expect(stage.ask("POST", Self.call, Self.session("a")) == "6: 200")
        // What the one that ended had asked is in the report.
        stage.server.end(at: .zero)
        #expect(stage.server.report.requests == 5)
        #expect(stage.server.report.neverAsked.isEmpty)
    }

    @Test func `a session that somebody listens on is not idle, and a client too many gets 503`() throws {
        var stage = try Stage {
            $0.sessionLimit = 2
            $0.offersSSE = true
        }
        for id in ["a", "b"] {
            #expect(stage.ask("POST", Self.initialize).hasSuffix("200 \(id)"))
            #expect(stage.ask("GET", "", Self.session(id, Self.listening)).hasSuffix("stream"))
        }
        #expect(stage.ask("POST", Self.initialize) == "5: 503")
        #expect(stage.ask("GET", "", Self.listening) == "6: 503")
        _ = stage.server.closed(2, at: .zero)
        #expect(stage.ask("POST", Self.initialize) == "7: 200 c")
        #expect(stage.ask("POST", Self.call, Self.session("a")) == "8: 404")
    }

    @Test func `clients without a session count too`() throws {
        var stage = try Stage {
            $0.sessionLimit = 2
            $0.isStateless = true
        }
        for agent in ["1", "2", "3"] {
            #expect(stage.ask("POST", Self.call, ["User-Agent": agent]).hasSuffix("200"))
        }
        stage.server.end(at: .zero)
        #expect(stage.server.report.answered == 3)
    }

    @Test func `a refusal says what would have been allowed`() throws {
        var stage = try Stage()
        #expect(stage.ask("PUT") == "1: 405 POST, GET, DELETE")
        #expect(stage.ask("GET", "", Self.listening) == "2: 405 POST, DELETE")
        #expect(stage.ask("DELETE") == "3: 405 POST, GET")
        let modern = ["MCP-Protocol-Version": "2026-07-28"]
        #expect(stage.ask("GET", "", modern) == "4: 405 POST")
        #expect(stage.ask("DELETE", "", Self.session("a", modern)) == "5: 405 POST")
        #expect(stage.ask("GET", "", Self.session("a")) == "6: 406")
        var stateless = try Stage { $0.isStateless = true }
        #expect(stateless.ask("PUT") == "1: 405 POST")
        #expect(stateless.ask("GET", "", Self.session("a", Self.listening)) == "2: 405 POST")
        #expect(stateless.ask("DELETE", "", Self.session("a")) == "3: 405 POST")
        var both = try Stage {
            $0.isStateless = true
            $0.offersSSE = true
        }
        #expect(both.ask("PUT") == "1: 405 POST, GET")
        #expect(both.ask("GET", "", Self.listening) == "2: stream")
    }
}
