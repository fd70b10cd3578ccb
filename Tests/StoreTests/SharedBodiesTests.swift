import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

struct SharedBodiesTests {
    private func range(_ id: String, _ text: String) -> Range<Int>? {
        Array(text.utf8).withUnsafeBytes { IDPlace.range(of: RequestID(id), in: $0) }
    }

    @Test func `an id is found where SDKs write it`() {
        #expect(range("7", #"{"jsonrpc":"2.0","id":7,"result":{}}"#) == 22..<23)
        #expect(range("7", #"{"id" : 7}"#) == 8..<9)
        #expect(range(#""a""#, #"{"result":{},"id":"a"}"#) == 18..<21)
        #expect(range("7", #"{"result":{},"id":8}"#) == nil)
        #expect(range("7", "") == nil)
        let far = String(repeating: " ", count: 500)
        #expect(range("7", "{\(far)\"id\":7\(far)}") == nil)
    }

    /// Two bodies, one store; how many bytes of bodies lie in its blocks.
    private func stored(_ texts: [(id: String?, text: String)]) throws -> (entries: [String], shared: Int) {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1))
        var traffic = SampleTraffic(seed: 1)
        let events = texts.map { text in
            RecordedEvent.message(
                traffic.message(
                    text.text, .response, nil, nil, text.id.map { RequestID($0) }, .serverToClient))
        }
        try sink.commit(events, position: 1, ending: true)
        let reader = try place.open(.read)
        let entries = try reader.allEntries(of: SessionDescription.test(1).id)
        #expect(entries == events.messages)
        #expect(reader.damage.isEmpty)
        let number = try #require(try reader.database.integer("SELECT number FROM block"))
        let found = try reader.block(number)
        let block = try #require(found)
        return (entries.map(\.text), block.entries.filter { $0.storage == .reference }.count)
    }

    private let long = String(repeating: "abc ", count: 200)

    @Test func `bodies that differ in their id alone are stored once and rebuilt exactly`() throws {
        let ids = ["1", "23456", #""x""#, "1"]
        let texts = ids.map { (id: String) -> (id: String?, text: String) in
            (id, "{\"id\":\(id),\"result\":\"\(long)\"}")
        }
        #expect(try stored(texts).shared == 3)
    }

    @Test func `bodies that differ in one aspect more are kept apart`() throws {
        #expect(
            try stored([
                ("1", #"{"id":1,"result":"\#(long)"}"#),
                ("1", #"{"id": 1,"result":"\#(long)"}"#),
                ("1", #"{"id":1,"result":"\#(long)!"}"#),
                ("1", #"{"result":"\#(long)","id":1}"#),
                ("9", #"{"ID":9,"result":"\#(long)"}"#),
                (nil, #"{"id":,"result":"\#(long)"}"#),
            ]
            ).shared == 0)
    }

    @Test func `bodies without an id are shared whole`() throws {
        #expect(try stored([(nil, long), (nil, long), (nil, long + "!")]).shared == 1)
    }

    @Test func `small bodies are not shared`() throws {
        #expect(try stored([("1", #"{"id":1}"#), ("2", #"{"id":2}"#)]).shared == 0)
    }
}
