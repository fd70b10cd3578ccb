import Testing
import Wire

struct EventStreamParserTests {
    /// An event as a test sees it.
    private struct Event: Equatable {
        var data: String?
        var isComplete = true
        var text: String
    }

    /// The events of the pieces, and the body put together again from what came out.
    private func events(_ chunks: [ArraySlice<UInt8>], saving: Bool = false) -> (
        events: [Event], body: [UInt8]
    ) {
        var parser = EventStreamParser()
        var events: [Event] = []
        var body: [UInt8] = []
        var data: [UInt8] = []
        func receive(_ part: EventStreamPart) {
            switch part {
            case .data(let bytes): data += bytes
            case .unframed(let bytes): body += bytes
            case .end(let event):
                let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
                var text = event.pieces[0]
                for (index, piece) in event.pieces.dropFirst().enumerated() {
                    if index < lines.count { text += lines[index] }
                    text += piece
                }
                if !event.isUnframed { #expect(event.pieces.count == (event.hasData ? lines.count + 1 : 1)) }
                events.append(
                    Event(
                        data: event.hasData ? String(decoding: data, as: UTF8.self) : nil,
                        isComplete: event.isComplete, text: String(decoding: text, as: UTF8.self)))
                body += text
                data = []
            }
        }
        for chunk in chunks {
            parser.push(chunk, receive)
            guard saving else { continue }
            var writer = StateWriter()
            parser.save(to: &writer)
            var reader = StateReader(writer.bytes)
            do { parser = try EventStreamParser(from: &reader) } catch { Issue.record("not restored") }
        }
        parser.finish(receive)
        return (events, body)
    }

    private func data(_ text: String) -> [String?] { events([Array(text.utf8)[...]]).events.map(\.data) }

    @Test func `data is what the standard's examples say`() {
        #expect(data("data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"])
        #expect(
            data(
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
            )
                == [nil, "first event", "second event", " third event"])
        #expect(data("data\n\ndata\ndata\n\ndata:") == ["", "\n", ""])
        #expect(data("data:test\n\ndata: test\n\n") == ["test", "test"])
        #expect(data("dat: x\n\ndatas: y\n\nDATA: z\n\n") == [nil, nil, nil])
    }

    @Test func `every line end counts, mixed as well`() {
        for end in ["\n", "\r", "\r\n"] {
            #expect(data("event: message\(end)data: a\(end)\(end)data: b\(end)\(end)") == ["a", "b"])
        }
        #expect(data("data: a\r\ndata: b\n\rdata: c\r\r\n") == ["a\nb", "c"])
        #expect(data("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n") == ["a", nil])
    }

    @Test func `a priming event, a comment and a retry time are events without a message`() {
        let text = "id: 1\r\ndata: \r\nretry: 100\r\n\r\n: keep-alive\r\n\r\n"
        let found = events([Array(text.utf8)[...]]).events
        #expect(found.map(\.data) == ["", nil])
        #expect(found[0].text == "id: 1\r\ndata: \r\nretry: 100\r\n\r\n")
    }

    @Test func `what is unfinished at the end is said to be`() {
        let found = events([Array("data: a\n\ndata: b\nid: 2\n".utf8)[...]]).events
        #expect(found.map(\.isComplete) == [true, false])
        #expect(events([Array("data: a\r\r".utf8)[...]]).events.map(\.isComplete) == [true])
        #expect(events([]).events.isEmpty)
    }

    @Test func `any chunking and any interruption give the same events and every byte`() {
        let seed = SplitMix64.freshSeed()
        var random = SplitMix64(seed: seed)
        let words = [
            "data", "data:", "data: ", "id: 1", "retry", ": c", "\n", "\r", "\r\n", "\n\n", "x", "\u{FEFF}",
            " ",
        ]
        for _ in 0..<600 {
            let count = Int.random(in: 0...20, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined()
            let bytes = Array(text.utf8)
            let whole = events([bytes[...]])
            #expect(whole.body == bytes, "seed \(seed): \(text.debugDescription)")
            let single = events(bytes.indices.map { bytes[$0...$0] }, saving: true)
            #expect(single.events == whole.events, "seed \(seed): \(text.debugDescription)")
            let cut = events(random.cut(bytes, cuts: 3))
            #expect(cut.events == whole.events && cut.body == bytes, "seed \(seed): \(text.debugDescription)")
        }
    }

    @Test func `framing beyond its limit is handed out, and memory stays bounded`() {
        let comment = ": " + String(repeating: "x", count: 100_000) + "\ndata: a\n\n"
        let found = events([Array(comment.utf8)[...]])
        #expect(found.body == Array(comment.utf8))
        #expect(found.events.map(\.data) == ["a"])
    }
}
