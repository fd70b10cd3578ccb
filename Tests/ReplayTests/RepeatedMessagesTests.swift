import MCPSemantics
import Recording
import Testing

@testable import Replay

struct RepeatedMessagesTests {
    private static let ids = [
        "1", "0", "42", "-7", "999999999999999999", "\"a\"", "\"2f1c-77_x.y:z\"",
        // Beyond what is recognised, and beyond what is JSON.
        "1.0", "1e3", "01", "-", "--1", "1234567890123456789", "null", "true", "[1]", "{\"id\":1}", "",
        "\"\"", "\"a\\\"b\"", "\"a\\u0062\"", "\"é\"", "\"\u{1}\"", "\"", "\"a", "1,\"id\":2", " 5", "6 ",
        "\"" + String(repeating: "x", count: 64) + "\"", "\"" + String(repeating: "x", count: 65) + "\"",
    ]

    private static let forms = [
        #"{"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":"a","arguments":{"x":1}}}"#,
        #"{"method":"tools/call","params":{"name":"a","arguments":{"x":1}},"jsonrpc":"2.0","id":ID}"#,
        #"{"jsonrpc":"2.0","id":1,"id":ID,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":ID,"method":"tools/list","params":{"_meta":{"progressToken":7}}}"#,
        #"{"jsonrpc":"2.0","id":ID,"result":{}}"#,
        #"{"jsonrpc":"2.0","params":{"id":ID},"method":"notifications/initialized"}"#,
        #"[{"jsonrpc":"2.0","id":ID,"method":"ping"}]"#,
        #"{"jsonrpc":"2.0","id":ID,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#,
    ]

    private static func text(_ form: String, _ id: String) -> ArraySlice<UInt8> {
        Array(form.split(separator: "ID", maxSplits: 1).joined(separator: id).utf8)[...]
    }

    @Test func `a message is read as if none had been read before`() {
        for form in Self.forms {
            for first in Self.ids {
                var messages = RepeatedMessages(matching: MatchRules())
                _ = messages.read(Self.text(form, first))
                for id in Self.ids {
                    let text = Self.text(form, id)
                    let message = messages.read(text)
                    let alone = ClientMessage(text)
                    #expect(message.digest == alone.digest, "\(form) \(first) \(id)")
                    #expect(message.requests == alone.requests)
                    if let key = message.key, let method = alone.digest.method {
                        #expect(key == MatchKey(of: text, method: method))
                    }
                }
            }
        }
    }

    @Test func `another id is the same form, and another argument is not`() {
        var messages = RepeatedMessages(matching: MatchRules())
        let first = messages.read(Self.text(Self.forms[0], "1"))
        #expect(first.form != nil)
        #expect(first.key == nil)
        let again = messages.read(Self.text(Self.forms[0], "\"x\""))
        #expect(again.form == first.form)
        #expect(again.key != nil)
        let other = messages.read(Self.text(Self.forms[0].replacing("\"x\":1", with: "\"x\":2"), "1"))
        #expect(other.form != nil)
        #expect(other.form != first.form)
        // Of an answer, a notification and a batch no form is known.
        for form in Self.forms[4...6] { #expect(messages.read(Self.text(form, "1")).form == nil) }
    }

    @Test func `the oldest form gives way to new ones, and long messages are not remembered`() {
        var messages = RepeatedMessages(matching: MatchRules())
        func call(_ number: Int) -> ArraySlice<UInt8> {
            Self.text(Self.forms[0].replacing("\"x\":1", with: "\"x\":\(number)"), "1")
        }
        let first = messages.read(call(0)).form
        #expect(messages.read(call(0)).form == first)
        for number in 1...20 { _ = messages.read(call(number)) }
        #expect(messages.read(call(0)).form != first)
        #expect(messages.read(call(20)).key != nil)
        let long = Self.text(
            Self.forms[0].replacing("\"a\"", with: "\"" + String(repeating: "a", count: 4096) + "\""), "1")
        #expect(messages.read(long).form == nil)
    }

    @Test func `an engine does the same with what was recognised`() throws {
        let script = """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":1},\
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientInfo":{"name":"old","version":"1"}}}}
            s {"jsonrpc":"2.0","id":1,"result":{"content":[]}}
            c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a","arguments":{"x":2}}}
            s {"jsonrpc":"2.0","id":2,"result":{"content":[1]}}
            """
        let session = RecordedSession(script, end: .clientClosed)
        let read = try ReplayScript(reading: session, session: session.id, name: "demo.jsonl")
        var (plain, knowing) = (ReplayEngine(script: read), ReplayEngine(script: read))
        var messages = RepeatedMessages(matching: MatchRules())
        func call(_ id: Int, _ x: Int, _ client: String) -> ArraySlice<UInt8> {
            Array(
                """
                {"jsonrpc":"2.0","id":\(id),"method":"tools/call","params":{"name":"a","arguments":{"x":\(x)},\
                "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientInfo":{"name":"\(client)","version":"1"}}}}
                """.utf8)[...]
        }
        let asked = [
            (1, "new"), (1, "new"), (1, "old"), (1, "new"), (1, "new"), (2, "new"), (1, "new"), (3, "new"),
            (3, "new"), (1, "old"), (1, "old"),
        ]
        for (number, (x, client)) in asked.enumerated() {
            let text = call(number, x, client)
            let time = Timestamp(nanoseconds: Int64(number))
            #expect(plain.received(text, at: time) == knowing.received(messages.read(text), at: time))
        }
        plain.clientClosed(at: .zero)
        knowing.clientClosed(at: .zero)
        #expect(plain.report.json() == knowing.report.json())
    }
}
