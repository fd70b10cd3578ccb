import Glibc
import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct MigratorTests {
    private static let fixture = fixturePath("version1.sqlite")

    static func fixturePath(_ name: String) -> String {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return (folder + ["Golden", name[...]]).joined(separator: "/")
    }

    /// What the fixture holds: 30 exchanges, one message in parts, one gap, an open and an ended session.
    private static func content() -> [RecordedEvent] {
        var traffic = SampleTraffic(seed: 1)
        var events = (0..<30).flatMap { _ in traffic.next() }
        events.append(.part(MessagePart(body: 1, index: 0, bytes: ArraySlice("large, ".utf8))))
        events.append(.part(MessagePart(body: 1, index: 1, bytes: ArraySlice("as if".utf8))))
        var large = traffic.message("", .foreign, nil, nil, nil)
        large.body = .parts(body: 1, count: 2)
        large.size = 12
        events.append(.message(large))
        var gap = Gap(from: large.time, to: large.time, reason: .journalFull)
        gap.serverToClient = 77
        gap.cutLanes = [.serverToClient]
        events.append(.gap(GapRecord(sequence: large.sequence + 1, gap: gap)))
        return events
    }

    static func copy(_ from: String, to: String) throws {
        let file = try AtomicFile(to)
        try FileReading(from).read { try file.write($0) }
        try file.commit()
    }

    @Test func `a store of version 1 is read and written`() throws {
        let place = TemporaryStore()
        if getenv("UPDATE_GOLDEN") != nil {
            let store = try place.open()
            for number in 1...2 {
                let sink = try store.sink(for: .test(number))
                try sink.commit(MigratorTests.content(), position: 9, ending: number == 2)
            }
            try store.checkpoint()
            try Self.copy(store.directory.index, to: MigratorTests.fixture)
        }
        let old = TemporaryStore()
        mkdir(old.path, 0o700)
        try Self.copy(MigratorTests.fixture, to: old.path + "/index.sqlite")
        let reader = try old.open(.read)
        let content = MigratorTests.content()
        for number in 1...2 {
            let id = SessionDescription.test(number).id
            #expect(try reader.allEntries(of: id) == content.messages)
            #expect(try reader.allExchanges(of: id) == content.exchanges)
            #expect(try reader.session(id)?.description == .test(number))
            var large: [UInt8] = []
            try reader.readParts(of: id, body: 1) { large += $0 }
            #expect(String(decoding: large, as: UTF8.self) == "large, as if")
        }
        let writer = try old.open()
        #expect(try writer.coverage(of: SessionDescription.test(1).id)?.position == 9)
        let sink = try writer.sink(for: .test(1))
        try sink.commit([], position: 10, ending: true)
        #expect(try reader.allEntries(of: SessionDescription.test(1).id) == content.messages)
        #expect(Doctor.examine(old.path, repairs: false).findings.filter { $0.code != "space" } == [])
    }

    /// The fixture of version 2 is that of version 1 with its second migration, as a program of then made it.
    @Test func `each migration leads from the fixture before it`() throws {
        let old = TemporaryStore()
        mkdir(old.path, 0o700)
        try Self.copy(MigratorTests.fixture, to: old.path + "/index.sqlite")
        let second = Migrator(migrations: Array(Schema.migrations.prefix(2)))
        do {
            let store = try Store(old.path, access: .write, system: SystemCalls(), migrator: second)
            #expect(try store.migrator.version(of: store.database)?.version == 2)
            try store.checkpoint()
        }
        if getenv("UPDATE_GOLDEN") != nil {
            try Self.copy(old.path + "/index.sqlite", to: Self.fixturePath("version2.sqlite"))
        }
        let schema = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)"
        let made = try old.open(.read).database.text(schema)
        try Self.copy(Self.fixturePath("version2.sqlite"), to: old.path + "/index.sqlite")
        #expect(try old.open(.read).database.text(schema) == made)
    }

    private let additive = Migration(
        version: 7, isBreaking: false,
        sql: "ALTER TABLE session ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")
    private let breaking = Migration(
        version: 8, isBreaking: true,
        sql: """
            CREATE TABLE gap_copy AS SELECT * FROM gap;
            DROP TABLE gap;
            ALTER TABLE gap_copy RENAME TO gap;
            """)

    private func open(_ place: TemporaryStore, _ more: [Migration]) throws -> Store {
        let store = try Store(
            place.path, access: .write, system: SystemCalls(),
            migrator: Migrator(migrations: Schema.migrations + more))
        store.retention = nil
        return store
    }

    @Test func `an additive migration leaves an older process writing, a breaking one stops it`() throws {
        let place = TemporaryStore()
        let sink = try place.open().sink(for: .test(1))
        let content = MigratorTests.content()
        try sink.commit(Array(content.prefix(20)), position: 1)
        let newer = try open(place, [additive])
        try sink.commit(Array(content.dropFirst(20)), position: 2)
        #expect(try newer.allEntries(of: SessionDescription.test(1).id) == content.messages)
        #expect(try newer.database.text("SELECT colour FROM session") == "red")
        _ = try place.open()
        _ = try place.open(.read)

        let newest = try open(place, [additive, breaking])
        let failure = #expect(throws: SinkFailure.self) { try sink.commit([], position: 3) }
        #expect(failure?.kind == .newerStore)
        #expect(failure?.message.contains("store version 8 needs a newer mcptape") == true)
        for access in [Store.Access.read, .write] {
            let failure = #expect(throws: StoreFailure.self) { _ = try place.open(access) }
            #expect(failure?.kind == .newer)
        }
        #expect(Doctor.examine(place.path, repairs: true).findings.contains { $0.code == "newer_store" })
        // The newest process takes in what the older one could not write any more.
        let next = try newest.sink(for: .test(1))
        try next.commit([], position: 3, ending: true)
        #expect(try newest.allEntries(of: SessionDescription.test(1).id) == content.messages)
    }

    @Test func `a migration that fails changes nothing`() throws {
        let place = TemporaryStore()
        try place.open().sink(for: .test(1)).commit(MigratorTests.content(), position: 1)
        let broken = Migration(
            version: 8, isBreaking: true, sql: "CREATE TABLE half (a) STRICT; SELECT * FROM nowhere")
        #expect(throws: StoreFailure.self) { _ = try open(place, [additive, broken]) }
        let store = try place.open()
        #expect(try store.migrator.version(of: store.database) == .init(version: 6, oldestWriter: 1))
        #expect(try store.database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'half'") == 0)
        #expect(try store.allEntries(of: SessionDescription.test(1).id) == MigratorTests.content().messages)
    }
}
