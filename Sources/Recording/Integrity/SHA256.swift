internal import CScan
public import Wire

/// The SHA-256 of a stretch of bytes that arrives in any pieces.
///
/// Its state can be saved between two pieces. Source: FIPS 180-4 §6.2.
public struct SHA256: Sendable, Equatable {
    /// Bytes of a digest.
    public static let digestSize = 32
    static let blockSize = 64

    private var state = SIMD8<UInt32>(initialState)
    /// The bytes after the last whole block; fewer than `blockSize`.
    private var rest: [UInt8] = []
    /// Bytes so far, modulo 2^64 (the standard stops at 2^61).
    private var count: UInt64 = 0
    /// Whether the processor's own rounds are used.
    private var usesInstructions = SHA256.hasInstructions

    public init() {}

    /// A hash by our own rounds, on every processor.
    package static var portable: SHA256 {
        var hash = SHA256()
        hash.usesInstructions = false
        return hash
    }

    /// The digest of `bytes`.
    public static func digest(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.push(bytes)
        return hash.digest
    }

    /// Takes the next piece. O(n).
    public mutating func push(_ piece: ArraySlice<UInt8>) {
        piece.withUnsafeBytes { push($0) }
    }

    /// Takes the next piece. O(n).
    public mutating func push(_ piece: UnsafeRawBufferPointer) {
        count &+= UInt64(piece.count)
        var piece = piece[...]
        if !rest.isEmpty {
            let head = piece.prefix(SHA256.blockSize - rest.count)
            rest.append(contentsOf: head)
            piece = piece.dropFirst(head.count)
            guard rest.count == SHA256.blockSize else { return }
            state = rest.withUnsafeBytes { compress($0, into: state) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = piece.count & ~(SHA256.blockSize - 1)
        if whole > 0 {
            state = compress(UnsafeRawBufferPointer(rebasing: piece.prefix(whole)), into: state)
        }
        rest.append(contentsOf: piece.dropFirst(whole))
    }

    /// The digest of all pieces so far; more may follow.
    public var digest: [UInt8] {
        var tail = rest
        tail.append(0x80)
        let padded = tail.count <= SHA256.blockSize - 8 ? SHA256.blockSize : 2 * SHA256.blockSize
        tail.append(contentsOf: repeatElement(0, count: padded - 8 - tail.count))
        let bits = count &<< 3
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        let final = tail.withUnsafeBytes { compress($0, into: state) }
        var digest: [UInt8] = []
        for index in 0..<8 {
            for shift in [24, 16, 8, 0] as [UInt32] {
                digest.append(UInt8(truncatingIfNeeded: final[index] >> shift))
            }
        }
        return digest
    }

    /// `digest` in lower-case hexadecimal digits.
    public static func hex(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the whole state.
    public func save(to writer: inout StateWriter) {
        for index in 0..<8 { writer.int(state[index]) }
        writer.bytes(rest)
        writer.int(count)
    }

    /// The hash that `save` wrote.
    public init(from reader: inout StateReader) throws(StateReader.Failure) {
        for index in 0..<8 { state[index] = try reader.int() }
        rest = try reader.bytes()
        count = try reader.int()
        guard UInt64(rest.count) == count % UInt64(SHA256.blockSize) else { throw .malformed }
    }
}

// MARK: - Compression

extension SHA256 {
    /// Of the processor. Its rounds are five times as fast as ours.
    private static let hasInstructions = cscan_has_sha256() != 0

    /// `state` after the whole blocks of `bytes`.
    private func compress(_ bytes: UnsafeRawBufferPointer, into state: SIMD8<UInt32>) -> SIMD8<UInt32> {
        guard let base = bytes.baseAddress else { return state }
        guard usesInstructions else { return SHA256.compressed(base, bytes.count, into: state) }
        var result = state
        withUnsafeMutableBytes(of: &result) { words in
            guard let words = words.assumingMemoryBound(to: UInt32.self).baseAddress else { return }
            cscan_sha256(words, base.assumingMemoryBound(to: UInt8.self), bytes.count / SHA256.blockSize)
        }
        return result
    }

    private static func compressed(
        _ base: UnsafeRawPointer, _ count: Int, into state: SIMD8<UInt32>
    ) -> SIMD8<UInt32> {
        var result = state
        constants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
                guard let constants = constants.baseAddress, let words = words.baseAddress else { return }
                var at = 0
                while at < count {
                    schedule(base + at, into: words)
                    result &+= rounds(result, words, constants)
                    at &+= blockSize
                }
            }
        }
        return result
    }

    /// Spreads one block over 64 words. FIPS 180-4 §6.2.2, step 1.
    @inline(__always)
    private static func schedule(_ block: UnsafeRawPointer, into words: UnsafeMutablePointer<UInt32>) {
        var index = 0
        while index < 16 {
            words[index] = UInt32(
                bigEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
            index &+= 1
        }
        while index < 64 {
            let before15 = words[index &- 15]
            let before2 = words[index &- 2]
            let sigma0 = turned(before15, 7) ^ turned(before15, 18) ^ before15 &>> 3
            let sigma1 = turned(before2, 17) ^ turned(before2, 19) ^ before2 &>> 10
            words[index] = words[index &- 16] &+ sigma0 &+ words[index &- 7] &+ sigma1
            index &+= 1
        }
    }

    /// The 64 rounds, eight at a time so that the variables need not be moved. Steps 2 and 3.
    @inline(__always)
    private static func rounds(
        _ state: SIMD8<UInt32>, _ words: UnsafeMutablePointer<UInt32>, _ constants: UnsafePointer<UInt32>
    ) -> SIMD8<UInt32> {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        var index = 0
        while index < 64 {
            round(a, b, c, &d, e, f, g, &h, words[index] &+ constants[index])
            round(h, a, b, &c, d, e, f, &g, words[index &+ 1] &+ constants[index &+ 1])
            round(g, h, a, &b, c, d, e, &f, words[index &+ 2] &+ constants[index &+ 2])
            round(f, g, h, &a, b, c, d, &e, words[index &+ 3] &+ constants[index &+ 3])
            round(e, f, g, &h, a, b, c, &d, words[index &+ 4] &+ constants[index &+ 4])
            round(d, e, f, &g, h, a, b, &c, words[index &+ 5] &+ constants[index &+ 5])
            round(c, d, e, &f, g, h, a, &b, words[index &+ 6] &+ constants[index &+ 6])
            round(b, c, d, &e, f, g, h, &a, words[index &+ 7] &+ constants[index &+ 7])
            index &+= 8
        }
        return SIMD8(a, b, c, d, e, f, g, h)
    }

    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
        _ h: inout UInt32, _ word: UInt32
    ) {
        let choice = g ^ e & (f ^ g)
        let majority = a & b | c & (a | b)
        let first = h &+ (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) &+ choice &+ word
        d &+= first
        h = first &+ (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) &+ majority
    }

    @inline(__always)
    private static func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 {
        word &>> bits | word &<< (32 &- bits)
    }

    /// §5.3.3: the first 32 bits of the fractions of the square roots of the first 8 primes.
    private static let initialState: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
        0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]

    /// §4.2.2: the same of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1,
        0x923F_82A4, 0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3,
        0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786,
        0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147,
        0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13,
        0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
        0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A,
        0x5B9C_CA4F, 0x682E_6FF3, 0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208,
        0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]
}
