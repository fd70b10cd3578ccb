import Testing

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
        #expect(runs[1].rule == .hostProcess(HostProcess(processID: 1, startTicks: 1, name: "host")))
        #expect(runs[0].rule == .single)
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
        #expect(runs[0].rule == .named)
    }

    @Test func `who started a proxy does not join its clients`() {
        var sessions = ["a", "b"].map { SampleSessions.session($0, "x", start: 0, host: 1) }
        for index in sessions.indices { sessions[index].description.transport = .http }
        #expect(Run.grouped(sessions).map(\.rule) == [.single, .single])
        sessions[0].description.run = "n"
        sessions[1].description.run = "n"
        #expect(Run.grouped(sessions).map(\.rule) == [.named])
    }

    @Test func `a session without a host stands alone`() {
        #expect(
            ids([SampleSessions.session("a", "x", start: 0), SampleSessions.session("b", "x", start: 0)]) == [
                ["b"], ["a"],
            ])
    }
}
