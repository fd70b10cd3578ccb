internal import CSystemCalls
internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How a lane ends: what one peer closes is closed towards the other, on that lane only.
extension RelayLoop {
    /// No more bytes will come on the lane.
    func sourceEnded(_ index: Int) {
        let lane = lanes + index
        guard lane.pointee.source >= 0 else { return }
        if lane.pointee.lane == .clientToServer {
            // The host's end is left as it is: it has closed it.
            if ending.exit == nil { ending.isClientGone = true }
        } else {
            _ = system.close(lane.pointee.source)
        }
        lane.pointee.source = -1
        lane.pointee.waitsForRoom = false
        tap.laneEnded(lane.pointee.lane)
        if lane.pointee.sink >= 0 { takeReplacement(index) }
        if lane.pointee.pendingCount > 0 { send(index, afterPoll: false) }
        arm(index)
        if lane.pointee.pendingCount == 0 { closeSink(index) }
    }

    /// Nobody reads what the lane writes: the other peer must learn that, as it would without us.
    func sinkGone(_ index: Int) {
        let lane = lanes + index
        dropPending(index)
        if index == Self.outputIndex { tap.faults?.close() }
        if lane.pointee.source >= 0 {
            if lane.pointee.lane == .clientToServer {
                retire(lane.pointee.source, lane.pointee.sourceKind)
            } else {
                if ending.exit == nil, lane.pointee.lane == .serverToClient { ending.isClientGone = true }
                // The server's next write fails with EPIPE.
                _ = system.close(lane.pointee.source)
            }
            lane.pointee.source = -1
            lane.pointee.waitsForRoom = false
            tap.laneEnded(lane.pointee.lane)
        }
        if lane.pointee.lane == .standardError { closeErrorSink() } else { closeSink(index) }
    }

    /// The server has ended, so nobody reads the host's input any more.
    func inputIsUseless() {
        let lane = lanes + Int(Lane.clientToServer.rawValue)
        dropPending(Int(Lane.clientToServer.rawValue))
        if lane.pointee.source >= 0 {
            lane.pointee.source = -1
            tap.laneEnded(.clientToServer)
        }
        closeSink(Int(Lane.clientToServer.rawValue))
    }

    private func dropPending(_ index: Int) {
        let lane = lanes + index
        guard lane.pointee.pendingCount > 0 else { return }
        tap.forwarded(lane.pointee.lane)
        lane.pointee.pending = nil
        lane.pointee.pendingCount = 0
    }

    /// The lane is over: whoever reads its other end sees the end of file.
    func closeSink(_ index: Int) {
        let lane = lanes + index
        guard lane.pointee.sink >= 0, index != Self.outputIndex || !isHoldingOutput else { return }
        switch lane.pointee.lane {
        case .clientToServer:
            _ = system.close(lane.pointee.sink)
        case .serverToClient:
            retire(lane.pointee.sink, lane.pointee.sinkKind)
            if sharedError >= 0 { retire(sharedError, lane.pointee.sinkKind) }
        case .standardError:
            // Most servers close it by ending. Then it stays open, for what we ourselves may have to say
            // there.
            if ending.exit == nil { ending.closeError = system.boottime() + RelayEnding.errorPatience }
        }
        if lane.pointee.lane != .standardError { lane.pointee.sink = -1 }
        arm(index)
    }

    /// The server runs on without standard error, and the host sees its end.
    func closeErrorSink() {
        let lane = lanes + Int(Lane.standardError.rawValue)
        guard lane.pointee.sink >= 0 else { return }
        retire(lane.pointee.sink, lane.pointee.sinkKind)
        lane.pointee.sink = -1
        arm(Int(Lane.standardError.rawValue))
    }

    /// Nobody can tell whether a terminal or a file is closed, so only pipes and sockets are.
    private func retire(_ descriptor: Int32, _ kind: DescriptorKind) {
        if kind == .pipe || kind == .socket { csystem_retire(descriptor) }
    }
}

/// Lanes whose sink is written blocking, by a thread.
extension RelayLoop {
    func startWriters() {
        for index in 1..<Self.laneCount {
            let lane = lanes + index
            guard lane.pointee.source >= 0, lane.pointee.sinkKind.mustWriteBlocking else { continue }
            // Without a thread the loop writes blocking itself: slower lanes hold up the others, no byte is
            // lost.
            guard let writer = try? LaneWriter(descriptor: lane.pointee.sink, system: system) else {
                continue
            }
            lane.pointee.writer = Int32(writers.count)
            lane.pointee.writerDone = writer.done
            writers.append(writer)
        }
    }

    func handToWriter(_ index: Int) {
        let lane = lanes + index
        guard let bytes = lane.pointee.pending else { return }
        writers[Int(lane.pointee.writer)].write(bytes, lane.pointee.pendingCount)
        arm(index)
    }

    func writerReady(_ index: Int) {
        let lane = lanes + index
        guard let failure = writers[Int(lane.pointee.writer)].takeResult() else { return }
        if failure == 0 {
            lane.pointee.pendingCount = 0
            sent(index, wasWaiting: true)
        } else {
            sinkGone(index)
        }
    }
}
