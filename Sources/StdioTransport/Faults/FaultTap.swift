internal import Platform
internal import Recording
internal import Replay

/// A tap through which a server's answers go wrong.
final class FaultTap<Inner: RelayTap>: RelayTap {
    private let inner: Inner
    private let lanes: FaultedLanes
    private let system: SystemCalls
    /// The room that the client's next bytes are read to.
    private var heard: UnsafeMutableRawBufferPointer?
    /// The server's lane has ended; what waits goes on record before that does.
    private var serverHasEnded = false

    var faults: FaultedLanes? { lanes }

    init(_ plan: FaultPlan, around inner: Inner, system: SystemCalls) {
        self.inner = inner
        self.system = system
        lanes = FaultedLanes(
            plan, record: { inner.record($0, on: .serverToClient) },
            mark: { inner.mark($0, on: .serverToClient) })
    }

    func room(for lane: Lane) -> UnsafeMutableRawBufferPointer? {
        if lane == .serverToClient { return lanes.isFull ? nil : lanes.room }
        let room = inner.room(for: lane)
        if lane == .clientToServer { heard = room }
        return room
    }

    func arrived(_ count: Int, on lane: Lane) {
        if lane == .serverToClient { return lanes.arrived(count, at: system.boottime()) }
        inner.arrived(count, on: lane)
        if lane == .clientToServer, let heard {
            lanes.heard(UnsafeRawBufferPointer(rebasing: heard[..<count]))
        }
    }

    func forwarded(_ lane: Lane) {
        if lane != .serverToClient { inner.forwarded(lane) }
    }

    func replacement(on lane: Lane) -> UnsafeRawBufferPointer? { inner.replacement(on: lane) }

    func laneEnded(_ lane: Lane) {
        guard lane == .serverToClient else { return inner.laneEnded(lane) }
        lanes.finish(at: system.boottime())
        serverHasEnded = true
        if !lanes.isWaiting { drained() }
    }

    func drained() {
        guard serverHasEnded else { return }
        serverHasEnded = false
        inner.laneEnded(.serverToClient)
    }

    func started(processID: Int32) { inner.started(processID: processID) }
    func exited(_ status: ExitStatus) { inner.exited(status) }
    func ended(_ reason: SessionEnd.Reason) { inner.ended(reason) }
}
