import MCPSemantics
import Recording
import Testing

@testable import Journal

@Suite struct RecordHeaderTests {
    private let header = RecordHeader(length: 300, kind: 1, lane: 2, stream: 7, time: -5)

    private func bytes(of header: RecordHeader, offset: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: RecordHeader.size)
        bytes.withUnsafeMutableBytes {
            if let base = $0.baseAddress { header.store(at: base, offset: offset) }
        }
        return bytes
    }

    private func load(_ bytes: [UInt8], offset: UInt64) -> RecordHeader? {
        bytes.withUnsafeBytes { RecordHeader.load(from: $0.baseAddress, offset: offset) }
    }

    @Test func `the bytes of a header are those of format version 1`() {
        #expect(
            bytes(of: header, offset: 64) == [
                0x2C, 0x01, 0, 0, 1, 2, 0, 0, 7, 0, 0, 0, 0x13, 0x45, 0xDA, 0xAE, 0xFB, 0xFF, 0xFF, 0xFF,
                0xFF, 0xFF, 0xFF, 0xFF,
            ])
    }

    @Test func `a header is read where it was written and nowhere else`() {
        let stored = bytes(of: header, offset: 64)
        #expect(load(stored, offset: 64) == header)
        #expect(load(stored, offset: 72) == nil)
        #expect(load(stored, offset: 64 + 1 << 20) == nil)
        #expect(load([UInt8](repeating: 0, count: 24), offset: 64) == nil)
        #expect(load([UInt8](repeating: 0xFF, count: 24), offset: 64) == nil)
    }

    @Test func `any bit that is wrong is noticed`() {
        let stored = bytes(of: header, offset: 4096)
        for bit in 0..<RecordHeader.size * 8 {
            var wrong = stored
            wrong[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(load(wrong, offset: 4096) == nil, "bit \(bit)")
        }
    }

    @Test func `a record takes up its header and its payload rounded up to eight`() {
        #expect([0, 1, 7, 8, 9].map(RecordHeader.span(ofPayload:)) == [24, 32, 32, 32, 40])
    }
}
