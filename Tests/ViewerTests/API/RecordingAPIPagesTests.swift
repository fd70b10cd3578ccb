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

    /// What a list goes on with when some of all sessions have gone before the second page is asked for.
    private func rest(_ list: String, _ name: String, gone: Range<Int>) throws -> [String] {
        func ask(_ group: RecordingGroup, _ query: String) throws -> JSONTree {
            let answer = RecordingAPI(group, now: 0).answer(
                try #require(APIRequest(PageRequest(target: "/api/\(list)?\(query)"))))
            #expect(answer.status == 200, "\(query): \(String(decoding: answer.body, as: UTF8.self))")
            return try #require(JSONTree(answer.body[...]))
        }
        let next = try ask(group, "limit=100").root["next"]?.stringValue
        let gone = Set(whole[gone].map(\.description.id))
        let left = RecordingGroup(
            whole.filter { !gone.contains($0.description.id) }, of: try RecordingGroup([]))
        let page = try ask(left, "limit=3&before=\(try #require(next))")
        return page.root[list]?.children.compactMap { $0[name]?.stringValue } ?? []
    }

    @Test func `a list goes on where it was when its last row has gone`() throws {
        // s2402 ended the page, and is of the three that go with it. What follows it goes too.
        #expect(whole[99].description.id == SessionID("s2402"))
        #expect(try rest("sessions", "session", gone: 95..<103) == ["s2394", "s2395", "s2396"])
        // Of the three that began at once one is left, which the page may have had.
        #expect(try rest("sessions", "session", gone: 98..<103) == ["s2400", "s2394", "s2395"])
        // r734 ended the page, and a part of r733 goes with it.
        #expect(whole[295].description.run == "r734")
        #expect(try rest("runs", "run", gone: 291..<299) == ["r733", "r732", "r731"])
    }

    @Test func `a place is read as it was written, and an id may look like one`() {
        for place in [ListPlace("a", start: 5), ListPlace("a@1", start: -5), ListPlace("a", start: nil)] {
            #expect(ListPlace(place.text, isThere: false) == place)
        }
        #expect(ListPlace("a@5", isThere: true) == ListPlace("a@5", start: nil))
        #expect(ListPlace("a@b", isThere: false) == ListPlace("a@b", start: nil))
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
