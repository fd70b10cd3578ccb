import MCPSemantics
import Recording
import Telemetry
import Wire

/// A session's lines, one event each, a millisecond apart unless `wait` is called.
struct Conversation {
    var events: [TransportEvent] = []
    private(set) var time: Int64 = 0

    mutating func wait(milliseconds: Int64) { time += milliseconds * 1_000_000 }

    mutating func client(_ line: String) { say(line, .clientToServer) }
    mutating func server(_ line: String) { say(line, .serverToClient) }

    mutating func say(_ line: String, _ lane: Lane) {
        events.append(.bytes(Array((line + "\n").utf8)[...], on: lane, at: now))
        time += 1_000_000
    }

    mutating func lose(_ gap: (inout Gap) -> Void) {
        var lost = Gap(from: now, to: now, reason: .noSpace)
        gap(&lost)
        events.append(.gap(lost, at: now))
    }

    mutating func end(_ reason: SessionEnd.Reason = .clientClosed, _ exit: ExitStatus? = .code(0)) {
        if let exit { events.append(.exited(exit, at: now)) }
        events.append(.ended(reason, at: now))
    }

    var now: Timestamp { Timestamp(nanoseconds: time) }

    // MARK: Messages

    mutating func request(_ id: Int, _ method: String, _ params: String = "{}") {
        client(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
    }

    mutating func call(_ id: Int, _ tool: String) { request(id, "tools/call", #"{"name":"\#(tool)"}"#) }

    mutating func answer(_ id: Int, _ result: String = "{}") {
        server(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#)
    }

    mutating func fail(_ id: Int, _ code: Int) {
        server(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"no"}}"#)
    }

    mutating func cancel(_ id: Int) {
        client(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#)
    }

    mutating func list(_ id: Int, _ tools: [String]) {
        request(id, "tools/list")
        answer(id, #"{"tools":[\#(tools.map { #"{"name":"\#($0)"}"# }.joined(separator: ","))]}"#)
    }
}

/// What the meter makes of events that are committed in pieces, with a crash between any two.
struct MeteredRun {
    var description: SessionDescription
    private(set) var metrics = MetricSet()
    private(set) var meter = SessionMeter()
    private(set) var events: [RecordedEvent] = []
    private(set) var state = SessionState()
    private var budget = LabelBudget()
    private var recorder: Recorder

    init(capture: CaptureMode = .payloads, transport: SessionDescription.Transport = .stdio) {
        description = SessionDescription(id: SessionID("abcdefghjkmn"), name: "fs", transport: transport)
        description.capture = capture
        recorder = Recorder(session: description)
    }

    mutating func commit(_ events: some Sequence<TransportEvent>) {
        var recorded: [RecordedEvent] = []
        for event in events { recorder.observe(event, into: &recorded) }
        state = recorder.state
        let changes = meter.observe(
            SessionRecords(
                description: description, events: recorded, state: state, checkpoint: [],
                violations: recorder.takeViolations()))
        metrics.merge(changes.series(admittedBy: &budget))
        self.events += recorded
        // Another process goes on from what the transaction stored.
        recorder = Recorder(session: description, resuming: recorder.checkpoint())
        if let resumed = SessionMeter(checkpoint: meter.checkpoint()) { meter = resumed }
    }

    func number(_ metric: Metric, _ labels: String...) -> Int64 { metrics.number(metric, labels) }

    func operations(_ method: String, _ tool: String = "", _ error: String = "") -> HistogramValue {
        metrics.histogram("mcp_client_operation_duration_seconds", ["fs", method, tool, "", error])
    }
}

/// What was recorded, as a reader finds it.
final class RecordedSession: RecordingSource {
    let summary: SessionSummary
    private var recorded: [RecordingEntry] = []
    private var exchanges: [Int: Exchange] = [:]

    init(_ run: MeteredRun) {
        summary = SessionSummary(description: run.description, state: run.state)
        for event in run.events {
            switch event {
            case .part: continue
            case .message(let message): recorded.append(.message(message))
            case .gap(let gap): recorded.append(.gap(gap))
            case .exchange(let exchange): exchanges[exchange.number] = exchange
            }
        }
    }

    func sessions() -> [SessionSummary] { [summary] }
    func session(_ id: SessionID) -> SessionSummary? { summary }
    func exchanges(of session: SessionID, from number: Int, limit: Int) -> [Exchange] {
        exchanges.keys.sorted().filter { $0 >= number }.prefix(limit).compactMap { exchanges[$0] }
    }
    func entries(of session: SessionID, from sequence: Int64, limit: Int) -> [RecordingEntry] {
        Array(recorded.filter { $0.sequence >= sequence }.prefix(limit))
    }
    func readParts(of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void) throws {}
}
