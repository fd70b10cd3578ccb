import MCPSemantics
import Testing
import Wire

@testable import Recording

/// Runs that end within a session. Times are seconds; a call is `from…to`, or open when it has no end.
struct RunStretchTests {
    private typealias Call = (from: Int64, to: Int64?)

    private func exchanges(_ calls: [Call]) -> [Exchange] {
        calls.enumerated().map { index, call in
            Operations.exchange(index + 1, from: call.from * 1000, to: call.to.map { $0 * 1000 })
        }
    }

    private func stretches(_ exchanges: [Exchange], length: Int64 = 100_000) -> [[Int64]] {
        let session = SampleSessions.session("a", "x", start: 0, length: length)
        var finder = BusyStretchFinder(session)
        for exchange in exchanges { finder.add(exchange) { _ in [:] } }
        return finder.stretches.map {
            [$0.span.from / SampleSessions.second, $0.span.to / SampleSessions.second, Int64($0.exchange)]
        }
    }

    /// The runs of one host's sessions, newest first.
    private func runs(
        _ sessions: [(id: String, start: Int64, length: Int64, calls: [Call])], read: inout [String]
    ) -> [Run] {
        var asked: [String] = []
        let summaries = sessions.map {
            SampleSessions.session($0.id, $0.id, start: $0.start, length: $0.length, host: 1)
        }
        let runs = Run.grouped(summaries) { summary in
            let id = summary.description.id.text
            asked.append(id)
            var finder = BusyStretchFinder(summary)
            let calls = sessions.first { $0.id == id }?.calls ?? []
            for exchange in exchanges(calls) { finder.add(exchange) { _ in [:] } }
            return finder.stretches
        }
        read = asked.sorted()
        return runs
    }

    private func text(_ runs: [Run]) -> [String] {
        runs.map { run in
            let parts = run.parts.map { part in
                let last = part.isLast ? "" : "\((part.stretch?.exchanges.upperBound ?? 0) - 1)"
                return part.isWhole
                    ? part.session.description.name
                    : "\(part.session.description.name) \(part.stretch?.exchanges.lowerBound ?? 0)-\(last)"
            }
            return "\(run.id): \(parts.joined(separator: ", "))"
        }
    }

    @Test func `ten silent minutes end a stretch, a second less does not`() {
        #expect(stretches(exchanges([(1, 2), (602, 603)])) == [[0, 2, 1], [602, 603, 2]])
        #expect(stretches(exchanges([(1, 2), (601, 603)])) == [[0, 603, 1]])
    }

    @Test func `what is in flight ends nothing, however long it is`() {
        #expect(stretches(exchanges([(1, 5000), (5100, 5101)])) == [[0, 5101, 1]])
        #expect(stretches(exchanges([(1, nil), (5100, 5101)])) == [[0, 100_000, 1]])
        // The first of two that overlap ends later.
        #expect(stretches(exchanges([(1, 2000), (2, 3), (2500, 2501)])) == [[0, 2501, 1]])
        // A server's own request is in flight as well.
        let asked = Operations.exchange(
            2, "elicitation/create", from: 3_000, to: 900_000, asker: .serverToClient)
        let calls = [Operations.exchange(1, from: 1_000, to: 2_000), asked]
        #expect(stretches(calls + [Operations.exchange(3, from: 1_000_000, to: 1_001_000)]).count == 1)
    }

    @Test func `a begin that waits for its client is one with what follows`() {
        #expect(stretches(exchanges([(3000, 3001)])) == [[0, 3001, 1]])
        let handshake = Operations.exchange(1, "initialize", from: 2_000_000, to: 2_001_000)
        let late = Operations.exchange(2, from: 4_000_000, to: 4_001_000)
        #expect(stretches([handshake, late]) == [[0, 4001, 1]])
        let later = Operations.exchange(3, from: 6_000_000, to: 6_001_000)
        #expect(stretches([handshake, late, later]) == [[0, 4001, 1], [6000, 6001, 3]])
    }

