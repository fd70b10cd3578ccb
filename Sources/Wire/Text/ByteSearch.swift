internal import CScan

/// A text to find in bytes, as it stands there or in either case of its ASCII letters.
public struct ByteSearch: Sendable {
    /// The bytes to find; lower case when `ignoresCase`.
    public let needle: [UInt8]
    public let ignoresCase: Bool

    public init(_ needle: some Sequence<UInt8>, ignoringCase: Bool = false) {
        self.needle = ignoringCase ? needle.map { cscan_folded($0) } : Array(needle)
        ignoresCase = ignoringCase
    }

    /// The index of the first occurrence in `bytes`, or nil. O(n) for texts that are not built against it.
    public func firstIndex(in bytes: ArraySlice<UInt8>) -> Int? {
        let offset = bytes.withUnsafeBufferPointer { firstOffset(in: $0) }
        return offset.map { bytes.startIndex + $0 }
    }

    /// The offset of the first occurrence in `bytes`, or nil.
    public func firstOffset(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress else { return needle.isEmpty ? 0 : nil }
        return needle.withUnsafeBufferPointer { needle in
            guard let text = needle.baseAddress, !needle.isEmpty else { return 0 }
            let found = cscan_search(base, bytes.count, text, needle.count, ignoresCase ? 1 : 0)
            return found == bytes.count ? nil : found
        }
    }
}

extension ByteSearch {
    /// Whether both hold the same bytes. O(n), many bytes at a time.
    package static func isSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>)
        -> Bool
    {
        guard left.count == right.count else { return false }
        guard let own = left.baseAddress, let others = right.baseAddress else { return true }
        return cscan_equal(own, others, left.count) != 0
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The place of the first quote or backslash from `start` on, or the count when there is none: where the
    /// plain part of a JSON string ends.
    package func endOfUnquoted(from start: Int) -> Int {
        guard let baseAddress, start < count else { return count }
        return start + Int(cscan_unquoted_run(baseAddress + start, count - start))
    }
}
