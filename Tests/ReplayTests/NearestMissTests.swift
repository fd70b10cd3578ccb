import MCPSemantics
import Testing
import Wire

@testable import Replay

/// The text a person reads, word by word.
@Suite struct NearestMissTests {
    /// Numbers of the exchanges: 1 initialize, 2 tools/list, 3 and 4 search, 5 fetch, 6 and 7 resources,
    /// 8 completion, 9 vendor.
    static let recording = """
        c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}
        s {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}
        c {"jsonrpc":"2.0","id":1,"method":"tools/list"}
        s {"jsonrpc":"2.0","id":1,"result":{"tools":[]}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":\
        "rust","limit":5,"tags":["a","b"]}}}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search","arguments":{"query":\
        "swift"}}}
        s {"jsonrpc":"2.0","id":3,"result":{}}
        c {"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"fetch"}}
        s {"jsonrpc":"2.0","id":4,"result":{}}
        c {"jsonrpc":"2.0","id":5,"method":"resources/read","params":{"uri":"file:///a"}}
        s {"jsonrpc":"2.0","id":5,"result":{}}
        c {"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":"file:///b"}}
        s {"jsonrpc":"2.0","id":6,"result":{}}
        c {"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{"ref":{"type":"ref/prompt",\
        "name":"p"},"argument":{"name":"city","value":"Be"}}}
        s {"jsonrpc":"2.0","id":7,"result":{}}
        c {"jsonrpc":"2.0","id":8,"method":"vendor/thing","params":{"depth":3}}
        s {"jsonrpc":"2.0","id":8,"result":{}}
        """

    /// Method, params, and the message without `mcptape: ` and the file.
    static let golden: [(String, String?, String)] = [
        (
            "tools/call", #"{"name":"search","arguments":{"query":"Swift"}}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/arguments/query: recorded "swift", got "Swift""#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"rust","limit":6,"tags":["a","b"]}}"#,
            #"tools/call search was not recorded like this; nearest is #3, differs at "#
                + #"/arguments/limit: recorded 5, got 6"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"rust","limit":5,"tags":["b","a"]}}"#,
            #"tools/call search was not recorded like this; nearest is #3, differs at "#
                + #"/arguments/tags/0: recorded "a", got "b", and at 1 more place"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift","limit":null}}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/arguments/limit: recorded nothing, got null"#
        ),
        (
            "tools/call", #"{"name":"search"}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/arguments/query: recorded "swift", got nothing"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":null}"#,
            #"tools/call search was not recorded like this; nearest is #3, differs at "#
                + #"/arguments: recorded {"query":"rust","limit":5,"tags":["a","b"]}, got null"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift"},"task":{"ttl":60}}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/task: recorded nothing, got {"ttl":60}"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift"},"requestState":"abc"}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/requestState: recorded nothing, got "abc""#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift"},"inputResponses":{"a":1}}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"/inputResponses: recorded nothing, got {"a":1}"#
        ),
        (
            "tools/call", #"{"name":"search","arguments":{"query":"swift"},"extra":true}"#,
            #"tools/call search was not recorded like this; nearest is #4, differs at "#
                + #"params: recorded nothing, got {"extra":true}"#
        ),
        (
            "tools/call", #"{"name":"lookup","arguments":{"query":"swift"}}"#,
            "tools/call lookup was never recorded; tools/call was recorded for: search, fetch"
        ),
        (
            "resources/read", #"{"uri":"file:///c"}"#,
            "resources/read file:///c was never recorded; resources/read was recorded for: "
                + "file:///a, file:///b"
        ),
        (
            "completion/complete",
            #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"city","value":"Ber"}}"#,
            #"completion/complete p was not recorded like this; nearest is #8, differs "#
                + #"at /argument/value: recorded "Be", got "Ber""#
        ),
        (
            "tools/list", #"{"cursor":"page2"}"#,
            #"tools/list was not recorded like this; nearest is #2, differs at /cursor: "#
                + #"recorded nothing, got "page2""#
        ),
        (
            "vendor/thing", #"{"depth":4}"#,
            "vendor/thing was not recorded like this; nearest is #9, differs at /depth: recorded 3, got 4"
        ),
        (
            "prompts/get", #"{"name":"hello"}"#,
            "prompts/get hello was never recorded; recorded methods: initialize, tools/list, tools/call, "
                + "resources/read, completion/complete, vendor/thing"
        ),
        (
            "tools/call", #"{"name":"two\nlines"}"#,
            "tools/call two lines was never recorded; tools/call was recorded for: search, fetch"
        ),
    ]

