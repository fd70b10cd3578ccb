internal import Journal
internal import MCPSemantics
internal import Recording

/// Puts every chunk into the journal before it is written on, and has it written from there.
///
/// While the journal has no room the chunks go through buffers of our own, and it counts what it lacks; with
/// `failsClosed` the lanes wait instead.
final class JournalTap: RelayTap {
    private let journal: JournalWriter
    private let clock: SessionClock
    private let failsClosed: Bool
    private let buffers = PlainTap()
    /// By lane.
    private let lanes: UnsafeMutablePointer<LaneState>

    private struct LaneState {
        /// The end of the newest record of the lane that is still to be written on.
        var end: UInt64 = 0
        /// When the newest chunk of the lane was read.
        var time = Timestamp.zero
        /// The chunk is in a buffer of ours.
        var isUnrecorded = false
    }

    /// Less room than this at a segment's end is left unused: a read that is cut short costs three system
    /// calls.
    private static let leastRoom = 16 << 10

    init(journal: JournalWriter, clock: SessionClock, failsClosed: Bool) {
        self.journal = journal
        self.clock = clock
        self.failsClosed = failsClosed
        lanes = .allocate(capacity: Lane.allCases.count)
        lanes.initialize(repeating: LaneState(), count: Lane.allCases.count)
    }

    deinit { lanes.deallocate() }

    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer? {
        if let room = journal.reserve(minimum: Self.leastRoom) {
            lanes[Int(lane.rawValue)].isUnrecorded = false
            return room
        }
        if failsClosed { return nil }
        lanes[Int(lane.rawValue)].isUnrecorded = true
        return buffers.room(for: lane)
    }

    func arrived(_ count: Int, on lane: Lane) {
        let state = lanes + Int(lane.rawValue)
        let time = clock.now
        state.pointee.time = time
        if state.pointee.isUnrecorded {
            guard let room = buffers.room(for: lane) else { return }
            let bytes = UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
            journal.lost(lane, bytes, time: time)
            return
        }
        state.pointee.end = journal.append(.bytes, lane: lane, time: time, count: count).end
    }

    func passedOn(_ lane: Lane) {
        guard let direction = lane.direction else { return }
        journal.passedOn(direction, after: clock.now.since(lanes[Int(lane.rawValue)].time))
    }

    func forwarded(_ lane: Lane) {
        let state = lanes + Int(lane.rawValue)
        if !state.pointee.isUnrecorded { journal.forwarded(lane, upTo: state.pointee.end) }
    }

    func record(_ bytes: ArraySlice<UInt8>, on lane: Lane) {
        var rest = bytes
        while !rest.isEmpty {
            guard let room = journal.reserve(minimum: Self.leastRoom) else {
                rest.withUnsafeBytes { journal.lost(lane, $0, time: clock.now) }
                return
            }
            let piece = rest.prefix(room.count)
            room.copyBytes(from: piece)
            let range = journal.append(.bytes, lane: lane, time: clock.now, count: piece.count)
            // It is written on from elsewhere.
            journal.forwarded(lane, upTo: range.end)
            rest = rest.dropFirst(piece.count)
        }
    }

    func mark(_ fault: FaultMark, on lane: Lane) {
        // A mark that waited for room would be the next message's.
        guard journal.reserve(minimum: Self.leastRoom) != nil else { return }
        journal.append(.faulted(fault, lane: lane, at: clock.now))
    }

    // Edits that waited for room would be the next message's.
    func edited(_ edits: [ForwardedEdit], on lane: Lane, of count: Int) -> Bool {
        let time = clock.now
        return journal.appendNow(
            edits.map { .edited($0, on: lane, stream: .stdio, at: time) }, before: count)
    }

    func laneEnded(_ lane: Lane) { journal.append(.laneEnded(lane, at: clock.now)) }
    func started(processID: Int32) { journal.append(.started(processID: processID, at: clock.now)) }
    func exited(_ status: ExitStatus) { journal.append(.exited(status, at: clock.now)) }
    func ended(_ reason: SessionEnd.Reason) { journal.append(.ended(reason, at: clock.now)) }
}
