import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

@testable import Viewer

/// What holds two sessions, one of which is being recorded.
private final class Shelf: ServedRecordings {
    var sessions: [SessionID: Int64] = [SessionID("done"): 1234, SessionID("live"): 1]
    var place: String { "/place" }
    var fileNames: [String] = []
    var now: Int64 { 0 }
    var canRemove = true
    var densities = KnownDensities()

    func metrics() throws(SourceFailure) -> MetricSet { MetricSet() }

    func source() throws(SourceFailure) -> any RecordingSource {
        try FileRecording(bytes: Array(#"{"mcptape":1,"sessions":[]}"#.utf8) + [0x0A])
    }

    func changes(since revision: Int64) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        ([], 1)
    }

    func version(of session: SessionID) throws(SourceFailure) -> Int64? { nil }

    func remove(_ session: SessionID) throws(SourceFailure) -> Int64? {
        if session.text == "live" {
            throw SourceFailure(.unfinished, "session live is being recorded; end its server first")
        }
        return sessions.removeValue(forKey: session)
    }
}

struct ViewerSiteRemovalTests {
    private let site = ViewerSite(version: "1.2.3", slow: 2_000_000_000, compress: { $0 })
    private let shelf = Shelf()

    private func remove(_ path: String) throws -> (status: Int, json: JSONTree) {
        let request = PageRequest(.remove, path: path)
        let answer = site.immediate(request) ?? site.answer(request, about: shelf)
        return (answer.status, try #require(JSONTree(answer.body[...])))
    }

    @Test func `a session is removed once, and what it had is said`() throws {
        let (status, json) = try remove("/api/sessions/done")
        #expect(status == 200)
        #expect(json.root["removed"]?.children.map(\.stringValue) == ["done"])
        #expect(json.root["bytes"]?.intValue == 1234)
        let again = try remove("/api/sessions/done")
        #expect(again.status == 404 && again.json.root["error"]?.stringValue == "there is no session done")
    }

    @Test func `one that is being recorded stays, and the answer says what to do`() throws {
        let (status, json) = try remove("/api/sessions/live")
        #expect(status == 409)
        #expect(json.root["error"]?.stringValue?.contains("end its server first") == true)
        #expect(shelf.sessions.count == 2)
    }

    @Test func `files and a store that cannot be written lose nothing`() throws {
        shelf.canRemove = false
        let refused = try remove("/api/sessions/done")
        #expect(refused.status == 403)
        #expect(refused.json.root["error"]?.stringValue?.contains("/place cannot be written") == true)
        shelf.fileNames = ["a.mcptape.jsonl"]
        #expect(try remove("/api/sessions/done").status == 405)
        #expect(shelf.sessions.count == 2)
        let status = site.answer(PageRequest(path: "/api/status"), about: shelf)
        #expect(try #require(JSONTree(status.body[...])).root["can_delete"]?.boolValue == false)
    }

    @Test func `the page may offer it where it is possible`() throws {
        let status = site.answer(PageRequest(path: "/api/status"), about: shelf)
        #expect(try #require(JSONTree(status.body[...])).root["can_delete"]?.boolValue == true)
    }

    @Test(arguments: [
        ("/api/sessions/done", true), ("/api/sessions/d%6Fne", true), ("/api/sessions", false),
        ("/api/sessions/", false), ("/api/sessions/done/stats", false), ("/api/runs/done", false),
        ("/", false),
        ("/api/status", false), ("/page/main.js", false), ("/metrics", false), ("/api/sessions/%ff", false),
    ])
    func `only a session as a whole is deleted`(path: String, expected: Bool) throws {
        #expect(ViewerSite.names(sessionAt: path) == expected)
        if !expected { #expect(try remove(path).status == 405) }
        #expect(shelf.sessions.count == 2)
    }

    @Test func `what takes long is told from what does not`() {
        func effort(_ target: String) -> ViewerSite.Effort { site.effort(for: PageRequest(target: target)) }
        for target in [
            "/api/status", "/api/sessions", "/api/sessions/a", "/api/sessions/a/exchanges",
            "/api/sessions/a/entries?filter=&limit=5", "/api/sessions/a/messages/1", "/api/runs",
            "/api/runs?limit=5", "/api/changes?since=1",
        ] { #expect(effort(target) == .short, "\(target)") }
        for target in [
            "/api/sessions/a/density", "/api/sessions/a/stats", "/api/sessions/a/exchanges?filter=x",
            "/api/sessions/a/entries?filter=tool:x", "/api/sessions/a/violations", "/api/runs/a",
            "/api/runs/a%2Fb", "/api/runs/a/stats", "/api/sessions?filter=tool:x", "/api/runs?filter=x",
        ] { #expect(effort(target) == .long, "\(target)") }
        #expect(site.effort(for: PageRequest(.remove, path: "/api/sessions/a")) == .removal)
        #expect(effort("/metrics") == .scrape)
    }
}
