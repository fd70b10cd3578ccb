import MCPSemantics
import Recording

@testable import Replay

/// A replay engine in virtual time: what the client says at which millisecond, and what comes back when.
struct TimedMock {
    private(set) var engine: ReplayEngine
    private(set) var heard: [String] = []

    /// A transcript line is the millisecond, `c` or `s`, and the message.
    static func script(_ transcript: String) throws -> ReplayScript {
        var lines = [#"{"mcptape":1,"sessions":[{"id":"s1","name":"timed"}]}"#]
        for line in transcript.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            let (direction, time) = (parts[1] == "c" ? "c2s" : "s2c", (Int(parts[0]) ?? 0) * 1000)
            lines.append(
                #"{"seq":\#(lines.count),"t":\#(time),"dir":"\#(direction)","msg":\#(parts[2])}"#)
        }
        let file = try FileRecording(bytes: Array((lines.joined(separator: "\n") + "\n").utf8))
        return try ReplayScript(reading: file, session: SessionID("s1"), name: "timed.jsonl")
    }

    init(_ transcript: String, _ timing: ReplayTiming = ReplayTiming(speed: 1)) throws {
        engine = ReplayEngine(script: try Self.script(transcript), timing: timing)
        take(engine.start(at: .zero), at: .zero)
    }

    private static func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: milliseconds * 1_000_000)
    }

    /// The client says `line` at `milliseconds`.
    mutating func says(_ line: String, at milliseconds: Int64) {
        waits(until: milliseconds)
        take(engine.received(Array(line.utf8)[...], at: Self.at(milliseconds)), at: Self.at(milliseconds))
    }

    /// Time goes on, as a transport lets it: to each moment at which something is due.
    mutating func waits(until milliseconds: Int64 = .max / 1_000_000) {
        while let due = engine.nextDue, due <= Self.at(milliseconds) {
            take(engine.advance(to: due), at: due)
        }
    }

    mutating func endsInput() { engine.inputEnded() }

    mutating func goes(at milliseconds: Int64) { engine.clientClosed(at: Self.at(milliseconds)) }

    private mutating func take(_ actions: [ReplayAction], at time: Timestamp) {
        for action in actions {
            guard case .send(let message) = action else { continue }
            heard.append("\(time.nanoseconds / 1_000_000) \(String(decoding: message.bytes, as: UTF8.self))")
        }
    }
}
