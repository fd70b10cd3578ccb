internal import CScan

/// A keyed 122-bit fingerprint of a text, at several bytes a cycle.
///
/// Not a cryptographic hash: two texts of one length, cut at the same places and chosen without knowledge of
/// the key, share a fingerprint with probability (length / 2^63)² at most; whoever can see fingerprints can
/// work the key out. Source: `cscan_fingerprint.h`.
public struct KeyedFingerprint: Sendable, Hashable {
    private(set) var first: UInt64 = 0
    private(set) var second: UInt64 = 0

    /// Of no bytes.
    public init() {}

    /// Where the polynomials are evaluated: one for all fingerprints that are compared.
    public struct Key: Sendable {
        fileprivate let powers: cscan_fingerprint_key

        /// The key of two random numbers.
        public init(_ first: UInt64, _ second: UInt64) {
            powers = cscan_fingerprint_key_make(first, second)
        }
    }

    /// Goes on with `bytes`. O(n).
    public mutating func push(_ bytes: UnsafeRawBufferPointer, key: borrowing Key) {
        guard let base = bytes.baseAddress else { return }
        var state = cscan_fingerprint(first: first, second: second)
        withUnsafePointer(to: key.powers) {
            cscan_fingerprint_push(&state, $0, base.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        first = state.first
        second = state.second
    }
}
