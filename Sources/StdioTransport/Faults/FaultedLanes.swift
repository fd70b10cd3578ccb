internal import Recording
internal import Replay
internal import Wire

/// The lanes of a relay whose server's answers go wrong (`record --fault`).
///
/// What the client sends passes as it comes and is looked at. What the server sends is cut into lines. A line
/// goes on record when it is sent on, so the order and the times on record are those of the client; one that
/// the client is not to get goes on record when it arrives.
final class FaultedLanes {
    /// Where the server's output is read to.
    let room: UnsafeMutableRawBufferPointer
    private var output: FaultedOutput
    private var clientLines = LineFramer()
    private var serverLines = LineFramer()
    /// What is being written on; the relay writes from it.
    private var outgoing: UnsafeMutableRawBufferPointer
    private let record: (ArraySlice<UInt8>) -> Void
    private let mark: (FaultMark) -> Void

    /// Output that waits, at most: beyond it the server is not read. A server may not fill our memory while
    /// its answers are delayed.
    static let outputLimit = 64 << 20

    enum Step {
        /// Valid until the next call.
        case bytes(UnsafeRawBufferPointer)
        case disconnect
        case kill
    }

    /// `record` and `mark` put on record, on the server's lane, bytes and what was done to the message that
    /// follows.
    init(
        _ plan: FaultPlan, record: @escaping (ArraySlice<UInt8>) -> Void,
        mark: @escaping (FaultMark) -> Void
    ) {
        output = FaultedOutput(plan)
        self.record = record
        self.mark = mark
        room = .allocate(byteCount: relayChunkSize, alignment: 4096)
        outgoing = .allocate(byteCount: relayChunkSize, alignment: 4096)
    }

    deinit {
        room.deallocate()
        outgoing.deallocate()
    }

    var isWaiting: Bool { output.isWaiting }
    var isFull: Bool { output.size >= Self.outputLimit }
    /// When the next step is due, in nanoseconds of the relay's clock; nil: not before more arrives.
    var next: Int64? { output.next }

    /// Bytes of the client that pass.
    func heard(_ bytes: UnsafeRawBufferPointer) {
        // Slices of its own: the relay's room is used again.
        clientLines.push(Array(bytes)[...]) { line in
            // A request longer than a part is looked at by nobody: docs/faults.md.
            guard line.isFirst, line.isLast else { return }
            for dropped in output.received(line.bytes) {
                mark(FaultMark(dropped.mark, seenBy: .server))
                record(dropped.bytes)
            }
        }
    }

    /// The first `count` bytes of `room` came from the server at `time`.
    func arrived(_ count: Int, at time: Int64) {
        serverLines.push(Array(room[..<count])[...]) { take($0, at: time) }
    }

    /// The server sends no more.
    func finish(at time: Int64) {
        if let last = serverLines.finish() { take(last, at: time) }
    }

    /// Nobody reads any more: what waits is dropped.
    func close() { output.close() }

    private func take(_ frame: LineFramer.Frame, at time: Int64) {
        let whole = frame.isLast && frame.hasLineFeed ? frame.bytes + [0x0A] : frame.bytes
        guard frame.isFirst, frame.isLast else {
            return output.take(part: whole, isFirst: frame.isFirst, isLast: frame.isLast, at: time)
        }
        let answer = output.take(frame.bytes, hasLineFeed: frame.hasLineFeed, at: time)
        guard let answer, answer.isReplaced else { return }
        mark(FaultMark(answer.mark, seenBy: .server))
        // What follows on record is a line of its own, whether or not this was the last.
        record(frame.bytes + [0x0A])
    }

    /// What is to be done at `time`; nil: nothing yet.
    func step(at time: Int64) -> Step? {
        while let step = output.step(at: time) {
            switch step {
            case .begin(let bytes, let text, let isReplacement):
                if let text { mark(FaultMark(text, seenBy: isReplacement ? .client : .both)) }
                record(bytes)
            case .bytes(let bytes): return .bytes(kept(bytes))
            case .end(.disconnect): return .disconnect
            case .end(.kill): return .kill
            }
        }
        return nil
    }

    private func kept(_ bytes: ArraySlice<UInt8>) -> UnsafeRawBufferPointer {
        if bytes.count > outgoing.count {
            outgoing.deallocate()
            outgoing = .allocate(byteCount: bytes.count, alignment: 4096)
        }
        outgoing.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(rebasing: outgoing[..<bytes.count])
    }
}
