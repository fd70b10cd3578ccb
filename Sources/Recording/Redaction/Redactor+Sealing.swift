import Wire

/// Checkpoints hold bytes that wait for those behind them: what is redacted once it is complete. Sealed, they
/// are no text that anybody finds.
extension Redactor {
    private static let tagSize = 16

    /// `bytes` enciphered under the key, with a tag that tells whether they were changed. O(n).
    ///
    /// *Shape*: a tag, the first 16 bytes of the HMAC of the bytes, then the bytes under ChaCha20 with
    /// the HMAC of the tag as its key (a synthetic initialisation vector, as in RFC 5297): equal bytes have
    /// equal seals, and no random number is needed.
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
        var hash = sealingBase
        hash.push([1])
        hash.push(tag[...])
        return ChaCha20.combined(bytes, key: hash.digest)
    }
}
