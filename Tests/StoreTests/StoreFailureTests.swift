import CSQLite
import Glibc
import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct StoreFailureTests {
    private let id = SessionDescription.test(1).id

    private func batches(_ count: Int, exchanges: Int) -> [[RecordedEvent]] {
        var traffic = SampleTraffic(seed: 6)
        return (0..<count).map { _ in (0..<exchanges).flatMap { _ in traffic.next() } }
    }

    /// The store is sound and holds exactly the first `count` batches.
    private func expect(_ place: TemporaryStore, holds batches: [[RecordedEvent]], _ count: Int, _ step: Int)
        throws
    {
        let report = Doctor.examine(place.path, repairs: false)
        let findings = report.findings.filter { !["space", "abandoned", "missing"].contains($0.code) }
        #expect(findings == [], "step \(step)")
        guard count > 0 else { return }
        let reader = try place.open(.read)
        let events = Array(batches[..<count].joined())
        #expect(try reader.allEntries(of: id, limit: 1000) == events.messages, "step \(step)")
        #expect(try reader.allExchanges(of: id, limit: 1000) == events.exchanges, "step \(step)")
        #expect(try reader.coverage(of: id)?.position == UInt64(count), "step \(step)")
    }

    @Test(arguments: [ENOSPC, EIO, EACCES])
    func `whichever system call fails, a batch is there or not, and the next try succeeds`(error: Int32)
        throws
    {
        let batches = batches(3, exchanges: 20)
        for step in 1... {
            let place = TemporaryStore()
            let faults = Faults(failing: step, with: error)
            var store: Store?
            var sink: StoreSink?
            var done = 0
            for _ in 0..<10 where done < batches.count {
                do {
                    if store == nil { store = try place.open(system: faults.system) }
                    if sink == nil { sink = try store?.sink(for: .test(1)) }
                    try sink?.commit(batches[done], position: UInt64(done + 1))
                    done += 1
                } catch {
                    #expect(faults.hasFired)
                }
            }
            #expect(done == batches.count)
            try expect(place, holds: batches, done, step)
            if !faults.hasFired { break }
        }
    }

    /// One after the other: SQLite's table of calls, and so what makes a write fail, is one for the process.
    @Test(.serialized, arguments: [ENOSPC, EIO])
    func `whichever write of SQLite's fails, a batch is there or not, and the next try succeeds`(
        error: Int32
    ) throws {
        let batches = batches(3, exchanges: 15)
        for step in stride(from: 1, to: 10_000, by: 3) {
            let place = TemporaryStore()
            let store = try place.open()
            let sink = try store.sink(for: .test(1))
            SQLiteFaults.arm(step, error: error)
            var done = 0
            for _ in 0..<10 where done < batches.count {
                do {
                    try sink.commit(batches[done], position: UInt64(done + 1))
                    done += 1
                    try store.checkpoint()
                } catch {
                    #expect(SQLiteFaults.hasFired)
                    if let failure = error as? SinkFailure, SQLiteFaults.error == ENOSPC {
                        #expect(failure.kind == .full)
                    }
                }
            }
            let hasFired = SQLiteFaults.disarm()
            #expect(done == batches.count)
            try expect(place, holds: batches, done, step)
            if !hasFired { break }
        }
    }

    @Test func `a full disk loses no batch that was taken, and takes the next when space is back`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1))
        let batches = batches(12, exchanges: 60)
        var limit = 60
        try store.database.execute("PRAGMA max_page_count = \(limit)")
        var refusals = 0
        for (index, batch) in batches.enumerated() {
            while true {
                do {
                    try sink.commit(batch, position: UInt64(index + 1))
                    break
                } catch let failure as SinkFailure {
                    #expect(failure.kind == .full)
                    refusals += 1
                    if refusals % 5 == 1 { try expect(place, holds: batches, index, refusals) }
                    limit += 12
                    try store.database.execute("PRAGMA max_page_count = \(limit)")
                }
            }
        }
        #expect(refusals >= 2)
        try expect(place, holds: batches, batches.count, 0)
    }

    @Test func `when space runs out the oldest recordings make room`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let batches = batches(8, exchanges: 60)
        let old = try store.sink(for: .test(2, started: 1_000))
        for (index, batch) in batches.enumerated() {
            try old.commit(batch, position: UInt64(index + 1), ending: index == batches.count - 1)
        }
        try store.checkpoint()
        let pages = try store.database.integer("PRAGMA page_count") ?? 0
        store.retention = RetentionPolicy(age: nil, size: nil, free: 1)
        try store.database.execute("PRAGMA max_page_count = \(pages + 30)")
        let sink = try store.sink(for: .test(1))
        for (index, batch) in batches.enumerated() { try sink.commit(batch, position: UInt64(index + 1)) }
        #expect(try store.sessions().map(\.description.name) == ["server1"])
        try expect(place, holds: batches, batches.count, 0)
    }
}

/// Makes SQLite's N-th write on this thread fail, once. SQLite's table of calls is one for the process, so
/// other tests' threads pass through.
enum SQLiteFaults {
    nonisolated(unsafe) private static var thread: pthread_t?
    nonisolated(unsafe) private static var left = 0
    nonisolated(unsafe) private(set) static var error: Int32 = 0
    static var hasFired: Bool { left <= 0 }

    static func arm(_ step: Int, error: Int32) {
        _ = installation
        left = step
        self.error = error
        thread = pthread_self()
    }

    /// Whether it fired.
    static func disarm() -> Bool {
        thread = nil
        return hasFired
    }

    fileprivate static func fault() -> Bool {
        guard let thread, pthread_equal(thread, pthread_self()) != 0 else { return false }
        left -= 1
        if left == 0 { errno = error }
        return left == 0
    }

    private static let installation: Void = {
        guard let vfs = sqlite3_vfs_find(nil) else { return }
        let pwrite: @convention(c) (Int32, UnsafeRawPointer?, Int, off_t) -> Int = {
            SQLiteFaults.fault() ? -1 : Glibc.pwrite($0, $1, $2, $3)
        }
        let write: @convention(c) (Int32, UnsafeRawPointer?, Int) -> Int = {
            SQLiteFaults.fault() ? -1 : Glibc.write($0, $1, $2)
        }
        let truncate: @convention(c) (Int32, off_t) -> Int32 = {
            SQLiteFaults.fault() ? -1 : Glibc.ftruncate($0, $1)
        }
        for (name, call) in [
            ("pwrite", unsafeBitCast(pwrite, to: sqlite3_syscall_ptr.self)),
            ("pwrite64", unsafeBitCast(pwrite, to: sqlite3_syscall_ptr.self)),
            ("write", unsafeBitCast(write, to: sqlite3_syscall_ptr.self)),
            ("ftruncate", unsafeBitCast(truncate, to: sqlite3_syscall_ptr.self)),
        ] {
            _ = vfs.pointee.xSetSystemCall?(vfs, name, call)
        }
    }()
}
