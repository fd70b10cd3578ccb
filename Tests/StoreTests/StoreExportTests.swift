import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct StoreExportTests {
    private static let cursor = ExportCursor(sequence: 7, resume: 3, exchange: 2, isDone: false)

    @Test func `a cursor is there after a restart, and goes with its session`() throws {
        let place = TemporaryStore()
        let id = SessionDescription.test(1).id
        do {
            let store = try place.open()
            try store.sink(for: .test(1)).commit([], position: 1, ending: true)
            #expect(try store.exportCursor(of: id, .traces) == nil)
            try store.save(Self.cursor, of: id, .traces)
            var later = Self.cursor
            later.isDone = true
            try store.save(later, of: id, .traces)
            // A session that is gone has no cursor to be written.
            try store.save(later, of: SessionDescription.test(2).id, .traces)
        }
        let store = try place.open()
        #expect(try store.exportCursor(of: id, .traces)?.isDone == true)
        #expect(try store.exportCursor(of: id, .traces)?.resume == 3)
        #expect(try store.database.integer("SELECT count(*) FROM export_position") == 1)
        try store.database.execute("DELETE FROM session")
        try store.save(exportedRevision: 5, of: .traces)
        #expect(try store.database.integer("SELECT count(*) FROM export_position") == 0)
    }

    @Test func `the progress begins once`() throws {
        let place = TemporaryStore()
        #expect(try place.open().beginExport(of: .traces, now: 10) == .init(since: 10, revision: 0))
        try place.open().save(exportedRevision: 4, of: .traces)
        #expect(try place.open().beginExport(of: .traces, now: 20) == .init(since: 10, revision: 4))
    }

    @Test func `one exports at a time`() throws {
        let place = TemporaryStore()
        let (one, other) = (try place.open(), try place.open())
        let inner = try one.exporting(.traces) { try other.exporting(.traces) { 1 } }
        #expect(inner == .some(nil))
        #expect(try other.exporting(.traces) { 2 } == 2)
    }

    @Test func `noting how far it got changes no session`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try store.sink(for: .test(1)).commit([], position: 1)
        let (_, revision) = try store.changes(since: 0)
        try store.save(Self.cursor, of: SessionDescription.test(1).id, .logs)
        #expect(try store.changes(since: revision).sessions.isEmpty)
    }

    @Test func `a signal goes its own way`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let id = SessionDescription.test(1).id
        try store.sink(for: .test(1)).commit([], position: 1)
        try store.save(Self.cursor, of: id, .traces)
        #expect(try store.exportCursor(of: id, .logs) == nil)
        var other = Self.cursor
        other.sequence = 1
        try store.save(other, of: id, .logs)
        #expect(try store.exportCursor(of: id, .traces) == Self.cursor)
        #expect(try store.exportCursor(of: id, .logs) == other)
        _ = try store.beginExport(of: .traces, now: 10)
        #expect(try store.beginExport(of: .logs, now: 20).since == 20)
        try store.save(exportedRevision: 3, of: .logs)
        #expect(try store.beginExport(of: .traces, now: 30) == .init(since: 10, revision: 0))
        let both = try store.exporting(.traces) { try place.open().exporting(.logs) { 1 } }
        #expect(both == .some(1))
    }

    @Test func `what a program of version 5 noted stands for both signals`() throws {
        let place = TemporaryStore()
        let id = SessionDescription.test(1).id
        do {
            let older = try Store(
                place.path, access: .write, system: SystemCalls(),
                migrator: Migrator(migrations: Array(Schema.migrations.prefix(5))))
            older.retention = nil
            try older.sink(for: .test(1)).commit([], position: 1)
            try older.database.execute("INSERT INTO export_cursor VALUES (1, 7, 3, 2, 0)")
            try older.database.execute("INSERT INTO export_progress VALUES (1, 10, 4)")
        }
        let store = try place.open()
        for signal in Store.ExportSignal.allCases {
            #expect(try store.exportCursor(of: id, signal) == Self.cursor)
            #expect(try store.beginExport(of: signal, now: 20) == .init(since: 10, revision: 4))
        }
    }

    @Test func `what a program of version 5 notes while it still runs is not sent again`() throws {
        let place = TemporaryStore()
        let id = SessionDescription.test(1).id
        let older = try Store(
            place.path, access: .write, system: SystemCalls(),
            migrator: Migrator(migrations: Array(Schema.migrations.prefix(5))))
        older.retention = nil
        try older.sink(for: .test(1)).commit([], position: 1)
        /// As version 5 did it.
        func note(_ sequence: Int, done: Int) throws {
            try older.database.execute(
                """
                INSERT INTO export_cursor (session, sequence, resume, exchange, done)
                VALUES (1, \(sequence), 3, 2, \(done))
                ON CONFLICT (session) DO UPDATE SET sequence = \(sequence), done = \(done)
                """)
        }
        let store = try place.open()
        try older.database.execute("INSERT INTO export_progress VALUES (1, 10, 0)")
        try note(4, done: 0)
        for signal in Store.ExportSignal.allCases {
            #expect(try store.exportCursor(of: id, signal)?.sequence == 4)
            #expect(try store.beginExport(of: signal, now: 20) == .init(since: 10, revision: 0))
        }
        var further = Self.cursor
        further.sequence = 9
        try store.save(further, of: id, .traces)
        try store.save(exportedRevision: 8, of: .traces)
        try note(7, done: 0)
        try older.database.execute("UPDATE export_progress SET revision = 5 WHERE one = 1")
        #expect(try store.exportCursor(of: id, .traces) == further)
        #expect(try store.exportCursor(of: id, .logs) == Self.cursor)
        #expect(try store.beginExport(of: .traces, now: 20).revision == 8)
        #expect(try store.beginExport(of: .logs, now: 20).revision == 5)
        try note(7, done: 1)
        #expect(try store.exportCursor(of: id, .traces)?.isDone == true)
        #expect(try store.exportCursor(of: id, .logs)?.isDone == true)
    }
}
