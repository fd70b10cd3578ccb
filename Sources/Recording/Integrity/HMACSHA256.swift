public import Wire

/// A keyed digest of bytes that arrive in any pieces: who lacks the key cannot tell what was hashed, not even
/// by trying.
///
/// Its state can be saved between two pieces. Source: RFC 2104, FIPS 198-1.
public struct HMACSHA256: Sendable, Equatable {
    private var inner: SHA256
    private let outer: SHA256

    /// The digest under `key`, of any length. Two blocks are hashed, so a key that is used often is prepared
    /// once and copied.
    public init(key: some Collection<UInt8>) {
        var block = key.count > SHA256.blockSize ? SHA256.digest(of: Array(key)[...]) : Array(key)
        block += repeatElement(0, count: SHA256.blockSize - block.count)
        inner = SHA256()
        inner.push(block.map { $0 ^ 0x36 }[...])
        var outer = SHA256()
        outer.push(block.map { $0 ^ 0x5C }[...])
        self.outer = outer
    }

    /// The digest of `bytes` under `key`.
    public static func digest(of bytes: ArraySlice<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        var hash = HMACSHA256(key: key)
        hash.push(bytes)
        return hash.digest
    }

    /// Takes the next piece. O(n).
    public mutating func push(_ piece: ArraySlice<UInt8>) { inner.push(piece) }

    /// Takes the next piece. O(n).
    public mutating func push(_ piece: UnsafeRawBufferPointer) { inner.push(piece) }

    /// The digest of all pieces so far, 32 bytes; more may follow.
    public var digest: [UInt8] {
        var outer = outer
        outer.push(inner.digest[...])
        return outer.digest
    }

    /// Appends what was hashed so far. The key is not written, but the state stands for it: whoever reads it
    /// can go on, and cannot find the key.
    public func save(to writer: inout StateWriter) { inner.save(to: &writer) }

    /// The digest that `save` wrote, under the key of `prepared`.
    public init(from reader: inout StateReader, prepared: HMACSHA256) throws(StateReader.Failure) {
        outer = prepared.outer
        inner = try SHA256(from: &reader)
    }
}
