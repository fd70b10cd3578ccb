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

/// The N-th system call fails, for N = 1, 2, 3 … until a whole session passes without reaching it.
@Suite struct JournalFailureLoopTests {
    private let session = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)
    private let line = String(repeating: "x", count: 999) + "\n"

    @Test(arguments: [ENOSPC, EIO]) func `a session accounts for every byte whatever call fails`(
        _ error: Int32
    ) throws {
        // How many calls there are depends on how the two threads meet; what a quiet session makes is enough.
        let calls = min(try record(failing: .max, error).calls, Self.callLimit)
        for failing in 1...calls { _ = try record(failing: failing, error) }
    }

    /// Beyond the start, a session only makes calls of the kinds it has made before.
    private static let callLimit = 24

    private func record(failing: Int, _ error: Int32) throws -> FailingSystem {
        let store = TemporaryStore()
        let sink = MemorySink()
        let system = FailingSystem(failing: failing, error: error)
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions(), system: system.table)
        let recorder = RecorderThread(
            journal: writer, session: session, options: .quick,
            openSink: { () throws(SinkFailure) -> any RecordSink in sink })
        try recorder.start()
        var kept = 0
        var lost = 0
        for _ in 0..<70 { if writer.pass(line, on: .clientToServer) { kept += 1000 } else { lost += 1000 } }
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(recorder.finish(within: 20_000) == .complete, "call \(failing)")
        #expect(sink.text(of: .clientToServer).utf8.count == kept, "call \(failing)")
        #expect(sink.gaps.reduce(0) { $0 + $1.clientToServer } == lost, "call \(failing)")
        #expect(sink.isInOrder && sink.state?.end?.reason == .clientClosed, "call \(failing)")
        if !system.hasFailed {
            #expect(lost == 0 && store.files() == ["journal", "journals"], "call \(failing)")
        }
        return system
    }

    @Test func `recovery that cannot go on leaves everything to the next`() throws {
        for failing in 1..<1000 {
            let store = TemporaryStore()
            let sink = MemorySink()
            do {
                let writer = try JournalWriter(
                    session: session.id, description: session.encodedJSON(), choice: .store,
                    store: store.path,
                    options: smallOptions())
                for _ in 0..<100 { #expect(writer.pass(line, on: .serverToClient)) }
            }
            let system = FailingSystem(failing: failing, error: EIO)
            let recover = { (table: SystemCalls) in
                JournalRecovery(
                    store: store.path, system: table,
                    coverage: { (_: SessionID) throws(SinkFailure) -> JournalCoverage? in
                        sink.coverage
                    },
                    sink: { (_: SessionDescription) throws(SinkFailure) -> any RecordSink in sink }
                ).recoverAll()
            }
            _ = recover(system.table)
            let hasFailed = system.hasFailed
            _ = recover(SystemCalls())
            #expect(sink.text(of: .serverToClient) == String(repeating: line, count: 100), "call \(failing)")
            #expect(sink.isInOrder && sink.gaps.isEmpty, "call \(failing)")
            #expect(sink.state?.end?.reason == .interrupted, "call \(failing)")
            #expect(store.files() == ["journal", "journals"], "call \(failing)")
            if !hasFailed { return }
        }
        Issue.record("no recovery passed")
    }
}
