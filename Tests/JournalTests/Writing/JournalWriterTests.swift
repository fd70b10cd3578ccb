import MCPSemantics
import Platform
import Recording
import Testing

@testable import Journal

@Suite struct JournalWriterTests {
    private let store = TemporaryStore()

    private func writer(_ options: JournalOptions = smallOptions()) throws -> JournalWriter {
        try JournalWriter(
            session: SessionID("s1"), description: Array("what it is".utf8), choice: .store,
            store: store.path,
            options: options)
    }

    /// All events that the recorder would see now.
    private func events(_ tail: inout JournalTail) -> [TransportEvent] {
        var events: [TransportEvent] = []
        while tail.read({ events.append($0) }) > 0 {}
        return events
    }

    @Test func `what is appended is read in order, as it was`() throws {
        let writer = try writer()
        #expect(writer.pass("hello\n", on: .clientToServer, at: 5))
        #expect(writer.pass("world", on: .serverToClient, at: 7))
        writer.append(.laneEnded(.clientToServer, at: Timestamp(nanoseconds: 9)))
        #expect(writer.pass([], on: .standardError, at: 10))

        var tail = JournalTail(files: try #require(writer.memory.files))
        let read = events(&tail)
        #expect(read.map(\.kind) == [.bytes, .bytes, .laneEnded, .bytes])
        #expect(read.map { String(decoding: $0.payload, as: UTF8.self) } == ["hello\n", "world", "", ""])
        #expect(read.map(\.lane) == [.clientToServer, .serverToClient, .clientToServer, .standardError])
        #expect(read.map(\.time.nanoseconds) == [5, 7, 9, 10])
        #expect(!tail.hasMore)
    }

    @Test func `the files are where they belong, for us alone`() throws {
        let writer = try writer()
        _ = writer.pass("x", on: .clientToServer)
        #expect(
            store.files() == [
                "journal", "journal/s1", "journal/s1/head", "journal/s1/segment-0", "journals", "journals/s1",
            ])
        #expect(
            String(decoding: TemporaryStore.bytes(of: store.pointers + "/s1"), as: UTF8.self)
                == store.journal + "/s1\n")
        withExtendedLifetime(writer) {}
    }

    @Test func `a hundred segments' worth goes through a few that are used again`() throws {
        let writer = try writer(smallOptions(budget: 4 * (64 << 10)))
        var tail = JournalTail(files: try #require(writer.memory.files))
        var expected: UInt64 = 0
        var seen: UInt64 = 0
        for round in 0..<600 {
            let size = round * 7919 % 20_000
            #expect(writer.pass([UInt8](repeating: UInt8(round & 255), count: size), on: .clientToServer))
            expected += UInt64(size)
            for event in events(&tail) {
                seen += UInt64(event.payload.count)
                #expect(event.payload.allSatisfy { $0 == UInt8(round & 255) })
            }
            tail.recycle(recorded: tail.position, isHeld: writer.memory.isHeld)
        }
        #expect(seen == expected)
        #expect(writer.memory.files?.pool.heldBytes == 2 * (64 << 10))
    }
}
