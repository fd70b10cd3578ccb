internal import CSystemCalls
internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One poll loop over three lanes: the host's input to the server, the server's output and error to the host.
///
/// The lanes never wait for each other, so both directions full at once keep flowing. In its steady state a
/// chunk costs poll, read and write, and the loop neither allocates nor counts references.
final class RelayLoop<Tap: RelayTap> {
    let server: StdioServer
    let tap: Tap
    let system: SystemCalls
    /// Where `csystem_signal`s are read from; -1: none are passed on.
    let signals: Int32
    /// The host's error descriptor where it is the same object as its output; else -1.
    let sharedError: Int32
    /// Three, by the raw value of their `Lane`.
    let lanes: UnsafeMutablePointer<RelayLane>
    /// Source and sink of each lane, then the signals, then the server's exit.
    let polled: UnsafeMutablePointer<pollfd>
    /// Only this loop's own thread touches it, and no access spans a call that does: without the attribute
    /// the check costs a call for every chunk.
    @exclusivity(unchecked) var ending = RelayEnding()
    var writers: [LaneWriter] = []

    static var laneCount: Int { 3 }
    static var signalSlot: Int { 6 }
    static var exitSlot: Int { 7 }
    static var slotCount: Int { 8 }

    init(server: StdioServer, host: HostDescriptors, tap: Tap, signals: Int32, system: SystemCalls) {
        self.server = server
        self.tap = tap
        self.signals = signals
        self.system = system
        sharedError = host.sharesOutput ? host.error : -1
        lanes = .allocate(capacity: Self.laneCount)
        polled = .allocate(capacity: Self.slotCount)
        polled.initialize(repeating: pollfd(fd: -1, events: 0, revents: 0), count: Self.slotCount)
        polled[Self.signalSlot] = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
        polled[Self.exitSlot] = pollfd(fd: server.process.exit_watch, events: Int16(POLLIN), revents: 0)
        let ends = server.takeEnds()
        let input = RelayLane(
            lane: .clientToServer, source: host.input, sourceKind: host.kind(of: host.input),
            sink: ends.input,
            sinkKind: .own)
        (lanes + 0).initialize(to: ends.input < 0 ? .absent(.clientToServer) : input)
        (lanes + 1).initialize(to: Self.outputLane(.serverToClient, from: ends.output, to: host.output, host))
        (lanes + 2).initialize(to: Self.outputLane(.standardError, from: ends.error, to: host.error, host))
    }

    private static func outputLane(
        _ lane: Lane, from source: Int32, to sink: Int32, _ host: HostDescriptors
    ) -> RelayLane {
        guard source >= 0 else { return .absent(lane) }
        return RelayLane(
            lane: lane, source: source, sourceKind: .own, sink: sink, sinkKind: host.kind(of: sink))
    }

    deinit {
        lanes.deallocate()
        polled.deallocate()
    }

    /// Relays until the server has ended and the host has what it wrote.
    func run() -> RelayOutcome {
        startWriters()
        tap.started(processID: server.processID)
        for index in 0..<Self.laneCount { arm(index) }
        while !isOver {
            let ready = system.poll(polled, Self.slotCount, timeLimit())
            if ready > 0 {
                for index in 0..<Self.laneCount {
                    let sinkEvents = polled[2 * index + 1].revents
                    if sinkEvents != 0 { sinkReady(index, Int32(sinkEvents)) }
                    if polled[2 * index].revents != 0 { receive(index) }
                }
                if polled[Self.signalSlot].revents != 0 { takeSignals() }
                if polled[Self.exitSlot].revents != 0 { takeExit() }
            } else if ready < 0, -ready != EINTR {
                // Out of memory in the kernel, and nothing to do but to ask again, though not at full speed.
                _ = usleep(1000)
            }
            if isWaitingForRoom { askForRoom() }
            if tap.faults != nil { sendFaulted() }
            if ending.isUnderWay { advanceEnding() }
        }
        return finish()
    }

