internal import Recording

/// Where a relay keeps the bytes that it has read and not yet written on.
///
/// The relay reads each chunk into `room`, says that it arrived, and writes from there. What a tap does with
/// it between the two is on record before a peer sees it.
protocol RelayTap: AnyObject {
    /// Where the next chunk of `lane` is read to; nil: the lane must wait for room.
    ///
    /// The room stays valid, and what was read into it unchanged, until `forwarded`. Room that nothing
    /// arrived in is given back by asking again.
    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer?

    /// `count` bytes were read into the room of `lane`; they may be written on when this returns.
    func arrived(_ count: Int, on lane: Lane)

    /// Nothing of what arrived on `lane` will be read any more: it was written on, or nobody wants it.
    func forwarded(_ lane: Lane)

    /// What arrived on `lane` last was taken at once by whom it is for. Comes before `forwarded`.
    func passedOn(_ lane: Lane)

    /// What happened beside the bytes.
    func laneEnded(_ lane: Lane)
    func started(processID: Int32)
    func exited(_ status: ExitStatus)
    func ended(_ reason: SessionEnd.Reason)

    /// What is written on in place of what is in `room`, after `arrived` and `laneEnded`; nil: the room.
    /// Stays as it is until `forwarded`.
    func replacement(on lane: Lane) -> UnsafeRawBufferPointer?
    /// The next message of `lane` on record, of `count` bytes, is passed on with these edits; false: they
    /// cannot go on record now, so it passes as it came.
    func edited(_ edits: [ForwardedEdit], on lane: Lane, of count: Int) -> Bool

    /// Set where answers of the server go wrong on purpose; then its output is not written on from `room`.
    var faults: FaultedLanes? { get }
    /// What `faults` held back is sent, or dropped.
    func drained()
    /// Puts bytes on record that are in no room of this tap.
    func record(_ bytes: ArraySlice<UInt8>, on lane: Lane)
    /// The next message of `lane` on record was changed, held back or made.
    func mark(_ fault: FaultMark, on lane: Lane)
}

// Known when the relay's loop is compiled for a tap: without edits and faults there is not even a branch.
extension RelayTap {
    func passedOn(_ lane: Lane) {}
    func replacement(on lane: Lane) -> UnsafeRawBufferPointer? { nil }
    func edited(_ edits: [ForwardedEdit], on lane: Lane, of count: Int) -> Bool { false }
    var faults: FaultedLanes? { nil }
    func drained() {}
    func record(_ bytes: ArraySlice<UInt8>, on lane: Lane) {}
    func mark(_ fault: FaultMark, on lane: Lane) {}
}

/// The largest chunk that a relay reads at once: what a pipe holds by default (pipe(7)).
let relayChunkSize = 64 << 10

/// A relay that records nothing: one buffer a lane.
final class PlainTap: RelayTap {
    private let buffers: UnsafeMutableRawBufferPointer

    init() {
        // Pages that are never touched cost nothing, so a lane that is silent has no buffer.
        buffers = .allocate(byteCount: Lane.allCases.count * relayChunkSize, alignment: 4096)
    }

    deinit { buffers.deallocate() }

    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer? {
        let start = Int(lane.rawValue) * relayChunkSize
        return UnsafeMutableRawBufferPointer(rebasing: buffers[start..<start + relayChunkSize])
    }

    func arrived(_ count: Int, on lane: Lane) {}
    func forwarded(_ lane: Lane) {}
    func laneEnded(_ lane: Lane) {}
    func started(processID: Int32) {}
    func exited(_ status: ExitStatus) {}
    func ended(_ reason: SessionEnd.Reason) {}
}
