import MCPSemantics
import Platform
import Recording
import Testing

@testable import HTTPTransport
@testable import Journal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct JournalHTTPTapTests {
    @Test func `what is forwarded is in the journal first, in order`() throws {
        let directory = TemporaryDirectory()
        let clock = SessionClock(system: SystemCalls())
        let journal = try JournalWriter(
            session: SessionIDText.id(from: 7), description: [],
            choice: .path(directory.path + "/journal"), store: directory.path)
        var tail = JournalTail(files: try #require(journal.memory.files))
        let tap = JournalHTTPTap(journal: journal, clock: clock, failsClosed: false)
        #expect(tap.isRecording && tap.hasRoom(for: 1 << 20))
        let stream = StreamID(9)
        let request = HTTPRequestHead(
            connection: 1, peer: "p", route: "", method: "POST", target: "/",
            fields: (0..<200).map { HTTPField(name: "X-\($0)", value: String(repeating: "é", count: 3000)) })
        tap.head(request.tapped, stream: stream)
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        bytes.withUnsafeBytes {
            tap.body([10..<20, 30..<30, 40..<90_000], of: $0, on: .clientToServer, stream: stream)
        }
        tap.bodyOmitted(5, on: .serverToClient, stream: stream)
        tap.laneEnded(.clientToServer, stream: stream)
        tap.closed(StreamClosure(.us, .limit), stream: stream)
        var events: [TransportEvent] = []
        while tail.read({ events.append($0) }) > 0 {}
        #expect(events.first?.kind == .requestHead && events.last?.kind == .streamClosed)
        #expect(events.allSatisfy { $0.stream == stream })
        let content = events.filter { $0.kind == .bytes }.flatMap { $0.payload }
        #expect(content == Array(bytes[10..<20] + bytes[40..<90_000]))
        let head = try #require(events.first?.decodedRequestHead)
        // Too large for one record: the first values are cut, the rest is counted.
        #expect(head.fields.first?.form == .cut && head.fields.first?.size == 6000)
        #expect(head.fields.count + head.omittedFields == 200 && head.omittedFields > 0)
        #expect(head.fields.allSatisfy { !$0.value.contains("\u{FFFD}") })
    }
}