    /// Tells poll what the lane waits for now.
    func arm(_ index: Int) {
        let lane = lanes + index
        let source = polled + 2 * index
        let sink = source + 1
        let isIdle = lane.pointee.pendingCount == 0
        source.pointee.fd = isIdle && !lane.pointee.waitsForRoom ? lane.pointee.source : -1
        source.pointee.events = Int16(POLLIN)
        if lane.pointee.writerDone >= 0 {
            sink.pointee.fd = isIdle ? -1 : lane.pointee.writerDone
            sink.pointee.events = Int16(POLLIN)
        } else {
            // Without an event asked for, poll still tells when the reader is gone.
            let isOver = isIdle && (lane.pointee.source < 0 || lane.pointee.sinkKind == .null)
            sink.pointee.fd = isOver ? -1 : lane.pointee.sink
            sink.pointee.events = isIdle ? 0 : Int16(POLLOUT)
        }
    }

    /// Reads a chunk and passes it on.
    func receive(_ index: Int) {
        let lane = lanes + index
        guard lane.pointee.source >= 0, lane.pointee.pendingCount == 0 else { return }
        guard let room = tap.room(for: lane.pointee.lane), let start = room.baseAddress else {
            lane.pointee.waitsForRoom = true
            arm(index)
            return
        }
        if lane.pointee.waitsForRoom {
            lane.pointee.waitsForRoom = false
            arm(index)
        }
        let count = system.readNow(
            lane.pointee.source, lane.pointee.sourceKind.rawValue, start, min(room.count, relayChunkSize))
        if count > 0 {
            if tap.faults != nil, index == Self.outputIndex { return arrivedFaulted(count) }
            tap.arrived(count, on: lane.pointee.lane)
            lane.pointee.pending = UnsafeRawPointer(start)
            lane.pointee.pendingCount = count
            takeReplacement(index)
            if let left = lane.pointee.lastBytes { lane.pointee.lastBytes = left - count }
            send(index, afterPoll: false)
        } else if count == 0 {
            sourceEnded(index)
        } else {
            readFailed(index, Int32(-count))
        }
    }

    /// Has what stands for the newest bytes of the lane written on, where something does.
    func takeReplacement(_ index: Int) {
        guard let bytes = tap.replacement(on: lanes[index].lane) else { return }
        lanes[index].pending = bytes.baseAddress
        lanes[index].pendingCount = bytes.count
    }

    var isWaitingForRoom: Bool {
        lanes[0].waitsForRoom || lanes[1].waitsForRoom || lanes[2].waitsForRoom
    }

    private func askForRoom() {
        for index in 0..<Self.laneCount where lanes[index].waitsForRoom { receive(index) }
    }

    private func readFailed(_ index: Int, _ error: Int32) {
        switch error {
        case EAGAIN, EINTR:
            // Nothing is there now; and nothing will be, once nobody is left that we wait for.
            if lanes[index].lastBytes != nil, error == EAGAIN { sourceEnded(index) }
        default:
            // A terminal that hung up, a socket that was reset: whatever it is, no more bytes will come.
            sourceEnded(index)
        }
    }

    /// Writes what is pending, as far as the sink takes it now.
    func send(_ index: Int, afterPoll: Bool) {
        let lane = lanes + index
        if lane.pointee.writerDone >= 0 {
            handToWriter(index)
            return
        }
        var hasRoom = afterPoll
        while lane.pointee.pendingCount > 0, let bytes = lane.pointee.pending {
            let count = system.writeNow(
                lane.pointee.sink, lane.pointee.sinkKind.rawValue, bytes, lane.pointee.pendingCount, hasRoom)
            hasRoom = false
            if count >= 0 {
                lane.pointee.pending = bytes + count
                lane.pointee.pendingCount -= count
            } else if count == -Int(EAGAIN) {
                arm(index)
                return
            } else if count != -Int(EINTR) {
                sinkGone(index)
                return
            }
        }
        if !afterPoll { tap.passedOn(lane.pointee.lane) }
        sent(index, wasWaiting: afterPoll)
    }

    /// Everything that was read on the lane is written on.
    func sent(_ index: Int, wasWaiting: Bool) {
        tap.forwarded(lanes[index].lane)
        lanes[index].pending = nil
        if wasWaiting { arm(index) }
        if lanes[index].source < 0 { closeSink(index) }
    }

    private func sinkReady(_ index: Int, _ events: Int32) {
        let lane = lanes + index
        if lane.pointee.writerDone >= 0 {
            writerReady(index)
        } else if lane.pointee.pendingCount > 0 {
            // Also when the reader is gone: the write says so.
            send(index, afterPoll: true)
        } else if events & (POLLERR | POLLHUP | POLLNVAL) != 0 {
            sinkGone(index)
        }
    }
}
