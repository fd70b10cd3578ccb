import MCPSemantics
import Recording
import Testing
import Wire

@testable import Store

struct StoreSearchTests {
    private func sequences(_ store: Store, _ texts: [String], ignoringCase: Bool = false) throws -> [String] {
        var found: [String] = []
        let searches = texts.map { ByteSearch($0.utf8, ignoringCase: ignoringCase) }
        try store.search(SearchRequest(searches)) { session, message in
            found.append("\(session.text)#\(message.sequence)")
            return true
        }
        return found
    }

    @Test func `search finds what reading every message would find, newest first`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        var all: [(id: String, entry: RecordingEntry)] = []
        for number in 1...2 {
            var traffic = SampleTraffic(seed: UInt64(number))
            let events = (0..<500).flatMap { _ in traffic.next() }
            let sink = try store.sink(for: .test(number, started: Int64(number)))
            try sink.commit(Array(events.prefix(700)), position: 1)
            try sink.commit(Array(events.dropFirst(700)), position: 2)
            all += events.messages.map { (SessionDescription.test(number).id.text, $0) }
        }
        for text in ["tools/list", "government", "\"id\":77", "collection and says", "zzz", "}", "tool_3\""] {
            let expected = all.reversed().filter { $0.entry.text.contains(text) }.map {
                "\($0.id)#\($0.entry.sequence)"
            }
            #expect(try sequences(store, [text]) == expected, "\(text)")
        }
        let two = all.reversed().filter {
            $0.entry.text.contains("government") || $0.entry.text.contains("system")
        }
        #expect(try sequences(store, ["government", "system"]).count == two.count)
        #expect(try sequences(store, ["GOVERNMENT"]).isEmpty)
        #expect(try sequences(store, ["GOVERNMENT"], ignoringCase: true) == sequences(store, ["government"]))
        var visits = 0
        try store.search(SearchRequest([ByteSearch("the".utf8)])) { _, _ in
            visits += 1
            return visits < 3
        }
        #expect(visits == 3)
    }

    @Test func `a text across the border of two parts is found, across two messages not`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        var traffic = SampleTraffic(seed: 1)
        var events: [RecordedEvent] = []
        for (index, part) in ["one nee", "d", "le two", "end"].enumerated() {
            events.append(.part(MessagePart(body: 1, index: index, bytes: ArraySlice(part.utf8))))
        }
        var large = traffic.message("", .foreign, nil, nil, nil)
        large.body = .parts(body: 1, count: 4)
        events.append(.message(large))
        for text in ["half nee", "dle half"] {
            events.append(.message(traffic.message(text, .foreign, nil, nil, nil)))
        }
        try store.sink(for: .test(1)).commit(events, position: 1)
        let id = SessionDescription.test(1).id.text
        #expect(try sequences(store, ["needle"]) == ["\(id)#1"])
        #expect(try sequences(store, ["twoend"]) == ["\(id)#1"])
        #expect(try sequences(store, ["nee"]) == ["\(id)#2", "\(id)#1"])
    }
}
