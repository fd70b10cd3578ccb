public import MCPSemantics

extension ReplayEngine {
    /// When `advance` has something to do; nil: nothing waits for a time.
    public var nextDue: Timestamp? { asleep.next }

    /// Whether the answer to the live request `id` is still to come: the recorded one waits for its time, or
    /// the real server was asked.
    public func isPending(_ id: RequestID) -> Bool {
        forwarded[id] != nil || !asleep.isEmpty && asleep.all.contains { $0.live?.id == id && owes($0) }
    }

    /// Time went on to `time`: what became due, in the order in which it did.
    public mutating func advance(to time: Timestamp) -> [ReplayAction] {
        now = max(now, time)
        var actions: [ReplayAction] = []
        while let first = asleep.take(at: now) {
            resume(first.run)
            // Of one live batch and one time: the answers may be one array.
            while let next = asleep.next, next == first.due, let run = asleep.takeSibling(of: first.run) {
                resume(run)
            }
            actions += flush()
        }
        return actions
    }

    /// Nothing more comes from the client, but it still reads: what it asked for is answered in its time, and
    /// what belongs to no request of its is not waited for.
    public mutating func inputEnded() {
        isClosing = true
        for run in Array(asleep.all) where !owes(run) { asleep.remove(run.serial) }
    }

    /// Whether `run` has a recorded answer to give.
    func owes(_ run: Run) -> Bool {
        run.live != nil && !run.wasAnswered && script.cues[run.cue].request?.answer == .recorded
    }

    /// Lets `run` sleep when its next step is not due yet; false: it is due.
    mutating func sleeps(_ run: inout Run, isSent: Bool) -> Bool {
        guard timing.speed != nil else { return false }
        let time = script.cues[run.cue].times[run.next]
        let due = run.pace.due(time, timing)
        if isSent, due > now, !asleep.isFull {
            if !isClosing || owes(run) { asleep.insert(run, due: due) }
            return true
        }
        run.pace.pass(time, due: due)
        return false
    }

    /// The client did what `run` waited for, or what it waited for at this place in the recording.
    mutating func passWait(_ run: inout Run) {
        run.pace.restart(script.cues[run.cue].times[run.next], now: now)
    }

    /// The client cancels request `id`, whose next message waits for its time; nil when there is none.
    mutating func cancelAsleep(_ id: RequestID) -> Int? {
        guard !asleep.isEmpty else { return nil }
        let open = asleep.all.filter { $0.live?.id == id && !$0.wasAnswered && !$0.wasCancelled }
        guard var run = open.max(by: { $0.serial < $1.serial }) else { return nil }
        asleep.remove(run.serial)
        run.wasCancelled = true
        let steps = script.cues[run.cue].steps
        let cancellation = steps[run.next...].firstIndex {
            if case .awaitCancellation = $0 { return true }
            return false
        }
        if let cancellation {
            run.next = cancellation
            resume(run)
        } else {
            noteCancelled(run)
        }
        return run.cue
    }

    /// The report says which answers were on their way when the client went.
    mutating func reportAsleep() {
        for run in asleep.all.sorted(by: { $0.serial < $1.serial }) where owes(run) {
            guard let request = script.cues[run.cue].request else { continue }
            report.noteUnanswered(recorded(request), .notYetDue)
        }
        asleep = SleepingRuns()
    }
}
