import MCPSemantics
import Recording
import Testing

@testable import Store

/// What changed and what went, as a page that asks again and again is told.
struct StoreChangesTests {
    private let place = TemporaryStore()

    private func id(_ number: Int) -> SessionID { SessionDescription.test(number).id }

    private func add(_ numbers: ClosedRange<Int>, to store: Store) throws {
        for number in numbers {
            try store.sink(for: .test(number)).commit([], position: 1, ending: true)
        }
    }

    @Test func `sessions that are removed are told, each asker once`() throws {
        let store = try place.open()
        try add(1...5, to: store)
        let reader = try place.open(.read)
        var changes = StoreChanges()
        let first = try changes.since(0, in: reader)
        #expect(Set(first.sessions) == Set((1...5).map(id)))
        #expect(try changes.since(first.revision, in: reader).sessions == [])
        _ = try store.remove(id(2))
        try add(6...6, to: store)
        let second = try changes.since(first.revision, in: reader)
        #expect(Set(second.sessions) == [id(2), id(6)])
        #expect(second.revision > first.revision)
        #expect(try changes.since(second.revision, in: reader).sessions.isEmpty)
        // Another page, which asked before.
        #expect(Set(try changes.since(first.revision, in: reader).sessions) == [id(2), id(6)])
        _ = try store.remove(id(3))
        let third = try changes.since(second.revision, in: reader)
        #expect(third.sessions == [id(3)])
        #expect(Set(try changes.since(first.revision, in: reader).sessions) == [id(2), id(3), id(6)])
        #expect(try changes.since(third.revision, in: reader).sessions.isEmpty)
    }

    @Test func `one that goes before its messages are looked through is not found`() throws {
        let store = try place.open()
        try add(1...2, to: store)
        let reader = try place.open(.read)
        let sessions = try reader.sessions()
        _ = try store.remove(id(1))
        var filter = SessionFilter(try Filter(parsing: "tool:any"), in: reader, now: 0)
        for session in sessions { #expect(try !filter.matches(session)) }
    }

    @Test func `one that comes again under its id is there`() throws {
        let store = try place.open()
        try add(1...3, to: store)
        let reader = try place.open(.read)
        var changes = StoreChanges()
        var revision = try changes.since(.max, in: reader).revision
        _ = try store.remove(id(1))
        try add(1...1, to: store)
        let again = try changes.since(revision, in: reader)
        #expect(again.sessions == [id(1)])
        revision = again.revision
        _ = try store.remove(id(1))
        #expect(try changes.since(revision, in: reader).sessions == [id(1)])
        #expect(try reader.session(id(1)) == nil)
    }

    @Test func `what went before the first question, or long ago, is not known`() throws {
        let store = try place.open()
        try add(1...5, to: store)
        _ = try store.remove(id(1))
        let reader = try place.open(.read)
        var changes = StoreChanges(limit: 2)
        let start = try changes.since(0, in: reader)
        #expect(Set(start.sessions) == Set((2...5).map(id)))
        for number in 2...4 {
            _ = try store.remove(id(number))
            _ = try changes.since(start.revision, in: reader)
        }
        #expect(try changes.since(start.revision, in: reader).sessions == [id(3), id(4)])
    }

    @Test func `runs forget a session that went while they were asked for`() throws {
        let store = try place.open()
        try add(1...3, to: store)
        let reader = try place.open(.read)
        var runs = StoreRuns()
        #expect(try runs.newestFirst(in: reader).count == 3)
        _ = try store.remove(id(2))
        let left = try runs.newestFirst(in: reader).flatMap(\.sessions).map(\.description.id)
        #expect(Set(left) == [id(1), id(3)])
    }
}
