import MCPSemantics
import Testing
import Wire

@testable import Replay

struct DamagedRequestTests {
    private static func find(_ text: String) -> DamagedRequest? { DamagedRequest(Array(text.utf8)[...]) }

    @Test(
        arguments: [
            (#"{"id":5,"method":"a"}"#, "5", "a", .notRPC),
            (#"{"jsonrpc":"1.0","id":"x"}"#, #""x""#, nil, .notRPC),
            (#"{"jsonrpc":"2.0","id":-1.5e3,"method":7}"#, "-1.5e3", nil, .notRPC),
            (#"{"jsonrpc":"2.0","id":5,"method":"a""#, "5", "a", .notJSON),
            (#" {"method":"a","params":{"id":1,"x":"\"id\":2"},"id": 3, }"#, "3", "a", .notJSON),
            (#"{"id":1,"id":2,"method":"a",}"#, "2", "a", .notJSON),
            (#"{"method":"a","result":{},"id":2"#, "2", "a", .notJSON),
        ] as [(String, String, String?, NearestMiss.Reason)])
    func `the id and the method are found in what is no request`(
        text: String, id: String, method: String?, reason: NearestMiss.Reason
    ) throws {
        let found = try #require(Self.find(text))
        #expect(found.id.text == id)
        #expect(found.method == method)
        #expect(found.reason == reason)
    }

    @Test(
        arguments: [
            "", "  ", "[]", "null", "hello", #""id""#, #"{"jsonrpc":"2.0","id":1,"method":"a"}"#,
            #"{"jsonrpc":"2.0","method":"a""#, #"{"jsonrpc":"2.0","id":null,"method":"a""#,
            #"{"jsonrpc":"2.0","id":true,"method":"a""#, #"{"id":[5],"method":"a"}"#, #"{"id":7,"result":{}"#,
            #"{"id":7,"error":{},"#, #"{"params":{"id":1},"method":"a"}"#, #"{"id":1e,"method":"a"}"#,
            #"{"id":"open"#, #"{"a":["id",5]}"#, "{\"id\":\"\\ud800\\", "{", "{:5}",
        ])
    func `a message, an answer, and what has no id are none`(text: String) {
        #expect(Self.find(text) == nil)
    }

    @Test func `a byte that is no UTF-8 and great depth do not hide the id`() throws {
        let broken =
            Array(#"{"jsonrpc":"2.0","id":5,"method":"a","params":{"x":""#.utf8) + [0xFF]
            + Array(#""}}"#.utf8)
        #expect(DamagedRequest(broken[...])?.reason == .invalidUTF8)
        let depth = 100_000
        let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let deep = try #require(Self.find(#"{"jsonrpc":"2.0","method":"a","params":\#(nested),"id":9}"#))
        #expect(deep.reason == .tooDeep)
        #expect(deep.id.text == "9")
        // The id itself must be fit to be sent.
        let id = Array(#"{"jsonrpc":"2.0","method":"a","id":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(DamagedRequest(id[...]) == nil)
    }

    @Test func `every cut of a request is answered under its own id or not at all`() {
        let text = Array(
            #"{"jsonrpc":"2.0","id":"abc","method":"tools/call","params":{"a":[1,{"id":2}]}}"#.utf8)
        for count in 0..<text.count {
            let id = DamagedRequest(text[..<count])?.id.text
            #expect(id == nil || id == #""abc""#, "\(count)")
        }
    }

    @Test func `it is answered, counted and a failure`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        #expect(
            mock.hears(#"{"id":5,"method":"tools/list"}"#) == [
                #"{"jsonrpc":"2.0","id":5,"error":{"code":-32600,"message":"mcptape: tools/list has an id, but is "#
                    + #"no JSON-RPC 2.0 request: that has \"jsonrpc\":\"2.0\" and a method (demo.jsonl)","data":{"#
                    + #""reason":"not_json_rpc","method":"tools/list","recording":"demo.jsonl"}}}"#
            ])
        let cut = mock.hears(#"{"jsonrpc":"2.0","id":"x","method":"tools/list","#)
        #expect(cut.first?.contains(#""id":"x","error":{"code":-32700"#) == true)
        #expect(mock.misses.map(\.reason) == [.notRPC, .notJSON])
        #expect(mock.report.requests == 2)
        #expect(mock.report.exitStatus() == 3)
        // A line without an id has nobody who waits.
        #expect(mock.hears("hello") == [])
        #expect(mock.report.divergences.map(\.kind) == [.foreignLine])
    }

    @Test func `in a batch it is answered in the array`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        let answers = mock.hears(#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"id":5,"method":"a"}]"#)
        #expect(answers.count == 1)
        #expect(
            answers.first?.hasPrefix(#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":5,"#)
                == true)
    }

    @Test func `a damaged line that is recorded gets what the server said to it`() throws {
        var mock = try Mock(
            """
            c {"id":5,"method":"tools/list"}
            s {"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}
            """)
        #expect(
            mock.hears(#"{"id":5,"method":"tools/list"}"#) == [
                #"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}"#
            ])
        #expect(mock.report.exitStatus() == 0)
    }
}
