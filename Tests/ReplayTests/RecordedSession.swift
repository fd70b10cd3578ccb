import MCPSemantics
import Recording
import Wire

/// A session made from a transcript through the real tracker, as a source that a script is read from.
///
/// A transcript has one line a message: `c ` before what the client sent, `s ` before what the server sent,
/// `e ` for standard error, `gap` for a gap that lost server bytes. Blank lines are skipped.
final class RecordedSession: RecordingSource {
    let id = SessionID("abcdefghjkmn")
    private(set) var summary: SessionSummary
    private(set) var entries: [RecordingEntry] = []
    private(set) var exchanges: [Exchange] = []

    private var parts: [[ArraySlice<UInt8>]] = []
    private let partSize: Int?
    private let lostParts: Int

    /// With `partSize`, messages are kept in parts of that size, less the last `lostParts` of each.
    init(
        _ transcript: String, end: SessionEnd.Reason? = .clientClosed, capture: CaptureMode = .payloads,
        messageLimit: Int = SessionDescription.defaultMessageLimit, partSize: Int? = nil, lostParts: Int = 0
    ) {
        self.partSize = partSize
        self.lostParts = lostParts
        var description = SessionDescription(id: id, name: "test", transport: .stdio)
        description.capture = capture
        var state = SessionState()
        state.end = end.map { SessionEnd(reason: $0, time: .zero) }
        summary = SessionSummary(description: description, state: state, isLive: end == nil)
        var tracker = ExchangeTracker()
        var byNumber: [Int: Exchange] = [:]
        for line in transcript.split(separator: "\n") {
            let text = line.drop { $0 == " " }
            let bytes = Array(text.dropFirst(2).utf8)[...]
            switch text.prefix(2) {
            case "c ": add(bytes, .clientToServer, messageLimit, &tracker, &byNumber)
            case "s ": add(bytes, .serverToClient, messageLimit, &tracker, &byNumber)
            case "e ": add(bytes, .standardError, messageLimit, &tracker, &byNumber)
            case "ga":
                var gap = Gap(from: now, to: now, reason: .noSpace)
                gap.serverToClient = 100
                entries.append(.gap(GapRecord(sequence: next, gap: gap)))
            default: fatalError("a transcript line begins with c, s, e or gap: \(text)")
            }
        }
        exchanges = byNumber.values.sorted { $0.number < $1.number }
    }

    private var next: Int64 { Int64(entries.count + 1) }
    private var now: Timestamp { Timestamp(nanoseconds: next * 1_000_000) }

    private func add(
        _ bytes: ArraySlice<UInt8>, _ lane: Lane, _ limit: Int, _ tracker: inout ExchangeTracker,
        _ byNumber: inout [Int: Exchange]
    ) {
        let kept = bytes.prefix(limit)
        var record = MessageRecord(
            sequence: next, time: now, lane: lane, kind: .standardError, body: .inline(kept),
            size: bytes.count)
        if bytes.count > limit { record.truncated = .init(sha256: Array(repeating: 0, count: 32)) }
        if let direction = lane.direction {
            let digest = MessageReader.digest(of: bytes, direction: direction)
            let seen = tracker.observe(
                digest, direction: direction, sequence: next, time: now, size: bytes.count)
            for exchange in seen.changed { byNumber[exchange.number] = exchange }
            record.kind = digest.kind
            record.id = digest.id
            record.method = digest.method
            record.name = digest.name
            record.exchange = seen.exchange
        }
        if summary.description.capture != .payloads { record.body = .omitted }
        if let partSize, lane != .standardError {
            var rest = bytes
            var pieces: [ArraySlice<UInt8>] = []
            while !rest.isEmpty {
                pieces.append(rest.prefix(partSize))
                rest = rest.dropFirst(partSize)
            }
            parts.append(pieces.dropLast(lostParts))
            record.body = .parts(body: parts.count, count: pieces.count)
        }
        entries.append(.message(record))
    }

    func sessions() throws(SourceFailure) -> [SessionSummary] { [summary] }

    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? { id == self.id ? summary : nil }

    func exchanges(of session: SessionID, from number: Int, limit: Int) throws(SourceFailure) -> [Exchange] {
        Array(exchanges.filter { $0.number >= number }.prefix(limit))
    }

    func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] {
        Array(entries.filter { $0.sequence >= sequence }.prefix(limit))
    }

    func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        for part in parts[body - 1] { try receive(part) }
    }
}
