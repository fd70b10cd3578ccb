import Glibc
import MCPSemantics
import Platform
import Recording
import Testing

@testable import Store

struct StoreTests {
    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_mode & 0o7777 : 0
    }

    private func kind(_ body: () throws -> Void) -> StoreFailure.Kind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StoreFailure)?.kind
        }
    }

    @Test func `a new store and all of its files are for their owner only`() throws {
        let place = TemporaryStore()
        let path = place.parent + "/a/b/store"
        let store = try Store.open(path, access: .write)
        let sink = try store.sink(for: .test(1))
        try sink.commit([], position: 1)
        for directory in [place.parent + "/a", place.parent + "/a/b", path, path + "/journals"] {
            #expect(mode(directory) == 0o700)
        }
        for file in ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "write.lock"] {
            #expect(mode(path + "/" + file) == 0o600, "\(file)")
        }
    }

    @Test func `what others may read is closed to them, what they may write is refused`() throws {
        let place = TemporaryStore()
        _ = try place.open()
        chmod(place.path, 0o755)
        chmod(place.path + "/index.sqlite", 0o644)
        _ = try place.open(.read)
        #expect(mode(place.path) == 0o700)
        #expect(mode(place.path + "/index.sqlite") == 0o600)
        for open in [0o770, 0o702] as [mode_t] {
            chmod(place.path, open)
            #expect(kind { _ = try place.open() } == .refused)
            #expect(kind { _ = try place.open(.read) } == .refused)
        }
    }

    @Test(arguments: [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB2"), (0x0102_1997, "9P")])
    func `a network file system is refused with its name`(type: Int64, name: String) throws {
        let place = TemporaryStore()
        let system = SystemCalls(fileSystem: { _, facts in
            facts = FileSystemFacts(type: type, total: 1 << 40, available: 1 << 39)
            return 0
        })
        let failure = #expect(throws: StoreFailure.self) { _ = try place.open(system: system) }
        #expect(failure?.kind == .refused)
        #expect(failure?.message.contains("network file system (\(name))") == true)
    }

    @Test func `a store that is not there is missing to a reader`() throws {
        let place = TemporaryStore()
        #expect(kind { _ = try place.open(.read) } == .missing)
        mkdir(place.path, 0o700)
        #expect(kind { _ = try place.open(.read) } == .missing)
    }

    @Test func `a file of somebody else's is left alone`() throws {
        let place = TemporaryStore()
        mkdir(place.path, 0o700)
        let text = try AtomicFile(place.path + "/index.sqlite")
        try text.write(Array(String(repeating: "not a database ", count: 400).utf8))
        try text.commit()
        #expect(kind { _ = try place.open() } == .foreign)
        let other = TemporaryStore()
        mkdir(other.path, 0o700)
        let database = try AtomicFile(other.path + "/index.sqlite")
        try database.commit()
        try Database(path: other.path + "/index.sqlite").execute("CREATE TABLE theirs (a)")
        #expect(kind { _ = try other.open() } == .foreign)
        #expect(kind { _ = try other.open(.read) } == .foreign)
    }

    @Test func `a lock held by another process makes a commit busy, and nothing else`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        store.lockLimit = 30
        let sink = try store.sink(for: .test(1))
        try sink.commit([], position: 1)
        let other = open(place.path + "/write.lock", O_RDWR | O_CLOEXEC)
        flock(other, LOCK_EX)
        let failure = #expect(throws: SinkFailure.self) { try sink.commit([], position: 2) }
        #expect(failure?.kind == .busy)
        // Readers need no lock.
        #expect(try place.open(.read).sessions().count == 1)
        close(other)
        try sink.commit([], position: 2)
        #expect(try store.coverage(of: SessionDescription.test(1).id)?.position == 2)
    }

    @Test func `sessions are listed newest start first, with what is known of them`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        for (number, started) in [(1, 300), (2, 100), (3, 200)] as [(Int, Int64)] {
            let sink = try store.sink(for: .test(number, started: started))
            try sink.commit([], position: 1, ending: number == 2)
        }
        _ = try store.keep(SessionDescription.test(3).id)
        let reader = try place.open(.read)
        let sessions = try reader.sessions()
        #expect(sessions.map(\.description.name) == ["server1", "server3", "server2"])
        #expect(sessions.map(\.isKept) == [false, true, false])
        #expect(sessions.map { $0.state.end != nil } == [false, false, true])
        #expect(try reader.session(SessionID("nosuchthing0")) == nil)
        #expect(throws: SourceFailure.self) {
            _ = try reader.entries(of: SessionID("nosuchthing0"), from: 0, limit: 1)
        }
    }

    @Test func `a session lives while its journal's head is locked`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let id = SessionDescription.test(1).id
        let sink = try store.sink(for: .test(1))
        try sink.commit([], position: 1)
        #expect(try store.session(id)?.isLive == false)
        let journal = place.parent + "/journal"
        mkdir(journal, 0o700)
        let head = open(journal + "/head", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        let pointer = try AtomicFile(store.journalsDirectory + "/" + id.text)
        try pointer.write(Array((journal + "\n").utf8))
        try pointer.commit()
        #expect(try store.session(id)?.isLive == false)
        flock(head, LOCK_EX)
        #expect(try store.session(id)?.isLive == true)
        close(head)
        #expect(try store.session(id)?.isLive == false)
    }

    @Test func `changes name the sessions that changed, once`() throws {
        let place = TemporaryStore()
        let writer = try place.open()
        let first = try writer.sink(for: .test(1))
        let second = try writer.sink(for: .test(2))
        try first.commit([], position: 1)
        let reader = try place.open(.read)
        var seen = try reader.revision()
        #expect(try reader.changes(since: seen).sessions.isEmpty)
        try second.commit([], position: 1)
        try first.commit([], position: 2)
        var changes = try reader.changes(since: seen)
        #expect(changes.sessions == [SessionDescription.test(2).id, SessionDescription.test(1).id])
        seen = changes.revision
        changes = try reader.changes(since: seen)
        #expect(changes.sessions.isEmpty)
        try second.commit([], position: 2)
        #expect(try reader.changes(since: seen).sessions == [SessionDescription.test(2).id])
    }

    @Test func `the log is copied into the index before it grows past its limit`() throws {
        let place = TemporaryStore()
        let store = try place.open()
        let sink = try store.sink(for: .test(1))
        var traffic = SampleTraffic(seed: 5)
        for position in 1...60 {
            try sink.commit((0..<150).flatMap { _ in traffic.next() }, position: UInt64(position))
        }
        var facts = stat()
        stat(place.path + "/index.sqlite-wal", &facts)
        #expect(facts.st_size <= 2 * Store.logLimit)
        try store.checkpoint()
        stat(place.path + "/index.sqlite-wal", &facts)
        #expect(facts.st_size == 0)
    }
}
