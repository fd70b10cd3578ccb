import Testing

@testable import Replay

@Suite struct ReplayEngineTests {
    static let search = """
        c {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{"query":\
        "swift"}}}
        s {"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"1E5 é \\u00e9"}]}}
        """

    static func call(_ id: String, _ name: String = "search", _ arguments: String = #"{"query":"swift"}"#)
        -> String
    {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"#
            + #""\#(name)","arguments":\#(arguments)}}"#
    }

    // MARK: - Answers

    @Test(arguments: ["1", "7", #""seven""#, #""\u0037""#, "7.0", "-1", "12345678901234567890", "null"])
    func `answers under the live request's id, of whatever type`(id: String) throws {
        var mock = try Mock(Self.search)
        #expect(
            mock.hears(Self.call(id)) == [
                #"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[{"type":"text","#
                    + #""text":"1E5 é \u00e9"}]}}"#
            ])
        mock.loses()
        #expect(mock.report.exitStatus() == 0)
        #expect(mock.report.isClean)
    }

    @Test func `keeps everything but the id as it was recorded`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"x"}
            s  { "result" : {"b":1, "a":1E5, "b":2} ,\t"id":1, "jsonrpc":"2.0" } \r
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":"live","method":"x"}"#) == [
                " { \"result\" : {\"b\":1, \"a\":1E5, \"b\":2} ,\t\"id\":\"live\", \"jsonrpc\":\"2.0\" } \r"
            ])
    }

    @Test func `answers a request whatever line end and white space it has`() throws {
        var mock = try Mock(Self.search)
        let line = #" { "id" : 3, "params" : {"arguments":{"query":"swift"} , "name":"search"}, "#
        #expect(mock.hears(line + "\"method\":\"tools/call\",\"jsonrpc\":\"2.0\"}\r").count == 1)
        #expect(mock.misses.isEmpty)
    }

    @Test func `answers an error with the recorded error`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///a"}}
            s {"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"Resource not found"}}
            """)
        #expect(
            mock.hears(
                #"{"jsonrpc":"2.0","id":9,"method":"resources/read","params":{"uri":"file:"#
                    + #"///a"}}"#) == [
                    #"{"jsonrpc":"2.0","id":9,"error":{"code":-32002,"message":"Resource not found"}}"#
                ])
        #expect(mock.report.missCount == 0)
    }

    @Test func `answers requests in flight at once each with its own answer`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            c {"jsonrpc":"2.0","id":2,"method":"b"}
            s {"jsonrpc":"2.0","id":2,"result":{"of":"b"}}
            s {"jsonrpc":"2.0","id":1,"result":{"of":"a"}}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":2,"method":"a"}"#) == [
                #"{"jsonrpc":"2.0","id":2,"result":{"of":"a"}}"#
            ])
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"b"}"#) == [
                #"{"jsonrpc":"2.0","id":1,"result":{"of":"b"}}"#
            ])
    }

    // MARK: - Repeats

    static let countdown = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"next"}}
        s {"jsonrpc":"2.0","id":1,"result":{"n":3}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"next","arguments":{}}}
        s {"jsonrpc":"2.0","id":2,"result":{"n":2}}
        """

    @Test func `serves repeats in recorded order, then the last again, and counts those`() throws {
        var mock = try Mock(Self.countdown)
        let answers = (1...4).map { mock.hears(Self.call("\($0)", "next", "{}")) }
        #expect(
            answers
                == [3, 2, 2, 2].enumerated().map {
                    [#"{"jsonrpc":"2.0","id":\#($0 + 1),"result":{"n":\#($1)}}"#]
                })
        mock.loses()
        #expect(mock.report.repeats.map(\.count) == [2])
        #expect(mock.report.repeats.map(\.recorded.exchange) == [2])
        #expect(mock.report.exitStatus() == 0)
    }

    @Test func `serves initialize and lists any number of times without counting`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}
            s {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}
            c {"jsonrpc":"2.0","id":1,"method":"tools/list"}
            s {"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":"p2"}}
            c {"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"p2"}}
            s {"jsonrpc":"2.0","id":2,"result":{"tools":[]}}
            """)
        for id in 1...3 {
            #expect(
                mock.hears(
                    #"{"jsonrpc":"2.0","id":\#(id),"method":"initialize","params":{"#
                        + #""protocolVersion":"2025-06-18"}}"#)
                    == [#"{"jsonrpc":"2.0","id":\#(id),"result":{"protocolVersion":"2025-06-18"}}"#])
            #expect(
                mock.hears(
                    #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list","params":{"cursor":"#
                        + #""p2"}}"#) == [
                        #"{"jsonrpc":"2.0","id":\#(id),"result":{"tools":[]}}"#
                    ])
            #expect(
                mock.hears(#"{"jsonrpc":"2.0","id":\#(id),"method":"tools/list","params":{}}"#) == [
                    #"{"jsonrpc":"2.0","id":\#(id),"result":{"tools":[],"nextCursor":"p2"}}"#
                ])
        }
        mock.loses()
        #expect(mock.report.isClean)
    }

    // MARK: - Notifications and what hangs on them

    @Test func `sends what hangs on a notification when the client sends it`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","method":"notifications/initialized"}
            s {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#) == [
                #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
            ])
        #expect(mock.hears(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#) == [])
        #expect(mock.divergences.isEmpty)
    }

    @Test func `never answers a notification, and reports one that was not recorded`() throws {
        var mock = try Mock(Self.search)
        #expect(mock.hears(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#) == [])
        #expect(mock.hears(#"{"jsonrpc":"2.0","method":"vendor/hello","params":{"a":1}}"#) == [])
        #expect(mock.hears(#"{"jsonrpc":"2.0","method":"vendor/hello","params":{"a":2}}"#) == [])
        #expect(mock.divergences.map(\.text) == ["vendor/hello is not in the recording; accepted"])
        #expect(mock.misses.isEmpty)
    }

    @Test func `sends what the server said before the client at the start`() throws {
        let mock = try Mock(
            """
            s Server running on stdio
            s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"up"}}
            \(Self.search)
            """)
        #expect(
            mock.greeting == [
                "Server running on stdio",
                #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#
                    + #""info","data":"up"}}"#,
            ])
    }

    @Test func `plays log messages, progress and answer in the recorded order`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"slow","_meta":{\
            "progressToken":5}}}
            s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"one"}}
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":5}}
            s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"two"}}
            s {"jsonrpc":"2.0","id":5,"result":{}}
            s {"jsonrpc":"2.0","method":"notifications/resources/list_changed"}
            """)
        let call =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","_meta":"#
            + #"{"progressToken":"t1"}}}"#
        #expect(
            mock.hears(call) == [
                #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#
                    + #""info","data":"one"}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"#
                    + #""progress":1,"progressToken":"t1"}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#
                    + #""info","data":"two"}}"#,
                #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}"#,
            ])
        // Again: what belongs to the exchange comes again, what only hung on it does not.
        #expect(
            mock.hears(call) == [
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"#
                    + #""progress":1,"progressToken":"t1"}}"#,
                #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            ])
    }

    @Test func `leaves progress out when the live request carries no token, and says so`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"slow","_meta":{\
            "progressToken":5}}}
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":5}}
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":2,"progressToken":5}}
            s {"jsonrpc":"2.0","id":5,"result":{}}
            """)
        #expect(mock.hears(Self.call("1", "slow", "{}")) == [#"{"jsonrpc":"2.0","id":1,"result":{}}"#])
        #expect(
            mock.divergences.map(\.text) == [
                "progress of tools/call slow (#1) was left out: the request carries no progress token"
            ])
    }

    // MARK: - Lines that are no messages

    @Test func `ignores foreign lines, answers them when recorded, never traps`() throws {
        var mock = try Mock(
            """
            c not json
            s {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}
            """)
        #expect(
            mock.hears("not json") == [
                #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#
            ])
        for line in [
            "", "\r", "not json", "{", "[]", "[1]", "7", "\"x\"", "{\"jsonrpc\":\"2.0\"}", "\u{FEFF}{}",
        ] {
            #expect(mock.hears(line) == [])
        }
        #expect(mock.report.requests == 0)
    }

    @Test func `gives the same output every time`() throws {
        func output() throws -> [[String]] {
            var mock = try Mock(Self.countdown + "\n" + Self.search)
            return ["search", "next", "other", "next"].map { mock.hears(Self.call("1", $0)) }
        }
        let first = try output()
        for _ in 1...20 { #expect(try output() == first) }
    }
}
