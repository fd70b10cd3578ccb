import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RunBreakdownTests {
    /// `length` in milliseconds, `start` in seconds.
    private func session(_ id: String, _ name: String, start: Int64, length: Int64) -> SessionSummary {
        var session = SampleSessions.session(id, name, start: start)
        session.state.lastTime = Operations.time(length)
        return session
    }

    private func milliseconds(_ breakdown: RunBreakdown) -> [Int64] {
        [
            breakdown.total, breakdown.outside, breakdown.inServers, breakdown.person, breakdown.model,
            breakdown.client, breakdown.startUp,
        ].map { $0 / 1_000_000 }
    }

    @Test func `every instant belongs to one part`() {
        let handshake = Operations.exchange(1, "initialize", from: 200, to: 1_000)
        let one = Operations.activity(
            session("aaaa", "github", start: 0, length: 10_000),
            [
                handshake, Operations.exchange(2, "tools/call", "search_code", from: 2_000, to: 6_000),
                Operations.exchange(
                    3, "elicitation/create", from: 3_000, to: 5_000, asker: .serverToClient, parent: 2),
            ])
        let two = Operations.activity(
            session("bbbb", "fs", start: 1, length: 8_000),
            [
                Operations.exchange(1, "initialize", from: 0, to: 500),
                Operations.exchange(2, "tools/call", "read", from: 3_000, to: 5_000),
                Operations.exchange(
                    3, "sampling/createMessage", from: 4_500, to: 4_750, asker: .serverToClient, parent: 2),
                Operations.exchange(4, "subscriptions/listen", from: 5_500, to: nil),
            ])
        let breakdown = RunBreakdown([one, two])
        // github works 2 to 3 and 5 to 6, fs 4 to 5.5 and 5.75 to 6; where both do they share.
        #expect(milliseconds(breakdown) == [10_000, 4_500, 3_000, 1_000, 0, 0, 1_500])
        #expect(breakdown.servers.map(\.name) == ["fs", "github"])
        #expect(breakdown.servers.map { $0.time / 1_000_000 } == [1_375, 1_625])
        #expect(
            breakdown.text
                == "10.0 s = 4.5 outside MCP (model, host, user) + 3.0 in servers (github 1.6, fs 1.4) + "
                + "1.0 waiting for a person + 1.5 start-up; longest: github #2 search_code 4.00 s")
        #expect(breakdown.notes.isEmpty)
    }

    @Test func `the parts agree with looking at each millisecond`() {
        var random = SeededRandom(seed: 11)
        for round in 0..<40 {
            var sessions: [SessionActivity] = []
            var owners = Array(repeating: Set<String>(), count: 3_000)
            for place in 0..<Int.random(in: 1...3, using: &random) {
                let name = ["a", "b", "c"][place]
                var exchanges: [Exchange] = []
                var from: Int64 = 0
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    from += Int64.random(in: 0...300, using: &random)
                    let to = from + Int64.random(in: 0...400, using: &random)
                    exchanges.append(Operations.exchange(exchanges.count + 2, from: from, to: to))
                    for instant in Int(from)..<Int(to) { owners[instant].insert(name) }
                }
                // A first exchange at zero, so that there is no start-up.
                exchanges.insert(Operations.exchange(1, from: 0, to: 0), at: 0)
                sessions.append(
                    Operations.activity(session("s\(place)", name, start: 0, length: 3_000), exchanges))
            }
            let breakdown = RunBreakdown(sessions)
            let busy = owners.count { !$0.isEmpty }
            #expect(breakdown.total == 3_000_000_000, "round \(round)")
            #expect(breakdown.inServers == Int64(busy) * 1_000_000, "round \(round)")
            for share in breakdown.servers {
                let exact = owners.reduce(0.0) {
                    $0 + ($1.contains(share.name) ? 1_000_000 / Double($1.count) : 0)
                }
                #expect(abs(Double(share.time) - exact) < 100, "round \(round) \(share)")
            }
        }
    }

    @Test func `start-up is from the begin to the answer to the handshakes that a client begins with`() {
        func startUp(_ exchanges: [Exchange], length: Int64 = 1_000) -> [Int64] {
            let one = Operations.activity(session("a", "x", start: 0, length: length), exchanges)
            let breakdown = RunBreakdown([one])
            return [breakdown.startUp, breakdown.inServers, breakdown.outside].map { $0 / 1_000_000 }
        }
        let call = Operations.exchange(4, from: 500, to: 600)
        let discover = Operations.exchange(1, "server/discover", from: 100, to: 150, outcome: .error)
        let initialize = Operations.exchange(2, "initialize", from: 160, to: 300)
        #expect(startUp([discover, call]) == [150, 100, 750])
        #expect(startUp([discover, initialize, call]) == [300, 100, 600])
        // A later one is work, and without any it ends when the client first asks for something.
        let again = Operations.exchange(5, "server/discover", from: 700, to: 710)
        #expect(startUp([discover, call, again]) == [150, 110, 740])
        #expect(startUp([call]) == [500, 100, 400])
        #expect(startUp([Operations.exchange(1, "initialize", from: 10, to: nil)]) == [1_000, 0, 0])
        #expect(startUp([]) == [0, 0, 1_000])
    }

    @Test func `ten minutes with nothing in flight are no part of it`() {
        let one = Operations.activity(
            session("a", "x", start: 0, length: 2_000_000),
            [
                Operations.exchange(1, from: 0, to: 1_000),
                Operations.exchange(2, from: 601_001, to: 602_000),
                Operations.exchange(3, from: 1_201_999, to: 1_202_000),
            ])
        // A session that ends within a silence does not cut it.
        let two = Operations.activity(session("b", "y", start: 0, length: 300_000), [])
        let breakdown = RunBreakdown([one, two])
        #expect(breakdown.silences == 2)
        #expect(breakdown.silence / 1_000_000 == 600_001 + 798_000)
        #expect(milliseconds(breakdown).prefix(3) == [2_000 + 599_999, 599_999, 2_000])
        #expect(
            breakdown.notes == [
                "left out: 2 stretches of 10 minutes or more with nothing in flight, 23 m 18 s together"
            ])
    }

    @Test func `sessions of two boots are laid by the wall clock`() {
        let first = session("a", "x", start: 0, length: 100)
        var second = session("b", "y", start: 0, length: 100)
        second.description.bootID = "another"
        second.description.startRealtime += 1_000_000_000
        let call = [Operations.exchange(1, from: 0, to: 100)]
        let breakdown = RunBreakdown([Operations.activity(first, call), Operations.activity(second, call)])
        #expect(!breakdown.isOnOneClock)
        #expect(milliseconds(breakdown).prefix(3) == [1_100, 900, 200])
        #expect(breakdown.notes.count == 1)
        second.description.bootID = "boot"
        let same = RunBreakdown([Operations.activity(first, call), Operations.activity(second, call)])
        #expect(same.isOnOneClock)
        #expect(milliseconds(same).prefix(3) == [100, 0, 100])
        #expect(same.text == "100 ms = 100 in servers (x 50, y 50); longest: x #1 tools/call 100 ms")
    }

    @Test func `what is shown sums to what is shown`() {
        #expect(RunBreakdown.apportioned(10, among: [1, 1, 1]) == [4, 3, 3])
        #expect(RunBreakdown.apportioned(0, among: [5, 5]) == [0, 0])
        #expect(RunBreakdown.apportioned(7, among: []) == [])
        #expect(RunBreakdown.apportioned(3, among: [0, 0]) == [0, 0])
        #expect(RunBreakdown.apportioned(.max, among: [.max]) == [.max])
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let parts = (0..<6).map { _ in Int64.random(in: 0...1_000_000_000, using: &random) }
            let whole = Int64.random(in: 0...100_000, using: &random)
            let shown = RunBreakdown.apportioned(whole, among: parts)
            #expect(shown.reduce(0, +) == (parts.contains { $0 > 0 } ? whole : 0))
        }
    }

    @Test func `nothing is nothing`() {
        #expect(RunBreakdown([]).total == 0)
        #expect(RunBreakdown([]).text == "0 ms")
    }
}
