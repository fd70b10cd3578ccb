import MCPSemantics
import Platform
import Recording
import Testing
import Wire

@testable import Journal

@Suite struct RecorderThreadTimesTests {
    private let store = TemporaryStore()
    private let sink = MemorySink()

    @Test func `a chunk is in the first bucket whose bound it does not exceed`() {
        let bounds = ForwardingTimes.bounds
        #expect(bounds.count == ForwardingTimes.bucketCount - 1 && bounds == bounds.sorted())
        for (index, bound) in bounds.enumerated() {
            #expect(ForwardingTimes.bucket(of: bound) == index)
            #expect(ForwardingTimes.bucket(of: bound + 1) == index + 1)
        }
        #expect(ForwardingTimes.bucket(of: 0) == 0 && ForwardingTimes.bucket(of: -1) == 0)
        #expect(ForwardingTimes.bucket(of: .max) == bounds.count)
    }

    @Test(arguments: [0, 3]) func `every chunk goes with one batch`(failures: Int) throws {
        sink.content.with { $0.failures = failures }
        let session = SessionDescription(id: SessionID("s1"), name: "demo", transport: .stdio)
        let writer = try JournalWriter(
            session: session.id, description: session.encodedJSON(), choice: .store, store: store.path,
            options: smallOptions())
        let recorder = RecorderThread(
            journal: writer, session: session, options: .quick,
            openSink: { [sink] () throws(SinkFailure) -> any RecordSink in sink })
        try recorder.start()
        for number in 1...500 {
            #expect(writer.pass("line \(number)\n", on: .clientToServer))
            writer.passedOn(.clientToServer, after: Int64(number) * 1000)
            if number == 250 { #expect(eventually { !sink.batches.isEmpty }) }
        }
        writer.passedOn(.serverToClient, after: 3_000_000_000)
        writer.append(.ended(.clientClosed, at: .zero))
        #expect(recorder.finish(within: 10_000) == .complete)
        let times = sink.batches.compactMap(\.forwardingTimes)
        #expect(times.count >= 2)
        func sum(_ direction: Direction) -> [UInt64] {
            (0..<ForwardingTimes.bucketCount).map { bucket in
                times.reduce(0) { $0 + $1[direction].counts[bucket] }
            }
        }
        #expect(sum(.clientToServer) == [10, 15, 25, 50, 150, 250, 0, 0, 0, 0, 0, 0, 0])
        #expect(sum(.serverToClient) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(times.reduce(0) { $0 + $1.clientToServer.total } == 500 * 501 / 2 * 1000)
        #expect(times.reduce(0) { $0 + $1.serverToClient.total } == 3_000_000_000)
    }
}
