/// The first 64 bytes of a segment file. All numbers are little-endian.
///
/// | at | what |
/// |---|---|
/// | 0 | magic, 8 bytes |
/// | 8 | base, u64: the journal offset of the file's first byte |
/// | 16 | capacity, u64: the file's length |
/// | 24 | seal over base and capacity, u64 |
///
/// A segment covers the journal offsets `base ..< base + capacity`, this header included, and the next one
/// begins where it ends. All zeros: the segment is not in use.
struct SegmentHeader: Equatable {
    /// A segment's file name is this and a number.
    static let filePrefix = "segment-"
    static let size = 64
    static let magic: UInt64 = 0x3153_6774_7063_6d6d  // "mmcptgS1"

    var base: UInt64
    var capacity: UInt64

    func store(at address: UnsafeMutableRawPointer) {
        address.storeBytes(of: Self.magic.littleEndian, as: UInt64.self)
        address.storeBytes(of: base.littleEndian, toByteOffset: 8, as: UInt64.self)
        address.storeBytes(of: capacity.littleEndian, toByteOffset: 16, as: UInt64.self)
        address.storeBytes(of: seal.littleEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// Nil when the bytes are no segment header: unused, or damaged.
    static func load(from bytes: UnsafeRawBufferPointer) -> SegmentHeader? {
        guard let address = bytes.baseAddress, bytes.count >= size else { return nil }
        func word(_ at: Int) -> UInt64 {
            UInt64(littleEndian: address.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        }
        let header = SegmentHeader(base: word(8), capacity: word(16))
        guard word(0) == magic, word(24) == header.seal, header.capacity >= UInt64(size),
            !header.base.addingReportingOverflow(header.capacity).overflow
        else { return nil }
        return header
    }

    private var seal: UInt64 { (base ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93 ^ capacity }
}
