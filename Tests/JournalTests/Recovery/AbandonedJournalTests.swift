import Platform
import Recording
import Testing

@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct AbandonedJournalTests {
    private let store = TemporaryStore()
    private let session = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)

    private func writer() throws -> JournalWriter {
        try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions(), system: SystemCalls())
    }

    /// What a crash right now leaves.
    private func crash() -> TemporaryStore {
        let copy = TemporaryStore()
        store.copy(to: copy)
        return copy
    }

    @Test func `a stray journal of another store is neither locked nor opened twice`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer))
        let copy = crash()
        let calls = Guarded<(locks: Int, opens: Int)>((0, 0))
        let system = SystemCalls(
            open: { path, flags, mode in
                if path.hasPrefix(copy.journal) { calls.with { $0.opens += 1 } }
                return RealSystem.open(path, flags, mode)
            },
            lock: { descriptor, operation in
                calls.with { $0.locks += 1 }
                return RealSystem.lock(descriptor, operation)
            })
        let other = TemporaryStore()
        let recovery = JournalRecovery(
            store: other.path, system: system,
            coverage: { (_: SessionID) throws(SinkFailure) -> JournalCoverage? in nil },
            sink: { (_: SessionDescription) throws(SinkFailure) -> any RecordSink in MemorySink() })
        #expect(recovery.recoverAll(also: [copy.journal]).isEmpty)
        #expect(calls.with { $0.locks } == 0)
        #expect(calls.with { $0.opens } == 1)
        #expect(copy.files(below: copy.journal) == ["s1", "s1/head", "s1/segment-0"])
        withExtendedLifetime(writer) {}
    }

    @Test func `an abandoned journal is found, and goes when it is old and its store is still gone`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer))
        let copy = crash()
        func abandoned(_ system: SystemCalls = SystemCalls()) -> [AbandonedJournal] {
            let nowhere = TemporaryStore()
            return AbandonedJournal.all(store: nowhere.path, also: [copy.journal], system: system)
                .filter { $0.path.hasPrefix(copy.journal) }
        }
        // Its store is there: not abandoned.
        #expect(abandoned().isEmpty)
        let gone = SystemCalls(status: { [path = store.path] name, facts in
            name == path ? -Int(ENOENT) : RealSystem.status(name, &facts)
        })
        let young = try #require(abandoned(gone).first)
        #expect(young.store == store.path && young.session == session.id && young.bytes > 0)
        #expect(!young.isRemovable && !young.remove(system: gone))
        var old = young
        old.age = AbandonedJournal.safeAge
        // It came back between the look and the removal.
        #expect(!old.remove())
        let lock = Int32(RealSystem.open(old.path + "/head", O_RDONLY, 0))
        #expect(RealSystem.lock(lock, LOCK_EX | LOCK_NB) >= 0)
        #expect(abandoned(gone).isEmpty)
        #expect(!old.remove(system: gone))
        _ = RealSystem.close(lock)
        #expect(old.remove(system: gone))
        #expect(copy.files(below: copy.journal).isEmpty)
        withExtendedLifetime(writer) {}
    }
}
