import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

struct SessionMeterTests {
    private func run(
        capture: CaptureMode = .payloads, _ script: (inout Conversation) -> Void
    ) -> MeteredRun {
        var conversation = Conversation()
        script(&conversation)
        var run = MeteredRun(capture: capture)
        run.commit(conversation.events)
        return run
    }

    @Test func `an answered request is one operation with its duration`() {
        let run = run {
            $0.list(1, ["read"])
            $0.call(2, "read")
            $0.wait(milliseconds: 29)
            $0.answer(2)
        }
        let call = run.operations("tools/call", "read")
        #expect(call.count == 1 && call.sum == 30_000_000)
        #expect(run.operations("tools/list").sum == 1_000_000)
        #expect(
            run.metrics.histogram("mcptape_time_to_first_event_seconds", ["fs", "tools/call"]).count == 1)
        #expect(run.number("mcptape_sessions_total", "fs", "stdio") == 1)
        #expect(run.number("mcptape_messages_total", "fs", "client_to_server", "request") == 2)
        #expect(run.number("mcptape_messages_total", "fs", "server_to_client", "response") == 2)
        #expect(run.meter.operationsInFlight.isEmpty)
    }

    @Test func `what went wrong is a label of few values`() {
        let run = run {
            $0.list(1, ["read"])
            for (index, code) in [-32601, -32000, -32099, -32100, 404, 0].enumerated() {
                $0.call(10 + index, "read")
                $0.fail(10 + index, code)
            }
            $0.call(20, "read")
            $0.answer(20, #"{"isError":true}"#)
        }
        for code in ["-32601", "-32000", "-32099", "tool_error"] {
            #expect(run.operations("tools/call", "read", code).count == 1, "\(code)")
        }
        #expect(run.operations("tools/call", "read", "_OTHER").count == 3)
        #expect(run.number("mcptape_messages_total", "fs", "server_to_client", "error") == 6)
        #expect(run.number("mcptape_messages_total", "fs", "server_to_client", "response") == 2)
    }

    @Test func `a late answer counts at its cancellation, once`() {
        let run = run {
            $0.request(1, "resources/read", #"{"uri":"file:///secret"}"#)
            $0.wait(milliseconds: 9)
            $0.cancel(1)
            $0.wait(milliseconds: 100)
            $0.answer(1)
            $0.end()
        }
        #expect(run.operations("resources/read", "", "cancelled").sum == 10_000_000)
        #expect(run.operations("resources/read").count == 0)
        #expect(run.number("mcptape_cancelled_total", "fs") == 1)
        #expect(run.number("mcptape_late_total", "fs") == 1)
        #expect(run.number("mcptape_abandoned_total", "fs") == 0)
    }

    @Test func `a subscription ends as it should, with its session or by its client`() {
        let run = run {
            $0.request(1, "subscriptions/listen")
            $0.request(2, "subscriptions/listen")
            $0.wait(milliseconds: 9)
            $0.cancel(2)
            $0.end()
        }
        #expect(run.operations("subscriptions/listen").count == 2)
        #expect(run.operations("subscriptions/listen", "", "abandoned").count == 0)
        #expect(run.operations("subscriptions/listen", "", "cancelled").count == 0)
        #expect(run.number("mcptape_abandoned_total", "fs") == 0)
        #expect(run.number("mcptape_cancelled_total", "fs") == 0)
    }

    @Test func `what was never answered is abandoned when the session ends`() {
        let run = run {
            $0.request(1, "resources/list")
            $0.wait(milliseconds: 99)
            $0.end(.serverExited, .signal(9))
        }
        #expect(run.operations("resources/list", "", "abandoned").sum == 100_000_000)
        #expect(run.number("mcptape_abandoned_total", "fs") == 1)
        #expect(run.number("mcptape_child_exits_total", "fs", "signal") == 1)
        let session = run.metrics.histogram(
            "mcp_client_session_duration_seconds", ["fs", "", "server_exited"])
        #expect(session.sum == 100_000_000)
    }

    @Test func `rounds are one operation, and the time between them is the client's`() {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        let run = run {
            $0.request(1, "tools/call", #"{"name":"ask",\#(meta)}"#)
            $0.answer(1, #"{"resultType":"input_required","requestState":"s1","inputRequests":{}}"#)
            $0.wait(milliseconds: 500)
            let again = #"{"name":"ask","requestState":"s1","inputResponses":{},\#(meta)}"#
            $0.request(2, "tools/call", again)
            $0.answer(2, #"{"resultType":"complete"}"#)
        }
        let operation = run.operations("tools/call", "_OTHER")
        #expect(operation.count == 1 && operation.sum == 503_000_000)
        let wait = run.metrics.histogram("mcptape_wait_duration_seconds", ["fs", "input_round"])
        #expect(wait.count == 1 && wait.sum == 501_000_000)
    }

    @Test func `the server's requests are waits`() {
        let run = run {
            $0.request(1, "ping")
            for (id, method) in ["sampling/createMessage", "elicitation/create", "roots/list", "x/y"]
                .enumerated()
            {
                $0.server(#"{"jsonrpc":"2.0","id":"s\#(id)","method":"\#(method)","params":{}}"#)
                $0.client(#"{"jsonrpc":"2.0","id":"s\#(id)","result":{}}"#)
            }
        }
        for kind in ["sampling", "elicitation", "roots", "other"] {
            let wait = run.metrics.histogram("mcptape_wait_duration_seconds", ["fs", kind])
            #expect(wait.count == 1 && wait.sum == 1_000_000, "\(kind)")
        }
        #expect(run.meter.operationsInFlight == ["ping": 1])
    }

    @Test func `only a name that the server advertised is a label`() {
        let run = run {
            $0.call(1, "early")
            $0.answer(1)
            $0.list(2, ["early", String(repeating: "x", count: 129)])
            $0.call(3, "early")
            $0.answer(3)
            $0.call(4, "never")
            $0.answer(4)
            $0.call(5, String(repeating: "x", count: 129))
            $0.answer(5)
            $0.request(6, "vendor/secret-4711")
            $0.answer(6)
        }
        #expect(run.operations("tools/call", "early").count == 1)
        #expect(run.operations("tools/call", "_OTHER").count == 3)
        #expect(run.operations("_OTHER").count == 1)
        #expect(run.number("mcptape_label_overflow_total", "gen_ai_tool_name") == 3)
        #expect(run.number("mcptape_label_overflow_total", "mcp_method_name") == 1)
    }

    @Test func `without payloads a server vouches for a name by answering`() {
        let run = run(capture: .metadata) {
            $0.list(1, ["read"])
            $0.call(2, "read")
            $0.fail(2, -32602)
            $0.call(3, "read")
            $0.answer(3)
        }
        #expect(run.operations("tools/call", "read").count == 1)
        #expect(run.operations("tools/call", "_OTHER", "-32602").count == 1)
    }

    @Test func `members of a batch count each, its bytes once`() {
        let run = run {
            $0.client(
                #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/progress"},7]"#
            )
            $0.server(#"[{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":""}}]"#)
        }
        for kind in ["request", "notification", "invalid"] {
            #expect(run.number("mcptape_messages_total", "fs", "client_to_server", kind) == 1, "\(kind)")
        }
        #expect(run.number("mcptape_messages_total", "fs", "server_to_client", "error") == 1)
        #expect(run.number("mcptape_progress_notifications_total", "fs") == 1)
        #expect(run.metrics.histogram("mcptape_message_size_bytes", ["client_to_server"]).count == 1)
    }

    @Test func `what breaks the protocol is told by rule`() {
        let run = run {
            $0.server("Listening on port 80")
            $0.client("not JSON")
            $0.client("[]")
            $0.answer(99)
            $0.server(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":""}}"#)
            $0.lose { $0.clientToServer = 7 }
            $0.answer(98)
        }
        for rule in ["stdout_noise", "invalid_json", "not_jsonrpc", "orphan_response"] {
            #expect(run.number("mcptape_protocol_violations_total", "fs", rule) == 1, "\(rule)")
        }
        #expect(run.number("mcptape_messages_total", "fs", "server_to_client", "error") == 1)
        #expect(run.number("mcptape_gaps_total", "fs", "no_space") == 1)
        #expect(run.number("mcptape_gap_bytes_total", "fs", "client_to_server") == 7)
    }

    @Test func `a hostile server does not make the exposition grow`() {
        func lines(_ names: Int) -> Int {
            let run = run { conversation in
                for start in stride(from: 0, to: names, by: 1000) {
                    let tools = (start..<min(names, start + 1000)).map { "tool\($0)" }
                    conversation.list(2 * start, tools)
                    for (index, tool) in tools.enumerated() {
                        conversation.call(2 * start + index + 1, tool)
                        conversation.answer(2 * start + index + 1)
                    }
                }
            }
            return Exposition.write(run.metrics, .text).split(separator: 0x0A).count
        }
        // More names than any budget has room for.
        #expect(lines(300) == lines(LabelBudget.series + 1000))
    }

    @Test func `codes and names together stay under the budget of a server`() {
        let run = run { conversation in
            conversation.list(1, (0..<100).map { "t\($0)" })
            for number in 0..<10_000 {
                conversation.call(10 + number, "t\(number % 100)")
                conversation.fail(10 + number, -32000 - number / 100)
            }
        }
        let series = run.metrics.series(of: "mcp_client_operation_duration_seconds")
        #expect(series.count == LabelBudget.seriesOfServer + 1)
        #expect(run.operations("tools/call", "_OTHER", "_OTHER").count > 0)
        let total = series.reduce(0) { $0 + run.metrics.histogram($1.metric, $1.labels).count }
        #expect(total == 10_001)
    }

    @Test func `a session that another program went on with counts from there`() {
        var conversation = Conversation()
        conversation.request(1, "ping")
        var run = MeteredRun()
        run.commit(conversation.events)
        var meter = SessionMeter(after: run.state)
        var more = Conversation()
        more.answer(1)
        more.request(2, "ping")
        more.answer(2)
        var recorder = MeteredRun()
        recorder.commit(conversation.events)
        recorder.commit(more.events)
        let changes = meter.observe(
            SessionRecords(
                description: run.description, events: Array(recorder.events.dropFirst(run.events.count)),
                state: recorder.state, checkpoint: []))
        var budget = LabelBudget()
        let set = changes.series(admittedBy: &budget)
        #expect(
            set.histogram("mcp_client_operation_duration_seconds", ["fs", "ping", "", "", ""]).count == 1)
        #expect(set.number("mcptape_sessions_total", ["fs", "stdio"]) == 0)
        #expect(set.number("mcptape_messages_total", ["fs", "server_to_client", "response"]) == 2)
    }

    @Test func `a damaged checkpoint is refused`() {
        var conversation = Conversation()
        conversation.request(1, "ping")
        var run = MeteredRun()
        run.commit(conversation.events)
        let whole = run.meter.checkpoint()
        for count in 0..<whole.count {
            #expect(SessionMeter(checkpoint: Array(whole.prefix(count))) == nil)
        }
        #expect(SessionMeter(checkpoint: whole + [0]) == nil)
    }
}
