import MCPSemantics
import Recording
import Testing

@testable import Exporters

/// Spans of requests whose HTTP exchange failed.
struct SpanCollectorHTTPTests {
    private static let id = SessionID("s")
    private static let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}"#
    private static let ping = #"{"jsonrpc":"2.0","id":2,"method":"ping"}"#
    private static let pong = #"{"jsonrpc":"2.0","id":2,"result":{}}"#

    /// A session of lines, one each microsecond: the HTTP exchange, its side, and a message or a note.
    private func recording(_ lines: [(stream: Int, side: String, body: String)]) throws -> FileRecording {
        var text = #"{"mcptape":1,"sessions":[{"id":"s","name":"fs","transport":"http","#
        text += #""started":"1970-01-01T00:00:01Z"}]}"# + "\n"
        for (index, line) in lines.enumerated() {
            let member = line.body.contains(#""jsonrpc""#) ? "msg" : "http"
            text += #"{"seq":\#(index + 1),"t":\#(index),"dir":"\#(line.side)","stream":\#(line.stream),"#
            text += #""\#(member)":\#(line.body)}"# + "\n"
        }
        return try FileRecording(bytes: Array(text.utf8))
    }

    private func items(
        _ recording: FileRecording, from cursor: ExportCursor = .start, until: Int = .max
    ) throws -> (spans: [OTLPSpan], beforeEnd: Int, cursor: ExportCursor?) {
        let summary = try #require(try recording.session(Self.id))
        let telemetry = SessionTelemetry(
            summary, of: recording, TraceOptions(), withRecords: false, from: cursor)
        var items: [TelemetryItem] = []
        while items.count < until, let item = try telemetry.next() { items.append(item) }
        let beforeEnd = items.count
        if until == .max { try telemetry.finish() }
        while items.count < until, let item = try telemetry.next() { items.append(item) }
        let spans = items.compactMap { if case .span(let span) = $0 { span } else { nil } }
        return (spans, beforeEnd, telemetry.isAtBoundary ? telemetry.cursor : nil)
    }

    private func text(_ span: OTLPSpan, _ key: String) -> String? {
        guard case .string(let text)? = span.attributes.first(where: { $0.key == key })?.value else {
            return nil
        }
        return text
    }

    private static func head(_ status: Int) -> String {
        #"{"response":{"status":\#(status),"reason":"","fields":[]}}"#
    }

    private static func closed(_ reason: String, by closer: String = "upstream") -> String {
        #"{"closed":{"by":"\#(closer)","reason":"\#(reason)"}}"#
    }

    @Test(arguments: [
        ([head(500), closed("complete")], "500", 1),
        ([head(401), closed("complete")], "401", 1),
        ([head(502), closed("connect_failed")], "502", 1),
        ([head(504), closed("connect_timeout")], "504", 1),
        ([head(200), closed("disconnected")], "disconnected", 2),
        ([closed("reset")], "reset", 1),
        ([head(503), closed("complete"), closed("disconnected", by: "client")], "503", 1),
        ([head(200), closed("complete")], "unanswered", 2),
    ])
    func `a failed exchange has a span at its end`(notes: [String], type: String, end: Int) throws {
        let lines = [(1, "c2s", Self.call)] + notes.map { (1, "s2c", $0) } + [(2, "c2s", Self.ping)]
        let (spans, beforeEnd, _) = try items(try recording(lines))
        let span = try #require(spans.first)
        #expect(beforeEnd == 1 && spans.map(\.name) == ["tools/call add", "ping"])
        #expect(text(span, "error.type") == type && span.failure != nil)
        #expect(span.end == 1_000_000_000 + UInt64(end) * 1000)
    }

    @Test func `what an older version recorded of a refusal is told at the end of the session`() throws {
        let lines = [(1, "c2s", Self.call), (1, "s2c", Self.head(503)), (2, "c2s", Self.ping)]
        let (spans, beforeEnd, _) = try items(try recording(lines))
        #expect(beforeEnd == 0 && spans.map { text($0, "error.type") } == ["503", "abandoned"])
        #expect(spans.first?.end == 1_000_001_000)
    }

    @Test func `what a gap may have taken has no error, and says so`() throws {
        let gap = #"{"seq":2,"t":1,"gap":{"from":1,"to":2,"reason":"journal_full","s2c":9}}"#
        let call = Self.call
        var lines = #"{"mcptape":1,"sessions":[{"id":"s","name":"fs"}]}"# + "\n"
        lines += #"{"seq":1,"t":0,"dir":"c2s","msg":\#(call)}"# + "\n" + gap + "\n"
        lines += #"{"seq":3,"t":5,"dir":"c2s","msg":\#(Self.ping)}"# + "\n"
        let spans = try items(try FileRecording(bytes: Array(lines.utf8))).spans
        #expect(spans.map { text($0, "error.type") } == [nil, "abandoned"])
        #expect(spans.map { $0.events.map(\.name) } == [["mcptape.gap"], []])
    }

    @Test func `the members of a batch fail together`() throws {
        let lines = [
            (1, "c2s", "[\(Self.call),\(Self.ping)]"), (1, "s2c", Self.head(500)),
            (1, "s2c", Self.closed("complete")),
        ]
        let (spans, beforeEnd, _) = try items(try recording(lines))
        #expect(beforeEnd == 2 && spans.map { text($0, "error.type") } == ["500", "500"])
    }

    @Test func `an error that comes when a broken stream is taken up again is told once, where it is`() throws
    {
        let events =
            #"{"response":{"status":200,"reason":"","fields":[["content-type","text/event-stream"]]}}"#
        let answer = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#
        let lines = [
            (1, "c2s", Self.call), (1, "s2c", events), (1, "s2c", Self.closed("disconnected")),
            (2, "s2c", events), (2, "s2c", answer),
        ]
        let spans = try items(try recording(lines)).spans
        #expect(spans.map { text($0, "error.type") } == ["-32603"])
        #expect(spans.first?.end == 1_000_004_000)
    }

    @Test func `each is told once, wherever another process goes on`() throws {
        let lines = [
            (1, "c2s", Self.call), (1, "s2c", Self.head(503)), (2, "c2s", Self.ping),
            (1, "s2c", Self.closed("complete")), (2, "s2c", Self.head(200)), (2, "s2c", Self.pong),
        ]
        let file = try recording(lines)
        let all = try items(file).spans
        #expect(all.count == 2)
        for until in 0..<all.count {
            let (first, _, cursor) = try items(file, until: until)
            let rest = try items(file, from: try #require(cursor)).spans
            #expect(first + rest == all, "after \(until)")
        }
    }
}
