import MCPSemantics
import Testing

struct ExchangeTrackerParentTests {
    @Test func `takes the only client request in flight for the parent`() {
        var talk = Conversation()
        talk.server(Text.request("1", "roots/list"))
        #expect(talk.known[1]?.parent == nil)
        talk.client(Text.call("1"))
        talk.server(Text.request("2", "elicitation/create"))
        #expect(talk.known[3]?.parent == 2)
        talk.client(Text.call("2"))
        talk.server(Text.request("3", "elicitation/create"))
        #expect(talk.known[5]?.parent == nil, "two in flight: unknown, never guessed")
        talk.server(Text.result("1"))
        talk.server(Text.request("4", "elicitation/create"))
        #expect(talk.known[6]?.parent == 4)
    }

    @Test func `counts neither pings nor subscriptions nor cancelled requests as in flight`() {
        var talk = Conversation()
        talk.client(Text.request("1", "ping"))
        talk.client(Text.request("2", "subscriptions/listen"))
        talk.client(Text.call("3"))
        talk.client(Text.cancel("3"))
        talk.server(Text.request("1", "roots/list"))
        #expect(talk.known[4]?.parent == nil)
        talk.client(Text.call("5"))
        talk.server(Text.request("2", "roots/list"))
        #expect(talk.known[6]?.parent == 5)
    }

    @Test func `gives a server's ping no parent`() {
        var talk = Conversation()
        talk.client(Text.call("1"))
        talk.server(Text.request("1", "ping"))
        #expect(talk.known[2]?.parent == nil)
    }

    @Test func `believes a server request that names a task only in that task's exchanges`() {
        var talk = Conversation()
        let related = #"{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t1"}}}"#
        talk.client(Text.call("1", more: #","task":{"ttl":1}"#))
        talk.server(Text.result("1", #"{"task":{"taskId":"t1","status":"working"}}"#))
        talk.client(Text.call("2"))
        talk.server(Text.request("1", "elicitation/create", related))
        #expect(talk.known[3]?.parent == nil, "the call in flight is another one")
        #expect(talk.known[3]?.chain == 1)
        talk.server(Text.result("2"))
        talk.client(Text.request("3", "tasks/result", #"{"taskId":"t1"}"#))
        talk.server(Text.request("2", "elicitation/create", related))
        #expect(talk.known[5]?.parent == 4)
        #expect(talk.known[5]?.chain == 1)
    }
}
