import Glibc
import MCPSemantics
import Recording
import Testing

@testable import Store

/// Sessions in pages, and runs that are kept, against what a reading of all sessions says.
struct StoreSessionsTests {
    private static let second: Int64 = 1_000_000_000
    private let place = TemporaryStore()

    /// Sessions of which five at a time began at once, out of order; three of four belong to a run.
    private func fill(_ store: Store, _ numbers: ClosedRange<Int>) throws {
        for number in numbers { try add(number, to: store, started: Int64(number * 7 % 20 / 5)) }
    }

    private func add(_ number: Int, to store: Store, started: Int64, ending: Bool = true) throws {
        var description = SessionDescription.test(number, started: started * Self.second)
        if number % 4 != 0 { description.run = "run \(number / 10)" }
        try store.sink(for: description).commit([], position: 1, ending: ending)
    }

    private func paged(_ source: any RecordingSource, _ limit: Int) throws -> [SessionSummary] {
        var all: [SessionSummary] = []
        while true {
            let page = try source.sessions(
                before: all.last?.description.id, started: nil, limit: limit)
            #expect(page.count <= limit)
            if page.isEmpty { return all }
            all += page
        }
    }

    private func execute(_ sql: String, in store: Store) throws {
        try store.writing { _ throws(StoreFailure) in try store.database.execute(sql) }
    }

