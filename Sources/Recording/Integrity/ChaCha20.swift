internal import CScan

/// The stream cipher ChaCha20 with a nonce of zeros: a key is used for one text. Source: RFC 8439 §2.3, §2.4.
enum ChaCha20 {
    static let keySize = 32

    /// `bytes` combined with the key stream; the same again gives `bytes` back. O(n).
    static func combined(_ bytes: ArraySlice<UInt8>, key: [UInt8]) -> [UInt8] {
        precondition(key.count == keySize, "a ChaCha20 key has 32 bytes")
        let words = key.withUnsafeBytes { key in
            (0..<8).map { UInt32(littleEndian: key.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
        var result = Array(bytes)
        result.withUnsafeMutableBufferPointer { result in
            words.withUnsafeBufferPointer { words in
                guard let bytes = result.baseAddress, let key = words.baseAddress else { return }
                cscan_chacha20(key, bytes, result.count)
            }
        }
        return result
    }
}
