import MCPSemantics
import Recording
import Testing
import Wire

struct JournalRecorderTests {
    private static let size = 1 << 20

    /// A recorder that has read `bytes` of a line on each of `lanes`.
    private func recorder(_ bytes: Int, _ lanes: [Lane] = [.clientToServer]) -> JournalRecorder {
        var recorder = JournalRecorder(RecorderRun.session(.payloads, 0))
        for lane in lanes {
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: bytes)
            recorder.observe(.bytes(line[...], on: lane, at: .zero))
        }
        return recorder
    }

    @Test func `a batch is full at its size where little is unfinished`() {
        let recorder = recorder(1000)
        #expect(!recorder.isBatchFull(ofBytes: Self.size - 1, size: Self.size))
        #expect(recorder.isBatchFull(ofBytes: Self.size, size: Self.size))
    }

    @Test func `in the middle of a part it waits, and never beyond twice its size`() {
        let recorder = recorder(LineFramer.defaultPartSize / 2)
        #expect(!recorder.isBatchFull(ofBytes: Self.size, size: Self.size))
        #expect(!recorder.isBatchFull(ofBytes: 2 * Self.size - 1, size: Self.size))
        #expect(recorder.isBatchFull(ofBytes: 2 * Self.size, size: Self.size))
    }

    @Test func `behind a part it is full again, whatever the line's length`() {
        #expect(recorder(5 * LineFramer.defaultPartSize + 1).isBatchFull(ofBytes: Self.size, size: Self.size))
    }

    @Test func `what all lanes hold counts`() {
        let held = LineFramer.defaultPartSize / 6
        #expect(recorder(held).isBatchFull(ofBytes: Self.size, size: Self.size))
        let both = recorder(held, [.clientToServer, .serverToClient])
        #expect(!both.isBatchFull(ofBytes: Self.size, size: Self.size))
    }
}
