import MCPSemantics
import Recording
import Wire

@testable import Replay

/// A replay engine spoken to in text: a client line in, the lines that come back out.
struct Mock {
    var engine: ReplayEngine
    /// What was sent before the client spoke.
    let greeting: [String]
    private(set) var misses: [NearestMiss] = []
    private(set) var divergences: [Divergence] = []
    private(set) var forwarded: [ForwardedMessage] = []
    private var time: Int64 = 0

    var report: ReplayReport { engine.report }

    init(
        _ session: RecordedSession, name: String = "demo.jsonl", rules: MatchRules = MatchRules()
    ) throws {
        try self.init(session, of: session.id, name: name, rules: rules)
    }

    init(
        _ source: any RecordingSource, of session: SessionID, name: String = "demo.jsonl",
        rules: MatchRules = MatchRules(), key: [UInt8]? = nil
    ) throws {
        let script = try ReplayScript(reading: source, session: session, name: name)
        engine = ReplayEngine(script: script, rules: rules, key: key)
        greeting = engine.start(at: .zero).compactMap(Self.line)
    }

    init(
        _ transcript: String, end: SessionEnd.Reason? = .clientClosed, rules: MatchRules = MatchRules()
    ) throws {
        try self.init(RecordedSession(transcript, end: end), rules: rules)
    }

    /// What comes back when the client says `line`.
    mutating func hears(_ line: String) -> [String] {
        time += 1_000_000
        return taken(engine.received(Array(line.utf8)[...], at: Timestamp(nanoseconds: time)))
    }

    /// The client goes; the report is complete.
    @discardableResult
    mutating func loses() -> [String] { taken(engine.clientClosed(at: Timestamp(nanoseconds: time))) }

    private mutating func taken(_ actions: [ReplayAction]) -> [String] {
        for action in actions {
            switch action {
            case .send: break
            case .forward(let message): forwarded.append(message)
            case .missed(let miss): misses.append(miss)
            case .diverged(let divergence): divergences.append(divergence)
            }
        }
        return actions.compactMap(Self.line)
    }

    private static func line(_ action: ReplayAction) -> String? {
        if case .send(let message) = action { return String(decoding: message.bytes, as: UTF8.self) }
        return nil
    }
}
