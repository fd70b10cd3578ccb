import MCPSemantics
import Recording
import Testing

@testable import Replay

@Suite struct ReplayEngineForwardingTests {
    private static let script = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}
        s {"jsonrpc":"2.0","id":7,"method":"roots/list"}
        c {"jsonrpc":"2.0","id":7,"result":{}}
        s {"jsonrpc":"2.0","id":1,"result":{}}
        """

    private static func rules(_ misses: MatchRules.Misses) -> MatchRules {
        var rules = MatchRules()
        rules.misses = misses
        return rules
    }

    private func call(_ id: Int, _ name: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(name)"}}"#
    }

    @Test func `only what has no match is handed out, and is no miss`() throws {
        var mock = try Mock(Self.script, rules: Self.rules(.forward))
        #expect(mock.hears(call(1, "a")).count == 1 && mock.forwarded.isEmpty)
        #expect(mock.hears(call(2, "b")).isEmpty)
        #expect(mock.forwarded.map(\.kind) == [.request(RequestID("2"))])
        #expect(String(decoding: mock.forwarded[0].bytes, as: UTF8.self) == call(2, "b"))
        mock.engine.forwardAnswered(RequestID("2"))
        mock.engine.forwardAnswered(RequestID("3"))
        #expect(mock.report.forwarded == 1 && mock.report.missCount == 0 && mock.report.exitStatus() == 0)
    }

    @Test func `a real server that fails makes it a miss that says why`() throws {
        var mock = try Mock(Self.script, rules: Self.rules(.forward))
        _ = mock.hears(call(2, "b"))
        let actions = mock.engine.forwardFailed(RequestID("2"), because: "it is gone", at: .zero)
        guard case .send(let message) = actions.first else { throw Unexpected() }
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text.contains("was recorded for: a (demo.jsonl); the real server did not answer: it is gone"))
        #expect(text.contains(#""realServer":"it is gone""#))
        #expect(mock.report.exitStatus() == 3)
        #expect(mock.engine.forwardFailed(RequestID("2"), because: "", at: .zero).isEmpty)
    }

    private struct Unexpected: Error {}

    @Test func `cancelling and answering go where the request came from`() throws {
        var mock = try Mock(Self.script, rules: Self.rules(.forward))
        _ = mock.hears(call(2, "b"))
        let id = mock.engine.idForForwardedServerRequest()
        #expect(id != mock.engine.idForForwardedServerRequest())
        _ = mock.hears(#"{"jsonrpc":"2.0","id":\#(id.text),"result":{}}"#)
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#
        _ = mock.hears(cancel)
        // What it does not know is the engine's business.
        _ = mock.hears(cancel)
        #expect(
            mock.forwarded.map(\.kind)
                == [.request(RequestID("2")), .answer(id), .cancellation(RequestID("2"))])
        #expect(mock.divergences.isEmpty && mock.report.forwarded == 1)
    }

    @Test func `a ping is ours, and a probe while the recording has the older handshake`() throws {
        let handshake = """
            c {"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}
            s {"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}
            """
        var mock = try Mock(handshake, rules: Self.rules(.forward))
        #expect(mock.engine.recordedRevision == "2025-06-18")
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).count == 1)
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":2,"method":"server/discover"}"#).count == 1)
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":3,"method":"logging/setLevel"}"#).isEmpty)
        #expect(mock.forwarded.count == 1)
        var modern = try Mock(Self.script, rules: Self.rules(.forward))
        #expect(modern.hears(#"{"jsonrpc":"2.0","id":2,"method":"server/discover"}"#).isEmpty)
        // What holds nothing is to hold everything.
        var empty = ReplayEngine(script: ReplayScript(emptyFor: "x"), rules: Self.rules(.forward))
        let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8)
        guard case .forward = empty.received(ping[...], at: .zero).first else { throw Unexpected() }
    }

    @Test func `what is on record and not to be given again is not asked for`() throws {
        var rules = Self.rules(.forward)
        rules.order = .recorded
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}
            s {"jsonrpc":"2.0","id":1,"result":{}}
            c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}
            s {"jsonrpc":"2.0","id":2,"result":{}}
            """, rules: rules)
        #expect(mock.hears(call(5, "b")).count == 1)
        #expect(mock.forwarded.isEmpty && mock.misses.map(\.reason) == [.outOfOrder])
    }

    // MARK: - nearest

    @Test func `the nearest answer is given, says so, and stays a miss`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1}}}
            s {"jsonrpc":"2.0","id":1,"result":{"content":[]}}
            """, rules: Self.rules(.nearest))
        let heard = mock.hears(
            #"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"a","arguments":{"x":2}}}"#)
        #expect(heard.count == 1)
        #expect(
            heard[0].hasPrefix(
                #"{"jsonrpc":"2.0","id":9,"result":{"_meta":{"mcptape/nearest":{"message":"mcptape: "#
            ))
        #expect(heard[0].hasSuffix(#","content":[]}}"#))
        #expect(mock.misses.map(\.resolution) == [.nearest] && mock.report.exitStatus() == 3)
        // It does not use up the recorded one.
        mock.loses()
        #expect(mock.report.neverAsked.count == 1)
    }

    @Test func `without a near one of the same name it is an error`() throws {
        var mock = try Mock(Self.script, rules: Self.rules(.nearest))
        #expect(mock.hears(call(2, "b"))[0].contains(#""code":1001"#))
        #expect(mock.misses.map(\.resolution) == [nil])
    }
}
