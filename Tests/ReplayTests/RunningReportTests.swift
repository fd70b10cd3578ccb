import MCPSemantics
import Recording
import Testing

@testable import Replay

struct RunningReportTests {
    private static let transcript = """
        c {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}
        s {"jsonrpc":"2.0","id":1,"result":{}}
        c {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}
        s {"jsonrpc":"2.0","id":2,"result":{}}
        """

    private static func engine() throws -> ReplayEngine {
        let session = RecordedSession(transcript)
        return ReplayEngine(
            script: try ReplayScript(reading: session, session: session.id, name: "demo.jsonl"))
    }

    private static func ask(_ engine: inout ReplayEngine, _ name: String) {
        let call = #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\#(name)"}}"#
        _ = engine.received(Array(call.utf8)[...], at: .zero)
    }

    @Test func `what is added step by step is the sum`() throws {
        let fresh = try Self.engine()
        var running = RunningReport(fresh.report)
        var clients = [fresh, fresh]
        func step(_ client: Int, _ change: (inout ReplayEngine) -> Void) {
            let mark = RunningReport.Mark(clients[client].report)
            change(&clients[client])
            running.add(clients[client].report, since: mark)
        }
        step(0) { Self.ask(&$0, "a") }
        step(1) { Self.ask(&$0, "missing") }
        step(0) { Self.ask(&$0, "a") }
        step(1) { Self.ask(&$0, "a") }
        step(1) { Self.ask(&$0, "a") }
        step(1) { Self.ask(&$0, "a") }
        #expect(running.merged.requests == 6)
        #expect(running.merged.answered == 5)
        #expect(running.merged.missCount == 1)
        #expect(running.merged.misses.map(\.name) == ["missing"])
        #expect(running.merged.repeats.map(\.count) == [3])
        for client in 0..<2 {
            step(client) { $0.clientClosed(at: .zero) }
            running.end(clients[client].report)
        }
        #expect(running.merged.neverAsked.map(\.subject) == ["tools/call b"])
    }

    @Test func `what a real server answered, and what was kept of it, is counted`() throws {
        var rules = MatchRules()
        rules.misses = .forward
        let session = RecordedSession(Self.transcript)
        let script = try ReplayScript(reading: session, session: session.id, name: "demo.jsonl")
        var client = ReplayEngine(script: script, rules: rules)
        var running = RunningReport(client.report)
        let mark = RunningReport.Mark(client.report)
        Self.ask(&client, "c")
        #expect(client.isPending(RequestID("7")))
        client.forwardAnswered(RequestID("7"))
        #expect(!client.isPending(RequestID("7")))
        running.add(client.report, since: mark)
        running.noteAdded(1)
        #expect(running.merged.forwarded == 1 && running.merged.added == 1)
    }

    @Test func `what one client asked for is not left out by another`() throws {
        let fresh = try Self.engine()
        for order in [["a", "b"], ["b", "a"]] {
            var running = RunningReport(fresh.report)
            for name in order {
                var client = fresh
                Self.ask(&client, name)
                client.clientClosed(at: .zero)
                running.end(client.report)
            }
            #expect(running.merged.neverAsked.isEmpty)
        }
    }

    @Test func `misses beyond those that are kept are counted`() throws {
        let fresh = try Self.engine()
        var running = RunningReport(fresh.report)
        for _ in 0..<3 {
            var client = fresh
            for _ in 0..<ReplayReport.keptLimit - 100 {
                let mark = RunningReport.Mark(client.report)
                Self.ask(&client, "missing")
                running.add(client.report, since: mark)
            }
        }
        #expect(running.merged.missCount == 3 * (ReplayReport.keptLimit - 100))
        #expect(running.merged.misses.count == ReplayReport.keptLimit)
    }

    @Test func `reports of several servers are one, with their names`() throws {
        var first = try Self.engine()
        Self.ask(&first, "missing")
        Self.ask(&first, "a")
        first.clientClosed(at: .zero)
        var second = try Self.engine()
        second.clientClosed(at: .zero)
        let joined = ReplayReport.joining([("one", first.report), ("two", second.report)])
        #expect(joined.requests == 2)
        #expect(joined.missCount == 1)
        #expect(
            joined.neverAsked.map(\.subject) == [
                "one: tools/call b", "two: tools/call a", "two: tools/call b",
            ])
        #expect(ReplayReport.joining([("one", first.report)]) == first.report)
    }

    @Test func `each answer is counted under one result, and under its server`() throws {
        let fresh = try Self.engine()
        var running = RunningReport(fresh.report)
        var client = fresh
        for name in ["a", "a", "a", "missing", "b"] {
            let mark = RunningReport.Mark(client.report)
            Self.ask(&client, name)
            running.add(client.report, since: mark)
        }
        let expected: [ReplayReport.Result: Int] = [
            .exact: 2, .repeated: 2, .nearest: 0, .forwarded: 0, .miss: 1,
        ]
        #expect(client.report.results == expected)
        #expect(running.merged.results == expected)
        let joined = ReplayReport.joining([("one", client.report), ("two", fresh.report)])
        #expect(joined.results == expected)
        #expect(joined.resultsOfServers.map(\.server) == ["one", "two"])
        #expect(joined.resultsOfServers.map(\.counts) == [expected, fresh.report.results])
    }
}
