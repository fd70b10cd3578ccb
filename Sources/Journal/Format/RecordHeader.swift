internal import Recording

/// The 24 bytes before every record's payload. All numbers are little-endian.
///
/// | at | what |
/// |---|---|
/// | 0 | payload length, u32 |
/// | 4 | kind, u8: `TransportEvent.Kind`, or `padding` |
/// | 5 | lane, u8 |
/// | 6 | flags, u16, zero so far |
/// | 8 | stream, u32 |
/// | 12 | seal, u32 |
/// | 16 | time, i64, nanoseconds since the session began |
struct RecordHeader: Equatable {
    /// A multiple of eight, so that every header is aligned.
    static let size = 24
    /// The kind of what fills a segment's rest: no event.
    static let padding: UInt8 = 0

    var length: UInt32
    var kind: UInt8
    var lane: UInt8
    var stream: UInt32
    var time: Int64

    /// Bytes that the record takes up with its payload, rounded up to eight.
    var span: Int { Self.span(ofPayload: Int(length)) }

    /// Bytes that a record with `count` bytes of payload takes up.
    @inline(__always)
    static func span(ofPayload count: Int) -> Int { size + ((count + 7) & ~7) }

    /// Puts the header at `address`, which is `offset` in the journal.
    @inline(__always)
    func store(at address: UnsafeMutableRawPointer, offset: UInt64) {
        address.storeBytes(of: firstWord.littleEndian, as: UInt64.self)
        address.storeBytes(of: secondWord(at: offset).littleEndian, toByteOffset: 8, as: UInt64.self)
        address.storeBytes(of: UInt64(bitPattern: time).littleEndian, toByteOffset: 16, as: UInt64.self)
    }

    /// The header at `address`, or nil when what is there was not written as the header at `offset`.
    static func load(from address: UnsafeRawPointer?, offset: UInt64) -> RecordHeader? {
        guard let address else { return nil }
        let first = UInt64(littleEndian: address.loadUnaligned(as: UInt64.self))
        let second = UInt64(littleEndian: address.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let time = UInt64(littleEndian: address.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        let header = RecordHeader(
            length: UInt32(truncatingIfNeeded: first), kind: UInt8(truncatingIfNeeded: first >> 32),
            lane: UInt8(truncatingIfNeeded: first >> 40), stream: UInt32(truncatingIfNeeded: second),
            time: Int64(bitPattern: time))
        guard header.firstWord == first, header.secondWord(at: offset) == second else { return nil }
        return header
    }

    private var firstWord: UInt64 { UInt64(length) | UInt64(kind) << 32 | UInt64(lane) << 40 }

    /// The seal ties a header to its place: what an earlier use of the segment left behind, zeros and damage
    /// are not taken for a record. It does not cover the payload.
    @inline(__always)
    private func secondWord(at offset: UInt64) -> UInt64 {
        var mixed = (offset ^ 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        mixed = (mixed ^ firstWord ^ UInt64(stream) << 24) &* 0xA076_1D64_78BD_642F
        mixed = (mixed ^ UInt64(bitPattern: time)) &* 0xE703_7ED1_A0B4_28DB
        return UInt64(stream) | (mixed >> 32) << 32
    }
}
