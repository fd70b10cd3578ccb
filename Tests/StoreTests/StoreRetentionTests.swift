import Glibc
import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct StoreRetentionTests {
    /// A session of about `chapters` chapters, with parts in its first one, and a word found nowhere else.
    private func fill(
        _ store: Store, _ number: Int, chapters: Int, started: Int64 = 1_700_000_000_000_000_000,
        ending: Bool = true
    ) throws {
        let sink = try store.sink(for: .test(number, started: started))
        var traffic = SampleTraffic(seed: UInt64(number))
        var position: UInt64 = 1
        var large = traffic.message("", .foreign, nil, nil, nil)
        large.body = .parts(body: 1, count: 1)
        try sink.commit(
            [
                .part(MessagePart(body: 1, index: 0, bytes: ArraySlice("UNIQUE-WORD-\(number)".utf8))),
                .message(large),
            ],
            position: position)
        for _ in 0..<chapters * 11 {
            position += 1
            try sink.commit((0..<200).flatMap { _ in traffic.next() }, position: position)
        }
        position += 1
        try sink.commit([], position: position, ending: ending)
    }

    private func chapters(_ store: Store, _ number: Int) throws -> Int64 {
        guard let row = try store.number(of: SessionDescription.test(number).id) else { return 0 }
        return try store.database.integer("SELECT count(*) FROM chapter WHERE session = \(row)") ?? 0
    }

    private func isClean(_ place: TemporaryStore) -> Bool {
        Doctor.examine(place.path, repairs: false).findings.allSatisfy {
            $0.severity == .note || $0.code == "space"
        }
    }

    @Test func `age takes whole sessions, and kept ones stay`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let now = RealSystem.realtime()
        let day: Int64 = 86_400 * 1_000_000_000
        try fill(store, 1, chapters: 1, started: now - 40 * day)
        try fill(store, 2, chapters: 1, started: now - 40 * day)
        try fill(store, 3, chapters: 1, started: now - 10 * day)
        _ = try store.keep(SessionDescription.test(2).id)
        let policy = RetentionPolicy(age: 30 * 86_400, size: nil, free: nil)
        let plan = try store.prune(policy, dryRun: true)
        #expect(plan.removed == [SessionDescription.test(1).id])
        #expect(try store.sessions().count == 3)
        #expect(try store.prune(policy, dryRun: false) == plan)
        #expect(try store.sessions().map(\.description.name) == ["server3", "server2"])
        #expect(try store.keep(SessionDescription.test(2).id, false))
        #expect(try store.prune(policy, dryRun: false).removed == [SessionDescription.test(2).id])
        #expect(try !store.keep(SessionDescription.test(2).id))
        #expect(isClean(place))
    }

    @Test func `size takes chapters, oldest first, and a session without its head says so`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try fill(store, 1, chapters: 2, started: 1_000)
        try fill(store, 2, chapters: 3, started: 1_000_000_000_000_000)
        let before = try store.allEntries(of: SessionDescription.test(2).id, limit: 1000)
        let exchanges = try store.allExchanges(of: SessionDescription.test(2).id, limit: 1000)
        let used = try store.usedBytes()
        let stored = try store.database.integer("SELECT sum(stored) FROM chapter WHERE session = 1") ?? 0
        let policy = RetentionPolicy(age: nil, size: used - stored - 1_000_000, free: nil)
        let report = try store.prune(policy, dryRun: false)
        #expect(report.removed == [SessionDescription.test(1).id])
        #expect(report.shortened == [SessionDescription.test(2).id])
        let summary = try #require(try store.session(SessionDescription.test(2).id))
        let head = try #require(summary.headLostBefore)
        let after = try store.allEntries(of: SessionDescription.test(2).id, limit: 1000)
        #expect(after == before.filter { $0.sequence >= head })
        #expect(!after.isEmpty && after.count < before.count)
        let left = try store.allExchanges(of: SessionDescription.test(2).id, limit: 1000)
        #expect(left == exchanges.suffix(left.count))
        #expect(
            Set(exchanges.filter { $0.responseSequence ?? 0 >= head }.map(\.number)).isSubset(
                of: left.map(\.number)))
        #expect(store.damage.isEmpty)
        #expect(try store.usedBytes() <= used - stored)
        #expect(isClean(place))
        // The space is back: in the file system, not in the file.
        var facts = stat()
        stat(place.path + "/index.sqlite", &facts)
        #expect(Int64(facts.st_size) < (try store.usedBytes()) + (1 << 20))
    }

    @Test func `a live session loses its older chapters and goes on`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1, started: 1_000))
        var traffic = SampleTraffic(seed: 9)
        var events: [RecordedEvent] = []
        for position in 1...30 {
            let batch = (0..<200).flatMap { _ in traffic.next() }
            events += batch
            try sink.commit(batch, position: UInt64(position))
        }
        #expect(try chapters(store, 1) >= 3)
        _ = try store.prune(RetentionPolicy(age: 1, size: nil, free: nil), dryRun: false)
        #expect(try chapters(store, 1) == 1)
        let batch = (0..<200).flatMap { _ in traffic.next() }
        events += batch
        try sink.commit(batch, position: 31, ending: true)
        let left = try store.allEntries(of: SessionDescription.test(1).id, limit: 1000)
        #expect(left == events.messages.suffix(left.count))
        #expect(isClean(place))
    }

    @Test func `a removed session leaves no byte in the store's files`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try fill(store, 1, chapters: 1)
        try fill(store, 2, chapters: 1)
        #expect(try store.remove(SessionDescription.test(1).id) ?? 0 > 100_000)
        #expect(try store.remove(SessionDescription.test(1).id) == nil)
        for file in ["index.sqlite", "index.sqlite-wal"] {
            var bytes: [UInt8] = []
            try FileReading(place.path + "/" + file).read { bytes += $0 }
            // Its server's name stays: it is a label of what was counted.
            for trace in ["UNIQUE-WORD-1", SessionDescription.test(1).id.text] {
                #expect(!bytes.contains(trace.utf8), "\(trace) in \(file)")
            }
        }
        #expect(try store.sessions().map(\.description.name) == ["server2"])
        #expect(isClean(place))
    }

    @Test func `a session that is being recorded is not removed`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try fill(store, 1, chapters: 1, ending: false)
        let id = SessionDescription.test(1).id
        let pointer = try AtomicFile(store.journalsDirectory + "/" + id.text)
        try pointer.commit()
        let failure = #expect(throws: StoreFailure.self) { _ = try store.remove(id) }
        #expect(failure?.kind == .unfinished)
        let report = try store.prune(RetentionPolicy(age: 0, size: nil, free: nil), dryRun: false)
        #expect(report.removed.isEmpty)
    }

    @Test func `a sink prunes by itself, one chapter to a commit`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        try fill(store, 1, chapters: 2, started: 1_000)
        let had = try chapters(store, 1)
        store.retention = RetentionPolicy(age: 86_400, size: nil, free: nil)
        let sink = try store.sink(for: .test(2, started: RealSystem.realtime()))
        try sink.commit([], position: 1)
        #expect(try chapters(store, 1) == had - 1)
        for position in 2...6 { try sink.commit([], position: UInt64(position)) }
        #expect(try store.sessions().map(\.description.name) == ["server2"])
    }

    @Test func `below the floor old recordings go first, then the new one waits`() throws {
        let place = TemporaryStore()
        let free = Box(UInt64(1 << 40))
        let system = SystemCalls(fileSystem: { _, facts in
            facts = FileSystemFacts(type: 0xef53, total: 1 << 42, available: free.value)
            return 0
        })
        let store = try Store.open(place.path, access: .write, system: system)
        store.retention = nil
        try fill(store, 1, chapters: 1, started: 1_000)
        store.retention = RetentionPolicy(age: nil, size: nil, free: 1 << 30)
        let sink = try store.sink(for: .test(2))
        try sink.commit([], position: 1)
        free.value = (1 << 30) - UInt64(try store.reusableBytes()) - 1000
        // What retention frees in the index is room for the new batch.
        let had = try chapters(store, 1)
        try sink.commit([], position: 2)
        #expect(try chapters(store, 1) == had - 1)
        free.value = 1000
        let failure = #expect(throws: SinkFailure.self) { try sink.commit([], position: 3) }
        #expect(failure?.kind == .full)
        #expect(try store.sessions().map(\.description.name) == ["server2"])
        free.value = 1 << 40
        try sink.commit([], position: 3)
        #expect(try store.coverage(of: SessionDescription.test(2).id)?.position == 3)
    }
}

/// A value that a closure of the test shares with it; the test runs on one thread.
final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}
