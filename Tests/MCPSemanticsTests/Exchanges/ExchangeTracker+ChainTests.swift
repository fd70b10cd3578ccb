import MCPSemantics
import Testing

struct ExchangeTrackerChainTests {
    private func round(_ id: String, state: String?, responses: Bool = true, tool: String = "deploy")
        -> String
    {
        Text.call(
            id, tool,
            more: (responses ? #","inputResponses":{"a":{"action":"accept"}}"# : "")
                + (state.map { #","requestState":\#($0)"# } ?? "") + Text.modern)
    }

    private func asking(_ id: String, state: String?) -> String {
        Text.result(
            id,
            #"{"resultType":"input_required","inputRequests":{"a":{}}"#
                + (state.map { #","requestState":\#($0)"# } ?? "") + "}")
    }

    @Test func `joins the rounds of a request by the state that they carry`() {
        var talk = Conversation()
        talk.client(Text.call("1", "deploy", more: Text.modern))
        talk.server(asking("1", state: #""s1""#))
        #expect(talk.known[1]?.chain == nil)
        #expect(talk.known[1]?.resultType == "input_required")
        #expect(talk.known[1]?.outcome == .ok)
        talk.client(round("2", state: #""s1""#))
        #expect(talk.changed.map(\.number) == [1, 2], "the first names itself now")
        #expect(talk.known[1]?.chain == 1)
        #expect(talk.known[2]?.chain == 1)
        talk.server(asking("2", state: #""s2""#))
        talk.client(round("3", state: #""s2""#, responses: false))
        #expect(talk.changed.map(\.number) == [3])
        #expect(talk.known[3]?.chain == 1)
        talk.server(Text.result("3", #"{"resultType":"complete","content":[]}"#))
        talk.client(round("4", state: #""s3""#))
        #expect(talk.known[4]?.chain == nil, "a state that nobody minted")
    }

    @Test func `joins a round without a state when it can answer one question only`() {
        var talk = Conversation()
        talk.client(Text.call("1", "deploy", more: Text.modern))
        talk.server(asking("1", state: nil))
        talk.client(round("2", state: nil, tool: "other"))
        #expect(talk.known[2]?.chain == nil)
        talk.client(round("3", state: nil))
        #expect(talk.known[3]?.chain == 1)
        talk.client(round("4", state: nil))
        #expect(talk.known[4]?.chain == nil, "answered already")

        for id in ["5", "6"] {
            talk.client(Text.call(id, "deploy", more: Text.modern))
            talk.server(asking(id, state: nil))
        }
        talk.client(round("7", state: nil))
        #expect(talk.known[7]?.chain == nil, "one of two: unknown, never guessed")
    }

    @Test func `joins a task, its polls, its result and its notifications`() {
        var talk = Conversation()
        talk.client(Text.call("1", more: #","task":{},"_meta":{"progressToken":"p"}"#))
        talk.server(Text.result("1", #"{"task":{"taskId":"t1","status":"working"}}"#))
        #expect(talk.server(Text.progress(#""p""#)) == 1, "the token lives as long as the task")
        #expect(talk.known[1]?.progressCount == 1)
        talk.client(Text.request("2", "tasks/get", #"{"taskId":"t1"}"#))
        #expect(talk.known[1]?.chain == 1)
        #expect(talk.known[1]?.progressCount == 1)
        #expect(talk.known[2]?.chain == 1)
        talk.server(Text.result("2", #"{"taskId":"t1","status":"working"}"#))
        #expect(talk.server(Text.notification("tasks/status", #"{"taskId":"t1"}"#)) == 1)
        let related = #"{"level":"info","_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t1"}}}"#
        #expect(talk.server(Text.notification("message", related)) == 1)
        for (id, method) in [("3", "tasks/result"), ("4", "tasks/cancel"), ("5", "tasks/update")] {
            talk.client(Text.request(id, method, #"{"taskId":"t1"}"#))
        }
        #expect((3...5).map { talk.known[$0]?.chain } == [1, 1, 1])
        talk.client(Text.request("6", "tasks/get", #"{"taskId":"t2"}"#))
        #expect(talk.known[6]?.chain == nil)
        talk.server(Text.request("1", "tasks/get", #"{"taskId":"t1"}"#))
        #expect(talk.known[7]?.chain == nil, "the client minted no such task")
    }

    @Test func `joins a task of the extension`() {
        var talk = Conversation()
        talk.client(Text.call("1", more: Text.modern))
        talk.server(Text.result("1", #"{"resultType":"task","taskId":"t1","status":"working"}"#))
        talk.client(Text.request("2", "tasks/get", #"{"taskId":"t1"\#(Text.modern)}"#))
        #expect(talk.known[2]?.chain == 1)
    }

    @Test func `joins the end of an elicitation to the request that began it`() {
        var talk = Conversation()
        talk.server(Text.request("1", "elicitation/create", #"{"mode":"url","elicitationId":"e1"}"#))
        talk.client(Text.result("1", #"{"action":"accept"}"#))
        #expect(talk.server(Text.notification("elicitation/complete", #"{"elicitationId":"e1"}"#)) == 1)
        #expect(talk.server(Text.notification("elicitation/complete", #"{"elicitationId":"e2"}"#)) == nil)
    }

    @Test func `joins what comes on a subscription, until either side ends it`() {
        var talk = Conversation()
        let onIt = #"{"_meta":{"io.modelcontextprotocol/subscriptionId":"listen-1"}}"#
        talk.client(Text.request(#""listen-1""#, "subscriptions/listen", #"{"notifications":{}}"#))
        #expect(talk.server(Text.notification("subscriptions/acknowledged", onIt)) == 1)
        #expect(talk.known[1]?.firstEventTime == Timestamp(nanoseconds: 20))
        #expect(talk.server(Text.notification("resources/updated", onIt)) == 1)
        #expect(talk.changed == [])
        #expect(talk.server(Text.cancel(#""listen-1""#)) == 1, "the server may end this one")
        #expect(talk.known[1]?.outcome == .cancelled)
        talk.client(Text.call("2"))
        #expect(talk.server(Text.cancel("2")) == nil, "and no other")
        #expect(talk.known[2]?.outcome == .pending)
    }
}
