import Recording
import Testing

@testable import Replay

/// A large script is indexed method by method: nobody can tell.
struct ScriptIndexTests {
    private static let transcript = """
        c {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}
        s {"jsonrpc":"2.0","id":1,"result":{}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a","arguments":{"x":1}}}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        c {"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"p"}}
        s {"jsonrpc":"2.0","id":3,"result":{}}
        c {"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"b","arguments":{"x":1}}}
        s {"jsonrpc":"2.0","id":4,"result":{}}
        c {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a","arguments":{"x":1}}}
        s {"jsonrpc":"2.0","id":5,"result":{}}
        c {"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":"file:///a"}}
        s {"jsonrpc":"2.0","id":6,"result":{}}
        """

    private static let asked: [(method: String, params: String)] = [
        ("tools/call", #"{"name":"b","arguments":{"x":1}}"#), ("own/method", "{}"),
        ("tools/call", #"{"name":"a","arguments":{"x":1}}"#), ("prompts/get", #"{"name":"q"}"#),
        ("tools/call", #"{"name":"a","arguments":{"x":1.0}}"#), ("initialize", "{}"),
        ("tools/call", #"{"name":"a","arguments":{"x":1}}"#), ("tools/call", #"{"name":"a"}"#),
    ]

    private func script(_ transcript: String) throws -> ReplayScript {
        let session = RecordedSession(transcript, end: .clientClosed)
        return try ReplayScript(reading: session, session: session.id, name: "demo.jsonl")
    }

    @Test(arguments: [MatchRules.Order.any, .recorded])
    func `requests find the same, misses say the same, and the same is left`(order: MatchRules.Order) throws {
        let script = try script(Self.transcript)
        var rules = MatchRules()
        rules.order = order
        var eager = ScriptIndex(script, rules: rules)
        var late = ScriptIndex(script, rules: rules, eagerLimit: 0)
        #expect(late.neverTaken == eager.neverTaken)
        #expect(late.neverTaken.count == 6)
        for (method, params) in Self.asked {
            let text = Array(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#.utf8)[...]
            let finding = eager.take(text, method: method, name: nil, in: script)
            #expect(late.take(text, method: method, name: nil, in: script) == finding)
            #expect(
                late.miss(for: text, method: method, name: nil, in: script)
                    == eager.miss(for: text, method: method, name: nil, in: script))
            #expect(late.neverTaken == eager.neverTaken)
            #expect(late.methods == eager.methods)
        }
    }

    @Test func `only what was asked for is indexed, unless copies share it or placeholders bind it`() throws {
        let plain = try script(Self.transcript)
        #expect(ScriptIndex(plain).unindexedMethods.isEmpty)
        #expect(ScriptIndex(plain, isShared: true, eagerLimit: 0).unindexedMethods.isEmpty)
        var late = ScriptIndex(plain, eagerLimit: 5)
        #expect(late.unindexedMethods.count == 4)
        let ping = Array(#"{"jsonrpc":"2.0","id":1,"method":"prompts/get"}"#.utf8)[...]
        _ = late.take(ping, method: "prompts/get", name: nil, in: plain)
        #expect(late.unindexedMethods == ["initialize", "resources/read", "tools/call"])
        let redacted = try script(
            Self.transcript.replacing("file:///a", with: "[redacted:secret:0123456789ab]"))
        #expect(ScriptIndex(redacted, eagerLimit: 0).unindexedMethods.isEmpty)
    }
}
