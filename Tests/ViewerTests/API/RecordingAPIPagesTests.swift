import MCPSemantics
import Recording
import Testing
import Wire

@testable import Viewer

/// Lists of many sessions, page by page.
struct RecordingAPIPagesTests {
    private let group: RecordingGroup
    private let whole: [SessionSummary]

    /// 2500 sessions, of which three at a time began at once and share a run; the oldest is of another name.
    init() throws {
        let sessions = (0..<2500).map { number in
            var description = SessionDescription(
                id: SessionID("s\(number)"), name: number < 3 ? "old" : "new", transport: .stdio)
            description.run = "r\(number / 3)"
            description.startRealtime = Int64(number / 3) * 1_000_000_000
            return SessionSummary(description: description, state: SessionState())
        }
        group = RecordingGroup(sessions, of: try RecordingGroup([]))
        whole = try group.sessions()
    }

    /// The values of `name` in all pages, and how many pages there were.
    private func all(
        _ list: String, _ name: String, _ query: String, runs: [Run]? = nil
    ) throws -> (values: [String], pages: Int) {
        let api =
            runs.map { known in RecordingAPI(group, now: 0, runs: { known }) }
            ?? RecordingAPI(group, now: 0)
        var values: [String] = []
        var pages = 0
        var before = ""
        while true {
            let target = "/api/\(list)?\(query)\(before)"
            let answer = api.answer(try #require(APIRequest(PageRequest(target: target))))
            let json = try #require(JSONTree(answer.body[...]))
            #expect(answer.status == 200, "\(target)")
            values += json.root[list]?.children.compactMap { $0[name]?.stringValue } ?? []
            pages += 1
            guard let next = json.root["next"]?.stringValue else { return (values, pages) }
            before = "&before=\(next)"
        }
    }

    @Test func `pages of sessions are the whole list, and the last says so`() throws {
        for (limit, pages) in [(999, 3), (500, 5), (7, 358)] {
            let found = try all("sessions", "session", "limit=\(limit)")
            #expect(found.values == whole.map(\.description.id.text))
            #expect(found.pages == pages)
        }
    }

    @Test func `a filter looks at some sessions, and says where to go on`() throws {
        let found = try all("sessions", "session", "limit=50&filter=server:old")
        #expect(found.values == whole.map(\.description.id.text).suffix(3))
        // Each question looks at a thousand.
        #expect(found.pages == 3)
        let full = try all("sessions", "session", "limit=500&filter=server:new")
        #expect(full.values == whole.map(\.description.id.text).dropLast(3))
    }

    @Test func `pages of runs are the whole list, found or known`() throws {
        let runs = try Run.newestFirst(whole, of: group)
        #expect(runs.count == 834)
        for known in [nil, runs] {
            let found = try all("runs", "run", "limit=100", runs: known)
            #expect(found.values == runs.map(\.id) && found.pages == 9)
            #expect(try all("runs", "run", "limit=100&filter=server:old", runs: known).values == ["r0"])
        }
        #expect(try all("runs", "run", "limit=2", runs: Array(runs.prefix(3))).pages == 2)
    }
}
