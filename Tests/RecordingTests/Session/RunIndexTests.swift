import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RunIndexTests {
    /// A session that shares with others a run, a host, a trace, or a client, or nothing.
    private func session(_ id: Int, _ random: inout SeededRandom) -> SessionSummary {
        let kind = Int.random(in: 0..<6, using: &random)
        var session = SampleSessions.session(
            "s\(id)", "x", start: Int64.random(in: 0..<40, using: &random) * 120,
            length: Int64.random(in: 0..<900, using: &random),
            run: kind == 0 ? "run\(Int.random(in: 0..<3, using: &random))" : nil,
            host: kind == 1 || kind == 2 ? Int32.random(in: 1..<4, using: &random) : nil)
        if kind == 2 || kind == 3 { session.state.note(trace: "t\(random.below(3))") }
        if kind == 4 {
            session.description.transport = .http
            session.state.clientAddress = "10.0.0.\(Int.random(in: 1..<3, using: &random))"
            var client = Handshake(speaker: .clientToServer)
            client.peer = PeerInfo(name: "c", version: "1")
            session.state.client = client
        }
        if Bool.random(using: &random) { session.description.bootID = "another boot" }
        return session
    }

    /// Long sessions pause in the middle.
    private func busy(_ session: SessionSummary) -> [BusyStretch]? {
        let end = session.state.lastTime.nanoseconds
        guard end > 700 * SampleSessions.second else { return nil }
        var later = BusyStretch(to: end)
        later.span.from = 650 * SampleSessions.second
        (later.exchange, later.sequence) = (2, 3)
        return [BusyStretch(to: SampleSessions.second), later]
    }

    @Test(arguments: 1...20)
    func `runs are those of all sessions, whatever came, changed and went`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var index = RunIndex()
        var known: [Int: SessionSummary] = [:]
        for _ in 0..<40 {
            var changed: [SessionSummary] = []
            for _ in 0..<Int.random(in: 0..<6, using: &random) {
                let id = Int.random(in: 0..<60, using: &random)
                guard !changed.contains(where: { $0.description.id.text == "s\(id)" }) else { continue }
                let session = session(id, &random)
                known[id] = session
                changed.append(session)
            }
            let gone = known.keys.sorted().filter { id in
                Int.random(in: 0..<30, using: &random) == 0
                    && !changed.contains { $0.description.id.text == "s\(id)" }
            }
            for id in gone { known[id] = nil }
            index.update(changed, removing: gone.map { SessionID("s\($0)") }, busy: busy)
            #expect(index.newestFirst() == Run.newestFirst(Run.grouped(Array(known.values), busy: busy)))
            #expect(index.count == known.count)
        }
    }
}
