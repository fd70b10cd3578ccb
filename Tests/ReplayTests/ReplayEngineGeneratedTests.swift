import Testing

@testable import Replay

/// record(replay(R)) = R modulo ids, tokens, times and the order between independent exchanges.
///
/// Answers come at once in a replay, so fewer exchanges are in flight than there were. A server's request
/// whose parent was unknown for that reason may have a known one in the second recording: such conversations
/// are compared message by message, but not by what hangs on what.
@Suite struct ReplayEngineGeneratedTests {
    /// What each message of the client brings about: for each cue its steps, messages by their own number.
    private func flows(_ transcript: String) throws -> [[String]] {
        let session = RecordedSession(transcript)
        let script = try ReplayScript(reading: session, session: session.id, name: "R")
        return script.cues.map { cue in
            cue.steps.map { step in
                switch step {
                case .send(let line):
                    "\(line.role.word) \(Self.number(of: String(decoding: line.text, as: UTF8.self)))"
                case .awaitAnswer: "awaits an answer"
                case .awaitCancellation: "awaits the cancellation"
                }
            }
        }
    }

    private static func number(of text: String) -> String {
        String(text.split(separator: "\"n\":").last?.prefix { $0.isNumber } ?? "?")
    }

    @Test(arguments: 1...100) func `replays to itself under other ids and tokens`(seed: UInt64) throws {
        let conversation = GeneratedConversation(seed: seed)
        let recorded = conversation.transcript(.counted)
        for numbering in GeneratedConversation.Numbering.allCases {
            var mock = try Mock(recorded)
            var live = mock.greeting.map { "s " + $0 }
            for line in conversation.lines where line.isClient {
                let text = GeneratedConversation.written(line.template, numbering)
                live.append("c " + text)
                live += mock.hears(text).map { "s " + $0 }
            }
            mock.loses()
            let expected = conversation.transcript(numbering).split(separator: "\n").map(String.init)
            #expect(live.sorted() == expected.sorted(), "seed \(seed), \(numbering)")
            #expect(mock.report.missCount == 0)
            #expect(mock.report.divergences == [])
            #expect(mock.report.repeats == [])
            #expect(mock.report.neverAsked == [])
            guard conversation.hasKnownParents else { continue }
            #expect(
                try flows(live.joined(separator: "\n")) == flows(recorded), "seed \(seed), \(numbering)")
        }
    }

    @Test(arguments: 1...50) func `never traps on a client that says the recording's lines in disorder`(
        seed: UInt64
    ) throws {
        let conversation = GeneratedConversation(seed: seed)
        var mock = try Mock(conversation.transcript(.counted))
        var random = SplitMix(state: seed)
        let lines = conversation.lines.map { GeneratedConversation.written($0.template, .counted) }
        for _ in 0..<200 {
            // Either side's lines, whole or cut.
            var line = lines[random.below(lines.count)]
            if random.below(4) == 0 { line = String(line.prefix(random.below(line.count + 1))) }
            _ = mock.hears(line)
        }
        mock.loses()
    }
}

extension ServerLine.Role {
    fileprivate var word: String {
        switch self {
        case .answer: "answer"
        case .subscriptionEnd: "subscription end"
        case .progress: "progress"
        case .request: "request"
        case .other: "other"
        }
    }
}
