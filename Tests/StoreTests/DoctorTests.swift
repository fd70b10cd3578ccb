import Glibc
import MCPSemantics
import Platform
import Recording
import Testing
import Wire

@testable import Store

struct DoctorTests {
    private let id = SessionDescription.test(1).id

    /// A store with one ended session of several blocks.
    private func filled(_ place: TemporaryStore, ending: Bool = true) throws -> [RecordedEvent] {
        var traffic = SampleTraffic(seed: 4)
        var events = (0..<600).flatMap { _ in traffic.next() }
        events.append(.part(MessagePart(body: 1, index: 0, bytes: ArraySlice(repeating: 65, count: 5000))))
        var large = traffic.message("", .foreign, nil, nil, nil)
        large.body = .parts(body: 1, count: 1)
        events.append(.message(large))
        try place.open().sink(for: .test(1)).commit(events, position: 1, ending: ending)
        return events
    }

    /// What is found apart from the machine's own disk.
    private func codes(_ place: TemporaryStore, repairs: Bool = false) -> [String] {
        Doctor.examine(place.path, repairs: repairs).findings.filter { $0.code != "space" }.map {
            "\($0.severity.rawValue) \($0.code)"
        }
    }

    private func change(_ place: TemporaryStore, _ sql: String) throws {
        try Database(path: place.path + "/index.sqlite").execute(sql)
    }

    @Test func `a sound store has nothing to report`() throws {
        let place = TemporaryStore()
        let events = try filled(place)
        let report = Doctor.examine(place.path, repairs: false)
        #expect(codes(place) == [])
        #expect(report.sessions == 1 && report.blocks > 3 && report.messages == events.messages.count)
    }

