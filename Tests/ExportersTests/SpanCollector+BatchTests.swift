import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

@testable import Exporters

/// Requests of a batch that `--propagate` edited, where the text of messages is not recorded.
struct SpanCollectorBatchTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    private func span(_ digit: Int) -> String { String(repeating: String(digit), count: 16) }

    /// What is recorded of a batch with two requests, of which `edited` were edited, and of its answers.
    private func source(edited: Int) -> MetadataSession {
        var description = SessionDescription(id: SessionID("s"), name: "fs", transport: .stdio)
        description.capture = .metadata
        var recorder = Recorder(session: description)
        var events: [RecordedEvent] = []
        var time: Int64 = 0
        func now() -> Timestamp {
            time += 1_000_000
            return Timestamp(nanoseconds: time)
        }
        func say(_ text: String, _ lane: Lane) {
            recorder.observe(.bytes(Array((text + "\n").utf8)[...], on: lane, at: now()), into: &events)
        }
        for number in 1...edited {
            let context = "00-\(Self.trace)-\(span(number))-01"
            let edit = ForwardedEdit(.body, offset: 0, removed: "", inserted: context)
            recorder.observe(
                .edited(edit, on: .clientToServer, stream: .stdio, at: now()), into: &events)
        }
        let requests = (1...2).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"ping"}"# }
        say("[\(requests.joined(separator: ","))]", .clientToServer)
        for number in [2, 1] { say(#"{"jsonrpc":"2.0","id":\#(number),"result":{}}"#, .serverToClient) }
        recorder.observe(.ended(.clientClosed, at: now()), into: &events)
        return MetadataSession(SessionSummary(description: description, state: recorder.state), events)
    }

    private func spans(_ source: MetadataSession, from cursor: ExportCursor = .start) throws -> [OTLPSpan] {
        let telemetry = SessionTelemetry(
            source.summary, of: source, TraceOptions(), withRecords: false, from: cursor)
        var spans: [OTLPSpan] = []
        while let item = try telemetry.next() { if case .span(let span) = item { spans.append(span) } }
        return spans
    }

    @Test func `each has the span that the server was told, in the order of the batch`() throws {
        let source = source(edited: 2)
        let found = try spans(source)
        #expect(found.map { Hexadecimal.text($0.identity.span) } == [span(2), span(1)])
        #expect(found.allSatisfy { Hexadecimal.text($0.identity.trace) == Self.trace })
        // Another process that begins behind the batch comes to the same.
        let last = ExportCursor(sequence: 3, resume: 4, exchange: 3, isDone: false)
        #expect(try spans(source, from: last).map(\.identity) == found.map(\.identity))
    }

    @Test func `where not each was edited, none is known, and no bucket leads astray`() throws {
        let source = source(edited: 1)
        let found = try spans(source)
        #expect(found.count == 2)
        #expect(!found.contains { Hexadecimal.text($0.identity.trace) == Self.trace })
        var meter = RecordingMeter()
        try meter.add(source.summary, from: source)
        let pings = meter.metrics.histogram(
            "mcp_client_operation_duration_seconds", ["fs", "ping", "", "", ""])
        #expect(pings.count == 2 && pings.exemplars.isEmpty)
    }
}

/// A session in memory as a reader finds it.
private final class MetadataSession: RecordingSource {
    let summary: SessionSummary
    private var recorded: [RecordingEntry] = []
    private var numbered: [Int: Exchange] = [:]

    init(_ summary: SessionSummary, _ events: [RecordedEvent]) {
        self.summary = summary
        for event in events {
            switch event {
            case .part: continue
            case .message(let message): recorded.append(.message(message))
            case .gap(let gap): recorded.append(.gap(gap))
            case .exchange(let exchange): numbered[exchange.number] = exchange
            }
        }
    }

    func sessions() -> [SessionSummary] { [summary] }
    func session(_ id: SessionID) -> SessionSummary? { summary }
    func exchanges(of session: SessionID, from number: Int, limit: Int) -> [Exchange] {
        numbered.keys.sorted().filter { $0 >= number }.prefix(limit).compactMap { numbered[$0] }
    }
    func entries(of session: SessionID, from sequence: Int64, limit: Int) -> [RecordingEntry] {
        Array(recorded.filter { $0.sequence >= sequence }.prefix(limit))
    }
    func readParts(of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void) throws {}
}
