import MCPSemantics
import Recording
import Telemetry
import Testing

@testable import Exporters

/// What the metrics point to is what is exported.
struct TraceContextTests {
    private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"

    private func recording() throws -> FileRecording {
        var lines: [(String, String)] = []
        func request(_ id: Int, _ more: String) {
            lines.append(
                ("c2s", #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"a"\#(more)}}"#)
            )
        }
        func answer(_ id: Int, _ result: String) {
            lines.append(("s2c", #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#))
        }
        let stated = #","_meta":{"traceparent":"\#(Self.parent)"#
        request(1, "")
        answer(1, "{}")
        request(2, stated + #"01"}"#)
        answer(2, #"{"isError":true}"#)
        request(3, stated + #"00"}"#)
        answer(3, "{}")
        request(4, stated + #"01"}"#)
        answer(4, #"{"resultType":"input_required","requestState":"x"}"#)
        request(5, #","requestState":"x","inputResponses":{}"#)
        answer(5, "{}")
        request(6, stated + "zz\"}")
        lines.append(
            (
                "c2s",
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":6}}"#
            ))
        lines.append(
            ("c2s", #"[{"jsonrpc":"2.0","id":7,"method":"ping"},{"jsonrpc":"2.0","id":8,"method":"ping"}]"#))
        answer(8, "{}")
        var text =
            #"{"mcptape":1,"sessions":[{"id":"s","name":"fs","started":"1970-01-01T00:00:01Z","#
            + #""ended":{"reason":"client_closed","t":900000}}]}"# + "\n"
        for (index, line) in lines.enumerated() {
            text += #"{"seq":\#(index + 1),"t":\#(index * 1000),"dir":"\#(line.0)","msg":\#(line.1)}"# + "\n"
        }
        return try FileRecording(bytes: Array(text.utf8))
    }

    @Test func `every exemplar leads to a span that is exported`() throws {
        let recording = try recording()
        let summary = try #require(try recording.session(SessionID("s")))
        let telemetry = SessionTelemetry(summary, of: recording, TraceOptions(), withRecords: false)
        var spans: [String: OTLPSpan] = [:]
        while let item = try telemetry.next() {
            if case .span(let span) = item { spans[Hexadecimal.text(span.identity.span)] = span }
        }
        try telemetry.finish()
        while let item = try telemetry.next() {
            if case .span(let span) = item { spans[Hexadecimal.text(span.identity.span)] = span }
        }
        var meter = RecordingMeter()
        try meter.add(summary, from: recording)
        var seen = 0
        var traces: Set<String> = []
        for (series, value) in meter.metrics.values {
            guard case .histogram(let histogram) = value else { continue }
            for exemplar in histogram.exemplars.values {
                let span = try #require(spans[exemplar.spanID], "\(series)")
                #expect(Hexadecimal.text(span.identity.trace) == exemplar.traceID, "\(series)")
                #expect(exemplar.time.map { UInt64($0) <= span.end + 1_000_000_000 } == true)
                traces.insert(exemplar.traceID)
                seen += 1
            }
        }
        #expect(seen >= 5)
        #expect(traces.contains("0af7651916cd43dd8448eb211c80319c") && traces.count > 2)
    }

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "", "----",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
    ])
    func `meter and exporter read a parent alike`(text: String) {
        let stated = StatedTrace(traceParent: text)
        let context = TraceContext(traceParent: text, state: nil)
        #expect((stated == nil) == (context == nil))
        #expect(stated?.isSampled == context?.isSampled)
        guard let stated, let context else { return }
        let bytes = context.parent.trace
        #expect(bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } == stated.high)
        #expect(bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } == stated.low)
    }
}
