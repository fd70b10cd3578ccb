import MCPSemantics
import Recording
import Testing

@testable import Exporters

struct SessionTelemetryTests {
    private static let id = SessionID("s")
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    /// A recording of lines `c2s`/`s2c` and message, one each microsecond.
    private func recording(_ lines: [(String, String)]) throws -> FileRecording {
        var text =
            #"{"mcptape":1,"sessions":[{"id":"s","name":"fs","started":"1970-01-01T00:00:01Z"}]}"# + "\n"
        for (index, line) in lines.enumerated() {
            text += #"{"seq":\#(index + 1),"t":\#(index),"dir":"\#(line.0)","msg":\#(line.1)}"# + "\n"
        }
        return try FileRecording(bytes: Array(text.utf8))
    }

    private func request(_ id: Int, _ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
    }

    private func result(_ id: Int, _ result: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
    }

    private func items(
        _ recording: FileRecording, _ options: TraceOptions = TraceOptions(), withRecords: Bool = false,
        from cursor: ExportCursor = .start
    ) throws -> [TelemetryItem] {
        let summary = try #require(try recording.session(Self.id))
        let telemetry = SessionTelemetry(
            summary, of: recording, options, withRecords: withRecords, from: cursor)
        var items: [TelemetryItem] = []
        while let item = try telemetry.next() { items.append(item) }
        try telemetry.finish()
        while let item = try telemetry.next() { items.append(item) }
        return items
    }

    private func spans(
        _ lines: [(String, String)], _ options: TraceOptions = TraceOptions()
    ) throws -> [OTLPSpan] {
        try items(try recording(lines), options).compactMap {
            if case .span(let span) = $0 { span } else { nil }
        }
    }

    private func text(_ span: OTLPSpan, _ key: String) -> String? {
        guard case .string(let text)? = span.attributes.first(where: { $0.key == key })?.value else {
            return nil
        }
        return text
    }

