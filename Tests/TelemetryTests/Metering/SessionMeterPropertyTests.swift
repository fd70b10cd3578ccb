import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

/// However traffic is cut into transactions, and wherever a process is killed between two of them, the same
/// is counted; and the recording tells the same afterwards.
struct SessionMeterPropertyTests {
    private static let seeds: [UInt64] = (0..<12).map { _ in UInt64.random(in: 0...UInt64.max) }

    private static let tools = ["read", "write", "find", "never"]

    private static func traffic(_ random: inout SeededRandom) -> [TransportEvent] {
        var said = Conversation()
        let meta = #""_meta":{"progressToken":%,"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        let trace = #""_meta":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033"#
        for _ in 0..<300 {
            said.wait(milliseconds: Int64(random.below(60)))
            let id = random.below(12)
            let tool = tools[random.below(tools.count)]
            switch random.below(24) {
            case 0: said.list(id, Array(tools.prefix(random.below(4))))
            case 1, 2, 3: said.call(id, tool)
            case 4: said.request(id, ["ping", "resources/read", "vendor/x", "initialize"][random.below(4)])
            case 5, 6, 7, 8: said.answer(id, #"{"isError":\#(random.below(3) == 0)}"#)
            case 9: said.fail(id, [-32601, 7, -32050][random.below(3)])
            case 10, 11: said.cancel(id)
            case 12:
                let params = meta.split(separator: "%").joined(separator: String(id))
                said.request(id, "tools/call", #"{"name":"\#(tool)",\#(params)}"#)
            case 13:
                said.answer(id, #"{"resultType":"input_required","requestState":"s\#(random.below(4))"}"#)
            case 14:
                said.request(
                    id, "tools/call",
                    #"{"name":"\#(tool)","requestState":"s\#(random.below(4))","inputResponses":{}}"#)
            case 15:
                said.server(
                    #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":\#(id)}}"#)
            case 16: said.server(#"{"jsonrpc":"2.0","id":\#(id),"method":"sampling/createMessage"}"#)
            case 17: said.client(#"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
            case 18:
                said.client(
                    #"[{"jsonrpc":"2.0","id":\#(id),"method":"ping"},{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(random.below(12))}}]"#
                )
            case 19: said.server(#"[{"jsonrpc":"2.0","id":\#(id),"result":{}},1]"#)
            case 20, 21:
                // Sampled, not sampled, or malformed.
                let end = ["31-01", "31-00", "3-01"][random.below(3)]
                said.request(
                    id, "tools/call",
                    #"{"name":"\#(tool)","requestState":"s\#(random.below(4))",\#(trace)\#(end)"}}"#)
            case 22: said.say("noise", random.below(2) == 0 ? .serverToClient : .standardError)
            default:
                if random.below(5) == 0 { said.lose { $0.serverToClient = 11 } }
            }
        }
        if random.below(2) == 0 { said.end() }
        return said.events
    }

    @Test(arguments: seeds) func `any cut gives the same metrics`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let events = Self.traffic(&random)
        var whole = MeteredRun()
        whole.commit(events)
        let operations = whole.metrics.series(of: "mcp_client_operation_duration_seconds")
        #expect(operations.count > 5)
        #expect(operations.contains { !whole.metrics.histogram($0.metric, $0.labels).exemplars.isEmpty })
        for size in [1, 7, 50] {
            var run = MeteredRun()
            var rest = events[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.below(size))
                rest = rest.dropFirst(piece.count)
                run.commit(piece)
            }
            #expect(
                run.metrics == whole.metrics, "seed \(seed), \(Self.difference(run.metrics, whole.metrics))")
            #expect(run.meter.operationsInFlight == whole.meter.operationsInFlight)
        }
    }

    @Test(arguments: seeds) func `a recording tells the same as its traffic did`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var run = MeteredRun()
        run.commit(Self.traffic(&random))
        let source = RecordedSession(run)
        var meter = RecordingMeter()
        try meter.add(source.summary, from: source)
        var measured = meter.metrics
        for gauge: Metric in ["mcptape_sessions_active", "mcptape_operations_in_flight"] {
            for series in measured.series(of: gauge) { measured.remove(series) }
        }
        #expect(measured == run.metrics, "seed \(seed), \(Self.difference(measured, run.metrics))")
    }

    private static func difference(_ one: MetricSet, _ other: MetricSet) -> String {
        var lines: [String] = []
        for series in Set(one.values.keys).union(other.values.keys) {
            let (left, right) = (one.values[series], other.values[series])
            if left != right {
                lines.append(
                    "\(series.metric.definition.name)\(series.labels): "
                        + "\(String(describing: left)) or \(String(describing: right))")
            }
        }
        return lines.joined(separator: "\n")
    }
}
