import Testing

@testable import Replay

@Suite struct OutboxTests {
    static let a = #"{"jsonrpc":"2.0","id":1,"method":"a"}"#
    static let b = #"{"jsonrpc":"2.0","id":2,"method":"b"}"#
    static let ofA = #"{"jsonrpc":"2.0","id":1,"result":"A"}"#
    static let ofB = #"{"jsonrpc":"2.0","id":2,"result":"B"}"#

    @Test func `answers a recorded batch with the recorded array, white space and order kept`() throws {
        var mock = try Mock("c [\(Self.a), \(Self.b)]\ns [ \(Self.ofB) ,\(Self.ofA)]\n")
        #expect(
            mock.hears(
                #"[{"jsonrpc":"2.0","id":"x","method":"a"},{"jsonrpc":"2.0","id":"y","#
                    + #""method":"b"}]"#) == [
                    #"[ {"jsonrpc":"2.0","id":"y","result":"B"} ,{"jsonrpc":"2.0","id":"x","result":"A"}]"#
                ])
    }

    @Test func `answers a recorded batch one by one when it was answered so`() throws {
        var mock = try Mock("c [\(Self.a),\(Self.b)]\ns \(Self.ofB)\ns \(Self.ofA)\n")
        #expect(mock.hears("[\(Self.a),\(Self.b)]") == [Self.ofB, Self.ofA])
    }

    @Test func `answers single requests with the members of the recorded array`() throws {
        var mock = try Mock("c [\(Self.a),\(Self.b)]\ns [\(Self.ofA),\(Self.ofB)]\n")
        #expect(mock.hears(Self.b) == [Self.ofB])
        #expect(mock.hears(Self.a) == [Self.ofA])
    }

    @Test func `answers a live batch with one array though the recording has none`() throws {
        var mock = try Mock("c \(Self.a)\ns \(Self.ofA)\nc \(Self.b)\ns \(Self.ofB)\n")
        #expect(mock.hears("[\(Self.b),\(Self.a)]") == ["[\(Self.ofA),\(Self.ofB)]"])
    }

    @Test func `puts recorded answers, misses and pings of one batch into one array`() throws {
        var mock = try Mock("c [\(Self.a),\(Self.b)]\ns [\(Self.ofA),\(Self.ofB)]\n")
        let out = mock.hears(
            #"[\#(Self.a),\#(Self.b),{"jsonrpc":"2.0","id":3,"method":"ping"},{"#
                + #""jsonrpc":"2.0","method":"notifications/initialized"}]"#)
        #expect(out == [#"[\#(Self.ofA),\#(Self.ofB),{"jsonrpc":"2.0","id":3,"result":{}}]"#])
    }

    @Test func `sends nothing for a batch of notifications`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        #expect(mock.hears(#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#) == [])
    }

    @Test func `keeps progress before a batch's answer`() throws {
        var mock = try Mock(
            """
            c [{"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"progressToken":1}}},\(Self.b)]
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}
            s [\(Self.ofA),\(Self.ofB)]
            """)
        #expect(
            mock.hears(
                #"[{"jsonrpc":"2.0","id":7,"method":"a","params":{"_meta":{"progressToken":"#
                    + #"7}}},\#(Self.b)]"#) == [
                    #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"#
                        + #""progressToken":7,"progress":1}}"#,
                    #"[{"jsonrpc":"2.0","id":7,"result":"A"},\#(Self.ofB)]"#,
                ])
    }
}
