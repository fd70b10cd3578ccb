import Platform
import Recording
import Testing

@testable import Journal
@testable import StdioTransport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keeps what it is told, and may be out of room.
private final class ListeningTap: RelayTap {
    private let plain = PlainTap()
    private(set) var bytes: [Lane: [UInt8]] = [:]
    private(set) var events: [String] = []
    /// How often a lane is refused before it gets room.
    private var refusals: [Lane: Int]
    private(set) var outstanding: Set<Lane> = []
    private(set) var wasReadTooEarly = false
    /// Chunks of a lane, and those of them that were taken at once.
    private(set) var arrivals: [Lane: Int] = [:]
    private(set) var taken: [Lane: Int] = [:]

    init(refusals: [Lane: Int] = [:]) { self.refusals = refusals }

    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer? {
        if outstanding.contains(lane) { wasReadTooEarly = true }
        if let left = refusals[lane], left > 0 {
            refusals[lane] = left - 1
            return nil
        }
        return plain.room(for: lane)
    }

    func arrived(_ count: Int, on lane: Lane) {
        outstanding.insert(lane)
        arrivals[lane, default: 0] += 1
        if let room = plain.room(for: lane) { bytes[lane, default: []] += room[..<count] }
    }

    func passedOn(_ lane: Lane) {
        // Before it is said to be forwarded.
        if outstanding.contains(lane) { taken[lane, default: 0] += 1 }
    }
    func forwarded(_ lane: Lane) { outstanding.remove(lane) }
    func laneEnded(_ lane: Lane) { events.append("\(lane) ended") }
    func started(processID: Int32) { events.append("started") }
    func exited(_ status: Recording.ExitStatus) { events.append("exited \(status.shellStatus)") }
    func ended(_ reason: SessionEnd.Reason) { events.append("ended \(reason.rawValue)") }
}

struct RelayTapTests {
    @Test func `the tap hears every byte and every end, in order`() throws {
        let tap = ListeningTap()
        let relay = try RunningRelay(["sh", "-c", "cat; echo error >&2; exit 2"], tap: tap)
        relay.input.write("one\n")
        #expect(relay.output.text(4) == "one\n")
        relay.input.write("two")
        relay.input.close()
        #expect(relay.output.text() == "two")
        _ = try relay.outcome()
        #expect(tap.bytes[.clientToServer] == Array("one\ntwo".utf8))
        #expect(tap.bytes[.serverToClient] == Array("one\ntwo".utf8))
        #expect(tap.bytes[.standardError] == Array("error\n".utf8))
        #expect(tap.events.first == "started")
        #expect(tap.events.last == "ended client_closed")
        #expect(tap.events.filter { $0.hasSuffix(" ended") }.count == 3)
        #expect(tap.events.contains("exited 2"))
        #expect(tap.outstanding.isEmpty)
        #expect(!tap.wasReadTooEarly)
        #expect(tap.taken == tap.arrivals && tap.taken[.clientToServer] == 2)
    }

    @Test func `a lane without room waits and loses nothing, and the others go on`() throws {
        let tap = ListeningTap(refusals: [.serverToClient: 200])
        let relay = try RunningRelay(["sh", "-c", "echo error >&2; cat"], tap: tap)
        #expect(relay.error.text(6) == "error\n")
        relay.input.write("through\n")
        #expect(relay.output.text(8) == "through\n")
        relay.input.close()
        #expect(try relay.outcome().exit == .code(0))
    }

    @Test func `what a reader does not take is not read on`() throws {
        let tap = ListeningTap()
        let relay = try RunningRelay(["sh", "-c", "head -c 1000000 /dev/zero"], tap: tap)
        #expect(relay.output.waits(for: Int32(POLLIN)))
        #expect(relay.output.read().count == 1_000_000)
        _ = try relay.outcome()
        #expect(!tap.wasReadTooEarly)
    }

    @Test func `what has to wait for its reader is not taken at once`() throws {
        let tap = ListeningTap()
        let relay = try RunningRelay(["cat"], system: .failingWrites(.once(1, EAGAIN)), tap: tap)
        for _ in 0..<2 {
            relay.input.write("text\n")
            #expect(relay.output.text(5) == "text\n")
        }
        relay.input.close()
        _ = try relay.outcome()
        #expect(tap.arrivals[.clientToServer] == 2 && tap.taken[.clientToServer] == 1)
        #expect(tap.arrivals[.serverToClient] == 2 && tap.taken[.serverToClient] == 2)
    }

    @Test func `what the journal has no room for is not edited, and no edit waits for another message`()
        throws
    {
        var template = Array("/tmp/mcptape-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let store = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { _ = try? RunningRelay(["rm", "-rf", store]).outcome() }
        var options = JournalOptions()
        options.budget = 128 << 10
        options.segmentSize = 64 << 10
        let journal = try JournalWriter(
            session: SessionID("relaytaptest"), description: [], choice: .store, store: store,
            options: options)
        let clock = SessionClock(system: SystemCalls())
        let inner = JournalTap(journal: journal, clock: clock, failsClosed: false)
        let propagator = TracePropagator(recorder: SessionID("relaytaptest"))
        let tap = PropagatingTap(propagator, around: inner)
        let request = Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8) + [0x0A]
        var edited: [Bool] = []
        // Nobody takes what is recorded, so the room comes to an end.
        for _ in 0..<2000 {
            let room = try #require(tap.room(for: .clientToServer))
            room.copyBytes(from: request)
            tap.arrived(request.count, on: .clientToServer)
            edited.append(tap.replacement(on: .clientToServer).map { Array($0) } != request)
            tap.forwarded(.clientToServer)
        }
        let last = try #require(edited.lastIndex(of: true))
        #expect(last < 1500 && edited[...last].allSatisfy { $0 })
        #expect(journal.spilled.isEmpty)
    }

    @Test func `without room in the journal traffic goes on`() throws {
        var template = Array("/tmp/mcptape-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let store = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var options = JournalOptions()
        options.budget = 128 << 10
        options.segmentSize = 64 << 10
        let journal = try JournalWriter(
            session: SessionID("relaytaptest"), description: [], choice: .store, store: store,
            options: options)
        let tap = JournalTap(journal: journal, clock: SessionClock(system: SystemCalls()), failsClosed: false)
        let relay = try RunningRelay(["cat"], tap: tap)
        defer { _ = try? RunningRelay(["rm", "-rf", store]).outcome() }
        let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try inParallel {
            relay.input.write(large)
            relay.input.close()
        } and: {
            #expect(relay.output.read() == large)
        }
        #expect(try relay.outcome().exit == .code(0))
    }
}
