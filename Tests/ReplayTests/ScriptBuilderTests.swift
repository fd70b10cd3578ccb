import MCPSemantics
import Recording
import Testing

@testable import Replay

@Suite struct ScriptBuilderTests {
    private func script(_ transcript: String, end: SessionEnd.Reason? = .clientClosed) throws -> ReplayScript
    {
        let session = RecordedSession(transcript, end: end)
        return try ReplayScript(reading: session, session: session.id, name: "R")
    }

    private func answers(_ script: ReplayScript) -> [AnswerState] {
        script.cues.compactMap { $0.request?.answer }
    }

    @Test func `counts requests, also those in batches`() throws {
        #expect(try script(NearestMissTests.recording).requestCount == 9)
        #expect(try script("c [\(OutboxTests.a),\(OutboxTests.b)]").requestCount == 2)
        #expect(try script("").requestCount == 0)
    }

    @Test func `leaves standard error out`() throws {
        let script = try script(ReplayEngineTests.search + "\ne warming up\n")
        #expect(script.cues.map(\.steps.count) == [0, 1])
    }

    static let hang = #"c {"jsonrpc":"2.0","id":1,"method":"x"}"#

    @Test(arguments: [
        (SessionEnd.Reason?.some(.clientClosed), AnswerState.never), (.signalled, .never), (.unknown, .never),
        (.serverExited, .lost(.serverEnded)), (.interrupted, .lost(.interrupted)), (nil, .lost(.live)),
    ]) func `knows from the session's end why a request has no answer`(
        end: SessionEnd.Reason?, answer: AnswerState
    ) throws {
        #expect(try answers(script(Self.hang, end: end)) == [answer])
    }

    @Test func `blames a gap only for what was in flight`() throws {
        let script = try script(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            s {"jsonrpc":"2.0","id":1,"result":{}}
            c {"jsonrpc":"2.0","id":2,"method":"b"}
            gap
            c {"jsonrpc":"2.0","id":3,"method":"c"}
            """)
        #expect(answers(script) == [.recorded, .lost(.gap), .never])
        #expect(script.gaps == [ScriptGap(afterExchange: 2, bytes: 100)])
    }

    @Test func `prefers an answer that came after the gap`() throws {
        let script = try script(Self.hang + "\ngap\n" + #"s {"jsonrpc":"2.0","id":1,"result":{}}"#)
        #expect(answers(script) == [.recorded])
    }

    @Test func `joins an id that is used again to its newest request`() throws {
        let script = try script(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            s {"jsonrpc":"2.0","id":1,"result":"of a"}
            c {"jsonrpc":"2.0","id":1,"method":"b"}
            s {"jsonrpc":"2.0","id":1,"result":"of b"}
            """)
        #expect(script.cues.map(\.steps.count) == [0, 1, 1])
    }

    @Test func `tells a number from a string that looks like it`() throws {
        let script = try script(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            c {"jsonrpc":"2.0","id":"1","method":"b"}
            s {"jsonrpc":"2.0","id":"1","result":"of b"}
            """)
        #expect(answers(script) == [.never, .recorded])
    }

    @Test func `counts progress that nobody asked for, and never plays it`() throws {
        let script = try script(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}
            s {"jsonrpc":"2.0","id":1,"result":{}}
            """)
        #expect(script.strayProgress == 1)
        #expect(script.cues.map(\.steps.count) == [0, 1])
    }

    @Test func `puts progress after the answer under its request`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"progressToken":"t"}}}
            s {"jsonrpc":"2.0","id":1,"result":{}}
            c {"jsonrpc":"2.0","id":2,"method":"b","params":{"_meta":{"progressToken":"u"}}}
            s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t",\
            "progress":1}}
            s {"jsonrpc":"2.0","id":2,"result":{}}
            """)
        #expect(
            mock.hears(
                #"{"jsonrpc":"2.0","id":8,"method":"a","params":{"_meta":{"progressToken":"#
                    + #"8}}}"#) == [
                    #"{"jsonrpc":"2.0","id":8,"result":{}}"#,
                    #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"#
                        + #""progressToken":8,"progress":1}}"#,
                ])
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":9,"method":"b","params":{"_meta":{"progressToken":9}}}"#)
                == [#"{"jsonrpc":"2.0","id":9,"result":{}}"#])
    }

    @Test func `keeps answers to nothing and foreign lines on the message before them`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            s hello
            s {"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Bad Request"}}
            s {"jsonrpc":"2.0","id":1,"result":{}}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":2,"method":"a"}"#) == [
                "hello",
                #"{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Bad Request"}}"#,
                #"{"jsonrpc":"2.0","id":2,"result":{}}"#,
            ])
    }

    @Test func `gives a second answer to the same request the live id too`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"a"}
            s {"jsonrpc":"2.0","id":1,"result":"one"}
            s {"jsonrpc":"2.0","id":1,"result":"two"}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":"x","method":"a"}"#) == [
                #"{"jsonrpc":"2.0","id":"x","result":"one"}"#, #"{"jsonrpc":"2.0","id":"x","result":"two"}"#,
            ])
    }
}
