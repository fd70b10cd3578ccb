import MCPSemantics
import Recording
import Testing

@testable import Replay

/// A script that is read as far as the client has come: nobody can tell.
struct LateScriptTests {
    private static let rules: [MatchRules] = MatchRules.Repeats.allCases.map { repeats in
        var rules = MatchRules()
        rules.repeats = repeats
        rules.misses = repeats == .loop ? .nearest : .error
        rules.facets = repeats == .once ? ["name", "uri"] : nil
        return rules
    }

    private func whole(_ bytes: [UInt8], _ rules: MatchRules) throws -> ReplayEngine {
        let file = try FileRecording(bytes: bytes)
        let id = try #require(file.sessions().first).description.id
        return ReplayEngine(script: try ReplayScript(reading: file, session: id, name: "F"), rules: rules)
    }

    private func late(_ bytes: [UInt8], _ rules: MatchRules, pieceSize: Int) throws -> ReplayEngine? {
        guard let session = try GrowingSession(bytes: bytes) else { return nil }
        return ReplayEngine(
            late: try LateScript(reading: session, name: "F", pieceSize: pieceSize), rules: rules)
    }

    /// What a client says that knows the recording and does not keep to it.
    private func said(_ file: GeneratedFile, seed: UInt64) -> [String] {
        var random = SplitMix(state: seed)
        var lines: [String] = []
        var place = 0
        while place < file.client.count {
            var line = file.client[place]
            switch random.below(12) {
            case 0: line = file.client[random.below(file.client.count)]
            case 1: line = line.replacing("\"a\":", with: "\"b\":")
            case 2: line = line.replacing("\"method\":\"own/", with: "\"method\":\"unknown/")
            case 3: line = String(line.prefix(random.below(line.count + 1)))
            case 4: place += random.below(8)
            case 5: place = max(0, place - random.below(6))
            default: break
            }
            lines.append(line)
            place += 1
            if lines.count > 3 * file.client.count { break }
        }
        return lines
    }

    /// Answers whether there was a late script.
    private func compare(_ file: GeneratedFile, seed: UInt64, _ rules: MatchRules) throws -> Bool {
        let pieceSize = 1 + Int(seed % 7)
        guard var late = try late(file.bytes, rules, pieceSize: pieceSize) else { return false }
        var whole = try whole(file.bytes, rules)
        #expect(late.era == whole.era, "seed \(seed)")
        #expect(late.index.methods == whole.index.methods, "seed \(seed)")
        #expect(late.start(at: .zero) == whole.start(at: .zero), "seed \(seed)")
        for (place, line) in said(file, seed: seed).enumerated() {
            let time = Timestamp(nanoseconds: Int64(place))
            let text = Array(line.utf8)[...]
            let expected = whole.received(text, at: time)
            #expect(late.received(text, at: time) == expected, "seed \(seed), line \(place): \(line)")
        }
        let end = Timestamp(nanoseconds: 1 << 30)
        #expect(late.clientClosed(at: end) == whole.clientClosed(at: end), "seed \(seed)")
        #expect(late.report == whole.report, "seed \(seed)")
        return true
    }

    @Test(arguments: rules) func `the same conversation gives the same actions and report`(
        rules: MatchRules
    ) throws {
        for seed: UInt64 in 1...60 {
            #expect(try compare(GeneratedFile(seed: seed), seed: seed, rules), "seed \(seed)")
        }
    }

    @Test(arguments: rules) func `so it does where requests stay open and chains go on`(
        rules: MatchRules
    ) throws {
        var count = 0
        for seed: UInt64 in 101...160 {
            let file = GeneratedFile(seed: seed, oddities: .open)
            if try compare(file, seed: seed, rules) { count += 1 }
        }
        #expect(count >= 30)
    }

    @Test func `so it does where anything at all may be in the file`() throws {
        var count = 0
        for seed: UInt64 in 201...500 {
            let file = GeneratedFile(seed: seed, rounds: 12, oddities: [.open, .whole])
            if try compare(file, seed: seed, MatchRules()) { count += 1 }
        }
        #expect(count > 50 && count < 300)
    }

    @Test func `a client that keeps to the recording has it read line by line`() throws {
        let file = GeneratedFile(seed: 3, rounds: 200)
        var engine = try #require(try late(file.bytes, MatchRules(), pieceSize: 1))
        var read: [Int] = []
        for line in file.client {
            _ = engine.received(Array(line.utf8)[...], at: .zero)
            read.append(engine.script.cues.count)
        }
        let half = read[read.count / 2]
        #expect(read[0] < 10 && half > file.client.count / 3 && half < file.client.count * 2 / 3)
    }

    @Test func `what was never asked for is listed when it is wanted`() throws {
        let file = GeneratedFile(seed: 5)
        let session = try #require(try GrowingSession(bytes: file.bytes))
        let script = try LateScript(reading: session, name: "F", pieceSize: 1)
        func left(_ policy: ReplayEngine.NeverAsked, asking line: String) -> Int {
            var engine = ReplayEngine(late: script, neverAsked: policy)
            _ = engine.received(Array(line.utf8)[...], at: .zero)
            engine.clientClosed(at: .zero)
            return engine.report.neverAsked.count
        }
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        let miss = #"{"jsonrpc":"2.0","id":1,"method":"own/nothing"}"#
        let count = left(.always, asking: ping)
        #expect(count > 10)
        #expect(left(.withFindings, asking: miss) == count)
        #expect(left(.withFindings, asking: ping) == 0)
        #expect(left(.never, asking: miss) == 0)
    }

    @Test func `a method that is nowhere costs no reading`() throws {
        let file = GeneratedFile(seed: 5, rounds: 100)
        var engine = try #require(try late(file.bytes, MatchRules(), pieceSize: 1))
        let known = engine.script.cues.count
        _ = engine.received(Array(#"{"jsonrpc":"2.0","id":1,"method":"own/nothing"}"#.utf8)[...], at: .zero)
        let note = #"{"jsonrpc":"2.0","method":"notifications/own/nothing"}"#
        _ = engine.received(Array(note.utf8)[...], at: .zero)
        #expect(engine.report.missCount == 1)
        #expect(engine.script.cues.count == known)
    }
}
