import MCPSemantics
import Recording
import Testing

@testable import Exporters

/// Spans of requests that `--propagate` edited: what stands before them on record.
struct SpanCollectorTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let other = "1af7651916cd43dd8448eb211c80319c"
    private static let parent = "00-\(trace)-b7ad6b7169203331-01"

    private func span(_ digit: String) -> String { String(repeating: digit, count: 16) }

    private func edit(_ inserted: String) -> String {
        let text = inserted.replacing("\"", with: "\\\"")
        return #""http":{"edited":{"offset":1,"removed":"","inserted":"\#(text)"}}"#
    }

    private func request(_ id: Int, _ meta: String = "") -> String {
        let params = meta.isEmpty ? "{}" : #"{"_meta":{\#(meta)}}"#
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"ping","params":\#(params)}"#
    }

    private func items(
        _ lines: [(String, String)], records: Bool = false, from cursor: ExportCursor = .start,
        until: Int = .max
    ) throws -> (items: [TelemetryItem], cursor: ExportCursor?) {
        var text =
            #"{"mcptape":1,"sessions":[{"id":"s","name":"fs","started":"1970-01-01T00:00:01Z"}]}"# + "\n"
        for (index, line) in lines.enumerated() {
            let body = line.1.hasPrefix("\"") ? line.1 : #""msg":\#(line.1)"#
            text += #"{"seq":\#(index + 1),"t":\#(index),"dir":"\#(line.0)",\#(body)}"# + "\n"
        }
        let recording = try FileRecording(bytes: Array(text.utf8))
        let summary = try #require(try recording.session(SessionID("s")))
        let telemetry = SessionTelemetry(
            summary, of: recording, TraceOptions(), withRecords: records, from: cursor)
        var items: [TelemetryItem] = []
        while items.count < until, let item = try telemetry.next() { items.append(item) }
        if until == .max { try telemetry.finish() }
        while items.count < until, let item = try telemetry.next() { items.append(item) }
        return (items, telemetry.isAtBoundary ? telemetry.cursor : nil)
    }

    private func spans(_ lines: [(String, String)]) throws -> [OTLPSpan] {
        try items(lines).items.compactMap { if case .span(let span) = $0 { span } else { nil } }
    }

    private var lines: [(String, String)] {
        let length = #""field":"Content-Length","index":2,"offset":0,"removed":"1","inserted":"9""#
        return [
            (
                "c2s",
                #""http":{"edited":{\#(length)}}"#
            ),
            ("c2s", edit("00-\(Self.trace)-\(span("1"))-01")),
            ("c2s", request(1, #""traceparent":"\#(Self.parent)","tracestate":"v=1""#)),
            ("c2s", edit(#""_meta":{"traceparent":"00-\#(Self.other)-\#(span("2"))-01"},"#)),
            ("c2s", request(2)),
            ("c2s", request(3)),
            ("s2c", #"{"jsonrpc":"2.0","id":9,"method":"roots/list"}"#),
            ("s2c", #"{"jsonrpc":"2.0","id":2,"result":{}}"#),
            ("s2c", #"{"jsonrpc":"2.0","id":1,"result":{}}"#),
            ("s2c", #"{"jsonrpc":"2.0","id":3,"result":{}}"#),
        ]
    }

    @Test func `the span is the one that the server was told`() throws {
        let found = try spans(lines)
        let one = try #require(found.first { Hexadecimal.text($0.identity.span) == span("1") })
        #expect(Hexadecimal.text(one.identity.trace) == Self.trace)
        #expect(Hexadecimal.text(one.parent) == "b7ad6b7169203331")
        #expect(one.traceState == "v=1" && one.flags == 0x301)
        let two = try #require(found.first { Hexadecimal.text($0.identity.span) == span("2") })
        #expect(Hexadecimal.text(two.identity.trace) == Self.other)
        #expect(two.parent.isEmpty && two.traceState.isEmpty && two.flags == 0x101)
        // Nothing was put into the third.
        let ids = found.map { Hexadecimal.text($0.identity.span) }
        #expect(Set(ids).count == found.count && ids.filter { $0 == span("1") || $0 == span("2") }.count == 2)
    }

    @Test func `the records of a request name that span too`() throws {
        let all = try items(lines, records: true).items
        let named = all.compactMap { item -> String? in
            guard case .record(let record) = item, let identity = record.span else { return nil }
            return Hexadecimal.text(identity.span)
        }
        #expect(named.filter { $0 == span("1") }.count == 2 && named.filter { $0 == span("2") }.count == 2)
    }

    @Test func `the same ids come out wherever another process goes on`() throws {
        let all = try items(lines, records: true).items
        for until in 0..<all.count {
            let (first, cursor) = try items(lines, records: true, until: until)
            guard let cursor else { continue }
            let rest = try items(lines, records: true, from: cursor).items
            let isSame = first + rest == all
            #expect(isSame, "after \(until)")
        }
    }

    @Test func `each request of a batch has its own`() throws {
        let batch = "[\(request(1)),\(request(2))]"
        let found = try spans([
            ("c2s", edit(#","traceparent":"00-\#(Self.trace)-\#(span("1"))-01""#)),
            ("c2s", edit(#","traceparent":"00-\#(Self.other)-\#(span("2"))-01""#)),
            ("c2s", batch),
            ("s2c", #"[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","id":1,"result":{}}]"#),
        ])
        let ids = Dictionary(
            uniqueKeysWithValues: found.map {
                (Hexadecimal.text($0.identity.span), Hexadecimal.text($0.identity.trace))
            })
        #expect(ids == [span("1"): Self.trace, span("2"): Self.other])
    }

    @Test func `without payloads the edit alone tells of both spans`() throws {
        let request = #""kind":"request","id":1,"method":"ping","size":40"#
        let removed = #""http":{"edited":{"offset":1,"removed":"\#(Self.parent)","inserted":"#
        let found = try spans([
            ("c2s", removed + #""00-\#(Self.trace)-\#(span("1"))-01"}}"#), ("c2s", request),
            ("s2c", #""kind":"response","id":1,"size":40"#),
        ])
        let one = try #require(found.first)
        #expect(Hexadecimal.text(one.identity.span) == span("1"))
        #expect(Hexadecimal.text(one.identity.trace) == Self.trace)
        #expect(Hexadecimal.text(one.parent) == "b7ad6b7169203331")
    }

    @Test func `an edit that stands before something else names nothing`() throws {
        let found = try spans([
            ("c2s", edit("00-\(Self.trace)-\(span("1"))-01")),
            ("s2c", #"{"jsonrpc":"2.0","method":"notifications/x"}"#),
            ("c2s", request(1)), ("s2c", #"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        ])
        #expect(found.count == 1 && Hexadecimal.text(found[0].identity.span) != span("1"))
    }
}
