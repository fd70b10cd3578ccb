import MCPSemantics
import Testing
import Wire

@testable import Recording

struct TracePropagatorTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(trace)-b7ad6b7169203331-01"

    private static func stating(_ meta: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{\#(meta)}}}"#
    }

    private func edited(_ text: String) -> String {
        var propagator = TracePropagator(recorder: SessionID("s"))
        let bytes = Array(text.utf8)[...]
        let edits = propagator.edits(of: bytes)
        return String(decoding: TracePropagator.applied(edits, to: bytes), as: UTF8.self)
    }

    /// `text` with the span that the propagator's request number `number` gets, in a trace of its own or not.
    private func context(_ number: Int = 1, in trace: String? = nil, flags: String = "01") -> String {
        func digits(_ what: String, _ count: Int) -> String {
            SHA256.digest(of: Array("mcptape propagated \(what) s \(number)".utf8)[...]).prefix(count)
                .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return "00-\(trace ?? digits("trace", 16))-\(digits("span", 8))-\(flags)"
    }

    @Test func `a stated parent becomes ours, in its trace and with its flags`() {
        for flags in ["00", "01"] {
            let text = """
                 {"jsonrpc":"2.0", "id" : 1,"method":"tools/call","params":{"name":"a","_meta":\
                {"tracestate":"v=1","traceparent" : "00-\(Self.trace)-b7ad6b7169203331-\(flags)", "x":1}}}\r
                """
            let expected = text.split(separator: "00-\(Self.trace)-b7ad6b7169203331-\(flags)")
                .joined(separator: context(in: Self.trace, flags: flags))
            #expect(edited(text) == expected)
        }
    }

    @Test func `a trace is begun where none is stated, wherever the place for it is`() {
        let own = #""traceparent":"\#(context())""#
        #expect(
            edited(#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"x":1}}}"#)
                == #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{\#(own),"x":1}}}"#)
        #expect(
            edited(#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{ }}}"#)
                == #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{\#(own) }}}"#)
        #expect(
            edited(#"{"jsonrpc":"2.0","id":"ä","method":"a","params":{"n":2}}"#)
                == #"{"jsonrpc":"2.0","id":"ä","method":"a","params":{"_meta":{\#(own)},"n":2}}"#)
        #expect(
            edited(#"{"jsonrpc":"2.0","id":1,"params":{},"method":"a"}"#)
                == #"{"jsonrpc":"2.0","id":1,"params":{"_meta":{\#(own)}},"method":"a"}"#)
        #expect(
            edited(#" {"jsonrpc":"2.0","id":1,"method":"ping" } "#)
                == #" {"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{\#(own)}} } "#)
    }

    @Test func `each request of a batch gets a span of its own`() {
        let call =
            #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"traceparent":"\#(Self.parent)"}}}"#
        let note = #"{"jsonrpc":"2.0","method":"notifications/x","params":{}}"#
        let first = call.split(separator: Self.parent).joined(separator: context(1, in: Self.trace))
        let second = call.split(separator: Self.parent).joined(separator: context(2, in: Self.trace))
        #expect(edited("[\(call),\(note), \(call)]") == "[\(first),\(note), \(second)]")
        let many = Array(repeating: call, count: TracePosition.batchLimit + 1).joined(separator: ",")
        #expect(edited("[\(many)]") == "[\(many)]")
    }

    @Test(arguments: [
        "not JSON", "", "[]", "1", #"{"jsonrpc":"2.0","id":1,"method":"a""#,
        #"{"jsonrpc":"2.0","method":"notifications/x","params":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#,
        #"{"jsonrpc":"1.0","id":1,"method":"a"}"#, #"{"id":1,"method":"a"}"#,
        #"{"jsonrpc":"2.0","id":null,"method":"a"}"#, #"{"jsonrpc":"2.0","id":[1],"method":"a"}"#,
        #"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","\u006dethod":"b"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":null}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{},"params":{}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":null}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{},"_met\u0061":{}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"tracestate":"v=1"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"traceparent":1}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"traceparent":"00-garbage"}}}"#,
        stating(#""traceparent":"00-\#(trace)-0000000000000000-01""#),
        stating(#""traceparent":"\#(parent)","traceparent":"\#(parent)""#),
    ])
    func `what cannot be edited with certainty passes as it came`(text: String) {
        #expect(edited(text) == text)
    }

    @Test func `invalid UTF-8 passes as it came`() {
        var propagator = TracePropagator(recorder: SessionID("s"))
        let head = Array(#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"t":""#.utf8)
        let bytes = head + [0xFF] + Array(#""}}"#.utf8)
        #expect(propagator.edits(of: bytes[...]).isEmpty)
    }

    @Test func `no two requests get the same span`() {
        var propagator = TracePropagator(recorder: SessionID("s"))
        let request = Array(#"{"jsonrpc":"2.0","id":1,"method":"a"}"#.utf8)[...]
        let sent = (0..<1000).map { _ in propagator.edits(of: request).compactMap(TracePropagator.context) }
        #expect(sent.allSatisfy { $0.count == 1 } && Set(sent).count == 1000)
    }

    /// What was inserted, taken out again, leaves what came; and what went out is a request with our span.
    @Test func `an edit can be undone, whatever the request`() throws {
        var random = SeededRandom(seed: 5)
        var propagator = TracePropagator(recorder: SessionID("s"))
        var edited = 0
        for _ in 0..<3000 {
            let message = Array(Self.message(&random).utf8)[...]
            let edits = propagator.edits(of: message)
            let sent = TracePropagator.applied(edits, to: message)
            var undone = sent
            for edit in edits.reversed() {
                // Of several edits, each moved those behind it.
                let before = edits.prefix { $0.offset < edit.offset }
                let start = before.reduce(edit.offset) {
                    $0 + $1.inserted.utf8.count - $1.removed.utf8.count
                }
                let end = start + edit.inserted.utf8.count
                #expect(Array(undone[start..<end]) == Array(edit.inserted.utf8))
                undone.replaceSubrange(start..<end, with: edit.removed.utf8)
            }
            #expect(undone == Array(message))
            guard !edits.isEmpty else { continue }
            edited += 1
            let contexts = edits.compactMap { TracePropagator.context(in: $0) }
            let positions = TracePosition.all(in: sent[...])
            #expect(positions.count == edits.count)
            let states = positions.compactMap { $0.stated }
            #expect(states.map(\.trace) == contexts.compactMap { TraceParent.traceID(of: $0) })
            let tree = try #require(JSONTree(sent[...]))
            let roots = tree.root.kind == .array ? Array(tree.root.children) : [tree.root]
            let found = roots.compactMap { $0["params"]?["_meta"]?["traceparent"]?.stringValue }
            #expect(Set(contexts).isSubset(of: Set(found)))
        }
        #expect(edited > 1000)
    }

    private static func message(_ random: inout SeededRandom) -> String {
        let count = random.below(5)
        if count > 1 { return "[" + (0..<count).map { _ in request(&random) }.joined(separator: ", ") + "]" }
        var text = request(&random)
        // Cut or bent somewhere, as a broken client does.
        if random.below(8) == 0 { text = String(text.prefix(random.below(text.count))) }
        if random.below(8) == 0 {
            text = text.replacing("{", with: random.below(2) == 0 ? "[" : "{{", maxReplacements: 1)
        }
        return text
    }

    private static func request(_ random: inout SeededRandom) -> String {
        func pick(_ choices: [String]) -> String { choices[random.below(choices.count)] }
        let space = pick(["", " ", "\t", "\r\n "])
        let traceparent = pick([
            #""traceparent":"\#(parent)""#, #""traceparent":"x""#, #""tracestate":"a=b""#, #""x":[{}]"#,
        ])
        let meta = pick([
            #""_meta":{\#(traceparent)\#(space)}"#, #""_meta":{\#(space)}"#, #""_meta":7"#,
            #""a":{"_meta":{}}"#,
        ])
        let params = pick([
            #","params":{\#(space)"name":"ü😀",\#(meta)}"#, #","params":{\#(meta),\#(space)"b":1e5}"#,
            #","params":{\#(space)}"#, "", #","params":[1]"#,
        ])
        let id = pick([#""id":1,"#, #""id":"\u0061","#, "", #""id":1.50,"#])
        return #"\#(space){"jsonrpc":"2.0",\#(id)\#(space)"method":"tools/call"\#(params)\#(space)}\#(space)"#
    }
}
