import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

/// Which span stands for a bucket when `--propagate` told the server of one.
struct SessionMeterSentTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let begun = "1af7651916cd43dd8448eb211c80319c"

    private func span(_ digit: Int) -> String { String(repeating: String(digit), count: 16) }

    private func call(_ id: Int, _ flags: String? = nil) -> String {
        let meta =
            flags.map { #","_meta":{"traceparent":"00-\#(Self.trace)-b7ad6b7169203331-\#($0)"}"# } ?? ""
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"read"\#(meta)}}"#
    }

    private func edit(_ context: String, _ conversation: inout Conversation) {
        let edit = ForwardedEdit(.body, offset: 0, removed: "", inserted: context)
        conversation.events.append(
            .edited(edit, on: .clientToServer, stream: .stdio, at: conversation.now))
    }

    private func run(
        capture: CaptureMode = .payloads, inPieces: Bool = false, _ script: (inout Conversation) -> Void
    ) -> MeteredRun {
        var conversation = Conversation()
        conversation.list(1, ["read"])
        script(&conversation)
        var run = MeteredRun(capture: capture)
        if inPieces {
            for event in conversation.events { run.commit([event]) }
        } else {
            run.commit(conversation.events)
        }
        return run
    }

    private func exemplars(_ run: MeteredRun, _ error: String = "") -> [Exemplar] {
        run.operations("tools/call", "read", error).exemplars.sorted { $0.key < $1.key }.map(\.value)
    }

    /// With a crash between any two records, as without.
    @Test(arguments: [false, true], [CaptureMode.payloads, .metadata])
    func `the exemplar leads to the span that was sent`(inPieces: Bool, capture: CaptureMode) throws {
        let run = run(capture: capture, inPieces: inPieces) {
            edit("00-\(Self.trace)-\(span(1))-01", &$0)
            $0.client(call(2, "01"))
            $0.answer(2)
            edit(#","_meta":{"traceparent":"00-\#(Self.begun)-\#(span(2))-01"}"#, &$0)
            $0.client(call(3))
            $0.wait(milliseconds: 29)
            $0.answer(3)
        }
        #expect(exemplars(run).map(\.spanID) == [span(1), span(2)])
        #expect(exemplars(run).map(\.traceID) == [Self.trace, Self.begun])
    }

    @Test func `a trace that its sender does not keep is not pointed to`() {
        let run = run {
            edit("00-\(Self.trace)-\(span(1))-00", &$0)
            $0.client(call(2, "00"))
            $0.answer(2)
        }
        #expect(run.operations("tools/call", "read").count == 1 && exemplars(run) == [])
    }

    @Test func `each request of a batch has its own, and a request without an edit what is computed`() {
        let run = run {
            edit("00-\(Self.begun)-\(span(1))-01", &$0)
            edit("00-\(Self.trace)-\(span(2))-01", &$0)
            $0.client("[\(call(2)),\(call(3, "01"))]")
            $0.answer(2)
            $0.wait(milliseconds: 29)
            $0.answer(3)
            $0.client(call(4))
            $0.wait(milliseconds: 200)
            $0.answer(4)
        }
        let computed = SHA256.hex(ExchangeTrace.span(of: 4, in: run.description.id)[...])
        #expect(exemplars(run).map(\.spanID) == [span(1), span(2), computed])
    }

    @Test func `the last round of a chain leads to its own span, and between two there is none`() {
        let rounds = { (conversation: inout Conversation) in
            edit("00-\(Self.begun)-\(span(1))-01", &conversation)
            conversation.client(call(2))
            conversation.answer(2, #"{"resultType":"input_required","requestState":"s"}"#)
            edit("00-\(Self.trace)-\(span(2))-01", &conversation)
            conversation.request(
                3, "tools/call", #"{"name":"read","requestState":"s","inputResponses":{}}"#)
        }
        let ended = run {
            rounds(&$0)
            $0.answer(3)
        }
        #expect(exemplars(ended).map(\.spanID) == [span(2)])
        let abandoned = run {
            rounds(&$0)
            $0.answer(3, #"{"resultType":"input_required","requestState":"t"}"#)
            $0.end()
        }
        #expect(abandoned.operations("tools/call", "read", "abandoned").count == 1)
        #expect(exemplars(abandoned, "abandoned") == [])
    }
}
