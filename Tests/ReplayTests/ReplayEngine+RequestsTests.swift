import Recording
import Testing

@testable import Replay

@Suite struct ReplayEngineRequestsTests {
    // MARK: - Always answered

    @Test func `answers ping always, from the recording when it is there, and never counts it`() throws {
        var bare = try Mock(ReplayEngineTests.search)
        #expect(
            bare.hears(#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#) == [
                #"{"jsonrpc":"2.0","id":"p","result":{}}"#
            ])
        var recorded = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"ping"}
            s {"result":{},"id":1,"jsonrpc":"2.0"}
            c {"jsonrpc":"2.0","id":2,"method":"ping"}
            """)
        for id in 1...3 {
            #expect(recorded.hears(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"#).count == 1)
        }
        recorded.loses()
        #expect(recorded.report.isClean)
        #expect(recorded.report.neverAsked.isEmpty)
    }

    @Test func `refuses an unrecorded server discover at once, and that is no miss`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{}}}"#) == [
                #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}"#
            ])
        #expect(mock.report.missCount == 0)
        #expect(mock.report.answeredByRule == 1)
    }

    @Test func `answers a recorded probe as recorded`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"a":1}}}
            s {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid request parameters",\
            "data":""}}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":4,"method":"server/discover"}"#) == [
                #"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"Invalid "#
                    + #"request parameters","data":""}}"#
            ])
    }

    @Test func `answers an unrecorded logging level with an empty result and says so`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        #expect(
            mock.hears(
                #"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"#
                    + #""debug"}}"#) == [
                    #"{"jsonrpc":"2.0","id":1,"result":{}}"#
                ])
        #expect(mock.report.missCount == 0)
        #expect(mock.divergences.map(\.kind) == [.levelNotRecorded])
    }

    // MARK: - Handshake

    static let handshake = """
        c {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",\
        "capabilities":{},"clientInfo":{"name":"a","version":"1"}}}
        s {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{},\
        "serverInfo":{"name":"s","version":"1"}}}
        """

    @Test func `answers initialize whatever the client states, and reports the drift`() throws {
        var mock = try Mock(Self.handshake)
        let answer = mock.hears(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"#
                + #""2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"a","#
                + #""version":"2"}}}"#)
        #expect(answer.count == 1)
        #expect(mock.report.missCount == 0)
        #expect(
            mock.divergences.map(\.text) == [
                "initialize differs from the recording (#1) at /protocolVersion: recorded \"2025-06-18\", "
                    + "got \"2025-11-25\", and at 2 more; the recorded answer was given"
            ])
        #expect(
            mock.divergences.first?.differences.map(\.pointer) == [
                "/protocolVersion", "/capabilities/roots", "/clientInfo/version",
            ])
    }

    @Test func `says once that the identity in _meta has changed`() throws {
        func request(_ id: Int, _ version: String) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"x","#
                + #""arguments":{"n":\#(id)},"_meta":{"#
                + #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"\#(version)"},"#
                + #""io.modelcontextprotocol/clientCapabilities":{},"progressToken":\#(id)}}}"#
        }
        var mock = try Mock(
            (1...3).map { "c \(request($0, "1"))\ns {\"jsonrpc\":\"2.0\",\"id\":\($0),\"result\":{}}" }
                .joined(separator: "\n"))
        for id in 1...3 { #expect(mock.hears(request(id, "2")).count == 1) }
        #expect(mock.divergences.count == 1)
        #expect(
            mock.divergences.first?.differences.map(\.pointer) == [
                "/_meta/io.modelcontextprotocol~1clientInfo/version"
            ])
        #expect(mock.misses.isEmpty)
    }

    // MARK: - Recorded, and yet without an answer

    @Test func `leaves a request unanswered that was never answered, and says so`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hang"}}
            """)
        #expect(mock.hears(ReplayEngineTests.call("1", "hang", "{}")) == [])
        mock.loses()
        #expect(mock.report.exitStatus() == 0)
        #expect(
            mock.report.lines.dropFirst() == [
                "note: #1 tools/call hang was never answered in the recording, and so was not now"
            ])
    }

    static let lost: [(String, SessionEnd.Reason?, String)] = [
        (
            "gap", .clientClosed,
            "mcptape: tools/call hang is #1 of the recording, but its answer was lost in a gap (demo.jsonl)"
        ),
        (
            "", .interrupted,
            "mcptape: tools/call hang is #1 of the recording, but the recording was interrupted "
                + "before its answer (demo.jsonl)"
        ),
        (
            "", .serverExited,
            "mcptape: tools/call hang is #1 of the recording, but the server ended before it answered "
                + "(demo.jsonl)"
        ),
        (
            "", nil,
            "mcptape: tools/call hang is #1 of the recording, but it had no answer yet when "
                + "the recording was read (demo.jsonl)"
        ),
    ]

    @Test(arguments: lost) func `says why a recorded request has no answer on record`(
        rest: String, end: SessionEnd.Reason?, message: String
    ) throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hang"}}
            \(rest)
            """, end: end)
        #expect(mock.hears(ReplayEngineTests.call("1", "hang", "{}")).count == 1)
        #expect(mock.misses.map(\.message) == [message])
        #expect(mock.report.exitStatus() == 3)
    }

    @Test func `says when the answer was longer than the message limit`() throws {
        let session = RecordedSession(
            """
            c {"jsonrpc":"2.0","id":1,"method":"x"}
            s {"jsonrpc":"2.0","id":1,"result":{"text":"\(String(repeating: "a", count: 5000))"}}
            """, messageLimit: 1000)
        var mock = try Mock(session)
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"x"}"#).count == 1)
        #expect(
            mock.misses.map(\.message) == [
                "mcptape: x is #1 of the recording, but its answer is longer than the "
                    + "recording's message limit was (demo.jsonl)"
            ])
    }

    // MARK: - Rounds and polls

    @Test func `takes each round of a multi round-trip request for itself`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"deploy","arguments":{}}}
            s {"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"s1",\
            "inputRequests":{"ok":{"method":"elicitation/create","params":{}}}}}
            c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"deploy","arguments":{},\
            "requestState":"s1","inputResponses":{"ok":{"action":"accept"}}}}
            s {"jsonrpc":"2.0","id":2,"result":{"resultType":"complete","content":[]}}
            """)
        func round(_ id: Int, _ rest: String) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"deploy"\#(rest)}}"#
        }
        #expect(mock.hears(round(5, ""))[0].contains("input_required"))
        #expect(
            mock.hears(round(6, #","inputResponses":{"ok":{"action":"accept"}},"requestState":"s1""#)) == [
                #"{"jsonrpc":"2.0","id":6,"result":{"resultType":"complete","content":[]}}"#
            ])
        _ = mock.hears(round(7, #","inputResponses":{"ok":{"action":"decline"}},"requestState":"s1""#))
        #expect(
            mock.misses.map(\.message) == [
                "mcptape: tools/call deploy was not recorded like this; nearest is #2, differs at "
                    + "/inputResponses/ok/action: recorded \"accept\", got \"decline\" (demo.jsonl)"
            ])
    }

    @Test func `answers polls of a task by their ordinal`() throws {
        let poll = #"{"jsonrpc":"2.0","id":9,"method":"tasks/get","params":{"taskId":"t"}}"#
        var mock = try Mock(
            ["working", "working", "completed"].map {
                "c \(poll)\ns {\"jsonrpc\":\"2.0\",\"id\":9,\"result\":{\"status\":\"\($0)\"}}"
            }.joined(separator: "\n"))
        let states = (1...4).map { _ in mock.hears(poll)[0].contains("completed") }
        #expect(states == [false, false, true, true])
    }

    // MARK: - Eras

    @Test func `reports a client of the other era`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        _ = mock.hears(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","#
                + #""arguments":{"query":"swift"},"_meta":{"#
                + #""io.modelcontextprotocol/protocolVersion":"2026-07-28","#
                + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"#
                + #""io.modelcontextprotocol/clientCapabilities":{}}}}"#)
        #expect(mock.divergences.map(\.kind) == [.eraDiffers])
    }
}
