import MCPSemantics
import Platform
import Recording
import Testing

@testable import Journal

@Suite struct RecorderThreadTests {
    private let store = TemporaryStore()
    private let sink = MemorySink()
    private let said = Guarded<[RecorderReport]>([])
    private var session: SessionDescription {
        SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)
    }

    private func writer(
        _ options: JournalOptions = smallOptions(), system: SystemCalls = SystemCalls()
    ) throws -> JournalWriter {
        try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: options, system: system)
    }

    private func recorder(_ writer: JournalWriter, _ options: RecorderOptions = .quick) -> RecorderThread {
        let sink = sink
        let said = said
        return RecorderThread(
            journal: writer, session: session, options: options,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink },
            report: { report in said.with { $0.append(report) } })
    }

    @Test func `traffic arrives in the sink and the journal is gone at the end`() throws {
        let writer = try writer()
        let recorder = recorder(writer)
        try recorder.start()
        for number in 0..<2000 { #expect(writer.pass("line \(number)\n", on: .clientToServer)) }
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(recorder.finish(within: 10_000) == .complete)
        #expect(sink.text(of: .clientToServer) == (0..<2000).map { "line \($0)\n" }.joined())
        #expect(sink.isInOrder)
        #expect(sink.state?.end?.reason == .clientClosed)
        #expect(store.files() == ["journal", "journals"])
        #expect(said.with { $0 }.isEmpty)
    }

    @Test func `what is appended is committed while the session lives`() throws {
        let writer = try writer()
        let recorder = recorder(writer)
        try recorder.start()
        for number in 0..<5 {
            #expect(writer.pass("line \(number)\n", on: .serverToClient))
            #expect(eventually { sink.text(of: .serverToClient).hasSuffix("line \(number)\n") })
        }
        #expect(recorder.finish(within: 10_000) == .complete)
    }

    @Test func `after traffic, when everything is committed, the sink rests once`() throws {
        var options = RecorderOptions.quick
        options.trimDelay = 1_000_000
        let writer = try writer()
        let recorder = recorder(writer, options)
        try recorder.start()
        for number in 1...3 {
            #expect(writer.pass("line \(number)\n", on: .serverToClient))
            #expect(eventually { sink.content.with { $0.rests.last } == number })
        }
        #expect(recorder.finish(within: 10_000) == .complete)
        #expect(sink.content.with { $0.rests } == [1, 2, 3])
    }

    @Test func `a sink that fails gets the same batch again, and trouble is said once`() throws {
        sink.content.with { $0.failures = 5 }
        let writer = try writer()
        let recorder = recorder(writer)
        try recorder.start()
        #expect(writer.pass("a\n", on: .clientToServer))
        #expect(eventually { !sink.batches.isEmpty })
        #expect(eventually { said.with { $0.count } == 2 })
        #expect(
            said.with { $0 } == [.impaired("the test says no"), .resumed("the store takes records again")])
        #expect(recorder.finish(within: 10_000) == .complete)
        #expect(sink.text(of: .clientToServer) == "a\n")
        #expect(sink.isInOrder)
    }

    @Test func `a sink that never takes anything leaves the journal to the next process`() throws {
        sink.content.with { $0.failures = .max }
        let writer = try writer()
        let recorder = recorder(writer)
        try recorder.start()
        #expect(writer.pass("a\n", on: .clientToServer))
        writer.append(.ended(.serverExited, at: .zero))
        #expect(eventually { sink.content.with { $0.attempts } > 0 })
        #expect(recorder.finish(within: 30) == .left("the test says no"))
        #expect(store.files().contains("journal/s1/head"))
    }

    @Test func `without room bytes are counted, and a gap tells of them as soon as there is room`() throws {
        sink.content.with { $0.failures = .max }
        let writer = try writer(smallOptions(budget: 2 * (64 << 10)))
        let recorder = recorder(writer)
        try recorder.start()
        let line = String(repeating: "x", count: 999) + "\n"
        var kept = 0
        var lost = 0
        for _ in 0..<300 { if writer.pass(line, on: .clientToServer, at: 7) { kept += 1 } else { lost += 1 } }
        #expect(writer.pass("half", on: .serverToClient, at: 9) == false)
        #expect(lost > 100 && kept > 100, "\(lost) \(kept) \(writer.memory.files?.pool.heldBytes ?? 0)")
        #expect(eventually { said.with { $0 }.contains { "\($0)".contains("bytes go by unrecorded") } })

        sink.content.with { $0.failures = 0 }
        #expect(eventually { writer.pass("after\n", on: .clientToServer, at: 11) })
        writer.append(.ended(.clientClosed, at: Timestamp(nanoseconds: 12)))
        #expect(recorder.finish(within: 10_000) == .complete)
        let gap = try #require(sink.gaps.first)
        #expect(sink.gaps.count == 1)
        #expect(gap.clientToServer >= lost * 1000 && gap.clientToServerLines >= lost)
        #expect(gap.serverToClient == 4 && gap.serverToClientLines == 0)
        #expect(gap.cutLanes == [.serverToClient])
        #expect(gap.reason == .journalFull)
        #expect(gap.from.nanoseconds == 7)
        let text = sink.text(of: .clientToServer)
        #expect(text == String(repeating: line, count: kept) + "after\n")
        #expect(sink.isInOrder)
    }

    @Test func `a session whose journal cannot be made is recorded with a gap that says so`() throws {
        let options = smallOptions()
        let system = SystemCalls(allocate: { _, _, _ in -28 })
        let writer = try writer(options, system: system)
        #expect(writer.failure?.kind == .noSpace)
        #expect(writer.failure?.message.contains("No space left on device") == true)
        let recorder = recorder(writer)
        try recorder.start()
        writer.append(.started(processID: 7, at: .zero))
        #expect(writer.pass("gone\n", on: .clientToServer, at: 3) == false)
        writer.append(.ended(.clientClosed, at: Timestamp(nanoseconds: 5)))
        #expect(recorder.finish(within: 10_000) == .complete)
        #expect(sink.gaps.map(\.clientToServer) == [5])
        #expect(sink.gaps.map(\.reason) == [.noSpace])
        #expect(sink.state?.end?.reason == .clientClosed)
    }
}
