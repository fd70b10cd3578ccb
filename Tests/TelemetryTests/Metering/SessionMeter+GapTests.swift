import Recording
import Testing

@testable import Telemetry

/// Requests that were open when the recording lost something.
struct SessionMeterGapTests {
    @Test func `what has no answer after a gap is no operation`() {
        var talk = Conversation()
        talk.request(1, "resources/list")
        talk.request(2, "resources/list")
        talk.lose { $0.serverToClient = 50 }
        var run = MeteredRun()
        run.commit(talk.events)
        var rest = Conversation()
        rest.wait(milliseconds: 9)
        rest.answer(2)
        rest.request(3, "resources/list")
        rest.end()
        // Another process takes the session up here.
        run.commit(rest.events)
        #expect(run.operations("resources/list").count == 1)
        #expect(run.operations("resources/list", "", "abandoned").count == 1, "what came after the gap")
        #expect(run.number("mcptape_abandoned_total", "fs") == 1)
    }

    @Test func `nothing is remembered of a gap once all that was open has ended`() {
        var talk = Conversation()
        talk.request(1, "resources/list")
        talk.request(2, "tools/list")
        talk.server(#"{"jsonrpc":"2.0","id":9,"method":"sampling/createMessage","params":{}}"#)
        // Its second round is open, and so is the whole.
        talk.request(3, "tools/call", #"{"name":"a"}"#)
        talk.answer(3, #"{"resultType":"input_required","requestState":"s"}"#)
        talk.request(4, "tools/call", #"{"name":"a","requestState":"s","inputResponses":{}}"#)
        talk.lose { $0.serverToClient = 50 }
        var run = MeteredRun()
        run.commit(talk.events)
        #expect(run.meter.uncertain.count == 5)
        var rest = Conversation()
        rest.wait(milliseconds: 9)
        rest.client(#"{"jsonrpc":"2.0","id":9,"result":{}}"#)
        rest.cancel(2)
        rest.answer(1)
        rest.answer(4)
        run.commit(rest.events)
        #expect(run.meter.uncertain.isEmpty)
    }
}
