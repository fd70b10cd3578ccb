import MCPSemantics
import Testing
import Wire

@testable import Recording

struct RunListTests {
    @Test func `the run with the newest session is the first, as run:last is`() throws {
        let sessions = [
            SampleSessions.session("c", "fs", start: 20, length: 5, host: 1),
            SampleSessions.session("b", "z", start: 15, host: 2),
            SampleSessions.session("a", "github", start: 10, length: 100, host: 1),
        ]
        let runs = Run.newestFirst(Run.grouped(sessions))
        #expect(runs.map(\.id) == ["a", "b"])
        #expect(runs[0].servers == ["github", "fs"])
        #expect(runs[0].duration == 100 * SampleSessions.second)
        #expect(runs.map(\.joinedBy) == ["the same host process, host (pid 1)", "-"])
        guard case .found(let last, _) = try RecordingReference(parsing: "run:last").resolve(among: sessions)
        else { return #expect(Bool(false), "run:last was not found") }
        #expect(last == runs[0].sessions)
    }

    @Test func `a run is an object`() throws {
        var one = SampleSessions.session("a", "github", start: 0, length: 2, run: "nightly")
        one.state.exchanges = 5
        one.state.errors = 1
        one.state.toolErrors = 1
        one.isLive = true
        var json = JSONWriter()
        json.run(Run.newestFirst(Run.grouped([one]))[0])
        let text =
            #"{"run":"nightly","started":"2026-11-23T14:05:00.000000Z","duration_us":2000000,"live":true,"#
            + #""joined_by":[{"rule":"named","text":"the same --run"}],"servers":["github"],"#
            + #""sessions":["a"],"exchanges":5,"errors":2,"pending":0,"gaps":0}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == text)
    }
}
