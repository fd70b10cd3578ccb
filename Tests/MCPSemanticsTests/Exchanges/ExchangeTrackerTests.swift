import MCPSemantics
import Testing
import Wire

struct ExchangeTrackerTests {
    @Test func `joins a request and its answer, with times and sizes`() {
        var talk = Conversation()
        let request = Text.call("1")
        let result = Text.result("1")
        #expect(talk.client(request) == 1)
        #expect(talk.changed.count == 1)
        #expect(talk.known[1]?.outcome == .pending)
        #expect(talk.exchanges.open == 1)
        #expect(talk.server(result) == 1)
        let exchange = talk.known[1]
        #expect(exchange?.outcome == .ok)
        #expect(exchange?.name == "add")
        #expect(exchange?.requestSize == request.utf8.count)
        #expect(exchange?.responseSize == result.utf8.count)
        #expect(exchange?.requestSequence == 1)
        #expect(exchange?.responseSequence == 2)
        #expect(exchange?.duration == 10)
        #expect(exchange?.firstEventTime == exchange?.responseTime)
        #expect(talk.exchanges.open == 0)
        #expect(talk.exchanges.counts == counts(1))
    }

    @Test func `keeps the id spaces of both sides apart, and ids by their JSON text`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        talk.server(Text.request("1", "roots/list"))
        #expect(talk.client(Text.result("1", #"{"roots":[]}"#)) == 2)
        #expect(talk.server(Text.result("1.0")) == nil)
        #expect(talk.server(Text.result(#""1""#)) == nil)
        #expect(talk.server(Text.result("1")) == 1)
        #expect(talk.known[1]?.outcome == .ok)
        #expect(talk.known[2]?.asker == .serverToClient)
        #expect(talk.known[2]?.outcome == .ok)
    }

    @Test func `tells tool errors, protocol errors and answers that nobody asked for`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        talk.client(Text.call("2"))
        talk.server(Text.result("1", #"{"content":[],"isError":true}"#))
        talk.server(Text.error("2", "-32602", "no such tool"))
        #expect(talk.known[1]?.outcome == .toolError)
        #expect(talk.known[2]?.outcome == .error)
        #expect(talk.known[2]?.error == ResponseError(code: "-32602", message: "no such tool"))
        #expect(talk.server(Text.result("1")) == nil)
        #expect(talk.server(Text.error("null")) == nil)
        #expect(talk.server(#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse"}}"#) == nil)
        #expect(talk.exchanges.counts == counts(2, errors: 1, toolErrors: 1))
    }

    @Test func `takes an id again after the answer`() {
        var talk = Conversation()
        for number in 1...3 {
            #expect(talk.client(Text.call("7")) == number)
            #expect(talk.server(Text.result("7")) == number)
        }
    }

    @Test func `gives an id that is open twice to the newer request; the older stays pending`() {
        var talk = Conversation()
        talk.client(Text.call("7", more: #","_meta":{"progressToken":"old"}"#))
        talk.client(Text.call("7"))
        #expect(talk.server(Text.progress(#""old""#)) == 1)
        #expect(talk.server(Text.result("7")) == 2)
        #expect(talk.server(Text.result("7")) == nil)
        #expect(talk.known[1]?.outcome == .pending)
        #expect(talk.known[1]?.progressCount == 1)
        #expect(talk.exchanges.counts == counts(2, pending: 1))
    }

    @Test func `cancels in the sender's own id space; an answer after that is late`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        talk.server(Text.request("1", "sampling/createMessage"))
        #expect(talk.client(Text.cancel("1")) == 1)
        #expect(talk.known[1]?.outcome == .cancelled)
        #expect(talk.known[2]?.outcome == .pending)
        #expect(talk.client(Text.cancel("1")) == 1)
        #expect(talk.changed == [])
        #expect(talk.server(Text.cancel("1")) == 2)
        #expect(talk.server(Text.result("1")) == 1)
        #expect(talk.known[1]?.outcome == .late)
        #expect(talk.client(Text.error("1", "-1", "cancelled")) == 2)
        #expect(talk.known[2]?.outcome == .late)
        #expect(talk.client(Text.cancel("1")) == nil)
        #expect(talk.exchanges.counts == counts(2))
    }

    @Test func `leaves a cancelled request as it is when no answer comes`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        talk.client(Text.cancel("1"))
        talk.client(Text.call("1"))
        #expect(talk.server(Text.result("1")) == 2)
        #expect(talk.known[1]?.outcome == .cancelled)
    }

    @Test func `gives progress to the newest open request of the other side with that token`() {
        var talk = Conversation()
        talk.client(Text.call("1", more: #","_meta":{"progressToken":5}"#))
        talk.client(Text.call("2", more: #","_meta":{"progressToken":5}"#))
        talk.server(Text.request("9", "sampling/createMessage", #"{"_meta":{"progressToken":5}}"#))
        #expect(talk.server(Text.progress("5")) == 2)
        #expect(talk.client(Text.progress("5")) == 3)
        #expect(talk.server(Text.progress("5.0")) == nil)
        #expect(talk.server(Text.progress(#""5""#)) == nil)
        #expect(talk.server(Text.result("2")) == 2)
        #expect(talk.server(Text.progress("5")) == 1)
        #expect(talk.server(Text.progress("5")) == 1)
        #expect(talk.known[1]?.progressCount == 2)
        #expect(talk.known[1]?.firstEventTime == Timestamp(nanoseconds: 90))
        talk.server(Text.result("1"))
        #expect(talk.server(Text.progress("5")) == nil)
    }

    @Test func `ties a server's notification to an exchange only where the wire does`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        for method in ["message", "tools/list_changed", "resources/updated"] {
            #expect(talk.server(Text.notification(method, #"{"uri":"a:b","level":"info","data":1}"#)) == nil)
        }
        #expect(talk.known[1]?.firstEventTime == nil)
    }

    @Test func `looks at each message of a batch; a batch of several belongs to none`() {
        var talk = Conversation()
        let members = [Text.call("1"), Text.call("2"), Text.notification("initialized"), "17"]
        #expect(talk.client("[" + members.joined(separator: ", ") + "]") == nil)
        #expect(talk.changed.map(\.number) == [1, 2])
        #expect(talk.known[1]?.requestSize == members[0].utf8.count)
        #expect(talk.server("[\(Text.result("2")),\(Text.error("1"))]") == nil)
        #expect(talk.known[1]?.outcome == .error)
        #expect(talk.known[2]?.outcome == .ok)
        #expect(talk.known[2]?.responseSequence == 2)
        #expect(talk.client("[\(Text.call("3"))]") == 3)
    }

    @Test func `takes no notice of lines that are no JSON-RPC`() {
        var talk = Conversation()
        for text in ["", "hello", "{}", "[]", #"{"id":1,"method":"tools/call"}"#, "[[]]"] {
            #expect(talk.client(text) == nil)
            #expect(talk.changed == [])
        }
        #expect(talk.exchanges.counts == ExchangeTracker.Counts())
    }

    @Test func `decides the era of each message by itself`() {
        var talk = Conversation()
        talk.client(Text.request("1", "server/discover", "{" + Text.modern.dropFirst() + "}"))
        #expect(talk.known[1]?.era == .modern)
        talk.server(Text.error("1"))
        talk.client(Text.request("2", "tools/list"))
        #expect(talk.known[2]?.era == .modern, "nothing but the modern era was seen")
        talk.client(Text.request("3", "initialize", #"{"protocolVersion":"2025-11-25"}"#))
        talk.client(Text.request("4", "tools/list"))
        talk.client(Text.request("5", "tools/list", "{" + Text.modern.dropFirst() + "}"))
        talk.client(Text.request("6", "vendor/thing"))
        #expect((3...6).map { talk.known[$0]?.era } == [.legacy, .legacy, .modern, .legacy])
    }

    private func counts(
        _ exchanges: Int, errors: Int = 0, toolErrors: Int = 0, pending: Int = 0
    ) -> ExchangeTracker.Counts {
        var counts = ExchangeTracker.Counts()
        counts.exchanges = exchanges
        counts.errors = errors
        counts.toolErrors = toolErrors
        counts.pending = pending
        return counts
    }
}