    @Test func `a tool's call has the name, kind, times and attributes of the convention`() throws {
        let found = try spans([
            ("c2s", request(7, "tools/call", #"{"name":"weather","arguments":{"city":"Oslo"}}"#)),
            ("s2c", result(7)),
        ])
        let span = try #require(found.first)
        #expect(span.name == "tools/call weather")
        #expect(span.kind == .client)
        #expect(span.start == 1_000_000_000)
        #expect(span.end == 1_000_001_000)
        #expect(text(span, "mcp.method.name") == "tools/call")
        #expect(text(span, "gen_ai.operation.name") == "execute_tool")
        #expect(text(span, "gen_ai.tool.name") == "weather")
        #expect(text(span, "jsonrpc.request.id") == "7")
        #expect(text(span, "network.transport") == "pipe")
        #expect(text(span, "gen_ai.tool.call.arguments") == nil)
        #expect(text(span, "error.type") == nil)
        #expect(span.failure == nil)
        #expect(span.parent.isEmpty)
    }

    @Test func `content is there when it is asked for`() throws {
        var options = TraceOptions()
        options.content = true
        let found = try spans(
            [
                ("c2s", request(1, "tools/call", #"{"name":"a","arguments":{"city":"Oslo"}}"#)),
                ("s2c", result(1, #"{"content":[]}"#)),
                ("c2s", request(2, "prompts/get", #"{"name":"p","arguments":{"who":"me"}}"#)),
                ("s2c", result(2)),
            ], options)
        #expect(text(found[0], "gen_ai.tool.call.arguments") == #"{"city":"Oslo"}"#)
        #expect(text(found[0], "gen_ai.tool.call.result") == #"{"content":[]}"#)
        #expect(text(found[1], "gen_ai.prompt.name") == "p")
        #expect(text(found[1], "gen_ai.prompt.variable.who") == "me")
    }

    @Test func `the parent is what the message states, when that is valid`() throws {
        func call(_ parent: String) throws -> OTLPSpan {
            let meta = #"{"_meta":{"traceparent":"\#(parent)","tracestate":"v=1"},"name":"a"}"#
            return try #require(
                try spans([("c2s", request(1, "tools/call", meta)), ("s2c", result(1))]).first)
        }
        let span = try call("00-\(Self.trace)-b7ad6b7169203331-01")
        #expect(Hexadecimal.text(span.identity.trace) == Self.trace)
        #expect(Hexadecimal.text(span.parent) == "b7ad6b7169203331")
        #expect(span.flags == 0x301)
        #expect(span.traceState == "v=1")
        let invalid = [
            "ff-\(Self.trace)-b7ad6b7169203331-01", "00-\(Self.trace)-0000000000000000-01",
            "00-\(String(repeating: "0", count: 32))-b7ad6b7169203331-01",
            "00-\(Self.trace)-b7ad6b71692033-01",
            "00-\(Self.trace.uppercased())-b7ad6b7169203331-01", "00-\(Self.trace)-b7ad6b7169203331-01-x", "",
        ]
        for text in invalid {
            let span = try call(text)
            #expect(span.parent.isEmpty && span.traceState.isEmpty && span.flags == 0x101, "\(text)")
            #expect(Hexadecimal.text(span.identity.trace) != Self.trace, "\(text)")
        }
    }

    @Test func `a trace that its client does not keep is not exported`() throws {
        let meta = #"{"_meta":{"traceparent":"00-\#(Self.trace)-b7ad6b7169203331-00"},"name":"a"}"#
        let lines = [("c2s", request(1, "tools/call", meta)), ("s2c", result(1))]
        #expect(try spans(lines).isEmpty)
        var options = TraceOptions()
        options.sampler.isParentBased = false
        #expect(try spans(lines, options).count == 1)
    }

    @Test func `what failed says how`() throws {
        let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no such tool"}}"#
        let failed = try spans([("c2s", request(1, "tools/call", #"{"name":"a"}"#)), ("s2c", error)])[0]
        #expect(text(failed, "error.type") == "-32602")
        #expect(text(failed, "rpc.response.status_code") == "-32602")
        #expect(failed.failure == "no such tool")
        let tool = try spans([
            ("c2s", request(1, "tools/call", #"{"name":"a"}"#)), ("s2c", result(1, #"{"isError":true}"#)),
        ])[0]
        #expect(text(tool, "error.type") == "tool_error")
        #expect(tool.failure == "")
        let never = try spans([("c2s", request(1, "tools/list")), ("c2s", request(2, "ping"))])
        #expect(never.map { text($0, "error.type") } == ["abandoned", "abandoned"])
        // To who is asked, an error of the asker's is none; to the asker it is.
        let asked = try spans([("s2c", request(1, "roots/list")), ("c2s", error)])[0]
        #expect(asked.kind == .server)
        #expect(text(asked, "error.type") == nil)
        #expect(text(asked, "rpc.response.status_code") == "-32602")
        #expect(asked.failure == nil)
    }

    @Test func `a cancelled exchange ends when it is cancelled, and a late answer tells nothing more`() throws
    {
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        let lines = [("c2s", request(1, "tools/call", #"{"name":"a"}"#)), ("c2s", cancel)]
        for more in [[], [("s2c", result(1))]] {
            let found = try spans(lines + more)
            #expect(found.count == 1)
            #expect(text(found[0], "error.type") == "cancelled")
            #expect(found[0].end == 1_000_001_000)
        }
    }

    @Test func `progress and the server's questions are events, and the questions spans below`() throws {
        let progress =
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":"#
            + #"{"progressToken":"t","progress":0.5,"total":1,"message":"half"}}"#
        let lines = [
            ("c2s", request(1, "tools/call", #"{"name":"a","_meta":{"progressToken":"t"}}"#)),
            ("s2c", progress), ("s2c", request(9, "sampling/createMessage")), ("c2s", result(9)),
            ("s2c", result(1)),
        ]
        let found = try spans(lines)
        #expect(found.map(\.name) == ["sampling/createMessage", "tools/call a"])
        let (asked, call) = (found[0], found[1])
        #expect(asked.parent == call.identity.span)
        #expect(asked.identity.trace == call.identity.trace)
        #expect(asked.kind == .server)
        #expect(call.events.map(\.name) == ["notifications/progress", "sampling/createMessage"])
        #expect(call.events.map(\.time) == [1_000_001_000, 1_000_002_000])
        #expect(
            call.events[0].attributes
                == [
                    .init("mcptape.progress.progress", .double(0.5)),
                    .init("mcptape.progress.total", .double(1)),
                ])
        var options = TraceOptions()
        options.content = true
        #expect(try spans(lines, options)[1].events[0].attributes.last?.value == .string("half"))
    }

    @Test func `a flood of progress does not become a flood of events`() throws {
        let progress =
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#
        var lines = [("c2s", request(1, "tools/call", #"{"name":"a","_meta":{"progressToken":1}}"#))]
        lines += Array(repeating: ("s2c", progress), count: 200) + [("s2c", result(1))]
        let span = try spans(lines)[0]
        #expect(span.events.count == 128)
        #expect(span.droppedEvents == 72)
    }

    @Test func `each exchange of a batch is a span`() throws {
        let batch = "[\(request(1, "tools/list")),\(request(2, "ping"))]"
        let found = try spans([("c2s", batch), ("s2c", "[\(result(1)),\(result(2))]")])
        #expect(found.map(\.name) == ["tools/list", "ping"])
        #expect(Set(found.map(\.identity.span)).count == 2)
    }

    @Test func `rounds of a chain are linked to the first, in one trace`() throws {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        let found = try spans([
            ("c2s", request(1, "tools/call", #"{"name":"a",\#(meta)}"#)),
            ("s2c", result(1, #"{"resultType":"input_required","requestState":"x","inputRequests":{}}"#)),
            (
                "c2s",
                request(2, "tools/call", #"{"name":"a",\#(meta),"requestState":"x","inputResponses":{}}"#)
            ),
            ("s2c", result(2, #"{"resultType":"complete"}"#)),
        ])
        #expect(found.count == 2)
        #expect(found[1].links.map(\.identity) == [found[0].identity])
        #expect(found[1].identity.trace == found[0].identity.trace)
        #expect(text(found[0], "mcp.protocol.version") == "2026-07-28")
    }

    @Test func `going on from a cursor tells the rest, and the same`() throws {
        let progress =
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}"#
        let recording = try recording([
            ("c2s", request(1, "tools/call", #"{"name":"a","_meta":{"progressToken":1}}"#)),
            ("c2s", request(2, "ping")), ("s2c", result(2)), ("s2c", progress), ("s2c", result(1)),
            ("c2s", request(3, "tools/list")),
        ])
        let summary = try #require(try recording.session(Self.id))
        let whole = try items(recording, withRecords: true)
        #expect(whole.count == 6 + 3)
        let telemetry = SessionTelemetry(summary, of: recording, TraceOptions(), withRecords: true)
        var begun: [TelemetryItem] = []
        var cuts = 0
        repeat {
            if telemetry.isAtBoundary {
                let rest = try items(recording, withRecords: true, from: telemetry.cursor)
                #expect(begun + rest == whole, "cut at \(telemetry.cursor)")
                cuts += 1
            }
            guard let item = try telemetry.next() else { break }
            begun.append(item)
        } while true
        #expect(cuts >= 6)
        try telemetry.finish()
        while try telemetry.next() != nil {}
        #expect(telemetry.cursor.isDone)
        #expect(try items(recording, from: telemetry.cursor).isEmpty)
    }

    @Test func `each message is a record, without its payload`() throws {
        let message =
            #"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"secret"}}"#
        let recording = try recording([("c2s", request(1, "ping")), ("s2c", message), ("s2c", result(1))])
        let records = try items(recording, withRecords: true).compactMap {
            if case .record(let record) = $0 { record } else { nil }
        }
        #expect(
            records.map(\.body)
                == ["request ping", "notification notifications/message", "response"].map {
                    .string($0)
                })
        #expect(records.map(\.severity) == [.info, .error, .info])
        #expect(records[0].span != nil && records[0].span == records[2].span && records[1].span == nil)
        var options = TraceOptions()
        options.content = true
        let told = try items(recording, options, withRecords: true)
        #expect(
            told.contains {
                if case .record(let record) = $0 { record.body == .string(message) } else { false }
            })
    }
}
