import MCPSemantics
import Wire

@testable import Recording

/// Sessions that a seed decides, with everything that a wire can bring.
struct GeneratedSessions {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// A session with its entries; sequence numbers have holes, as in a selection.
    mutating func session(_ position: Int) -> (summary: SessionSummary, entries: [RecordingEntry]) {
        var description = SessionDescription(
            id: SessionIDText.id(from: random.next()), name: "server \(position) é\u{2028}", transport: .stdio
        )
        description.command = ["npx", "-y", "a\"b\u{1}\u{FEFF}"]
        description.tags = [.init(key: "k", value: "v\u{2029}")]
        description.startRealtime = Int64(random.below(1 << 60))
        description.startBoottime = Int64(random.below(1 << 40))
        description.bootID = "b0"
        description.host = HostProcess(processID: 7, startTicks: .max, name: "host")
        var state = SessionState()
        state.end = SessionEnd(reason: .serverExited, exit: .signal(9), time: Timestamp(nanoseconds: 5_000))
        var entries: [RecordingEntry] = []
        var sequence: Int64 = 0
        var time: Int64 = 0
        for _ in 0..<random.below(40) {
            sequence += 1 + Int64(random.below(3))
            time += Int64(random.below(3) * random.below(1_000_000))
            entries.append(random.below(12) == 0 ? gap(sequence, time) : message(sequence, time))
        }
        return (SessionSummary(description: description, state: state), entries)
    }

    private mutating func gap(_ sequence: Int64, _ time: Int64) -> RecordingEntry {
        var gap = Gap(
            from: Timestamp(nanoseconds: time), to: Timestamp(nanoseconds: time + 1_000_000),
            reason: [.journalFull, .noSpace, .journalUnavailable][random.below(3)])
        gap.clientToServer = random.below(100_000)
        gap.serverToClientLines = random.below(9)
        gap.cutLanes = random.below(2) == 0 ? [] : [.serverToClient, .standardError]
        return .gap(GapRecord(sequence: sequence, gap: gap))
    }

    private mutating func message(_ sequence: Int64, _ time: Int64) -> RecordingEntry {
        let lane = Lane.allCases[min(2, random.below(7) / 3)]
        let bytes = body()
        var message = MessageRecord(
            sequence: sequence, time: Timestamp(nanoseconds: time), lane: lane, kind: .foreign,
            body: .inline(bytes),
            size: bytes.count)
        if let direction = lane.direction {
            let digest = MessageReader.digest(of: bytes, direction: direction)
            (message.kind, message.id, message.method, message.name) =
                (digest.kind, digest.id, digest.method, digest.name)
        } else {
            message.kind = .standardError
        }
        message.hasLineFeed = random.below(9) != 0
        message.isPartial = random.below(15) == 0
        if random.below(9) == 0 {
            message.redactions = [
                Redaction(pointer: "/params/a~1\u{2028}\"", rule: "key"),
                Redaction(pointer: "", rule: "value:jwt"),
            ]
        }
        if random.below(15) == 0 {
            message.truncated = .init(sha256: (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            message.size += random.below(1 << 40)
        } else if random.below(15) == 0 {
            message.body = .omitted
        }
        return .message(message)
    }

    private mutating func body() -> ArraySlice<UInt8> {
        let texts = [
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"q":"é"}}}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#, "", "\r", "  ", "not json", "null", "1E5",
            #" { "jsonrpc" : "2.0" , "id":"x","result":{}}"# + "\r", #"[{"jsonrpc":"2.0","method":"a"}]"#,
            "{}}",
            "{\"a\":\"\u{2028}\"}", "{\"a\":\"\u{FEFF}\"}", "a\u{0}b",
            "{\"n\":123456789012345678901234567890e-999}",
            "{\"msg\":1}", "\"\\ud800\"",
            String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
            String(repeating: "[", count: 1024) + String(repeating: "]", count: 1024),
            String(repeating: "[", count: 1025) + String(repeating: "]", count: 1025), "\u{7F}\u{1B}[31m\\\"",
            #"{"id":1,"id":2,"method":"m","jsonrpc":"2.0"}"#, "\u{2029}", "}", #"{"text":"a","raw_b64":"b"}"#,
        ]
        var bytes = Array(texts[random.below(texts.count)].utf8)
        // Bytes that are no text: anywhere, also across what would be a character.
        for _ in 0..<(random.below(4) == 0 ? 1 + random.below(3) : 0) {
            let byte = UInt8(truncatingIfNeeded: random.next())
            bytes.insert(byte == 0x0A ? 0xE2 : byte, at: random.below(bytes.count + 1))
        }
        return bytes[...]
    }
}
