import MCPSemantics
import Recording
import Testing

@testable import Store

struct StoreImportTests {
    private let id = SessionDescription.test(1).id

    @Test func `a session of another store is copied whole`() throws {
        let from = TemporaryStore()
        let source = try from.open()
        var traffic = SampleTraffic(seed: 2)
        var events = (0..<700).flatMap { _ in traffic.next() }
        for index in 0..<3 {
            events.append(
                .part(
                    MessagePart(
                        body: 4, index: index, bytes: ArraySlice(repeating: UInt8(index), count: 900_000))))
        }
        var large = traffic.message("", .foreign, nil, nil, nil)
        large.body = .parts(body: 4, count: 3)
        large.size = 2_700_000
        events.append(.message(large))
        events.append(
            .gap(
                GapRecord(
                    sequence: large.sequence + 1, gap: Gap(from: large.time, to: large.time, reason: .noSpace)
                )))
        try source.sink(for: .test(1)).commit(events, position: 1, ending: true)

        let to = TemporaryStore()
        let store = try to.open()
        try store.importSession(id, from: source)
        let read = try store.allEntries(of: id, limit: 1000)
        #expect(read.map(\.sequence) == events.messages.map(\.sequence))
        #expect(
            read.filter { $0.sequence != large.sequence }
                == events.messages.filter { $0.sequence != large.sequence })
        #expect(try store.allExchanges(of: id) == events.exchanges)
        #expect(try store.session(id) == source.session(id))
        var bytes: [UInt8] = []
        try store.readParts(of: id, body: 1) { bytes += $0 }
        #expect(bytes == (0..<3).flatMap { [UInt8](repeating: UInt8($0), count: 900_000) })
        let failure = #expect(throws: StoreFailure.self) { try store.importSession(id, from: source) }
        #expect(failure?.kind == .refused)
        #expect(throws: StoreFailure.self) {
            try store.importSession(SessionID("000000000009"), from: source)
        }
    }

    @Test func `retention counts from the import, however old a session is`() throws {
        let from = TemporaryStore()
        let source = try from.open()
        var traffic = SampleTraffic(seed: 2)
        try source.sink(for: .test(1)).commit(traffic.next(), position: 1, ending: true)
        let to = TemporaryStore()
        let store = try to.open()
        try store.importSession(id, from: source)
        let policy = RetentionPolicy(age: 86_400, size: nil, free: nil)
        _ = try source.prune(policy, dryRun: false)
        _ = try store.prune(policy, dryRun: false)
        #expect(try source.session(id) == nil)
        #expect(try store.session(id) != nil && !store.allEntries(of: id, limit: 10).isEmpty)
    }

    @Test func `imports look for what must go as one, not each for itself`() throws {
        let from = TemporaryStore()
        let source = try from.open()
        for number in 1...3 {
            var traffic = SampleTraffic(seed: 2)
            try source.sink(for: .test(number)).commit(traffic.next(), position: 1, ending: true)
        }
        let place = TemporaryStore()
        let store = try place.open()
        store.retention = RetentionPolicy(age: 86_400, size: nil, free: nil)
        try store.importSession(SessionDescription.test(1).id, from: source)
        try store.writing { _ throws(StoreFailure) in
            try store.database.execute("UPDATE session SET touched = 0; UPDATE chapter SET touched = 0")
        }
        // It is old now, but the store was looked at a moment ago.
        try store.importSession(SessionDescription.test(2).id, from: source)
        try store.importSession(SessionDescription.test(3).id, from: source)
        #expect(try store.sessions().count == 3)
        // A recorder's sink looks at its first commit.
        var traffic = SampleTraffic(seed: 2)
        try store.sink(for: .test(4)).commit(traffic.next(), position: 1, ending: true)
        #expect(try store.session(SessionDescription.test(1).id) == nil)
    }

    @Test func `large messages that come whole are cut into parts`() throws {
        let source = ArraySource(description: .test(1))
        var traffic = SampleTraffic(seed: 3)
        let text = String(repeating: "0123456789", count: 250_000)
        source.entries = [.message(traffic.message(text, .foreign, nil, nil, nil))]
        let place = TemporaryStore()
        let store = try place.open()
        try store.importSession(id, from: source)
        guard case .message(let message)? = try store.allEntries(of: id).first else {
            Issue.record("no message")
            return
        }
        #expect(message.body == .parts(body: 1, count: 3))
        var bytes: [UInt8] = []
        try store.readParts(of: id, body: 1) { bytes += $0 }
        #expect(String(decoding: bytes, as: UTF8.self) == text)
        // A recording without an end gets one: nothing more will come.
        #expect(try store.session(id)?.state.end?.reason == .unknown)
    }

    @Test func `an import that fails leaves nothing behind`() throws {
        let source = ArraySource(description: .test(1))
        var traffic = SampleTraffic(seed: 3)
        source.entries = (0..<10).map { _ in .message(traffic.message("x", .foreign, nil, nil, nil)) }
        source.entries.append(source.entries[0])
        let place = TemporaryStore()
        let store = try place.open()
        #expect(throws: (any Error).self) { try store.importSession(id, from: source) }
        #expect(try store.sessions() == [])
        source.entries.removeLast()
        try store.importSession(id, from: source)
        #expect(try store.allEntries(of: id) == source.entries)
    }
}

/// A recording in memory, in whatever order it is given.
private final class ArraySource: RecordingSource {
    let description: SessionDescription
    var entries: [RecordingEntry] = []

    init(description: SessionDescription) { self.description = description }

    func sessions() throws(SourceFailure) -> [SessionSummary] {
        [SessionSummary(description: description, state: SessionState())]
    }

    func session(_ id: SessionID) throws(SourceFailure) -> SessionSummary? { try sessions().first }

    func exchanges(of session: SessionID, from number: Int, limit: Int) throws(SourceFailure) -> [Exchange] {
        []
    }

    func entries(of session: SessionID, from sequence: Int64, limit: Int) throws(SourceFailure)
        -> [RecordingEntry]
    {
        guard sequence > 1 else { return entries }
        return entries.filter { $0.sequence >= sequence }
    }

    func readParts(of session: SessionID, body: Int, _ receive: (ArraySlice<UInt8>) throws -> Void) throws {}
}
