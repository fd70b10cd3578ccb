internal import Replay

/// A server's output of which some answers go wrong: lines in, and out of it what is due, in order of time.
struct FaultedOutput {
    var plan: FaultPlan
    private var queue = FaultQueue()

    init(_ plan: FaultPlan) { self.plan = plan }

    /// Bytes that wait.
    var size: Int { queue.size }

    /// Whether something is still to be done.
    var isWaiting: Bool { queue.isWaiting }

    /// When the next step is due; nil: not before more is taken.
    var next: Int64? { queue.next }

    /// Takes a line of the server, without its line feed, at `time`; answers what stands for it when it is
    /// an answer with faults.
    @discardableResult
    mutating func take(_ line: ArraySlice<UInt8>, hasLineFeed: Bool = true, at time: Int64) -> FaultedAnswer?
    {
        let faults = plan.faults(with: line)
        guard !faults.isEmpty else {
            queue.put(FaultQueue.Piece(hasLineFeed ? line + [0x0A] : line, due: time))
            return nil
        }
        let answer = FaultedAnswer(faults, on: line)
        let lines = answer.messages.flatMap { $0.split(separator: 0x0A, omittingEmptySubsequences: false) }
        queue.put(answer, as: lines.map { $0 + [0x0A] }, at: time)
        return answer
    }

    /// Takes a part of a line that is too long to be looked at.
    mutating func take(part: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool, at time: Int64) {
        var piece = FaultQueue.Piece(part, due: time)
        piece.continues = !isFirst
        piece.isContinued = !isLast
        queue.put(piece)
    }

    /// The client sent `message`; answers what of the server's it is not to get any more, with its mark.
    mutating func received(_ message: ArraySlice<UInt8>) -> [(bytes: ArraySlice<UInt8>, mark: String)] {
        plan.received(message)
        guard queue.isWaiting, let request = FaultPlan.cancelled(by: message) else { return [] }
        return queue.cancel(request)
    }

    /// Nobody reads any more.
    mutating func close() { queue.close() }

    /// The next step, when it is due at `time`.
    mutating func step(at time: Int64) -> FaultQueue.Step? { queue.step(at: time) }
}
