import MCPSemantics
import Recording
import Testing

@testable import Journal

@Suite struct PendingLossTests {
    private func roundTrip(_ loss: PendingLoss) -> PendingLoss {
        var bytes = [UInt8](repeating: 0, count: PendingLoss.size)
        bytes.withUnsafeMutableBytes { if let base = $0.baseAddress { loss.store(at: base) } }
        return bytes.withUnsafeBytes(PendingLoss.load)
    }

    @Test func `losses add up, by lane, and the last byte decides whether a line is cut`() {
        var loss = PendingLoss(gap: nil)
        let times = [3, 9].map { Timestamp(nanoseconds: $0) }
        loss.count(10, lines: 2, endsInLine: true, on: .clientToServer, at: times[0], reason: .noSpace)
        loss.count(5, lines: 0, endsInLine: true, on: .standardError, at: times[0], reason: .journalFull)
        loss.count(1, lines: 1, endsInLine: false, on: .clientToServer, at: times[1], reason: .journalFull)
        var expected = Gap(from: times[0], to: times[1], reason: .noSpace)
        expected.clientToServer = 11
        expected.clientToServerLines = 3
        expected.standardError = 5
        expected.cutLanes = [.standardError]
        #expect(loss.gap == expected)
        #expect(roundTrip(loss) == loss)
    }

    @Test func `no loss is kept as none, and damage is no trap`() {
        #expect(roundTrip(PendingLoss(gap: nil)).gap == nil)
        var bytes = [UInt8](repeating: 0xFF, count: PendingLoss.size)
        bytes[0] = 1
        for index in 1..<8 { bytes[index] = 0 }
        let gap = bytes.withUnsafeBytes(PendingLoss.load).gap
        #expect(gap?.clientToServer == 0 && gap?.reason == .journalUnavailable)
        #expect([UInt8](repeating: 1, count: 8).withUnsafeBytes(PendingLoss.load).gap == nil)
    }
}
