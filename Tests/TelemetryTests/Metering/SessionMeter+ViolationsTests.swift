import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

/// Ids in flight that are used again, as they pass and as the recording tells afterwards.
struct SessionMeterViolationsTests {
    private func duplicates(_ script: (inout Conversation) -> Void) throws -> Int64 {
        var conversation = Conversation()
        script(&conversation)
        var run = MeteredRun()
        // Each event in a transaction of its own, with a crash between any two.
        for event in conversation.events { run.commit([event]) }
        let source = RecordedSession(run)
        var meter = RecordingMeter()
        try meter.add(source.summary, from: source)
        let told = meter.metrics.number("mcptape_protocol_violations_total", ["fs", "duplicate_id"])
        let counted = run.number("mcptape_protocol_violations_total", "fs", "duplicate_id")
        #expect(told == counted, "a recording tells the same")
        return counted
    }

    @Test func `a request with the id of one in flight counts, each time`() throws {
        let count = try duplicates {
            $0.request(1, "tools/list")
            $0.request(1, "tools/list")
            $0.request(1, "prompts/list")
            $0.answer(1)
        }
        #expect(count == 2)
    }

    @Test func `an id that was answered or cancelled, or is the other side's, does not count`() throws {
        let count = try duplicates {
            $0.request(1, "ping")
            $0.answer(1)
            $0.request(1, "ping")
            $0.cancel(1)
            $0.request(1, "ping")
            $0.server(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
            $0.client(#"{"jsonrpc":"2.0","id":"1","method":"ping"}"#)
        }
        #expect(count == 0)
    }

    @Test func `a server's request and a member of a batch count as well`() throws {
        let count = try duplicates {
            $0.server(#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#)
            $0.server(#"{"jsonrpc":"2.0","id":7,"method":"roots/list"}"#)
            $0.request(1, "ping")
            $0.client(#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]"#)
        }
        #expect(count == 3)
    }

    @Test func `where something is missing it may be the answer`() throws {
        let count = try duplicates {
            $0.request(1, "ping")
            $0.request(1, "ping")
            $0.lose { $0.serverToClient = 40 }
            $0.request(1, "ping")
        }
        #expect(count == 1, "only what came before the gap")
    }
}
