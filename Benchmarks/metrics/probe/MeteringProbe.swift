import MCPSemantics
import Recording
import Store
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `metering-probe SCRATCH LINES BATCH ROUNDS with|without|nothing|both`: what the recorder thread does with
/// a session, with and without metrics, and without a pump, a server or a clock around it.
///
/// LINES is a file of messages, the client's and the server's in turns. BATCH exchanges go into a commit.
/// Each round records the session into a new store in SCRATCH; `both` takes turns. `nothing` makes the
/// session's events and opens the store, and records nothing: what is not to be measured. For each round it
/// prints the mode and the nanoseconds of CPU that an exchange took.
@main struct MeteringProbe {
    private let session: ProbedSession
    private let scratch: String

    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 6, let batch = Int(words[3]), batch > 0, let rounds = Int(words[4]) else {
            print("usage: metering-probe SCRATCH LINES BATCH ROUNDS with|without|nothing|both")
            exit(64)
        }
        guard let session = ProbedSession(linesOf: words[2], batch: batch) else {
            print("\(words[2]): cannot be read")
            exit(66)
        }
        let probe = MeteringProbe(session: session, scratch: words[1])
        for round in 0..<rounds {
            // Neither mode is always the one that finds the caches warm.
            let order = round % 2 == 0 ? ["with", "without"] : ["without", "with"]
            for mode in words[5] == "both" ? order : [words[5]] {
                print(mode, try probe.nanoseconds(mode, round) / Double(session.exchangeCount))
            }
        }
    }

    /// CPU time of recording the session once.
    private func nanoseconds(_ mode: String, _ round: Int) throws -> Double {
        let store = try Store.open("\(scratch)/\(mode)-\(round)", access: .write)
        let sink = try store.sink(for: session.description)
        // What is imported is stored like anything else, and counts for nothing.
        if mode == "without" { sink.beginImport() }
        var recorder = JournalRecorder(session.description)
        let start = MeteringProbe.cpu()
        if mode != "nothing" {
            var position: UInt64 = 0
            for events in session.batches {
                for event in events { recorder.observe(event) }
                position += UInt64(events.count)
                var batch = recorder.takeBatch(position: position)
                batch.forwardingTimes = session.times(of: events)
                try sink.commit(batch)
            }
        }
        return Double(MeteringProbe.cpu() - start)
    }

    private static func cpu() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A session as its transport tells it: each message arrives alone.
private struct ProbedSession {
    let description: SessionDescription
    private(set) var batches: [[TransportEvent]] = []
    private(set) var exchangeCount = 0

    init?(linesOf path: String, batch: Int) {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var description = SessionDescription(id: SessionID("probed000000"), name: "search", transport: .stdio)
        description.startRealtime = 1_700_000_000_000_000_000
        self.description = description
        var events: [TransportEvent] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var time: Int64 = 0
        var lane = Lane.clientToServer
        while true {
            let count = getline(&line, &capacity, file)
            guard count > 0, let line else { break }
            let bytes = [UInt8](UnsafeRawBufferPointer(start: line, count: count))
            events.append(.bytes(bytes[...], on: lane, at: Timestamp(nanoseconds: time)))
            if lane == .serverToClient {
                exchangeCount += 1
                if exchangeCount % batch == 0 {
                    batches.append(events)
                    events = []
                }
            }
            // Answers take 0.5 to 66 ms.
            time += lane == .clientToServer ? 500_000 << Int64(exchangeCount &* 7 % 8) : 2_000_000
            lane = lane == .clientToServer ? .serverToClient : .clientToServer
        }
        events.append(.exited(.code(0), at: Timestamp(nanoseconds: time)))
        events.append(.ended(.clientClosed, at: Timestamp(nanoseconds: time)))
        batches.append(events)
    }

    /// As the pump measures them: mostly in the first two buckets.
    func times(of events: [TransportEvent]) -> ForwardingTimes {
        var lane = ForwardingTimes.Lane()
        lane.counts[0] = UInt64(events.count / 2)
        lane.counts[1] = UInt64(events.count / 8)
        lane.total = UInt64(events.count) * 8000
        return ForwardingTimes(clientToServer: lane, serverToClient: lane)
    }
}
