import MCPSemantics
import Recording
import Testing

@testable import Replay

/// A verification whose server the test plays, in virtual time.
struct VerifyStage {
    private(set) var engine: VerifyEngine
    /// Nanoseconds.
    var time: Int64 = 0
    private(set) var cancelled: [String] = []

    init(_ transcript: String, _ change: (inout VerifyRules) -> Void = { _ in }) throws {
        try self.init(RecordedSession(transcript), change)
    }

    init(_ session: RecordedSession, _ change: (inout VerifyRules) -> Void = { _ in }) throws {
        var rules = VerifyRules()
        rules.allowsWrites = true
        change(&rules)
        engine = VerifyEngine(
            try VerifyPlan(reading: session, session: session.id, name: "demo.jsonl"), rules: rules)
    }

    /// Everything may be sent.
    init(_ plan: VerifyPlan) {
        var rules = VerifyRules()
        rules.allowsWrites = true
        engine = VerifyEngine(plan, rules: rules)
    }

    mutating func begins() -> [String] { taken(engine.start(at: time)) }

    /// The server says `line`; what is sent because of it.
    mutating func hears(_ line: String) -> [String] {
        taken(engine.received(.message(LiveMessage(Array(line.utf8)[...], time: time)), at: time))
    }

    mutating func hears(_ event: LiveEvent) -> [String] { taken(engine.received(event, at: time)) }

    /// Time passes until something is due; false: nothing ever is.
    mutating func waits() -> [String]? {
        guard let due = engine.nextDeadline else { return nil }
        time = max(time, due)
        return taken(engine.passed(at: time))
    }

    mutating func report() -> VerifyReport { engine.report(server: "server") }

    /// Each finding as the exchange, the kind and the place.
    mutating func found() -> [String] {
        report().findings.map {
            "\($0.exchange.map { "#\($0) " } ?? "")\($0.difference.kind.rawValue) \($0.difference.pointer)"
        }
    }

    private mutating func taken(_ actions: [VerifyEngine.Action]) -> [String] {
        var lines: [String] = []
        for action in actions {
            switch action {
            case .send(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
            case .cancel(let id): cancelled.append(id.text)
            }
        }
        return lines
    }

    static func request(_ id: Int, _ method: String, _ params: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
    }

    static func call(_ id: Int, _ tool: String, _ arguments: String = "{}") -> String {
        request(id, "tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)}"#)
    }

    static func result(_ id: Int, _ result: String = "{}") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
    }

    static func error(_ id: Int, _ code: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"m"}}"#
    }
}
