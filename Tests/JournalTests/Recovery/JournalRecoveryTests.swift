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

@Suite struct JournalRecoveryTests {
    private let store = TemporaryStore()
    private let sink = MemorySink()
    private let session = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)

    private func writer(
        _ options: JournalOptions = smallOptions(), system: SystemCalls = SystemCalls()
    ) throws -> JournalWriter {
        try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: options, system: system)
    }

    private func recover(
        _ store: TemporaryStore, into sink: MemorySink, system: SystemCalls = SystemCalls()
    ) -> [RecoveryOutcome] {
        // A copied store's pointers still name the original's journal: only look in the copy.
        let pointers = store.pointers
        var sessions: [String] = []
        _ = RealSystem.entries(store.journal, &sessions)
        mkdir(pointers, 0o700)
        for name in Set(sessions + store.files(below: pointers)) {
            _ = RealSystem.unlink(pointers + "/" + name)
            let pointer = JournalPointer(directory: pointers, session: name)
            try? pointer.write(store.journal + "/" + name, system: SystemCalls())
        }
        return recovery(store, into: sink, system: system).recoverAll()
    }

    private func recovery(
        _ store: TemporaryStore, into sink: MemorySink, system: SystemCalls = SystemCalls()
    ) -> JournalRecovery {
        JournalRecovery(
            store: store.path, system: system,
            coverage: { (_: SessionID) throws(SinkFailure) -> JournalCoverage? in sink.coverage },
            sink: { (_: SessionDescription) throws(SinkFailure) -> any RecordSink in sink })
    }

    /// What a crash right now leaves.
    private func crash() -> TemporaryStore {
        let copy = TemporaryStore()
        store.copy(to: copy)
        return copy
    }

    @Test func `a journal without an owner is recovered to its last byte, and ends as interrupted`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer, at: 1))
        #expect(writer.pass("two\nhalf", on: .serverToClient, at: 2))
        let copy = crash()
        let outcomes = recover(copy, into: sink)
        #expect(outcomes.map(\.session.text) == ["s1"])
        #expect(
            outcomes.allSatisfy {
                if case .recovered(_, wasInterrupted: true, isDamaged: false) = $0.result {
                    true
                } else {
                    false
                }
            })
        #expect(outcomes.first?.message?.contains("session s1 was interrupted; recovered") == true)
        #expect(sink.text(of: .clientToServer) == "one\n")
        #expect(sink.text(of: .serverToClient) == "two\nhalf")
        #expect(sink.state?.end?.reason == .interrupted)
        #expect(copy.files() == ["journal", "journals"])
        #expect(recover(copy, into: sink).isEmpty)
        withExtendedLifetime(writer) {}
    }

    @Test(arguments: [[UInt8]("no checkpoint".utf8), [0], [UInt8](repeating: 0xFF, count: 300)])
    func `after a checkpoint that cannot be read no number is given twice`(checkpoint: [UInt8]) throws {
        let writer = try writer(smallOptions(budget: 8 << 20))
        for number in 1...5 {
            #expect(
                writer.pass(
                    #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","params":{"name":"x"}}"# + "\n",
                    on: .clientToServer, at: Int64(number)))
        }
        // What the store has: everything until now, and more numbers than the journal alone would give.
        var stored = Recorder.Numbers(sequence: 70, body: 3, exchange: 40)
        let files = try #require(writer.memory.files)
        let coverage = JournalCoverage(
            position: files.committed, checkpoint: checkpoint, newest: stored)
        for number in 6...8 {
            #expect(
                writer.pass(
                    #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","params":{"name":"x"}}"# + "\n",
                    on: .clientToServer, at: Int64(number)))
        }
        let large = String(repeating: "x", count: 1500 << 10) + "\n"
        for start in stride(from: 0, to: large.utf8.count, by: 16 << 10) {
            let piece = String(large.dropFirst(start).prefix(16 << 10))
            #expect(writer.pass(piece, on: .serverToClient, at: 9))
        }
        let copy = crash()
        let sink = sink
        let recovery = JournalRecovery(
            store: copy.path,
            coverage: { (_: SessionID) throws(SinkFailure) -> JournalCoverage? in coverage },
            sink: { (_: SessionDescription) throws(SinkFailure) -> any RecordSink in sink })
        let pointer = JournalPointer(directory: copy.pointers, session: "s1")
        pointer.remove(system: SystemCalls())
        try pointer.write(copy.journal + "/s1", system: SystemCalls())
        #expect(recovery.recoverAll().count == 1)
        var exchanges: Set<Int> = []
        for event in sink.events {
            switch event {
            case .message(let message):
                #expect(message.sequence > stored.sequence)
                stored.sequence = message.sequence
                if case .parts(let body, _) = message.body { #expect(body == 4) }
            case .part(let part): #expect(part.body == 4)
            case .exchange(let exchange): exchanges.insert(exchange.number)
            case .gap(let gap): #expect(gap.sequence > stored.sequence)
            }
        }
        #expect(exchanges.min() == 41)
        #expect(stored.sequence > 70)
        #expect(sink.state?.end?.reason == .interrupted)
        withExtendedLifetime(writer) {}
    }

    @Test func `a clean end whose last bytes the store lacked is no failure`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer, at: 1))
        writer.append(.ended(.clientClosed, at: .zero))
        let outcome = try #require(recover(crash(), into: sink).first)
        let message = try #require(outcome.message)
        #expect(message.contains("session s1 had ended; its last "))
        #expect(message.contains("were taken over from its journal"))
        withExtendedLifetime(writer) {}
    }

    @Test func `a journal whose owner lives is left alone`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer))
        let before = store.files()
        #expect(JournalRecovery.isOwned(session.id, store: store.path))
        let outcomes = recovery(store, into: sink).recoverAll()
        #expect(outcomes.map(\.result) == [.owned])
        #expect(store.files() == before)
        #expect(sink.batches.isEmpty)
        #expect(writer.pass("two\n", on: .clientToServer))
    }

    @Test func `a crash at any named point loses nothing and doubles nothing`() throws {
        let crashes = Guarded<[(String, TemporaryStore, [RecordBatch])]>([])
        let store = store
        let sink = sink
        let system = SystemCalls(reached: { point in
            let copy = TemporaryStore()
            store.copy(to: copy)
            crashes.with { $0.append(("\(point)", copy, sink.batches)) }
        })
        let writer = try writer(smallOptions(budget: 4 * (64 << 10)), system: system)
        var options = RecorderOptions.quick
        options.commitSize = 8 << 10
        let recorder = RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink })
        try recorder.start()
        var passed: [String] = []
        for number in 0..<300 {
            let line = "\(number) " + String(repeating: "x", count: 500) + "\n"
            // A gap would be right as well, but is not what this test is about.
            while writer.reserve(minimum: 1000) == nil { SystemClock().rest() }
            #expect(writer.pass(line, on: .clientToServer))
            passed.append(line)
        }
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(recorder.finish(within: 10_000) == .complete)

        let points = crashes.with { $0 }
        #expect(Set(points.map(\.0)).isSuperset(of: ["journal.made", "recorder.commit", "journal.removed"]))
        for (point, copy, batches) in points {
            let sink = MemorySink()
            sink.content.with { $0.batches = batches }
            _ = recover(copy, into: sink)
            let text = sink.text(of: .clientToServer)
            #expect(passed.joined().hasPrefix(text), "at \(point)")
            #expect(text.utf8.count >= batches.last.map { _ in 1 } ?? 0, "at \(point)")
            #expect(sink.isInOrder, "at \(point)")
            #expect(sink.batches.isEmpty || sink.state?.end != nil, "at \(point)")
            #expect(copy.files() == ["journal", "journals"], "at \(point)")
        }
    }

    @Test func `recovery that dies in its middle is finished by the next, exactly once`() throws {
        let seed = UInt64.random(in: 0...(.max))
        let writer = try writer(smallOptions(budget: 32 << 20))
        var expected = ""
        for number in 0..<20_000 {
            let line = "\(number) " + String(repeating: "y", count: number % 97) + "\n"
            #expect(writer.pass(line, on: .serverToClient))
            expected += line
        }
        let copy = crash()
        var random = SplitMix(seed)
        for round in 0..<100 {
            let failAt = Int(random.next() % 3)
            sink.content.with { content in
                let before = content.attempts
                content.fails = { attempt in round < 6 && attempt > before + failAt }
            }
            let results = recover(copy, into: sink).map(\.result)
            if case .recovered = results.first { break }
            #expect(results == [.failed("the test says no")], "seed \(seed)")
        }
        #expect(sink.text(of: .serverToClient) == expected, "seed \(seed)")
        #expect(sink.isInOrder, "seed \(seed)")
        withExtendedLifetime(writer) {}
    }

    @Test func `a loss that no record tells of yet is not hidden by a crash`() throws {
        let writer = try writer(smallOptions(budget: 64 << 10))
        while writer.pass(String(repeating: "z", count: 999) + "\n", on: .clientToServer, at: 4) {}
        #expect(!writer.pass("more", on: .serverToClient, at: 8))
        writer.append(.exited(.code(3), at: Timestamp(nanoseconds: 9)))
        let copy = crash()
        _ = recover(copy, into: sink)
        #expect(sink.gaps.map(\.clientToServer) == [1000])
        #expect(sink.gaps.map(\.serverToClient) == [4])
        #expect(sink.gaps.map(\.cutLanes) == [[.serverToClient]])
        #expect(sink.isInOrder)
        withExtendedLifetime(writer) {}
    }

    @Test func `a journal without a pointer is found in the directories that are known`() throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer))
        let copy = TemporaryStore()
        store.copy(to: copy)
        // The copy's head names the original store: it is stray there, and must be left to its own store.
        _ = RealSystem.unlink(copy.pointers + "/s1")
        #expect(recovery(copy, into: sink).recoverAll().isEmpty)
        #expect(copy.files().contains("journal/s1/head"))

        // In the store that it names it is recovered.
        _ = RealSystem.unlink(store.pointers + "/s1")
        TemporaryStore.remove(store.journal + "/s1")
        copy.copy(to: store)
        let outcomes = recovery(store, into: sink).recoverAll()
        #expect(outcomes.map(\.session.text) == ["s1"])
        #expect(sink.text(of: .clientToServer) == "one\n")
        withExtendedLifetime(writer) {}
    }

    @Test(arguments: [
        (0, "does not begin like a journal"), (8, "format"), (18, "description"), (4096, "session"),
    ]) func `a damaged head is told, and left as it is`(_ at: Int, _ words: String) throws {
        let writer = try writer()
        #expect(writer.pass("one\n", on: .clientToServer))
        let copy = crash()
        change(copy.journal + "/s1/head", at: at)
        let before = copy.files()
        let outcome = try #require(recover(copy, into: sink).first)
        #expect(outcome.message?.contains(words) == true, "\(outcome)")
        #expect(copy.files() == before)
        #expect(sink.batches.isEmpty)
        withExtendedLifetime(writer) {}
    }

    @Test func `a journal of a later format is left to a later version`() throws {
        let writer = try writer()
        let copy = crash()
        change(copy.journal + "/s1/head", at: 8, to: 2)
        let outcome = try #require(recover(copy, into: sink).first)
        #expect(outcome.result == .newer(version: 2))
        #expect(copy.files().contains("journal/s1/head"))
        withExtendedLifetime(writer) {}
    }

    @Test func `any single byte of a segment may be wrong, and any length may be missing`() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SplitMix(seed)
        let writer = try writer()
        for number in 0..<40 {
            #expect(writer.pass("line \(number)\n", on: .clientToServer, at: Int64(number)))
        }
        let committed = Int(try #require(writer.memory.files).committed)
        for round in 0..<60 {
            let copy = crash()
            let sink = MemorySink()
            let segment = copy.journal + "/s1/segment-0"
            if round % 2 == 0 {
                change(
                    segment, at: Int(random.next() % UInt64(committed)),
                    to: UInt8(truncatingIfNeeded: random.next()))
            } else {
                let descriptor = Int32(RealSystem.open(segment, 2, 0))
                _ = RealSystem.truncate(descriptor, off_t(random.next() % UInt64(committed + 100)))
                _ = RealSystem.close(descriptor)
            }
            let outcome = try #require(recover(copy, into: sink).first, "seed \(seed)")
            guard case .recovered(_, _, let isDamaged) = outcome.result else {
                Issue.record("\(outcome), seed \(seed)")
                continue
            }
            #expect(!isDamaged || sink.gaps.count == 1, "seed \(seed)")
            #expect(sink.state?.end?.reason == .interrupted, "seed \(seed)")
            #expect(copy.files() == ["journal", "journals"], "seed \(seed)")
        }
    }

    @Test
    func `an unfinished journal is removed, and a pointer to nothing is kept while it may be elsewhere`()
        throws
    {
        let writer = try writer()
        let copy = crash()
        let descriptor = Int32(RealSystem.open(copy.journal + "/s1/head", 2, 0))
        _ = RealSystem.truncate(descriptor, 0)
        _ = RealSystem.close(descriptor)
        #expect(recover(copy, into: sink).map(\.result) == [.removed])
        #expect(copy.files() == ["journal", "journals"])

        let other = crash()
        TemporaryStore.remove(other.journal + "/s1")
        #expect(recover(other, into: sink).map(\.result) == [.unreachable])
        // After a restart of the machine it cannot come back.
        let later = SystemCalls(realtime: { RealSystem.realtime() + 1_000_000_000_000_000 })
        #expect(recover(other, into: sink, system: later).map(\.result) == [.lost])
        #expect(other.files() == ["journal", "journals"])
        withExtendedLifetime(writer) {}
    }

    private func change(_ path: String, at offset: Int, to value: UInt8 = 0x5a) {
        let descriptor = Int32(RealSystem.open(path, 2, 0))
        var byte = value
        _ = RealSystem.pwrite(descriptor, &byte, 1, off_t(offset))
        _ = RealSystem.close(descriptor)
    }
}

/// A small deterministic generator, so that a printed seed repeats a run.
struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
