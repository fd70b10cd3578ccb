import MCPSemantics
import Recording
import Replay
import Testing

@testable import HTTPTransport

/// Recorded times on HTTP, in virtual time: what each stream gets when.
struct MockServerTimingTests {
    private static let recording = """
        {"mcptape":1,"sessions":[{"id":"s1","name":"mock"}]}
        {"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}}
        {"seq":2,"t":10000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{}}}
        {"seq":3,"t":20000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","_meta":{"progressToken":1}}}}
        {"seq":4,"t":30000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"fast"}}}
        {"seq":5,"t":40000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":2,"result":{"n":2}}}
        {"seq":6,"t":520000,"dir":"s2c","msg":{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}}
        {"seq":7,"t":1020000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"n":1}}}
        {"seq":8,"t":1030000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"never"}}}

        """

    private struct Stage {
        var server: MockServer
        var streams = 0
        var heard: [String] = []

        init() throws {
            var options = HTTPReplay.Options(address: try ListenAddress("127.0.0.1:0"))
            options.timing = ReplayTiming(speed: 1)
            let file = try FileRecording(bytes: Array(MockServerTimingTests.recording.utf8))
            let script = try ReplayScript(reading: file, session: SessionID("s1"), name: "mock.jsonl")
            server = MockServer(script, rules: MatchRules(), options: options, mint: { "id" })
        }

        private static func at(_ milliseconds: Int64) -> Timestamp {
            Timestamp(nanoseconds: milliseconds * 1_000_000)
        }

        mutating func post(
            _ body: String, at milliseconds: Int64, _ fields: String = "Mcp-Session-Id: id\r\n"
        ) {
            waits(until: milliseconds)
            let text = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n\(fields)"
            // The fields are this test's own.
            guard let head = try? MessageHead(request: Array(text.utf8)) else { return }
            var request = MockRequest(head, target: head.target, peer: "127.0.0.1")
            request.body = Array(body.utf8)[...]
            streams += 1
            take(server.received(request, on: streams, at: Self.at(milliseconds)), milliseconds)
        }

        mutating func lose(_ stream: Int, at milliseconds: Int64) {
            waits(until: milliseconds)
            take(server.closed(stream, at: Self.at(milliseconds)), milliseconds)
        }

        mutating func waits(until milliseconds: Int64 = 100_000) {
            while let due = server.nextDue, due <= Self.at(milliseconds) {
                take(server.advance(to: due), due.nanoseconds / 1_000_000)
            }
        }

        private mutating func take(_ effects: [MockEffect], _ milliseconds: Int64) {
            for effect in effects {
                let word =
                    switch effect {
                    case .answer(let stream, let status, _, let body):
                        "\(stream): \(status) \(String(decoding: body, as: UTF8.self))"
                    case .open(let stream, _): "\(stream): stream"
                    case .text(let stream, let text):
                        "\(stream): " + (text.contains(Array("progress".utf8)) ? "progress" : "answer")
                    case .end(let stream): "\(stream): end"
                    case .missed: "missed"
                    }
                heard.append("\(milliseconds) \(word)")
            }
        }
    }

    private static let initialize = #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#
    private static let slow =
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"slow","_meta":{"progressToken":9}}}"#
    private static let fast = #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"fast"}}"#
    private static let fastAnswer = #"{"jsonrpc":"2.0","id":8,"result":{"n":2}}"#

    @Test func `each stream has its recorded times, and an answer alone is still a body`() throws {
        var stage = try Stage()
        stage.post(Self.initialize, at: 0, "")
        stage.post(Self.slow, at: 100)
        stage.post(Self.fast, at: 200)
        stage.waits()
        #expect(
            stage.heard == [
                #"10 1: 200 {"jsonrpc":"2.0","id":0,"result":{}}"#, "210 3: 200 \(Self.fastAnswer)",
                "600 2: stream", "600 2: progress", "1100 2: answer", "1100 2: end",
            ])
        #expect(stage.server.nextDue == nil)
    }

    @Test func `a request that has no recorded answer gets its stream at once`() throws {
        var stage = try Stage()
        stage.post(Self.initialize, at: 0, "")
        stage.post(#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"never"}}"#, at: 100)
        #expect(stage.heard.last == "100 2: stream")
    }

    @Test func `a client that goes before its answer has a head takes nothing with it`() throws {
        var stage = try Stage()
        stage.post(Self.initialize, at: 0, "")
        stage.post(Self.slow, at: 100)
        stage.lose(2, at: 150)
        stage.post(Self.fast, at: 200)
        stage.waits()
        #expect(
            stage.heard.dropFirst() == ["210 3: 200 \(Self.fastAnswer)"])
    }
}
