import MCPSemantics
import Recording
import Testing

@testable import Store

/// Filters with free text: what is found for many messages at a time is what looking at each one finds.
struct StoreFilteringTests {
    private static let filters = [
        "alpha", "needle", "alpha needle", "alpha OR needle", "NOT alpha", "tool:t1 needle",
        "status:error alpha", "status:error OR needle", "absent", "(alpha OR absent) -needle", "kind:gap",
        "kind:response needle", "across-the-border", "kind:notification OR alpha", "-kind:request alpha",
        "id:17 OR (needle duration:1ms..)", "",
    ]

    private let place = TemporaryStore()
    private let store: Store
    private let id = SessionDescription.test(1).id
    /// The same session in memory.
    private let file: FileRecording

    /// Requests of which every fifth is answered 1400 messages later, notifications between, a gap, a message
    /// of several parts.
    init() throws {
        store = try place.open()
        var description = SessionDescription.test(1)
        (description.bootID, description.host) = (nil, nil)
        var recorder = Recorder(session: description)
        var memory = MemoryRecording(description, redactor: nil)
        var events: [RecordedEvent] = []
        var time: Int64 = 0
        func say(_ text: String, _ lane: Lane) {
            time += 100_000
            let stamp = Timestamp(nanoseconds: time)
            recorder.observe(.bytes(Array((text + "\n").utf8)[...], on: lane, at: stamp), into: &events)
            memory.observe(Array(text.utf8)[...], on: lane, at: stamp)
        }
        func answer(_ number: Int) {
            let words = number % 97 == 0 ? "a needle" : number % 3 == 0 ? "alpha" : "hay"
            let outcome =
                number % 10 == 0
                ? #""error":{"code":-1,"message":"\#(words)"}"#
                : #""result":{"content":[{"type":"text","text":"\#(words)"}]}"#
            say(#"{"jsonrpc":"2.0","id":\#(number),\#(outcome)}"#, .serverToClient)
        }
        for number in 1...2000 {
            let word = number % 7 == 0 ? "alpha" : "beta"
            say(
                #"{"jsonrpc":"2.0","id":\#(number),"method":"tools/call","params":{"name":"t\#(number % 3)","#
                    + #""arguments":{"q":"\#(word)"}}}"#, .clientToServer)
            if number % 11 == 0 {
                say(
                    #"{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"alpha"}}"#,
                    .serverToClient)
            }
            if number % 400 == 0 { say("needle on standard error", .standardError) }
            if number % 5 != 0 { answer(number) }
            if number > 700, number % 5 == 0 { answer(number - 700) }
            if number == 1000 {
                let filler = String(repeating: "x", count: (1 << 20) - 5)
                say(#"{"jsonrpc":"2.0","id":"big","result":"\#(filler)across-the-border"}"#, .serverToClient)
            }
        }
        let sink = try store.sink(for: description)
        let records = SessionRecords(
            description: description, events: events, state: recorder.state, checkpoint: [])
        try sink.commit(RecordBatch(sessions: [records], position: 1, checkpoint: []))
        file = try FileRecording(bytes: memory.session.fileText())
    }

    private func summary(_ source: any RecordingSource) throws -> SessionSummary {
        try #require(try source.session(id))
    }

    /// One exchange after the other.
    private func expectedExchanges(_ filter: Filter) throws -> [Int] {
        let summary = try summary(file)
        return try file.exchanges(of: id, from: 1, limit: .max).filter { exchange in
            try ExchangePayload(exchange, id, file).matches(
                filter, FilterSubject(exchange: exchange, session: summary, now: 0))
        }.map(\.number)
    }

    /// One entry after the other.
    private func expectedEntries(_ filter: Filter) throws -> [Int64] {
        let summary = try summary(file)
        let exchanges = try file.exchanges(of: id, from: 1, limit: .max)
        var found: [Int64] = []
        let reader = ConversationReader(summary, of: file, now: 0)
        while let (entry, _) = try reader.next() {
            var exchange: Exchange?
            var bytes: [UInt8] = []
            if case .message(let message) = entry {
                exchange = message.exchange.map { exchanges[$0 - 1] }
                bytes = Array(try file.bytes(of: message, in: id) ?? [])
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let subject = FilterSubject(entry: entry, exchange: exchange, session: summary, now: 0)
            if filter.matches(subject, text: { text.contains($0) }) { found.append(entry.sequence) }
        }
        return found
    }

    private func exchanges(_ filter: Filter, of source: any RecordingSource, pages: Int) throws -> [Int] {
        var filtered = ExchangeFilter(filter, of: try summary(source), in: source, now: 0)
        var found: [Int] = []
        var from = 1
        while true {
            let page = try source.exchanges(of: id, from: from, limit: pages)
            guard let last = page.last else { return found }
            found += try filtered.matches(in: page).map(\.number)
            from = last.number + 1
        }
    }

    /// By readers that look at `rows` entries each, as questions of a page do.
    private func entries(_ filter: Filter, of source: any RecordingSource, rows: Int) throws -> [Int64] {
        var found: [Int64] = []
        var from: Int64? = 1
        while let start = from {
            let reader = ConversationReader(
                try summary(source), of: source, filter: filter, now: 0, from: start)
            var left = rows
            while let (entry, _) = try reader.next(within: &left) { found.append(entry.sequence) }
            #expect(left >= 0)
            from = try reader.nextSequence()
        }
        return found
    }

    @Test func `exchanges are those that one look at each finds`() throws {
        let none = ["absent", "kind:gap", "across-the-border", "-kind:request alpha"]
        for words in Self.filters {
            let filter = try Filter(parsing: words)
            let expected = try expectedExchanges(filter)
            #expect(expected.isEmpty == none.contains(words), "\(words)")
            for pages in [37, 700] {
                #expect(try exchanges(filter, of: store, pages: pages) == expected, "\(words) \(pages)")
            }
            #expect(try exchanges(filter, of: file, pages: 700) == expected, "\(words)")
        }
    }

    @Test func `entries are those that one look at each finds`() throws {
        let none = ["absent", "kind:gap", "alpha needle"]
        for words in Self.filters {
            let filter = try Filter(parsing: words)
            let expected = try expectedEntries(filter)
            #expect(expected.isEmpty == none.contains(words), "\(words)")
            for rows in [100, .max] {
                #expect(try entries(filter, of: store, rows: rows) == expected, "\(words) \(rows)")
            }
            #expect(try entries(filter, of: file, rows: 3000) == expected, "\(words)")
        }
    }

    @Test func `a text that all must hold is told from one that only some must`() throws {
        func texts(_ words: String) throws -> [String]? { try Filter(parsing: words).necessaryTexts }
        #expect(try texts("alpha") == ["alpha"])
        #expect(try texts("tool:x alpha") == ["alpha"])
        #expect(try texts("(a OR b) c") == ["c"])
        #expect(try texts("a OR b") == ["a", "b"])
        #expect(try texts("a OR tool:b") == nil)
        #expect(try texts("NOT a") == nil && texts("tool:b") == nil && texts("") == nil)
    }

    /// What a filter says is not there may be what cannot be read.
    @Test func `damage that a text is not looked for in is told of`() throws {
        func damage(_ words: String) throws -> [Damage] {
            let reader = try place.open(.read)
            _ = try entries(Filter(parsing: words), of: reader, rows: .max)
            let all = reader.damage
            _ = try exchanges(Filter(parsing: words), of: reader, pages: 700)
            #expect(reader.damage == all)
            return all
        }
        #expect(try damage("absent").isEmpty)
        try store.database.execute("UPDATE part SET checksum = checksum + 1")
        let part = try damage("absent")
        #expect(part.count == 1 && part.first?.first == part.first?.last)
        #expect(part.first?.reason.hasPrefix("a part of its body") == true)
        try store.database.execute("UPDATE block SET checksum = checksum + 1 WHERE first = 1")
        let block = try damage("absent")
        #expect(block.contains { $0.first == 1 && $0.reason.hasPrefix("block") })
    }
}
