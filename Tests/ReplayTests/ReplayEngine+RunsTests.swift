import Testing

@testable import Replay

@Suite struct ReplayEngineRunsTests {
    // MARK: - Requests of the server

    static let sampling = """
        c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask","arguments":{}}}
        s {"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":\
        100}}
        c {"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":{"type":"text","text":"yes"},\
        "model":"m"}}
        s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"thanks"}}
        s {"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"it says yes"}]}}
        """
    static let question =
        #"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"#
        + #""messages":[],"maxTokens":100}}"#
    static let thanks =
        #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"#
        + #""thanks"}}"#

    static func answer(_ text: String, id: String = "1") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"role":"assistant","content":{"type":"#
            + #""text","text":"\#(text)"},"model":"m"}}"#
    }

    @Test func `asks while the parent is in flight and holds the parent's answer`() throws {
        var mock = try Mock(Self.sampling)
        #expect(mock.hears(ReplayEngineTests.call("9", "ask", "{}")) == [Self.question])
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":10,"method":"ping"}"#).count == 1)
        #expect(
            mock.hears(Self.answer("yes")) == [
                Self.thanks,
                #"{"jsonrpc":"2.0","id":9,"result":{"content":[{"type":"text","text":"#
                    + #""it says yes"}]}}"#,
            ])
        mock.loses()
        #expect(mock.report.isClean)
    }

    @Test func `compares the client's answer with the recorded one and goes on`() throws {
        var mock = try Mock(Self.sampling)
        _ = mock.hears(ReplayEngineTests.call("9", "ask", "{}"))
        #expect(mock.hears(Self.answer("no")).count == 2)
        #expect(
            mock.divergences.map(\.text) == [
                "the client answered sampling/createMessage (#2) otherwise than recorded at "
                    + "/result/content/text: recorded \"yes\", got \"no\""
            ])
        #expect(mock.report.exitStatus() == 0)
    }

    @Test func `reports an error in the place of a result`() throws {
        var mock = try Mock(Self.sampling)
        _ = mock.hears(ReplayEngineTests.call("9", "ask", "{}"))
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"rejected"}}"#).count == 2)
        #expect(mock.divergences.first?.differences.map(\.pointer) == ["/result", "/error"])
    }

    @Test func `asks again under an id of its own while the first question is open`() throws {
        var mock = try Mock(Self.sampling)
        #expect(mock.hears(ReplayEngineTests.call("8", "ask", "{}")) == [Self.question])
        let again = mock.hears(ReplayEngineTests.call("9", "ask", "{}"))
        #expect(again == [Self.question.replacing(#""id":1,"#, with: #""id":1073741825,"#)])
        #expect(mock.hears(Self.answer("yes", id: "1073741825")).count == 1)
        #expect(mock.hears(Self.answer("yes")).count == 2)
        mock.loses()
        #expect(mock.report.unanswered.isEmpty)
        #expect(mock.report.repeats.map(\.count) == [1])
    }

    @Test func `says when the client never answered`() throws {
        var mock = try Mock(Self.sampling)
        _ = mock.hears(ReplayEngineTests.call("9", "ask", "{}"))
        mock.loses()
        #expect(
            mock.report.lines == [
                "replayed demo.jsonl: 1 request, 0 answered from the recording, 1 left unanswered",
                "note: the client did not answer sampling/createMessage (#2), as it did in the recording",
                "note: #1 tools/call ask waits for what the client did in the recording before it was "
                    + "answered",
            ])
    }

    @Test func `hangs a request without a known parent on the message before it`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","method":"notifications/initialized"}
            s {"jsonrpc":"2.0","id":"r","method":"roots/list"}
            c {"jsonrpc":"2.0","id":"r","result":{"roots":[]}}
            s {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}
            """)
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#) == [
                #"{"jsonrpc":"2.0","id":"r","method":"roots/list"}"#
            ])
        #expect(
            mock.hears(#"{"jsonrpc":"2.0","id":"r","result":{"roots":[]}}"#) == [
                #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
            ])
    }

    @Test func `does not wait for an answer that the recorded client never gave`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask","arguments":{}}}
            s {"jsonrpc":"2.0","id":1,"method":"ping"}
            s {"jsonrpc":"2.0","id":3,"result":{}}
            """)
        #expect(mock.hears(ReplayEngineTests.call("9", "ask", "{}")).count == 2)
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":1,"result":{}}"#) == [])
        mock.loses()
        #expect(mock.report.isClean)
    }

    @Test func `reports an answer to nothing`() throws {
        var mock = try Mock(Self.sampling)
        #expect(mock.hears(#"{"jsonrpc":"2.0","id":77,"result":{}}"#) == [])
        #expect(mock.divergences.map(\.text) == ["the client answered id 77, which was not asked"])
    }

    // MARK: - Cancellation

    static let cancelled = """
        c {"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"slow","arguments":{},"_meta":{\
        "progressToken":4}}}
        s {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":4,"progress":1}}
        c {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}
        s {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"gave up"}}
        """
    static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
    }

    @Test func `leaves a request unanswered that the recorded client cancelled`() throws {
        var mock = try Mock(Self.cancelled)
        let call =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","#
            + #""_meta":{"progressToken":1}}}"#
        #expect(
            mock.hears(call) == [
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"#
                    + #""progressToken":1,"progress":1}}"#
            ])
        #expect(
            mock.hears(Self.cancel("1")) == [
                #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#
                    + #""info","data":"gave up"}}"#
            ])
        mock.loses()
        #expect(mock.report.unanswered.map(\.reason) == [.cancelledInRecording])
    }

    @Test func `sends an answer that came after the cancellation only after the live one`() throws {
        var mock = try Mock(Self.cancelled + "\n" + #"s {"jsonrpc":"2.0","id":4,"result":{"late":true}}"#)
        #expect(mock.hears(ReplayEngineTests.call(#""x""#, "slow", "{}")) == [])
        #expect(
            mock.hears(Self.cancel(#""x""#)) == [
                #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"#
                    + #""info","data":"gave up"}}"#,
                #"{"jsonrpc":"2.0","id":"x","result":{"late":true}}"#,
            ])
    }

    @Test func `sends nothing after a cancellation that the recording does not have`() throws {
        var mock = try Mock(Self.sampling)
        #expect(mock.hears(ReplayEngineTests.call("9", "ask", "{}")) == [Self.question])
        #expect(mock.hears(Self.cancel("9")) == [])
        #expect(mock.hears(Self.answer("yes")) == [])
        mock.loses()
        #expect(mock.report.unanswered.map(\.reason) == [.cancelled])
        #expect(mock.divergences.map(\.kind) == [.cancelledBeforeAnswer])
    }

    @Test func `ignores the cancellation of what was answered`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        #expect(mock.hears(ReplayEngineTests.call("9")).count == 1)
        #expect(mock.hears(Self.cancel("9")) == [])
        mock.loses()
        #expect(mock.report.isClean)
    }

    @Test func `cancels its own question under the id that it asked with`() throws {
        var mock = try Mock(
            """
            c {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"ask","arguments":{}}}
            s {"jsonrpc":"2.0","id":1,"method":"roots/list"}
            s {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}
            s {"jsonrpc":"2.0","id":3,"result":{}}
            """)
        #expect(
            mock.hears(ReplayEngineTests.call("9", "ask", "{}")) == [
                #"{"jsonrpc":"2.0","id":1,"method":"roots/list"}"#,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
                #"{"jsonrpc":"2.0","id":9,"result":{}}"#,
            ])
    }

    // MARK: - Subscriptions

    static let subscription = """
        c {"jsonrpc":"2.0","id":"listen-1","method":"subscriptions/listen","params":{"notifications":{\
        "toolsListChanged":true}}}
        s {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{\
        "io.modelcontextprotocol/subscriptionId":"listen-1"},"notifications":{"toolsListChanged":true}}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"enable","arguments":{}}}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        s {"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{\
        "io.modelcontextprotocol/subscriptionId":"listen-1"}}}
        """

    @Test func `carries the live subscription id, on the cue that brought the message`() throws {
        var mock = try Mock(Self.subscription)
        let listen =
            #"{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen","params":{"#
            + #""notifications":{"toolsListChanged":true}}}"#
        #expect(
            mock.hears(listen) == [
                #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","#
                    + #""params":{"_meta":{"io.modelcontextprotocol/subscriptionId":5},"#
                    + #""notifications":{"toolsListChanged":true}}}"#
            ])
        #expect(
            mock.hears(ReplayEngineTests.call("6", "enable", "{}")) == [
                #"{"jsonrpc":"2.0","id":6,"result":{}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":"#
                    + #"{"_meta":{"io.modelcontextprotocol/subscriptionId":5}}}"#,
            ])
        mock.loses()
        #expect(mock.report.isClean)
    }

    @Test func `leaves out what belongs to a subscription that nobody holds`() throws {
        var mock = try Mock(Self.subscription)
        #expect(
            mock.hears(ReplayEngineTests.call("6", "enable", "{}")) == [
                #"{"jsonrpc":"2.0","id":6,"result":{}}"#
            ])
        #expect(mock.divergences.map(\.kind) == [.subscriptionLeftOut])
    }

    @Test func `acknowledges every subscription under its own id`() throws {
        var mock = try Mock(Self.subscription)
        func listen(_ id: String) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"method":"subscriptions/listen","params":"#
                + #"{"notifications":{"toolsListChanged":true}}}"#
        }
        for id in ["5", #""x""#] {
            #expect(
                mock.hears(listen(id)) == [
                    #"{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":"#
                        + #"{"_meta":{"io.modelcontextprotocol/subscriptionId":\#(id)},"#
                        + #""notifications":{"toolsListChanged":true}}}"#
                ])
        }
    }

    @Test func `sends nothing more to a subscription that was given up`() throws {
        var mock = try Mock(Self.subscription)
        let listen =
            #"{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen","params":"#
            + #"{"notifications":{"toolsListChanged":true}}}"#
        #expect(mock.hears(listen).count == 1)
        #expect(mock.hears(Self.cancel("5")) == [])
        #expect(
            mock.hears(ReplayEngineTests.call("6", "enable", "{}")) == [
                #"{"jsonrpc":"2.0","id":6,"result":{}}"#
            ])
        #expect(mock.divergences.map(\.kind) == [.subscriptionLeftOut])
    }

    @Test func `ends a subscription when what ended it comes, under the live id`() throws {
        let end =
            #"s {"jsonrpc":"2.0","id":"listen-1","result":{"_meta":{"io.modelcontextprotocol/"#
            + #"subscriptionId":"listen-1"},"resultType":"complete"}}"#
        var mock = try Mock(Self.subscription + "\n" + end)
        let listen =
            #"{"jsonrpc":"2.0","id":5,"method":"subscriptions/listen","params":"#
            + #"{"notifications":{"toolsListChanged":true}}}"#
        #expect(mock.hears(listen).count == 1)
        #expect(
            mock.hears(ReplayEngineTests.call("6", "enable", "{}")).last
                == #"{"jsonrpc":"2.0","id":5,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":5},"#
                + #""resultType":"complete"}}"#)
        mock.loses()
        #expect(mock.report.isClean)
        #expect(mock.report.answered == 2)
    }

    @Test func `ends no subscription that nobody holds`() throws {
        let end = #"s {"jsonrpc":"2.0","id":"listen-1","result":{"resultType":"complete"}}"#
        var mock = try Mock(Self.subscription + "\n" + end)
        #expect(mock.hears(ReplayEngineTests.call("6", "enable", "{}")).count == 1)
        #expect(mock.divergences.map(\.kind) == [.subscriptionLeftOut])
    }
}
