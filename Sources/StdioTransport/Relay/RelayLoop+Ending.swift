internal import CSystemCalls
internal import Platform
internal import Recording

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Signals, the server's exit, and what is due when (`RelayEnding` says why).
extension RelayLoop {
    /// The server has ended and the host has what it wrote; or nothing more is waited for.
    var isOver: Bool {
        if ending.exit == nil { return ending.hasGivenUp && ending.wasSignalled }
        if ending.hasGivenUp, ending.wasSignalled { return true }
        return lanes[1].isDone && lanes[2].isDone && !isHoldingOutput
    }

    /// Milliseconds that poll may wait, -1 for ever.
    func timeLimit() -> Int32 {
        // The journal's room comes back in steps of a commit; a millisecond is far below one.
        let limit: Int32 = isWaitingForRoom ? 1 : -1
        guard let next = [ending.next, nextFault].compactMap({ $0 }).min() else { return limit }
        let left = min(max(0, next - system.boottime()), 60_000_000_000)
        let due = Int32((left + 999_999) / 1_000_000)
        return limit < 0 ? due : min(limit, due)
    }

    func takeSignals() {
        var signal = csystem_signal()
        let size = MemoryLayout<csystem_signal>.size
        while system.read(signals, &signal, size) == size {
            receivedSignal(signal.number, fromTerminal: signal.from_kernel != 0)
        }
    }

    private func receivedSignal(_ number: Int32, fromTerminal: Bool) {
        // The terminal sends to its whole foreground group, and the server is in it.
        let hasServerSeenIt = fromTerminal && server.processGroup == nil
        switch number {
        case SIGCHLD:
            takeExit()
        case SIGINT, SIGTERM, SIGHUP, SIGQUIT:
            if !hasServerSeenIt { server.signal(number) }
            guard !ending.wasSignalled else { return }
            ending.wasSignalled = true
            ending.terminate = nil
            let due = system.boottime() + RelayEnding.signalPatience
            ending.kill = min(ending.kill ?? due, due)
        case SIGTSTP:
            if !hasServerSeenIt { server.signal(number) }
            csystem_signals_stop_self()
        default:
            if !hasServerSeenIt { server.signal(number) }
        }
    }

    /// Takes the server's exit status, if it has ended.
    func takeExit() {
        guard ending.exit == nil, let exit = server.reap() else { return }
        ending.exit = exit
        ending.closeError = nil
        polled[Self.exitSlot].fd = -1
        tap.exited(exit)
        inputIsUseless()
        let now = system.boottime()
        if ending.wasSignalled {
            let due = now + RelayEnding.holderPatience + RelayEnding.termPatience
            ending.kill = min(ending.kill ?? due, due)
        } else {
            ending.terminate = now + RelayEnding.holderPatience
        }
    }

    /// Does what is due.
    func advanceEnding() {
        let now = system.boottime()
        if let due = ending.closeError, due <= now {
            ending.closeError = nil
            closeErrorSink()
        }
        if let due = ending.terminate, due <= now {
            ending.terminate = nil
            server.signal(SIGTERM)
            // A stopped process takes the signal only when it goes on.
            server.signal(SIGCONT)
            ending.kill = now + RelayEnding.termPatience
        }
        if let due = ending.kill, due <= now {
            ending.kill = nil
            server.signal(SIGKILL)
            ending.giveUp = now + RelayEnding.lastPatience
        }
        if let due = ending.giveUp, due <= now {
            ending.giveUp = nil
            ending.hasGivenUp = true
            for index in 1..<Self.laneCount { lanes[index].lastBytes = RelayEnding.lastBytes }
        }
        if ending.hasGivenUp { readTheLast() }
    }

    /// Reads what is in the pipes and then no more, though somebody may still hold them.
    private func readTheLast() {
        for index in 1..<Self.laneCount {
            while lanes[index].source >= 0, lanes[index].pendingCount == 0, !lanes[index].waitsForRoom {
                guard let left = lanes[index].lastBytes, left > 0 else {
                    sourceEnded(index)
                    break
                }
                receive(index)
            }
        }
    }

    /// Puts everything away; what is left of the server's group is the guard's.
    func finish() -> RelayOutcome {
        let exit = ending.exit ?? server.reap() ?? .signal(SIGKILL)
        let isWriterBusy = (1..<Self.laneCount).contains {
            lanes[$0].writerDone >= 0 && lanes[$0].pendingCount > 0
        }
        for index in 0..<Self.laneCount where lanes[index].source >= 0 && index > 0 {
            _ = system.close(lanes[index].source)
        }
        if lanes[0].sink >= 0 { _ = system.close(lanes[0].sink) }
        for writer in writers { writer.end(waiting: !isWriterBusy) }
        // A terminal that takes nothing may hold a writer for ever; its bytes must stay where they are until
        // then.
        if isWriterBusy { _ = Unmanaged.passRetained(tap) }
        server.finish()
        tap.ended(ending.reason)
        return RelayOutcome(exit: exit, reason: ending.reason)
    }
}
