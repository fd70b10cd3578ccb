import Testing

@testable import Journal

@Suite struct SegmentHeaderTests {
    private func bytes(of header: SegmentHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: SegmentHeader.size)
        bytes.withUnsafeMutableBytes { if let base = $0.baseAddress { header.store(at: base) } }
        return bytes
    }

    @Test func `the bytes of a header are those of format version 1`() {
        let stored = bytes(of: SegmentHeader(base: 0, capacity: 1 << 20))
        #expect(
            Array(stored[..<24]) == Array("mmcptgS1".utf8) + [
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0,
            ])
        #expect(stored[32...].allSatisfy { $0 == 0 })
    }

    @Test func `a header comes back, and what is none does not`() {
        let header = SegmentHeader(base: 3 << 20, capacity: 1 << 20)
        let stored = bytes(of: header)
        #expect(stored.withUnsafeBytes(SegmentHeader.load) == header)
        for index in 0..<32 {
            var wrong = stored
            wrong[index] ^= 0x40
            #expect(wrong.withUnsafeBytes(SegmentHeader.load) == nil, "byte \(index)")
        }
        #expect([UInt8](repeating: 0, count: 64).withUnsafeBytes(SegmentHeader.load) == nil)
        #expect(stored[..<40].withUnsafeBytes(SegmentHeader.load) == nil)
    }

    @Test func `a base that would overflow is no header`() {
        let stored = bytes(of: SegmentHeader(base: .max - 10, capacity: 1 << 20))
        #expect(stored.withUnsafeBytes(SegmentHeader.load) == nil)
    }
}
