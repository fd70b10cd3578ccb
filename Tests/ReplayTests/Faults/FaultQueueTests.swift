import Testing

@testable import Replay

struct FaultQueueTests {
    @Test func `what is behind a message whose last part is empty is sent`() {
        var queue = FaultQueue()
        var part = FaultQueue.Piece([1], due: 0)
        part.isContinued = true
        var end = FaultQueue.Piece([], due: 0)
        end.continues = true
        queue.put(part)
        queue.put(end)
        queue.put(FaultQueue.Piece([2], due: 1))
        #expect(queue.lastDue == 1)
        var bytes: [UInt8] = []
        while let step = queue.step(at: 1) {
            if case .bytes(let more) = step { bytes += more }
        }
        #expect(bytes == [1, 2])
        #expect(!queue.isWaiting && queue.size == 0 && queue.lastDue == nil)
    }
}
