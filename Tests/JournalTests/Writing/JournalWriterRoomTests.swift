import MCPSemantics
import Platform
import Recording
import Testing

@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Budgets, `--fail-closed`, `--durable`, and what a slow peer holds.
@Suite struct JournalWriterRoomTests {
    private let store = TemporaryStore()
    private let line = String(repeating: "x", count: 999) + "\n"

    private func makeWriter(
        _ name: String = "s1", _ options: JournalOptions = smallOptions(), system: SystemCalls = SystemCalls()
    ) throws(JournalFailure) -> JournalWriter {
        let session = SessionDescription(id: SessionID(name), name: name, transport: .stdio)
        return try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: options, system: system)
    }

    /// A file system of `total` bytes that only holds this test's journals.
    private func small(_ total: Int, type: Int64 = 0x0102_1994) -> SystemCalls {
        let store = store
        let used: @Sendable () -> Int = {
            store.files().reduce(0) { sum, name in
                var facts = stat()
                let isFile =
                    RealSystem.status(store.path + "/" + name, &facts) >= 0
                    && facts.st_mode & S_IFMT == S_IFREG
                return sum + (isFile ? Int(facts.st_size) : 0)
            }
        }
        return SystemCalls(
            allocate: { descriptor, at, count in
                used() + Int(count) > total ? -Int(ENOSPC) : RealSystem.allocate(descriptor, at, count)
            },
            fileSystem: { _, facts in
                facts = FileSystemFacts(
                    type: type, total: UInt64(total), available: UInt64(max(0, total - used())))
                return 0
            })
    }

    @Test func `forty idle journals and a busy one share 64 MiB`() throws {
        let system = small(64 << 20)
        let options = JournalOptions()
        let idle = try (0..<40).map { try makeWriter("idle\($0)", options, system: system) }
        let busy = try makeWriter("busy", options, system: system)
        #expect(idle.allSatisfy { $0.failure == nil } && busy.failure == nil)
        #expect(idle.allSatisfy { $0.pass("hello\n", on: .clientToServer) })
        let chunk = [UInt8](repeating: 0x61, count: 30_000)
        var kept = 0
        while busy.pass(chunk, on: .serverToClient) { kept += 1 }
        // A quarter of what is free: of 23 MiB here.
        #expect(kept * chunk.count > 4 << 20 && kept * chunk.count < 7 << 20)
        #expect(idle.allSatisfy { $0.pass("still here\n", on: .clientToServer) })
        #expect(idle.allSatisfy { $0.memory.files?.pool.heldBytes == 1 << 20 })
        #expect(busy.memory.trouble.with { $0 }?.contains("quarter") == true)
    }

    @Test func `with fail-closed there is no journal without room for one, and no loss when it is full`()
        throws
    {
        var options = smallOptions(budget: 64 << 10)
        options.failsClosed = true
        let full = SystemCalls(allocate: { _, _, _ in -Int(ENOSPC) })
        #expect(throws: JournalFailure.self) { try makeWriter("s1", options, system: full) }

        let writer = try makeWriter("s2", options)
        var tail = JournalTail(files: try #require(writer.memory.files))
        var passed = 0
        while let room = writer.reserve(minimum: 1000) {
            room.copyBytes(from: Array(line.utf8))
            writer.forwarded(
                .clientToServer, upTo: writer.append(lane: .clientToServer, time: .zero, count: 1000).end)
            passed += 1
        }
        writer.append(.laneEnded(.serverToClient, at: .zero))
        #expect(writer.reserve() == nil)
        var seen: [TransportEvent] = []
        while tail.read({ seen.append($0) }) > 0 {}
        #expect(seen.count == passed && passed > 50)
        tail.recycle(recorded: tail.position, isHeld: writer.memory.isHeld)
        // As soon as there is room, first what waited.
        #expect(writer.reserve(minimum: 1000) != nil)
        while tail.read({ seen.append($0) }) > 0 {}
        #expect(seen.last?.kind == .laneEnded)
        #expect(!seen.contains { $0.kind == .gap })
    }

    @Test func `what a slow peer still needs is not recycled, what came after it is`() throws {
        let writer = try makeWriter("s1", smallOptions(budget: 1 << 20))
        var tail = JournalTail(files: try #require(writer.memory.files))
        let room = try #require(writer.reserve(minimum: 1000))
        room.copyBytes(from: Array(line.utf8))
        let held = writer.append(lane: .serverToClient, time: .zero, count: 1000)
        for _ in 0..<600 { #expect(writer.pass(line, on: .standardError)) }
        while tail.read({ _ in }) > 0 {}
        tail.recycle(recorded: tail.position, isHeld: writer.memory.isHeld)
        #expect(tail.isHolding)
        #expect(writer.memory.files?.pool.freeCount ?? 0 >= 8)
        for _ in 0..<600 { #expect(writer.pass(line, on: .standardError)) }
        #expect(Array(held.bytes) == Array(line.utf8))
        writer.forwarded(.serverToClient, upTo: held.end)
        while tail.read({ _ in }) > 0 {}
        tail.recycle(recorded: tail.position, isHeld: writer.memory.isHeld)
        #expect(!tail.isHolding)
    }

    @Test func `durable needs a disk, and syncs the bytes before the head`() throws {
        var options = smallOptions()
        options.isDurable = true
        let inMemory = small(64 << 20)
        let refused = #expect(throws: JournalFailure.self) { try makeWriter("s1", options, system: inMemory) }
        #expect(refused?.kind == .durableNeedsDisk)

        let synced = Guarded<[Int]>([])
        let system = SystemCalls(
            syncMapping: { address, count in
                synced.with { $0.append(count) }
                return RealSystem.syncMapping(address, count)
            },
            fileSystem: { _, facts in
                facts = FileSystemFacts(type: 0xEF53, total: 1 << 40, available: 1 << 40)
                return 0
            })
        let writer = try makeWriter("s2", options, system: system)
        let files = try #require(writer.memory.files)
        synced.with { $0 = [] }
        #expect(writer.pass(line, on: .clientToServer))
        #expect(synced.with { $0 } == [64 + 24 + 1000, 4096])
        #expect(files.synced == files.committed)
        for _ in 0..<100 { #expect(writer.pass(line, on: .clientToServer)) }
        #expect(files.synced == files.committed)
    }

    @Test func `a segment on a disk is overwritten once it is recorded`() throws {
        let onDisk = small(64 << 20, type: 0xEF53)
        let writer = try makeWriter("s1", smallOptions(budget: 4 << 20), system: onDisk)
        var tail = JournalTail(files: try #require(writer.memory.files))
        for _ in 0..<100 { #expect(writer.pass(line, on: .clientToServer)) }
        let segment = store.journal + "/s1/segment-0"
        #expect(TemporaryStore.bytes(of: segment).contains(UInt8(ascii: "x")))
        while tail.read({ _ in }) > 0 {}
        tail.recycle(recorded: tail.position, isHeld: writer.memory.isHeld)
        #expect(TemporaryStore.bytes(of: segment).allSatisfy { $0 == 0 })
    }

    @Test func `two threads may take and give back segments at once`() throws {
        let pool = SegmentPool(
            directory: store.path, isOnDisk: false, options: smallOptions(budget: 1 << 20),
            system: SystemCalls())
        for _ in 0..<8 { pool.addFree(try pool.make()) }
        let taken = Guarded<Set<Int>>([])
        let faults = Guarded(0)
        let work: @Sendable () -> Void = {
            for _ in 0..<20_000 {
                guard let slot = pool.takeFree() else { continue }
                if !taken.with({ $0.insert(slot).inserted }) { faults.with { $0 += 1 } }
                _ = taken.with { $0.remove(slot) }
                pool.addFree(slot)
            }
        }
        let threads = try (0..<3).map { _ in try WorkerThread("test", work) }
        work()
        for thread in threads { thread.join() }
        #expect(faults.with { $0 } == 0)
        #expect(pool.freeCount == 8)
        while pool.trim(keeping: 0) {}
        #expect(pool.heldBytes == 0 && store.files().isEmpty)
    }
}
