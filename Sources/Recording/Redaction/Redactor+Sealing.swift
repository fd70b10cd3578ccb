import Wire

/// Checkpoints hold bytes that wait for those behind them: what is redacted once it is complete. Sealed, they
/// are no text that anybody finds.
extension Redactor {
    private static let tagSize = 16

    /// `bytes` enciphered under the key, with a tag that tells whether they were changed. O(n).
    ///
    /// *Shape*: a tag, the first 16 bytes of the HMAC of the bytes, then the bytes combined with HMACs of the
    /// tag and a counter (a synthetic initialisation vector, as in RFC 5297): equal bytes have equal seals,
    /// and no random number is needed.
    func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let tag = tag(of: bytes)
        return tag + combined(bytes[...], tag)
    }

    /// The bytes that `sealed` was given; nil when the key is another one or something was changed.
    func opened(_ sealed: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.tagSize else { return nil }
        let tag = Array(sealed.prefix(Self.tagSize))
        let bytes = combined(sealed.dropFirst(Self.tagSize), tag)
        return self.tag(of: bytes) == tag ? bytes : nil
    }

    private func tag(of bytes: [UInt8]) -> [UInt8] {
        var hash = sealingBase
        hash.push([0])
        hash.push(bytes[...])
        return Array(hash.digest.prefix(Self.tagSize))
    }

    private func combined(_ bytes: ArraySlice<UInt8>, _ tag: [UInt8]) -> [UInt8] {
        var base = sealingBase
        base.push([1])
        base.push(tag[...])
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var counter: UInt64 = 0
        var rest = bytes
        while !rest.isEmpty {
            var hash = base
            hash.push((0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) }[...])
            for (byte, mask) in zip(rest, hash.digest) { result.append(byte ^ mask) }
            rest = rest.dropFirst(SHA256.digestSize)
            counter += 1
        }
        return result
    }
}
