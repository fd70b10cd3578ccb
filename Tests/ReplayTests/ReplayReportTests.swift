import Testing
import Wire

@testable import Replay

@Suite struct ReplayReportTests {
    private func played() throws -> Mock {
        var mock = try Mock(NearestMissTests.recording)
        _ = mock.hears(NearestMissTests.request("tools/list", nil))
        _ = mock.hears(NearestMissTests.request("resources/read", #"{"uri":"file:///a"}"#))
        _ = mock.hears(NearestMissTests.request("resources/read", #"{"uri":"file:///a"}"#))
        _ = mock.hears(
            NearestMissTests.request("tools/call", #"{"name":"search","arguments":{"query":"Swift"}}"#))
        mock.loses()
        return mock
    }

    @Test func `tells a person what happened`() throws {
        #expect(
            try played().report.lines == [
                "replayed demo.jsonl: 4 requests, 3 answered from the recording, 1 not recorded",
                #"tools/call search was not recorded like this; nearest is #4, "#
                    + #"differs at /arguments/query: recorded "swift", got "Swift" "#
                    + #"(demo.jsonl)"#,
                "note: #6 resources/read file:///a was asked for once more than recorded; "
                    + "its last answer was given again",
                "note: never asked for: #3 tools/call search, #4 tools/call search, #5 tools/call fetch, "
                    + "#7 resources/read file:///b, #8 completion/complete p, #9 vendor/thing",
            ])
    }

    @Test func `tells a program the same`() throws {
        let report = try played().report
        let json = try #require(JSONTree(report.json()[...])?.root)
        #expect(json["requests"]?.intValue == 4)
        #expect(json["answered"]?.intValue == 3)
        #expect(json["missCount"]?.intValue == 1)
        #expect(json.at(pointer: "/misses/0/message")?.stringValue == report.misses.first?.message)
        #expect(json.at(pointer: "/misses/0/data/differences/0/pointer")?.stringValue == "/arguments/query")
        #expect(json.at(pointer: "/repeats/0/count")?.intValue == 1)
        #expect(json.at(pointer: "/neverAsked/0/exchange")?.intValue == 3)
    }

    @Test func `ends with 3 for a miss, 4 for what was never asked for, else 0`() throws {
        #expect(try played().report.exitStatus() == 3)
        #expect(try played().report.exitStatus(allPlayed: true) == 3)
        var quiet = try Mock(NearestMissTests.recording)
        quiet.loses()
        #expect(quiet.report.exitStatus() == 0)
        #expect(quiet.report.exitStatus(allPlayed: true) == 4)
        var all = try Mock(ReplayEngineTests.search)
        _ = all.hears(ReplayEngineTests.call("1"))
        all.loses()
        #expect(all.report.exitStatus(allPlayed: true) == 0)
    }

    @Test func `keeps a bounded number of misses and counts the rest`() throws {
        var mock = try Mock(ReplayEngineTests.search)
        for _ in 0..<(ReplayReport.keptLimit + 5) {
            _ = mock.hears(#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#)
        }
        #expect(mock.report.misses.count == ReplayReport.keptLimit)
        #expect(mock.report.missCount == ReplayReport.keptLimit + 5)
        #expect(mock.report.lines.contains("… and 5 more misses"))
    }
}
