internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The server's output where answers go wrong: it is not written on as it was read, but when it is due.
extension RelayLoop {
    /// The lane from the server to the host.
    static var outputIndex: Int { 1 }

    /// Takes a chunk of the server's that was read to the tap's room.
    func arrivedFaulted(_ count: Int) {
        let lane = lanes + Self.outputIndex
        if let left = lane.pointee.lastBytes { lane.pointee.lastBytes = left - count }
        tap.arrived(count, on: .serverToClient)
        sendFaulted()
    }

    /// Does what is due of it.
    func sendFaulted() {
        guard let faults = tap.faults else { return }
        let lane = lanes + Self.outputIndex
        while lane.pointee.pendingCount == 0, lane.pointee.sink >= 0,
            let step = faults.step(at: system.boottime())
        {
            switch step {
            case .bytes(let bytes):
                lane.pointee.pending = bytes.baseAddress
                lane.pointee.pendingCount = bytes.count
                send(Self.outputIndex, afterPoll: false)
            case .disconnect: sinkGone(Self.outputIndex)
            case .kill: server.signal(SIGKILL)
            }
        }
        guard lane.pointee.source < 0, lane.pointee.pendingCount == 0, !faults.isWaiting else { return }
        tap.drained()
        closeSink(Self.outputIndex)
    }

    /// When the next step is due; nil: never, or not before what is pending is written.
    var nextFault: Int64? { lanes[Self.outputIndex].pendingCount == 0 ? tap.faults?.next : nil }

    /// Whether output waits for its time.
    var isHoldingOutput: Bool { tap.faults?.isWaiting ?? false }
}
