import MCPSemantics
import Recording
import Telemetry
import Testing
import Wire

@testable import Viewer

/// What a test says the store holds.
private final class Recordings: ServedRecordings {
    var place: String { "/place" }
    var fileNames: [String] { [] }
    var now: Int64 { 0 }
    var scrapes: Int64 = 0
    var failure: SourceFailure?

    func metrics() throws(SourceFailure) -> MetricSet {
        if let failure { throw failure }
        scrapes += 1
        var set = MetricSet()
        set.set("process_threads", to: scrapes)
        return set
    }

    func source() throws(SourceFailure) -> any RecordingSource {
        if let failure { throw failure }
        return try FileRecording(bytes: Array(#"{"mcptape":1,"sessions":[]}"#.utf8) + [0x0A])
    }

    func changes(since revision: Int64) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        if let failure { throw failure }
        return (revision < 7 ? [SessionID("s1")] : [], 7)
    }

    var canRemove: Bool { false }
    var densities = KnownDensities()

    func version(of session: SessionID) throws(SourceFailure) -> Int64? { nil }

    func remove(_ session: SessionID) throws(SourceFailure) -> Int64? { nil }
}

struct ViewerSiteTests {
    private let site = ViewerSite(version: "1.2.3", slow: 2_000_000_000, compress: { Array($0.prefix(3)) })
    private let recordings = Recordings()

    @Test func `what needs no recordings is answered without them`() {
        #expect(site.immediate(PageRequest(path: "/healthz"))?.status == 200)
        #expect(site.immediate(PageRequest(path: "/"))?.status == 200)
        for path in ["/metric", "/../metrics", "/page", "/page/", "/page/none.js", "/page/../page/main.js"] {
            #expect(site.immediate(PageRequest(path: path))?.status == 404, "\(path)")
        }
        #expect(site.immediate(PageRequest(path: "/metrics")) == nil)
        #expect(site.immediate(PageRequest(path: "/api/status")) == nil)
    }

    @Test func `no token is asked for what shows nothing that was said`() {
        #expect(site.openPaths.isSuperset(of: ["/", "/healthz", "/metrics", "/page/main.js"]))
        #expect(!site.openPaths.contains { $0.hasPrefix("/api") })
    }

    @Test func `every answer says what a browser may do with it`() {
        for path in ["/", "/healthz", "/nowhere", "/page/main.js"] {
            let names = site.immediate(PageRequest(path: path))?.fields.map(\.name) ?? []
            #expect(Set(names).count == names.count)
            for name in ["X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy"] {
                #expect(names.contains(name), "\(path) \(name)")
            }
        }
        let policy = site.immediate(PageRequest(path: "/"))?.fields.first { $0.name.hasSuffix("Policy") }
        #expect(policy != nil)
    }

    @Test func `a file of the page is sent once, small where that is welcome`() throws {
        let plain = try #require(site.immediate(PageRequest(path: "/page/main.js")))
        let tag = try #require(plain.fields.first { $0.name == "ETag" }?.value)
        let again = try #require(
            site.immediate(PageRequest(path: "/page/main.js", ifNoneMatch: "\"x\", \(tag)")))
        #expect(again.status == 304 && again.body.isEmpty)
        let small = try #require(
            site.immediate(PageRequest(path: "/page/main.js", acceptEncoding: "gzip", ifNoneMatch: tag)))
        #expect(small.status == 200 && small.body == Array(plain.body.prefix(3)))
        #expect(small.fields.contains(.init("Content-Encoding", "gzip")))
        #expect(small.fields.first { $0.name == "ETag" }?.value != tag)
    }

    @Test func `metrics are asked for anew each time`() {
        for number in 1...2 {
            let answer = site.answer(PageRequest(path: "/metrics"), about: recordings)
            let text = String(decoding: answer.body, as: UTF8.self)
            #expect(text.contains("\nprocess_threads \(number)\n"))
        }
    }

    @Test func `a store that cannot be read fails the scrape and tells nobody where it is`() {
        recordings.failure = SourceFailure(.io, "cannot open the secret place")
        let answer = site.answer(PageRequest(path: "/metrics"), about: recordings)
        #expect(answer.status == 503)
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("secret place"))
        // Who has the token may know.
        let told = site.answer(PageRequest(path: "/api/sessions"), about: recordings)
        #expect(told.status == 500 && String(decoding: told.body, as: UTF8.self).contains("secret place"))
    }

    @Test func `what changed, and since when`() throws {
        func ask(_ query: String) throws -> JSONTree {
            let answer = site.answer(PageRequest(path: "/api/changes", query: query), about: recordings)
            return try #require(JSONTree(answer.body[...]))
        }
        #expect(try ask("since=6").root["sessions"]?[0]?.stringValue == "s1")
        #expect(try ask("since=7").root["sessions"]?.childCount == 0)
        #expect(try ask("since=7").root["revision"]?.intValue == 7)
        #expect(try ask("since=x").root["error"] != nil)
        let status = site.answer(PageRequest(path: "/api/status"), about: recordings)
        let json = try #require(JSONTree(status.body[...]))
        #expect(json.root["version"]?.stringValue == "1.2.3" && json.root["revision"]?.intValue == 7)
        #expect(json.root["slow_us"]?.intValue == 2_000_000)
    }
}
