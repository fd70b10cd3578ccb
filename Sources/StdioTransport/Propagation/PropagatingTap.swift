internal import Recording
internal import Wire

/// A tap that puts spans into the requests of the client (`record --propagate`).
///
/// What the client sends is cut into lines: a line goes on record and to the server when it is complete, so
/// what is edited of it is on record before it. Lines over 1 MiB pass in parts, as they come.
final class PropagatingTap<Inner: RelayTap>: RelayTap {
    private let inner: Inner
    private var propagator: TracePropagator
    private var lines = LineFramer()
    /// Where the client's bytes are read to.
    private let room: UnsafeMutableRawBufferPointer
    /// What the relay writes on; nothing while a line is not complete.
    private var outgoing: UnsafeMutableRawBufferPointer
    private var outgoingCount = 0

    var faults: FaultedLanes? { inner.faults }

    init(_ propagator: TracePropagator, around inner: Inner) {
        self.propagator = propagator
        self.inner = inner
        room = .allocate(byteCount: relayChunkSize, alignment: 4096)
        outgoing = .allocate(byteCount: 2 * relayChunkSize, alignment: 4096)
    }

    deinit {
        room.deallocate()
        outgoing.deallocate()
    }

    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer? {
        lane == .clientToServer ? room : inner.room(for: lane)
    }

    func arrived(_ count: Int, on lane: Lane) {
        guard lane == .clientToServer else { return inner.arrived(count, on: lane) }
        // Slices of its own: the room is used again.
        lines.push(Array(room[..<count])[...]) { take($0) }
    }

    func replacement(on lane: Lane) -> UnsafeRawBufferPointer? {
        guard lane == .clientToServer else { return inner.replacement(on: lane) }
        return UnsafeRawBufferPointer(rebasing: outgoing[..<outgoingCount])
    }

    private func take(_ frame: LineFramer.Frame) {
        let end: [UInt8] = frame.isLast && frame.hasLineFeed ? [0x0A] : []
        var edits = frame.isFirst && frame.isLast ? propagator.edits(of: frame.bytes) : []
        if !edits.isEmpty, !inner.edited(edits, on: .clientToServer, of: frame.bytes.count + end.count) {
            edits = []
        }
        inner.record(frame.bytes + end, on: .clientToServer)
        pass(edits.isEmpty ? frame.bytes : TracePropagator.applied(edits, to: frame.bytes)[...])
        pass(end[...])
    }

    private func pass(_ bytes: ArraySlice<UInt8>) {
        let count = outgoingCount + bytes.count
        if count > outgoing.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(count, 2 * outgoing.count), alignment: 4096)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: outgoing[..<outgoingCount]))
            outgoing.deallocate()
            outgoing = larger
        }
        UnsafeMutableRawBufferPointer(rebasing: outgoing[outgoingCount..<count]).copyBytes(from: bytes)
        outgoingCount = count
    }

    func forwarded(_ lane: Lane) {
        guard lane == .clientToServer else { return inner.forwarded(lane) }
        outgoingCount = 0
    }

    // How long a line waited for its end is not our overhead.
    func passedOn(_ lane: Lane) { if lane != .clientToServer { inner.passedOn(lane) } }

    func laneEnded(_ lane: Lane) {
        if lane == .clientToServer, let last = lines.finish() { take(last) }
        inner.laneEnded(lane)
    }

    func record(_ bytes: ArraySlice<UInt8>, on lane: Lane) { inner.record(bytes, on: lane) }
    func mark(_ fault: FaultMark, on lane: Lane) { inner.mark(fault, on: lane) }
    func edited(_ edits: [ForwardedEdit], on lane: Lane, of count: Int) -> Bool {
        inner.edited(edits, on: lane, of: count)
    }
    func drained() { inner.drained() }
    func started(processID: Int32) { inner.started(processID: processID) }
    func exited(_ status: ExitStatus) { inner.exited(status) }
    func ended(_ reason: SessionEnd.Reason) { inner.ended(reason) }
}
