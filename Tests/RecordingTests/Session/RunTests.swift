import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RunTests {
    private func ids(_ sessions: [SessionSummary]) -> [[String]] {
        Run.grouped(sessions).map { $0.sessions.map(\.description.id.text) }
    }

    @Test func `one host's sessions side by side are a run`() {
        let runs = Run.grouped([
            SampleSessions.session("b", "y", start: 20, length: 100, host: 1),
            SampleSessions.session("a", "x", start: 10, length: 100, host: 1),
            SampleSessions.session("c", "z", start: 15, host: 2),
        ])
        #expect(runs.map(\.id) == ["c", "a"])
        #expect(runs[1].rules == [.hostProcess(HostProcess(processID: 1, startTicks: 1, name: "host"))])
        #expect(runs[0].rules.isEmpty)
    }

    @Test func `ten silent minutes end a run`() {
        let first = SampleSessions.session("a", "x", start: 0, length: 100, host: 1)
        let soon = SampleSessions.session("b", "x", start: 699, host: 1)
        let late = SampleSessions.session("c", "x", start: 1300, host: 1)
        #expect(ids([late, soon, first]) == [["c"], ["a", "b"]])
    }

    @Test func `a name joins whatever the time and the host`() {
        let runs = Run.grouped([
            SampleSessions.session("a", "x", start: 0, run: "n", host: 1),
            SampleSessions.session("b", "x", start: 99_999, run: "n", host: 2),
        ])
        #expect(runs.count == 1)
        #expect(runs[0].id == "n")
        #expect(runs[0].rules == [.named])
    }

    @Test func `who started a proxy does not join its clients`() {
        var sessions = ["a", "b"].map { SampleSessions.session($0, "x", start: 0, host: 1) }
        for index in sessions.indices { sessions[index].description.transport = .http }
        #expect(Run.grouped(sessions).map(\.rules) == [[], []])
        sessions[0].description.run = "n"
        sessions[1].description.run = "n"
        #expect(Run.grouped(sessions).map(\.rules) == [[.named]])
    }

    @Test func `a session without a host stands alone`() {
        #expect(
            ids([SampleSessions.session("a", "x", start: 0), SampleSessions.session("b", "x", start: 0)]) == [
                ["b"], ["a"],
            ])
    }

    /// A session over HTTP of the client `name` at `address`; one process started the proxy for all.
    private func http(
        _ id: String, start: Int64, length: Int64 = 1, name: String? = "claude", version: String = "1",
        address: String? = "10.0.0.1", traces: [String] = []
    ) -> SessionSummary {
        var session = SampleSessions.session(id, "x", start: start, length: length, host: 1)
        session.description.transport = .http
        session.state.clientAddress = address
        for trace in traces { session.state.note(trace: trace) }
        guard let name else { return session }
        session.state.client = Handshake(speaker: .clientToServer)
        session.state.client?.peer = PeerInfo(name: name, version: version, title: "Title \(id)")
        return session
    }

    @Test func `over HTTP the same client at the same address is a run`() {
        let runs = Run.grouped([
            http("a", start: 0), http("b", start: 5), http("c", start: 6, address: "10.0.0.2"),
            http("d", start: 7, version: "2"), http("e", start: 8, name: nil), http("f", start: 9, name: nil),
            http("g", start: 10, address: nil),
        ])
        #expect(
            runs.map { $0.sessions.map(\.description.id.text) } == [
                ["g"], ["f"], ["e"], ["d"], ["c"], ["a", "b"],
            ])
        #expect(runs[5].rules == [.client(PeerInfo(name: "claude", version: "1"), address: "10.0.0.1")])
        #expect(runs[5].rules[0].text == "the same client, claude at 10.0.0.1")
    }

    @Test func `a trace joins whatever carries it, and everything that its sessions belong to`() {
        let runs = Run.grouped([
            http("a", start: 0, traces: ["1", "2"]), http("b", start: 1, name: "other", traces: ["2"]),
            http("c", start: 2), http("d", start: 3, name: "third", traces: ["3"]),
            SampleSessions.session("e", "y", start: 4, host: 9),
        ])
        #expect(runs.map { $0.sessions.map(\.description.id.text) } == [["e"], ["d"], ["a", "b", "c"]])
        let client = Run.Rule.client(PeerInfo(name: "claude", version: "1"), address: "10.0.0.1")
        #expect(runs[2].rules == [.trace("2"), client])
        var stdio = SampleSessions.session("f", "y", start: 5, host: 9)
        stdio.state.note(trace: "3")
        let mixed = Run.grouped([http("d", start: 3, name: "third", traces: ["3"]), stdio])
        #expect(mixed.map(\.rules) == [[.trace("3")]])
    }

    @Test func `silence cuts a run over HTTP, and what joined it may be gone with it`() {
        // `b` joins the two others, and is over long before them.
        let first = http("b", start: 0, traces: ["1"])
        let second = http("c", start: 700, name: "other", traces: ["1"])
        let third = http("d", start: 701)
        #expect(ids([first, second, third]) == [["d"], ["c"], ["b"]])
        // Something is in flight all along.
        let long = http("a", start: 0, length: 300, name: "long", traces: ["1"])
        #expect(ids([first, second, third, long]) == [["a", "b", "c", "d"]])
        var elsewhere = http("e", start: 1, traces: ["1"])
        elsewhere.description.bootID = "another boot"
        #expect(ids([first, elsewhere]) == [["e"], ["b"]])
    }
}
