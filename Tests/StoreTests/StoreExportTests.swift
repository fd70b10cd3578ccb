import MCPSemantics
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
            #expect(try store.exportCursor(of: id) == nil)
            try store.save(Self.cursor, of: id)
            var later = Self.cursor
            later.isDone = true
            try store.save(later, of: id)
            // A session that is gone has no cursor to be written.
            try store.save(later, of: SessionDescription.test(2).id)
        }
        let store = try place.open()
        #expect(try store.exportCursor(of: id)?.isDone == true)
        #expect(try store.exportCursor(of: id)?.resume == 3)
        #expect(try store.database.integer("SELECT count(*) FROM export_cursor") == 1)
        try store.database.execute("DELETE FROM session")
        try store.save(exportedRevision: 5)
        #expect(try store.database.integer("SELECT count(*) FROM export_cursor") == 0)
    }

    @Test func `the progress begins once`() throws {
        let place = TemporaryStore()
        #expect(try place.open().beginExport(now: 10) == .init(since: 10, revision: 0))
        try place.open().save(exportedRevision: 4)
        #expect(try place.open().beginExport(now: 20) == .init(since: 10, revision: 4))
    }

    @Test func `one exports at a time`() throws {
        let place = TemporaryStore()
        let (one, other) = (try place.open(), try place.open())
        let inner = try one.exporting { try other.exporting { 1 } }
        #expect(inner == .some(nil))
        #expect(try other.exporting { 2 } == 2)
    }

    @Test func `noting how far it got changes no session`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try store.sink(for: .test(1)).commit([], position: 1)
        let (_, revision) = try store.changes(since: 0)
        try store.save(Self.cursor, of: SessionDescription.test(1).id)
        #expect(try store.changes(since: revision).sessions.isEmpty)
    }
}
