internal import MCPSemantics
internal import Recording

// Stands in until Recording has its Recorder: lines become messages, nothing is understood.
struct Recorder: Sendable {
    private(set) var state = SessionState()
    var pending: [[UInt8]] = [[], [], []]
    var next: Int64 = 1
    init(session: SessionDescription, resuming checkpoint: [UInt8]? = nil) {
        guard let c = checkpoint, c.count >= 9 else { return }
        next = Int64(c[0]) | Int64(c[1]) << 8 | Int64(c[2]) << 16
        if c[3] == 1 { state.end = SessionEnd(reason: .unknown, time: .zero) }
        let rest = c[8...].split(separator: 0, omittingEmptySubsequences: false)
        for lane in 0..<3 { pending[lane] = Array(rest[rest.startIndex + lane]) }
    }
    mutating func observe(_ event: TransportEvent, into events: inout [RecordedEvent]) {
        state.lastTime = max(state.lastTime, event.time)
        switch event.kind {
        case .bytes:
            let lane = Int(event.lane.rawValue)
            pending[lane] += event.payload
            while let end = pending[lane].firstIndex(of: 10) {
                emit(pending[lane][..<end], event.lane, event.time, true, &events)
                pending[lane].removeFirst(end + 1)
            }
        case .gap:
            if let gap = event.decodedGap {
                events.append(.gap(GapRecord(sequence: next, gap: gap))); next += 1; state.gaps += 1
            }
        case .ended:
            for lane in Lane.allCases where !pending[Int(lane.rawValue)].isEmpty {
                emit(pending[Int(lane.rawValue)][...], lane, event.time, false, &events)
            }
            state.end = SessionEnd(reason: event.decodedEndReason ?? .unknown, time: event.time)
        default: break
        }
    }
    mutating func emit(
        _ b: ArraySlice<UInt8>, _ lane: Lane, _ t: Timestamp, _ lf: Bool, _ events: inout [RecordedEvent]
    ) {
        var r = MessageRecord(
            sequence: next, time: t, lane: lane, kind: .foreign, body: .inline(ArraySlice(Array(b))),
            size: b.count)
        r.hasLineFeed = lf
        next += 1
        events.append(.message(r))
    }
    func checkpoint() -> [UInt8] {
        [
            UInt8(next & 255), UInt8(next >> 8 & 255), UInt8(next >> 16 & 255), state.end == nil ? 0 : 1, 0,
            0, 0, 0,
        ] + pending[0] + [0] + pending[1] + [0] + pending[2]
    }
}