    static func request(_ method: String, _ params: String?) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)"\#(params.map { #","params":\#($0)"# } ?? "")}"#
    }

    @Test(arguments: golden) func `says in one line`(method: String, params: String?, message: String) throws
    {
        var mock = try Mock(Self.recording)
        let out = mock.hears(Self.request(method, params))
        #expect(out.count == 1)
        #expect(mock.misses.map(\.message) == ["mcptape: \(message) (demo.jsonl)"])
        let error = try #require(JSONTree(Array(out[0].utf8)[...])?.root["error"])
        #expect(error["message"]?.stringValue == mock.misses.first?.message)
        #expect(error["code"]?.intValue == 1001)
    }

    @Test func `carries every difference in data`() throws {
        var mock = try Mock(Self.recording)
        let out = mock.hears(
            Self.request("tools/call", #"{"name":"search","arguments":{"query":"x","limit":1e1},"task":{}}"#))
        #expect(
            out == [
                #"{"jsonrpc":"2.0","id":1,"error":{"code":1001,"message":"mcptape: "#
                    + #"tools/call search was not recorded like this; nearest is #4, differs "#
                    + #"at /arguments/query: recorded \"swift\", got \"x\", and at 2 more "#
                    + #"places (demo.jsonl)","data":{"reason":"differs","#
                    + #""method":"tools/call","name":"search","recording":"#
                    + #""demo.jsonl","nearest":4,"differences":[{"facet":"#
                    + #""arguments","pointer":"/arguments/query","recorded":"swift","got":"#
                    + #""x"},{"facet":"arguments","pointer":"/arguments/limit","got":1e1},{"#
                    + #""facet":"task","pointer":"/task","got":{}}]}}}"#
            ])
    }

    @Test func `cuts long values in the message and keeps them in data`() throws {
        var mock = try Mock(Self.recording)
        let long = String(repeating: "y", count: 3000)
        let out = mock.hears(
            Self.request("tools/call", #"{"name":"search","arguments":{"query":"\#(long)"}}"#))
        let message = try #require(mock.misses.first?.message)
        #expect(message.contains("got \"\(String(repeating: "y", count: 59))… ("))
        #expect(out[0].contains(long))
    }

    @Test func `answers under any id, and names the gap that may hold what was asked for`() throws {
        var mock = try Mock(Self.recording + "\ngap")
        let out = mock.hears(#"{"jsonrpc":"2.0","id":"é\n","method":"nope"}"#)
        #expect(out[0].hasPrefix(#"{"jsonrpc":"2.0","id":"é\n","error":{"code":1001,"#))
        #expect(
            try #require(mock.misses.first).message.hasSuffix(
                "(demo.jsonl, which has a gap after #9)"))
    }

    @Test func `takes the earliest of equally near ones`() throws {
        var mock = try Mock(
            (1...5).map {
                "c " + Self.request("tools/call", #"{"name":"n","arguments":{"a":\#($0)}}"#)
                    + "\ns {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"
            }.joined(separator: "\n"))
        _ = mock.hears(Self.request("tools/call", #"{"name":"n","arguments":{"a":9}}"#))
        #expect(mock.misses.first?.nearest == 1)
    }
}
