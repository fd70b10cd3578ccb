import MCPSemantics
import Recording
import Testing
import Wire

/// What must hold for any traffic. A failure prints the seed; put it in `seeds` to run it again.
struct RecorderPropertyTests {
    private static let seeds: [UInt64] = (0..<4).map { _ in UInt64.random(in: 0...UInt64.max) }
    private static let partSize = 64

    private func records(
        of events: [TransportEvent], limit: Int = 0
    ) -> (events: [RecordedEvent], state: SessionState) {
        var run = RecorderRun(messageLimit: limit, partSize: Self.partSize)
        for event in events { run.observe(event) }
        return (run.events, run.state)
    }

    /// The same bytes at the same times in other events.
    private func cut(_ events: [TransportEvent], size: () -> Int) -> [TransportEvent] {
        events.flatMap { event -> [TransportEvent] in
            guard event.kind == .bytes else { return [event] }
            var pieces: [TransportEvent] = []
            var rest = event.payload
            while !rest.isEmpty {
                let piece = rest.prefix(max(1, size()))
                pieces.append(.bytes(Array(piece)[...], on: event.lane, at: event.time))
                rest = rest.dropFirst(piece.count)
            }
            return pieces
        }
    }

    @Test(arguments: seeds)
    func `gives the same records however the bytes were cut`(_ seed: UInt64) {
        var traffic = Traffic(seed: seed)
        let events = traffic.events(120)
        for limit in [0, 100] {
            let whole = records(of: events, limit: limit)
            #expect(whole.events.count > 100)
            let single = records(of: cut(events) { 1 }, limit: limit)
            #expect(whole == single, "byte by byte, seed \(seed)")
            for _ in 0..<3 {
                let random = records(of: cut(events) { 1 + traffic.random.below(80) }, limit: limit)
                #expect(whole == random, "random cuts, seed \(seed)")
            }
        }
    }

    @Test(arguments: seeds)
    func `goes on from a checkpoint as if nothing had happened`(_ seed: UInt64) {
        var traffic = Traffic(seed: seed)
        let events = cut(traffic.events(40)) { 1 + traffic.random.below(80) }
        for limit in [0, 100] {
            let whole = records(of: events, limit: limit)
            let session = RecorderRun.session(.payloads, limit)
            var recorder = Recorder(session: session, partSize: Self.partSize)
            var recorded: [RecordedEvent] = []
            for (index, event) in events.enumerated() {
                let checkpoint = recorder.checkpoint()
                recorder = Recorder(session: session, resuming: checkpoint)
                #expect(recorder.resumption == .resumed, "before event \(index), seed \(seed)")
                #expect(recorder.checkpoint() == checkpoint, "before event \(index), seed \(seed)")
                recorder.observe(event, into: &recorded)
            }
            #expect(recorded == whole.events, "seed \(seed)")
            #expect(recorder.state == whole.state, "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func `counts in its state what it put on record`(_ seed: UInt64) {
        var traffic = Traffic(seed: seed)
        var run = RecorderRun(partSize: Self.partSize)
        for event in traffic.events(120) { run.observe(event) }
        var newest: [Int: Exchange] = [:]
        for exchange in run.exchanges { newest[exchange.number] = exchange }
        #expect(run.state.exchanges == newest.count)
        #expect(run.state.exchanges == newest.keys.max())
        #expect(run.state.pending == newest.values.filter { $0.outcome == .pending }.count)
        #expect(run.state.errors == newest.values.filter { $0.outcome == .error }.count)
        #expect(run.state.toolErrors == newest.values.filter { $0.outcome == .toolError }.count)
        for direction in Direction.allCases {
            let messages = run.messages.filter { $0.lane.direction == direction }
            #expect(run.state.messages[direction] == messages.count)
            #expect(run.state.bytes[direction] == messages.reduce(0) { $0 + $1.size })
        }
        var sequence: Int64 = 0
        for event in run.events {
            switch event {
            case .message(let message):
                sequence += 1
                #expect(message.sequence == sequence)
            case .gap(let gap):
                sequence += 1
                #expect(gap.sequence == sequence)
            case .part, .exchange: break
            }
        }
    }

    @Test(arguments: seeds)
    func `keeps every byte of every lane`(_ seed: UInt64) {
        var traffic = Traffic(seed: seed)
        let events = traffic.events(120).filter { $0.kind != .gap }
        var run = RecorderRun(partSize: Self.partSize)
        for event in events { run.observe(event) }
        for lane in Lane.allCases {
            let sent = events.filter { $0.kind == .bytes && $0.lane == lane }.flatMap(\.payload)
            var kept: [UInt8] = []
            for (index, message) in run.messages.enumerated() where message.lane == lane {
                kept += run.body(index) ?? []
                if message.hasLineFeed { kept.append(0x0A) }
            }
            #expect(kept == sent, "seed \(seed)")
        }
    }
}
