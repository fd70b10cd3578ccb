import MCPSemantics
import Platform
import Recording
import Testing

@testable import Journal

/// Sessions whose sink fails at random: everything arrives once, in order, or a gap says what is lacking.
@Suite struct RecorderThreadRetryTests {
    private let session = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)

    @Test func `a sink that fails at random gets everything once`() throws {
        let seed = UInt64.random(in: 0...(.max))
        let store = TemporaryStore()
        let sink = MemorySink()
        sink.content.with { content in
            content.fails = { attempt in
                var random = SplitMix(seed &+ UInt64(attempt))
                return random.next() % 2 == 0
            }
        }
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions(budget: 256 << 10))
        var options = RecorderOptions.quick
        options.commitSize = 4 << 10
        let recorder = RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink })
        try recorder.start()
        var random = SplitMix(seed)
        var kept: [String] = ["", ""]
        var lost = 0
        for number in 0..<3000 {
            let lane: Lane = random.next() % 2 == 0 ? .clientToServer : .serverToClient
            let line = "\(number) " + String(repeating: "z", count: Int(random.next() % 900)) + "\n"
            if writer.pass(line, on: lane) {
                kept[Int(lane.rawValue)] += line
            } else {
                lost += line.utf8.count
            }
        }
        writer.append(.ended(.serverExited, at: .zero))
        #expect(recorder.finish(within: 30_000) == .complete, "seed \(seed)")
        #expect(sink.text(of: .clientToServer) == kept[0], "seed \(seed)")
        #expect(sink.text(of: .serverToClient) == kept[1], "seed \(seed)")
        #expect(sink.gaps.reduce(0) { $0 + $1.bytes } == lost, "seed \(seed)")
        #expect(sink.isInOrder, "seed \(seed)")
    }

    @Test func `a sink that is gone is opened anew, and gets the batch that it lacks`() throws {
        let store = TemporaryStore()
        let said = Guarded<[RecorderReport]>([])
        let sinks = Guarded<[MemorySink]>([])
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        let recorder = RecorderThread(
            journal: writer, session: session, options: .quick,
            openSink: { () throws(SinkFailure) -> any RecordSink in
                let sink = MemorySink()
                sinks.with { $0.append(sink) }
                return sink
            },
            report: { report in said.with { $0.append(report) } })
        try recorder.start()
        #expect(writer.pass("one\n", on: .clientToServer))
        #expect(eventually { sinks.with { $0.first }?.text(of: .clientToServer) == "one\n" })
        sinks.with { $0.first }?.content.with { content in
            content.failure = SinkFailure(.gone, "the test took it away")
            content.fails = { _ in true }
        }
        #expect(writer.pass("two\n", on: .clientToServer))
        writer.append(.ended(.serverExited, at: .zero))
        #expect(recorder.finish(within: 30_000) == .complete)
        let opened = sinks.with { $0 }
        #expect(opened.map { $0.text(of: .clientToServer) } == ["one\n", "two\n"])
        #expect(
            said.with { $0 } == [
                .impaired("the test took it away"), .resumed("the store takes records again"),
            ])
    }

    @Test func `a store of a later version leaves the session to the journal`() throws {
        let store = TemporaryStore()
        let said = Guarded<[RecorderReport]>([])
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        let recorder = RecorderThread(
            journal: writer, session: session, options: .quick,
            openSink: { () throws(SinkFailure) -> any RecordSink in
                throw SinkFailure(.newerStore, "the store needs mcptape 9")
            }, report: { report in said.with { $0.append(report) } })
        try recorder.start()
        #expect(writer.pass("kept\n", on: .clientToServer))
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(eventually { said.with { !$0.isEmpty } })
        #expect(recorder.finish(within: 20) == .left("the store needs mcptape 9"))
        #expect(said.with { $0 } == [.impaired("the store needs mcptape 9")])
        #expect(store.files().contains("journal/s1/segment-0"))
    }

    @Test func `what is wrong with a store is said before there is traffic, when that was asked for`() throws
    {
        let store = TemporaryStore()
        let said = Guarded<[RecorderReport]>([])
        let sink = MemorySink()
        let attempts = Guarded(0)
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        var options = RecorderOptions.quick
        options.opensSinkAtOnce = true
        let recorder = RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in
                let isFirst = attempts.with { count in
                    count += 1
                    return count == 1
                }
                if isFirst { throw SinkFailure(.failed, "the store is read-only") }
                return sink
            }, report: { report in said.with { $0.append(report) } })
        try recorder.start()
        #expect(eventually { said.with { $0 == [.impaired("the store is read-only")] } })
        #expect(writer.pass("kept\n", on: .clientToServer))
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(recorder.finish(within: 10_000) == .complete)
        #expect(sink.text(of: .clientToServer) == "kept\n")
        #expect(said.with { $0.last } == .resumed("the store takes records again"))
    }

    @Test func `a store that is busy for a moment is not worth a word`() throws {
        let store = TemporaryStore()
        let sink = MemorySink()
        sink.content.with {
            $0.failures = 3
            $0.failure = SinkFailure(.busy, "locked")
        }
        let said = Guarded<[RecorderReport]>([])
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        var options = RecorderOptions.quick
        options.busyPatience = 60_000_000_000
        let recorder = RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink },
            report: { report in said.with { $0.append(report) } })
        try recorder.start()
        #expect(writer.pass("kept\n", on: .clientToServer))
        #expect(recorder.finish(within: 20_000) == .complete)
        #expect(said.with { $0 }.isEmpty)
        #expect(sink.text(of: .clientToServer) == "kept\n")
    }

    @Test func `an idle journal falls back to one segment, and its recorder sleeps`() throws {
        let store = TemporaryStore()
        let sink = MemorySink()
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        var options = RecorderOptions.quick
        options.trimDelay = 10_000_000
        let recorder = RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink })
        try recorder.start()
        let pool = try #require(writer.memory.files?.pool)
        for _ in 0..<300 {
            #expect(writer.pass(String(repeating: "x", count: 999) + "\n", on: .clientToServer))
        }
        #expect(pool.heldBytes > 64 << 10)
        #expect(eventually { pool.heldBytes == 64 << 10 })
        #expect(eventually { writer.memory.files?.sleeps.pointee == 1 })
        #expect(writer.pass("more\n", on: .clientToServer))
        #expect(eventually { sink.text(of: .clientToServer).hasSuffix("more\n") })
        #expect(recorder.finish(within: 20_000) == .complete)
    }
}
