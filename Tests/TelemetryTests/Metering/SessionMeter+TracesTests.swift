import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

/// Which exchange stands for a bucket, and which span it leads to.
struct SessionMeterTracesTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    private func params(_ flags: String, _ more: String = "") -> String {
        #"{"name":"read",\#(more)"_meta":{"traceparent":"00-\#(Self.trace)-b7ad6b7169203331-\#(flags)"}}"#
    }

    private func run(_ script: (inout Conversation) -> Void) -> MeteredRun {
        var conversation = Conversation()
        conversation.list(1, ["read"])
        script(&conversation)
        var run = MeteredRun()
        run.commit(conversation.events)
        return run
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String { SHA256.hex(bytes[...]) }

    private func exemplars(_ run: MeteredRun, _ error: String = "") -> [Exemplar] {
        run.operations("tools/call", "read", error).exemplars.sorted { $0.key < $1.key }.map(\.value)
    }

    @Test func `a request that states its trace is found in it`() throws {
        let run = run {
            $0.request(2, "tools/call", params("01"))
            $0.wait(milliseconds: 29)
            $0.answer(2)
        }
        let exemplar = try #require(exemplars(run).first)
        #expect(exemplar.traceID == Self.trace)
        #expect(exemplar.spanID == hexadecimal(ExchangeTrace.span(of: 2, in: run.description.id)))
        #expect(exemplar.value == 30_000_000)
        #expect(exemplar.time == run.description.startRealtime + 32_000_000)
        let first = run.metrics.histogram("mcptape_time_to_first_event_seconds", ["fs", "tools/call"])
        #expect(first.exemplars.values.map(\.traceID) == [Self.trace])
    }

    @Test func `a request that states none has the trace that its span is exported with`() throws {
        let run = run {
            $0.call(2, "read")
            $0.answer(2)
        }
        let exemplar = try #require(exemplars(run).first)
        #expect(exemplar.traceID == hexadecimal(ExchangeTrace.trace(of: 2, in: run.description.id)))
    }

    @Test func `a trace that its sender does not keep is not pointed to`() {
        let run = run {
            $0.request(2, "tools/call", params("00"))
            $0.answer(2)
        }
        #expect(run.operations("tools/call", "read").count == 1)
        #expect(exemplars(run) == [])
    }

    @Test func `the newest stands for its bucket, whatever came before in others`() {
        let run = run {
            for id in 2...4 {
                $0.request(id, "tools/call", params("01"))
                $0.wait(milliseconds: id == 3 ? 49 : 4)
                $0.answer(id)
            }
        }
        let spans = exemplars(run).map(\.spanID)
        #expect(spans == [4, 3].map { hexadecimal(ExchangeTrace.span(of: $0, in: run.description.id)) })
    }

    @Test func `a chain's operation leads to its last round, in the trace of its first`() throws {
        let run = run {
            $0.request(2, "tools/call", params("01"))
            $0.answer(2, #"{"resultType":"input_required","requestState":"s"}"#)
            $0.request(3, "tools/call", #"{"name":"read","requestState":"s","inputResponses":{}}"#)
            $0.answer(3)
        }
        let exemplar = try #require(exemplars(run).first)
        #expect(exemplars(run).count == 1)
        #expect(exemplar.traceID == Self.trace)
        #expect(exemplar.spanID == hexadecimal(ExchangeTrace.span(of: 3, in: run.description.id)))
    }

    @Test func `members of a batch each have their own`() {
        let run = run {
            let call = #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":\#(params("01"))}"#
            $0.client(#"[{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"read"}},\#(call)]"#)
            $0.server(#"[{"jsonrpc":"2.0","id":2,"result":{}}]"#)
            $0.wait(milliseconds: 100)
            $0.server(#"[{"jsonrpc":"2.0","id":3,"result":{}}]"#)
        }
        let own = hexadecimal(ExchangeTrace.trace(of: 2, in: run.description.id))
        #expect(exemplars(run).map(\.traceID) == [Self.trace, own])
    }

    @Test func `cancelled and abandoned operations have theirs`() {
        let run = run {
            $0.request(2, "tools/call", params("01"))
            $0.request(3, "tools/call", params("01"))
            $0.cancel(2)
            $0.end()
        }
        #expect(exemplars(run, "cancelled").count == 1)
        #expect(exemplars(run, "abandoned").count == 1)
    }

    @Test func `a parent that is none is a violation, and its operation is in a trace of ours`() throws {
        let run = run {
            $0.request(2, "tools/call", params("zz"))
            $0.answer(2)
            $0.request(3, "tools/call", #"{"name":"read","_meta":{"traceparent":1}}"#)
            $0.answer(3)
            // Elsewhere it means nothing.
            $0.request(4, "tools/call", #"{"name":"read","arguments":{"traceparent":"x"}}"#)
            $0.answer(4)
        }
        #expect(run.number("mcptape_protocol_violations_total", "fs", "invalid_trace_context") == 2)
        let last = try #require(exemplars(run).last)
        #expect(last.traceID == hexadecimal(ExchangeTrace.trace(of: 4, in: run.description.id)))
    }

    @Test func `a meter of the first format goes on without`() throws {
        var state = StateWriter()
        // Version, newest, flags, time, one open operation, no rounds.
        state.int(1)
        state.int(5)
        state.bool(false)
        state.bool(false)
        state.int(7)
        state.int(1)
        state.int(5)
        state.bool(true)
        state.int(3)
        state.string("ping")
        state.string("")
        state.int(5)
        state.bool(false)
        state.bool(false)
        state.int(0)
        let meter = try #require(SessionMeter(checkpoint: state.bytes))
        #expect(meter.operationsInFlight == ["ping": 1])
        #expect(SessionMeter(checkpoint: meter.checkpoint())?.operationsInFlight == ["ping": 1])
    }
}
