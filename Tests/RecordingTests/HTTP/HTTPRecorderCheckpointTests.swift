import MCPSemantics
import Testing

@testable import Recording

struct HTTPRecorderCheckpointTests {
    /// Events of several clients in turn, over every kind of stream.
    private func events(seed: UInt64) -> [TransportEvent] {
        var random = SeededRandom(seed: seed)
        var traffic = HTTPTraffic()
        var events: [TransportEvent] = []
        traffic.onEvent = { events.append($0) }
        traffic.cut = { bytes in
            let middle = bytes.count / 2
            return [bytes[..<middle], bytes[middle...]]
        }
        let client = traffic.connect(HTTPTraffic.Client(), session: "s-\(random.below(9))")
        let sse = traffic.connectToEvents(HTTPTraffic.Client(connection: 5))
        for number in 1...6 {
            switch random.below(4) {
            case 0:
                traffic.exchange(
                    "POST", "/mcp", client, body: HTTPTraffic.call("\(number)"),
                    answer: HTTPTraffic.result("\(number)"))
            case 1:
                let id = traffic.request(
                    "POST", "/mcp", HTTPTraffic.Client(connection: 8), body: HTTPTraffic.modern("\(number)"))
                traffic.head(id, 200, type: "text/event-stream")
                traffic.send(
                    "id: \(number)\r\ndata: \(HTTPTraffic.result("\(number)"))\r\n\r\n", .serverToClient, id)
                traffic.close(
                    id,
                    random.below(2) == 0
                        ? StreamClosure(.client, .reset) : StreamClosure(.upstream, .complete))
            case 2:
                traffic.exchange(
                    "POST", "/m?session_id=1", HTTPTraffic.Client(connection: 6),
                    body: HTTPTraffic.call("\(number)"), status: 202)
                traffic.send("data: \(HTTPTraffic.result("\(number)"))\n\n", .serverToClient, sse)
            default:
                traffic.exchange("POST", "/mcp", client, body: HTTPTraffic.call("\(number)"), status: 500)
            }
        }
        traffic.observe(.ended(.signalled, at: traffic.time))
        return events
    }

    private struct Outcome: Equatable {
        var events: [RecordedEvent] = []
        var state: SessionState?
    }

    private func run(_ events: [TransportEvent], reloadingAfter reload: (Int) -> Bool) -> [SessionID: Outcome]
    {
        var recorder = HTTPRecorder(listener: HTTPTraffic.listener)
        var outcomes: [SessionID: Outcome] = [:]
        var checkpoints: [SessionID: [UInt8]] = [:]
        for (index, event) in events.enumerated() {
            recorder.observe(event)
            for records in recorder.takeRecords() {
                outcomes[records.description.id, default: Outcome()].events += records.events
                outcomes[records.description.id]?.state = records.state
                checkpoints[records.description.id] = records.checkpoint
            }
            guard reload(index), !recorder.hasEnded else { continue }
            recorder = HTTPRecorder(listener: HTTPTraffic.listener, resuming: recorder.checkpoint()) {
                checkpoints[$0].map { JournalCoverage(position: 0, checkpoint: $0) }
            }
        }
        return outcomes
    }

    @Test(arguments: 0..<20)
    func `an interruption after any event changes nothing`(seed: UInt64) {
        let events = events(seed: seed)
        let whole = run(events) { _ in false }
        #expect(whole.count >= 2)
        #expect(run(events) { _ in true } == whole)
        for index in stride(from: Int(seed) % 5, to: events.count, by: 5) {
            #expect(run(events) { $0 == index } == whole, "after event \(index)")
        }
    }

    @Test func `a damaged checkpoint never traps and gives no session id twice`() {
        var random = SeededRandom(seed: 4)
        let events = events(seed: 1)
        var recorder = HTTPRecorder(listener: HTTPTraffic.listener)
        var ids: Set<SessionID> = []
        for event in events.prefix(20) { recorder.observe(event) }
        for records in recorder.takeRecords() { ids.insert(records.description.id) }
        let checkpoint = recorder.checkpoint()
        for _ in 0..<2000 {
            var bytes = checkpoint
            let place = 8 + random.below(bytes.count - 8)
            bytes[place] ^= UInt8(1 + random.below(255))
            if random.below(4) == 0 { bytes.removeLast(random.below(bytes.count)) }
            var resumed = HTTPRecorder(listener: HTTPTraffic.listener, resuming: bytes) { _ in
                JournalCoverage(position: 0, checkpoint: [])
            }
            for event in events.dropFirst(20) { resumed.observe(event) }
            _ = resumed.takeRecords()
        }
        var lost = Array(checkpoint.prefix(8))
        lost += [0xFF, 0xFF]
        var resumed = HTTPRecorder(listener: HTTPTraffic.listener, resuming: lost) { _ in nil }
        for event in events.dropFirst(20) { resumed.observe(event) }
        for records in resumed.takeRecords() { #expect(!ids.contains(records.description.id)) }
    }
}