    @Test func `a spoilt block is a gap to readers, who go on, and named by doctor`() throws {
        let place = TemporaryStore()
        let events = try filled(place)
        try change(
            place,
            """
            UPDATE block SET content =
                CAST(substr(content, 1, 500) || x'00112233' || substr(content, 505) AS BLOB)
            WHERE number = (SELECT number FROM block ORDER BY number LIMIT 1 OFFSET 1)
            """)
        let reader = try place.open(.read)
        let place2 = try reader.blockPlaces(of: 1, from: 0, limit: 2)[1]
        let read = try reader.allEntries(of: id, limit: 37)
        // Messages outside the block are there, but for those that share a body with one inside.
        let lost = place2.first...place2.last
        let outside = events.messages.filter { !lost.contains($0.sequence) }
        #expect(read.filter { !lost.contains($0.sequence) }.map(\.sequence) == outside.map(\.sequence))
        let gaps = read.filter { if case .gap = $0 { true } else { false } }
        #expect(gaps.map(\.sequence) == [place2.first])
        #expect(
            reader.damage.contains { $0.first == place2.first && $0.last == place2.last && $0.session == id })
        let report = Doctor.examine(place.path, repairs: false)
        #expect(report.findings.contains { $0.code == "block" && $0.messages == lost && $0.session == id })
        #expect(!report.isHealthy)
        // A page that begins inside the block goes on behind it.
        let next = try reader.entries(of: id, from: place2.first + 1, limit: 1)
        #expect(next.first?.sequence == place2.last + 1)
        var hits = 0
        try reader.search(SearchRequest([.init("jsonrpc".utf8)])) { _, _ in
            hits += 1
            return true
        }
        #expect(hits > outside.count - 100)
    }

    @Test func `a body that others share is missed by each of them`() throws {
        let place = TemporaryStore()
        _ = try filled(place)
        try change(place, "UPDATE block SET checksum = checksum + 1 WHERE first = 1")
        #expect(Set(codes(place)) == ["problem block", "problem shared_body"])
        let reader = try place.open(.read)
        let entries = try reader.allEntries(of: id)
        let omitted = entries.filter { if case .message(let m) = $0 { m.body == .omitted } else { false } }
        #expect(!omitted.isEmpty)
        #expect(reader.damage.contains { $0.first == omitted[0].sequence })
    }

    @Test func `spoilt parts, groups and descriptions are named`() throws {
        let place = TemporaryStore()
        _ = try filled(place)
        try change(
            place, "UPDATE part SET checksum = 1; UPDATE exchange_group SET size = size + 1 WHERE place = 0")
        #expect(codes(place) == ["problem part", "problem exchanges"])
        let reader = try place.open(.read)
        #expect(throws: SourceFailure.self) { try reader.readParts(of: id, body: 1) { _ in } }
        #expect(try reader.allExchanges(of: id).first?.number == 256)
        try change(place, "UPDATE session SET state = 'x'")
        #expect(codes(place).contains("problem session"))
        #expect(try reader.sessions() == [])
    }

    @Test func `a page of SQLite that is spoilt is found and said`() throws {
        let place = TemporaryStore()
        _ = try filled(place)
        try place.open().checkpoint()
        let file = open(place.path + "/index.sqlite", O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        let junk = [UInt8](repeating: 0x5a, count: 4096)
        for page in 3..<30 { pwrite(file, junk, junk.count, off_t(page * 4096)) }
        let report = Doctor.examine(place.path, repairs: false)
        #expect(!report.isHealthy)
        #expect(report.findings.contains { $0.code == "index" || $0.code == "damaged" })
    }

    @Test func `permissions and rows without a session are repaired`() throws {
        let place = TemporaryStore()
        _ = try filled(place)
        chmod(place.path, 0o755)
        chmod(place.path + "/write.lock", 0o644)
        try change(place, "INSERT INTO gap VALUES (99, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)")
        #expect(codes(place).filter { $0 == "repairable permissions" }.count == 2)
        chmod(place.path, 0o755)
        #expect(codes(place, repairs: true) == ["repaired permissions", "repaired orphans"])
        #expect(codes(place) == [])
    }

    @Test func `a store others may write is made safe on request`() throws {
        let place = TemporaryStore()
        _ = try filled(place)
        chmod(place.path, 0o777)
        #expect(codes(place) == ["repairable permissions", "problem refused"])
        #expect(codes(place, repairs: true) == ["repaired permissions"])
        #expect(codes(place) == [])
    }

    @Test func `journals that wait, are gone, or are none are told apart`() throws {
        let place = TemporaryStore()
        _ = try filled(place, ending: false)
        let store = try place.open()
        let journal = place.parent + "/journal"
        mkdir(journal, 0o700)
        let head = open(journal + "/head", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        for (name, text) in [(id.text, journal), ("stranger", "?")] {
            let pointer = try AtomicFile(store.journalsDirectory + "/" + name)
            try pointer.write(Array(text.utf8))
            try pointer.commit()
        }
        #expect(codes(place) == ["note journal_waiting", "note journals"])
        flock(head, LOCK_EX)
        let report = Doctor.examine(place.path, repairs: true)
        #expect(report.live == [id] && report.waiting == [])
        close(head)
        TemporaryStore.remove(journal)
        #expect(codes(place) == ["repairable journal_lost", "note journals"])
        #expect(codes(place, repairs: true) == ["repaired journal_lost", "note journals"])
        #expect(try store.session(id)?.state.end?.reason == .interrupted)
        #expect(codes(place) == ["note journals"])
    }

    @Test func `a session that nobody will end gets an end`() throws {
        let place = TemporaryStore()
        _ = try filled(place, ending: false)
        #expect(codes(place) == ["repairable abandoned"])
        #expect(codes(place, repairs: true) == ["repaired abandoned"])
        #expect(codes(place) == [])
    }

    @Test func `what cannot be opened is said in a sentence`() throws {
        let place = TemporaryStore()
        #expect(codes(place) == ["problem missing"])
        mkdir(place.path, 0o700)
        let file = try AtomicFile(place.path + "/index.sqlite")
        try file.write([UInt8](repeating: 7, count: 5000))
        try file.commit()
        #expect(codes(place) == ["problem foreign"])
    }
}