    @Test func `pages go on behind a session that has gone`() throws {
        let store = try place.open()
        try fill(store, 1...60)
        let first = try store.sessions(before: nil, started: nil, limit: 30)
        let last = try #require(first.last?.description)
        for session in try store.sessions().dropFirst(28).prefix(4) {
            _ = try store.remove(session.description.id)
        }
        let all = try store.sessions()
        let rest = try store.sessions(before: last.id, started: last.startRealtime, limit: 100)
        // What began at the same instant is told again rather than left out.
        #expect(rest == all.filter { $0.description.startRealtime <= last.startRealtime })
        #expect(!rest.isEmpty && rest.count < all.count)
        #expect(throws: SourceFailure(.missing, "there is no session \(last.id.text) any more")) {
            try store.sessions(before: last.id, started: nil, limit: 100)
        }
        // One that is there is its own place, whatever else is said.
        let next = try store.sessions(before: all[5].description.id, started: 0, limit: 1)
        #expect(next == [all[6]])
    }

    @Test func `pages hold what the whole list holds, in its order`() throws {
        let store = try place.open()
        #expect(try store.sessions(before: nil, started: nil, limit: 5) == [] && store.sessionCount() == 0)
        try fill(store, 1...60)
        try add(61, to: store, started: 2, ending: false)
        for number in [3, 20, 41] { _ = try store.remove(SessionDescription.test(number).id) }
        _ = try store.keep(SessionDescription.test(7).id)
        let reader = try place.open(.read)
        let whole = try reader.sessions()
        #expect(whole.count == 58)
        #expect(try reader.sessionCount() == 58)
        let copy = RecordingGroup(whole, of: reader)
        for limit in [1, 2, 7, 57, 58, 59] {
            #expect(try paged(reader, limit) == whole, "\(limit)")
            #expect(try paged(copy, limit) == whole, "\(limit)")
        }
        let gone = SessionDescription.test(3).id
        let sources: [any RecordingSource] = [reader, copy]
        for source in sources {
            let failure = #expect(throws: SourceFailure.self) {
                try source.sessions(before: gone, started: nil, limit: 5)
            }
            #expect(failure?.kind == .missing)
        }
    }

    @Test func `a damaged description is passed over, and no page ends for it`() throws {
        let store = try place.open()
        try fill(store, 1...20)
        try execute("UPDATE session SET description = '{' WHERE number BETWEEN 5 AND 9", in: store)
        let whole = try store.sessions()
        #expect(whole.count == 15)
        for limit in [1, 3, 15] { #expect(try paged(store, limit) == whole, "\(limit)") }
        var runs = StoreRuns()
        for _ in 0..<2 { #expect(try runs.newestFirst(in: store) == Run.newestFirst(whole, of: store)) }
    }

    @Test(arguments: [0, 25, 1000])
    func `runs that are kept are those of all sessions`(limit: Int) throws {
        let store = try place.open()
        try fill(store, 1...20)
        let reader = try place.open(.read)
        var runs = StoreRuns(limit: limit)
        func check(_ what: Comment) throws {
            for _ in 0..<2 {
                #expect(
                    try runs.newestFirst(in: reader)
                        == Run.newestFirst(reader.sessions(), of: reader), what)
            }
        }
        try check("at first")
        try add(21, to: store, started: 9, ending: false)
        try check("one more")
        _ = try store.keep(SessionDescription.test(4).id)
        try check("one changed")
        for number in [5, 6, 8] { _ = try store.remove(SessionDescription.test(number).id) }
        try check("three removed")
        _ = try store.remove(SessionDescription.test(9).id)
        try add(22, to: store, started: 3)
        try check("one removed and one more")
        try add(9, to: store, started: 12)
        _ = try store.remove(SessionDescription.test(9).id)
        try add(9, to: store, started: 1)
        try check("one removed that came again, at another time")
        try fill(store, 23...40)
        try check("more than are kept")
    }

    @Test func `runs of a session that goes on are cut as when it is read anew`() throws {
        let store = try place.open()
        let reader = try place.open(.read)
        var description = SessionDescription.test(1)
        (description.bootID, description.host) = ("boot", nil)
        var recorder = Recorder(session: description)
        let sink = try store.sink(for: description)
        var runs = StoreRuns()
        var position: UInt64 = 0
        func say(_ line: String, _ lane: Lane, minute: Int64) throws {
            var events: [RecordedEvent] = []
            let time = Timestamp(nanoseconds: minute * 60 * Self.second)
            recorder.observe(.bytes(Array((line + "\n").utf8)[...], on: lane, at: time), into: &events)
            position += 1
            let records = SessionRecords(
                description: description, events: events, state: recorder.state, checkpoint: [])
            try sink.commit(RecordBatch(sessions: [records], position: position, checkpoint: []))
            let found = try runs.newestFirst(in: reader)
            #expect(try found == Run.newestFirst(reader.sessions(), of: reader), "minute \(minute)")
            counts.append(found.count)
        }
        var counts: [Int] = []
        func ask(_ number: Int, answered: String, from begin: Int64, to end: Int64) throws {
            let request = #"{"jsonrpc":"2.0","id":\#(number),"method":"ping"}"#
            try say(request, .clientToServer, minute: begin)
            try say(#"{"jsonrpc":"2.0","id":\#(number),\#(answered)}"#, .serverToClient, minute: end)
        }
        try ask(1, answered: #""result":{}"#, from: 0, to: 1)
        try ask(2, answered: #""error":{"code":1,"message":"no"}"#, from: 20, to: 21)
        try ask(3, answered: #""result":{}"#, from: 25, to: 27)
        // One that takes long is no silence, and what comes within it is of the same run.
        try ask(4, answered: #""result":{}"#, from: 30, to: 55)
        try say(#"{"jsonrpc":"2.0","method":"notifications/message"}"#, .serverToClient, minute: 64)
        try ask(5, answered: #""result":{}"#, from: 66, to: 67)
        #expect(counts == [1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3])
    }

    @Test func `a recorder that ends without a word ends what is live`() throws {
        let store = try place.open()
        try fill(store, 1...3)
        let id = SessionDescription.test(4).id
        try add(4, to: store, started: 9, ending: false)
        var runs = StoreRuns()
        func isLive() throws -> Bool { try runs.newestFirst(in: store).contains(where: \.isLive) }
        #expect(try !isLive())
        let journal = place.parent + "/journal"
        mkdir(journal, 0o700)
        let head = open(journal + "/head", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        flock(head, LOCK_EX)
        let pointer = try AtomicFile(store.journalsDirectory + "/" + id.text)
        try pointer.write(Array((journal + "\n").utf8))
        try pointer.commit()
        #expect(try isLive())
        close(head)
        #expect(try !isLive())
    }
}