    @Test func `what is open as long as the client likes is not in flight`() {
        let listen = Operations.exchange(2, "subscriptions/listen", from: 2_000, to: nil)
        let calls = [Operations.exchange(1, from: 1_000, to: 2_000), listen]
        #expect(
            stretches(calls + [Operations.exchange(3, from: 700_000, to: 701_000)]) == [
                [0, 2, 1], [700, 701, 3],
            ])
    }

    @Test func `the rounds of one operation are one stretch`() {
        let first = Operations.exchange(1, from: 1_000, to: 2_000, chain: 1, result: "input_required")
        let second = Operations.exchange(2, from: 900_000, to: 901_000, chain: 1)
        #expect(stretches([first, second]) == [[0, 901, 1]])
    }

    @Test func `a call is in flight until it is cancelled, which is asked for once, where it matters`() {
        let session = SampleSessions.session("a", "x", start: 0, length: 100_000)
        let cancelled = Operations.exchange(1, from: 1_000, to: nil, outcome: .cancelled)
        for (time, count) in [(Int64(1_900_000), 1), (2_000, 2)] {
            var finder = BusyStretchFinder(session)
            var asked: [Int] = []
            for exchange in [cancelled] + exchanges([(0, 0), (100, 101), (2000, 2001), (4000, 4001)])[1...] {
                finder.add(exchange) { first in
                    asked.append(first.number)
                    return [1: Operations.time(time)]
                }
            }
            #expect(asked == [1])
            #expect(finder.stretches.count == count + 1)
            #expect(finder.stretches.map(\.exchanges) == (count == 1 ? [3, 1] : [2, 1, 1]))
        }
    }

    @Test func `a silent session is in two runs, each with its part`() {
        var read: [String] = []
        let all = runs(
            [("a", 0, 8000, [(1, 2), (10, 11), (7200, 7201), (7205, 7206)])], read: &read)
        #expect(text(all) == ["a.120: a 3-", "a: a 1-2"])
        #expect(all.map(\.exchanges) == [2, 2])
        #expect(all.map { $0.duration / SampleSessions.second } == [6, 11])
        #expect(all[0].start - all[1].start == 7200 * SampleSessions.second)
        // The newest event is within ten minutes of the last call.
        var open = runs([("a", 0, 7300, [(1, 2), (7200, 7201)])], read: &read)
        #expect(open.map { $0.duration / SampleSessions.second } == [100, 2])
        // An id stays what it is when more comes.
        open = runs(
            [
                ("a", 0, 90_000, [(1, 2), (7200, 7201), (80_000, 80_001)]), ("b", 7300, 1, []),
                ("c", 80_000, 1, []),
            ], read: &read)
        #expect(text(open) == ["a.1333: a 3-, c", "a.120: a 2-2, b", "a: a 1-1"])
    }

    @Test func `sessions that cover each other are one run, and nothing of them is read that needs not be`() {
        var read: [String] = []
        let covered = runs(
            [("a", 0, 1500, [(1, 2), (1000, 1001)]), ("b", 0, 1500, [(1, 2), (500, 501)])], read: &read)
        #expect(text(covered) == ["a: a, b"])
        #expect(read == ["a", "b"])
        let many = (0..<20).map { ("\($0 + 10)", Int64($0) * 500, Int64(5), [Call]()) }
        let one = runs([("a", 0, 9800, [(1, 2), (9700, 9701)])] + many, read: &read)
        #expect(one.count == 1 && read.isEmpty)
        // What is silent for sure is cut without reading anything.
        #expect(text(runs([("a", 0, 60, []), ("b", 700, 60, [])], read: &read)) == ["b: b", "a: a"])
        #expect(read.isEmpty)
        // Nine minutes after the newest event, but more than ten after the last call.
        let idle = runs([("a", 0, 300, [(1, 2)]), ("b", 840, 60, [])], read: &read)
        #expect(text(idle) == ["b: b", "a: a"])
        #expect(read == ["a"])
        #expect(text(runs([("a", 0, 300, [(1, 299)]), ("b", 840, 60, [])], read: &read)) == ["a: a, b"])
    }

    @Test func `who works first after a silence gives the run its id`() {
        var read: [String] = []
        let all = runs(
            [
                ("a", 0, 9000, [(1, 2), (5100, 5101)]), ("b", 10, 20, []), ("c", 5000, 1, []),
                ("d", 20, 9000, [(1, 2), (8000, 8001)]),
            ], read: &read)
        #expect(text(all) == ["d.133: d 2-", "c: a 2-, c", "a: a 1-1, b, d 1-1"])
        #expect(all[1].start == all[1].parts[1].start)
    }

    @Test func `a name joins what is silent for hours`() {
        let session = SampleSessions.session("a", "x", start: 0, length: 9000, run: "n")
        let runs = Run.grouped([session]) { _ in [BusyStretch(to: 1), BusyStretch(to: 2)] }
        #expect(runs == [Run(id: "n", parts: [Run.Part(session)], rules: [.named])])
    }

    @Test func `each way to name a run finds its stretch`() throws {
        let session = SampleSessions.session("7k2f00000000", "x", start: 0, length: 8000)
        func found(_ word: String) throws -> String? {
            let resolution = try RecordingReference(parsing: word).resolve(among: [session]) { summary in
                var finder = BusyStretchFinder(summary)
                for exchange in exchanges([(1, 2), (7200, 7201)]) { finder.add(exchange) { _ in [:] } }
                return finder.stretches
            }
            guard case .found(_, .run(let run)) = resolution else { return nil }
            return run.id
        }
        #expect(try found("run:7k2f00000000") == "7k2f00000000")
        #expect(try found("run:7k2f") == "7k2f00000000")
        #expect(try found("run:last") == "7k2f00000000.120")
        #expect(try found("run:7k2f00000000.120") == "7k2f00000000.120")
        #expect(try found("run:7k.120") == "7k2f00000000.120")
        #expect(try found("run:7k.12") == nil)
    }

    @Test func `a run's object says which part of a session it is`() {
        var read: [String] = []
        let all = runs([("a", 0, 8000, [(1, 2), (7200, 7201), (7205, 7206)])], read: &read)
        let texts = all.map { run in
            var json = JSONWriter()
            json.run(run)
            return String(decoding: json.bytes, as: UTF8.self)
        }
        #expect(
            texts[0].hasSuffix(
                #""parts":[{"session":"a","from_us":7200000000,"to_us":7206000000,"first":2}]}"#))
        #expect(
            texts[1].hasSuffix(
                #""parts":[{"session":"a","from_us":0,"to_us":2000000,"first":1,"last":1}]}"#))
    }

    @Test func `a stretch has its own time, and start-up is the first one's`() {
        var read: [String] = []
        let all = runs([("a", 0, 8000, [(5, 7), (7200, 7201), (7204, 7206)])], read: &read)
        let breakdowns = all.map { RunBreakdown([SessionActivity($0.parts[0])]) }
        #expect(breakdowns.map { $0.total / SampleSessions.second } == [6, 7])
        #expect(breakdowns.map(\.silences) == [0, 0])
    }
}
