import MCPSemantics
import Recording
import Telemetry
import Testing

@testable import Viewer

/// A session whose density takes `cost` to count, by a clock that the test turns.
private final class Counted: ServedRecordings {
    var place: String { "/place" }
    var fileNames: [String] { [] }
    var canRemove: Bool { false }
    var densities = KnownDensities()
    var version: Int64? = 1
    var time: Int64 = 1_000_000
    let cost: Int64 = 1000
    private(set) var counts = 0
    private let recording: FileRecording

    init() throws {
        let description = SessionDescription(id: SessionID("s"), name: "s", transport: .stdio)
        recording = try FileRecording(
            bytes: MemoryRecording(description, redactor: nil).session.fileText())
    }

    var now: Int64 { time }

    func metrics() throws(SourceFailure) -> MetricSet { MetricSet() }

    func source() throws(SourceFailure) -> any RecordingSource { CountedSource(recording, self) }

    func changes(since revision: Int64) throws(SourceFailure) -> (sessions: [SessionID], revision: Int64) {
        ([], 1)
    }

    func version(of session: SessionID) throws(SourceFailure) -> Int64? { version }

    func remove(_ session: SessionID) throws(SourceFailure) -> Int64? { nil }

    fileprivate func count() {
        counts += 1
        time += cost
    }
}

private final class CountedSource: RecordingSource {
    private let recording: FileRecording
    private let owner: Counted

    init(_ recording: FileRecording, _ owner: Counted) {
        self.recording = recording
        self.owner = owner
    }

    func sessions() throws(SourceFailure) -> [SessionSummary] { try recording.sessions() }

    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? {
        owner.version == nil ? nil : try recording.sessions().first
    }

    func exchanges(
        of session: SessionID, from number: Int, limit: Int
    ) throws(SourceFailure) -> [Exchange] {
        owner.count()
        return []
    }

    func entries(
        of session: SessionID, from sequence: Int64, limit: Int
    ) throws(SourceFailure) -> [RecordingEntry] { [] }

    func readParts(
        of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void
    ) throws {}
}

struct KnownDensitiesTests {
    private let site = ViewerSite(version: "1", slow: 2_000_000_000, compress: { $0 })

    private func ask(_ counted: Counted, _ query: String = "buckets=4") -> PageAnswer {
        site.answer(PageRequest(path: "/api/sessions/s/density", query: query), about: counted)
    }

    @Test func `what does not change is counted once, for each number of stretches`() throws {
        let counted = try Counted()
        let first = ask(counted)
        #expect(first.status == 200)
        counted.time += 1 << 40
        #expect(ask(counted) == first && counted.counts == 1)
        #expect(ask(counted, "buckets=5") != first && counted.counts == 2)
        #expect(ask(counted) == first && counted.counts == 2)
    }

    @Test func `of what goes on an answer serves for twenty times what it took`() throws {
        let counted = try Counted()
        _ = ask(counted)
        counted.version = 2
        counted.time += 20 * counted.cost - 1
        _ = ask(counted)
        #expect(counted.counts == 1)
        counted.time += 1
        _ = ask(counted)
        #expect(counted.counts == 2)
        // A clock that is set back makes nothing stay for ever.
        counted.version = 3
        counted.time -= 100 * counted.cost
        _ = ask(counted)
        #expect(counted.counts == 3)
    }

    @Test func `a session that is gone has none, and a wrong question is not kept`() throws {
        let counted = try Counted()
        _ = ask(counted)
        counted.version = nil
        #expect(ask(counted).status == 404)
        counted.version = 1
        #expect(ask(counted, "buckets=0").status == 400)
        #expect(ask(counted).status == 200 && counted.counts == 1)
    }

    @Test func `the answers that were not asked for longest go first`() throws {
        let counted = try Counted()
        for number in 1...64 { _ = ask(counted, "buckets=\(number)") }
        _ = ask(counted, "buckets=1")
        _ = ask(counted, "buckets=65")
        #expect(counted.counts == 65)
        _ = ask(counted, "buckets=1")
        #expect(counted.counts == 65)
        _ = ask(counted, "buckets=2")
        #expect(counted.counts == 66)
    }
}
