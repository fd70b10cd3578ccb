/// The stream cipher ChaCha20 with a nonce of zeros: a key is used for one text. Source: RFC 8439 §2.3, §2.4.
enum ChaCha20 {
    static let keySize = 32

    /// `bytes` combined with the key stream; the same again gives `bytes` back. O(n).
    static func combined(_ bytes: ArraySlice<UInt8>, key: [UInt8]) -> [UInt8] {
        precondition(key.count == keySize, "a ChaCha20 key has 32 bytes")
        var start: [UInt32] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574]
        for word in 0..<8 {
            start.append((0..<4).reduce(0) { $0 | UInt32(key[4 * word + $1]) << UInt32(8 * $1) })
        }
        start += [0, 0, 0, 0]
        var result = Array(bytes)
        result.withUnsafeMutableBytes { result in
            var place = 0
            while place < result.count {
                let block = block(of: start)
                start[12] &+= 1
                for word in block {
                    for shift in 0..<4 where place < result.count {
                        result[place] ^= UInt8(truncatingIfNeeded: word >> UInt32(8 * shift))
                        place += 1
                    }
                }
            }
        }
        return result
    }

    static func block(of start: [UInt32]) -> [UInt32] {
        var state = start
        state.withUnsafeMutableBufferPointer { x in
            for _ in 0..<10 {
                for column in 0..<4 { quarter(x, column, column + 4, column + 8, column + 12) }
                for row in 0..<4 {
                    quarter(x, row, 4 + (row + 1) % 4, 8 + (row + 2) % 4, 12 + (row + 3) % 4)
                }
            }
            for word in 0..<16 { x[word] &+= start[word] }
        }
        return state
    }

    private static func quarter(
        _ x: UnsafeMutableBufferPointer<UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int
    ) {
        mix(x, a, b, d, 16)
        mix(x, c, d, b, 12)
        mix(x, a, b, d, 8)
        mix(x, c, d, b, 7)
    }

    private static func mix(
        _ x: UnsafeMutableBufferPointer<UInt32>, _ a: Int, _ b: Int, _ c: Int, _ turn: UInt32
    ) {
        x[a] = x[a] &+ x[b]
        let value = x[c] ^ x[a]
        x[c] = value << turn | value >> (32 - turn)
    }
}
