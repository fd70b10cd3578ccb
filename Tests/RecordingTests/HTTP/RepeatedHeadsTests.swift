import MCPSemantics
import Testing

@testable import Recording

struct RepeatedHeadsTests {
    private func head(_ connection: UInt64, _ value: String) -> HTTPRequestHead {
        HTTPRequestHead(
            connection: connection, peer: "127.0.0.1:9", route: "", method: "POST", target: "/mcp",
            fields: [HTTPField(name: "Mcp-Session-Id", value: value)])
    }

    private func event(_ head: HTTPRequestHead) -> TransportEvent {
        .requestHead(head, stream: StreamID(1), at: .zero)
    }

    @Test func `a head is what its own payload says, whatever came before`() {
        var heads = RepeatedHeads()
        // 1 and 257 share a place, and so do 2 and 258.
        let told: [(UInt64, String)] = [
            (1, "a"), (1, "a"), (257, "a"), (1, "a"), (1, "b"), (2, "b"), (258, "b"), (1, "b"),
            (1, String(repeating: "x", count: 5000)), (1, String(repeating: "x", count: 5000)), (1, "b"),
        ]
        for (connection, value) in told {
            let head = head(connection, value)
            let known = heads.request(of: event(head))
            #expect(known?.facts.connection == connection && known?.facts.sessionID == value)
            #expect(known?.note.text { $0 } == HTTPNote.request(head).encodedJSON())
        }
    }

    @Test func `a response is what its own payload says, whatever came before`() {
        var heads = RepeatedHeads()
        for (connection, status) in [(1, 200), (1, 200), (2, 200), (1, 404), (257, 200), (1, 404)] {
            let head = HTTPResponseHead(
                status: status, reason: "R",
                fields: [
                    HTTPField(name: "Content-Type", value: "Text/Event-Stream; charset=utf-8"),
                    HTTPField(name: "content-encoding", value: status == 200 ? "identity" : "GZip"),
                ])
            let event = TransportEvent.responseHead(head, stream: StreamID(1), at: .zero)
            let known = heads.response(of: event, connection: UInt64(connection))
            #expect(known?.facts.status == status && known?.facts.hasEvents == true)
            #expect(known?.facts.coding == (status == 200 ? nil : "gzip"))
            #expect(known?.note.text { $0 } == HTTPNote.response(head).encodedJSON())
        }
    }

    @Test func `a damaged payload is no head, also behind a whole one`() {
        var heads = RepeatedHeads()
        let whole = event(head(1, "a"))
        _ = heads.request(of: whole)
        for count in [0, 1, whole.payload.count / 2, whole.payload.count - 2] {
            var cut = whole
            cut.payload = whole.payload.prefix(count)
            #expect(heads.request(of: cut) == nil)
        }
        #expect(heads.request(of: whole) != nil)
    }

    @Test func `an open stream takes little memory`() {
        // A thousand streams may be open and silent; what is rarely there has a place of its own.
        #expect(MemoryLayout<HTTPStream>.stride <= 512)
        #expect(MemoryLayout<BodyCollector>.stride <= 16)
    }

    @Test func `streams are found by number, the newest and the others`() {
        var streams = OpenStreams()
        for number in 1...5 as ClosedRange<UInt32> {
            var stream = HTTPStream(HTTPStream.RequestFacts(head(UInt64(number), "a")))
            stream.lastSequence = Int64(number)
            streams.put(stream, number)
        }
        for number in [5, 1, 1, 3, 9] as [UInt32] { streams.change(number) { $0.lastSequence += 10 } }
        streams.changeAll { $0.isCut = true }
        #expect(streams.all.mapValues(\.lastSequence) == [1: 21, 2: 2, 3: 13, 4: 4, 5: 15])
        #expect(streams.all.values.allSatisfy { $0.isCut })
        let taken = [3, 3, 9, 5].map { streams.take($0)?.lastSequence }
        #expect(taken == [13, nil, nil, 15] && streams.all.count == 3)
    }
}
