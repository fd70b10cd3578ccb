import MCPSemantics
import Testing
import Wire

@testable import Recording

struct StatisticsReaderTests {
    /// A client lists tools, is asked for a name in a call, cancels a call, and makes two rounds of one.
    private let lines = [
        #"{"mcptape":1,"sessions":[{"id":"aaaa","name":"x"}]}"#,
        #"{"seq":1,"t":0,"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}}"#,
        #"{"seq":2,"t":1000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{}}}"#,
        #"{"seq":3,"t":2000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":1,"method":"tools/list"}}"#,
        #"{"seq":4,"t":3000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"},{"name":"b"}]}}}"#,
        #"{"seq":5,"t":4000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"a"}}}"#,
        #"{"seq":6,"t":5000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{}}}"#,
        #"{"seq":7,"t":8000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":9,"result":{}}}"#,
        #"{"seq":8,"t":9000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":2,"result":{"content":["hello"]}}}"#,
        #"{"seq":9,"t":10000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a"}}}"#,
        #"{"seq":10,"t":16000,"dir":"c2s","msg":{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}}"#,
        #"{"seq":11,"t":20000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"c"}}}"#,
        #"{"seq":12,"t":21000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":4,"result":{"resultType":"input_required","requestState":"s","inputRequests":{"q":{"method":"sampling/createMessage"}}}}}"#,
        #"{"seq":13,"t":28000,"dir":"c2s","msg":{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"c","requestState":"s","inputResponses":{}}}}"#,
        #"{"seq":14,"t":30000,"dir":"s2c","msg":{"jsonrpc":"2.0","id":5,"result":{"resultType":"complete","content":[]}}}"#,
    ]

    private func read(_ filter: String = "", slowest: Int = 5) throws -> StatisticsReader {
        let file = try FileRecording(bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
        var reader = StatisticsReader(
            Statistics(slowest: slowest), filter: try Filter(parsing: filter), now: 0)
        for session in try file.sessions() { try reader.read(session, of: file) }
        return reader
    }

    @Test func `a session's time is told apart`() throws {
        let reader = try read()
        let breakdown = RunBreakdown(reader.activities)
        // Work: 2 to 3, 4 to 5, 8 to 9, 10 to the cancellation at 16, 20 to 21, 28 to 30.
        #expect(
            breakdown.text
                == "30 ms = 7 outside MCP (model, host, user) + 12 in servers (x 12) + 3 waiting for a person + "
                + "7 waiting for a model + 1 start-up; longest: x #6 c 10.0 ms")
        let total = reader.statistics.total
        #expect([total.count, total.rounds, total.cancelled, total.answered] == [6, 7, 1, 5])
        #expect(reader.statistics.slowest.map(\.number) == [6, 3, 1, 2])
    }

    @Test func `the parts that a filter leaves are whole operations`() throws {
        let reader = try read("tool:c dir:c2s duration:2ms..")
        #expect(reader.statistics.total.rounds == 2)
        #expect(reader.statistics.rows.map(\.duration.max) == [10_000_000])
        #expect(try read("elicitation").statistics.total.count == 1)
        #expect(try read("server:other").activities.isEmpty)
    }

    @Test func `what tools cost is counted from the messages`() throws {
        let context = try read().context
        #expect(context.rows.map(\.name) == ["c", "a", "b"])
        // One call of `a` was cancelled.
        #expect(context.rows.map(\.calls) == [1, 2, 0])
        #expect(context.neverCalled.map(\.name) == ["b"])
        #expect(context.definitionBytes == 24)
        #expect(try read("tool:a").context.lists == 0)
    }

    @Test func `times that no session has are measured all the same`() throws {
        for (first, second) in [("0", "9223372036854775"), ("-9223372036854775", "9223372036854775807")] {
            let text = [
                #"{"mcptape":1,"sessions":[{"id":"aaaa","name":"x","started":"2261-12-31T00:00:00Z"}]}"#,
                #"{"seq":1,"t":\#(first),"dir":"c2s","msg":{"jsonrpc":"2.0","id":0,"method":"ping"}}"#,
                #"{"seq":2,"t":\#(second),"dir":"s2c","msg":{"jsonrpc":"2.0","id":0,"result":{}}}"#,
                "",
            ].joined(separator: "\n")
            let file = try FileRecording(bytes: Array(text.utf8))
            var reader = StatisticsReader(Statistics(), filter: .everything, now: 0)
            for session in try file.sessions() { try reader.read(session, of: file) }
            let year: Int64 = 365 * 86_400 * 1_000_000_000
            let duration = try #require(reader.statistics.total.duration.max)
            #expect((50...150).contains(duration / year))
            #expect(RunBreakdown(reader.activities).total >= 0)
        }
    }

    @Test func `rows are objects with stable names`() throws {
        let reader = try read()
        var json = JSONWriter()
        json.statistics(reader.statistics.rows[0], kind: "group")
        json.endLine()
        json.slow(reader.statistics.slowest[0])
        json.endLine()
        json.contextCost(reader.context.rows[0])
        json.endLine()
        json.contextCost(reader.context)
        json.endLine()
        json.breakdown(RunBreakdown(reader.activities), sessions: 1, run: "aaaa")
        json.endLine()
        json.statistics(reader.statistics.total, kind: "total")
        json.endLine()
        Golden.expect(json.bytes, in: "statistics.jsonl")
    }
}
