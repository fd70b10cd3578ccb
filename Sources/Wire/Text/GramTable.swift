internal import CScan

/// Three-byte beginnings of texts that are looked for: tells where in bytes one of them may begin.
///
/// Every text must have three bytes or more. ASCII letters count in either case. Places that are told are
/// candidates: about one in a hundred thousand for each text is none.
public struct GramTable: Sendable {
    private var words = [UInt64](repeating: 0, count: Int(CSCAN_GRAM_WORDS))

    public init() {}

    /// Looks for `text` too; fewer than three bytes look for nothing.
    public mutating func insert(_ text: some Collection<UInt8>) {
        let head = Array(text.prefix(3))
        guard head.count == 3 else { return }
        words.withUnsafeMutableBufferPointer { words in
            guard let table = words.baseAddress else { return }
            cscan_gram_insert(table, head[0], head[1], head[2])
        }
    }

    /// The first place in `bytes` at `start` or behind where a text may begin; `bytes.count` when there is
    /// none. O(n).
    public func firstOffset(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress else { return bytes.count }
        return words.withUnsafeBufferPointer { words in
            guard let table = words.baseAddress else { return bytes.count }
            return Int(cscan_gram_find(base, bytes.count, start, table))
        }
    }
}

/// Stretches inside of JSON strings.
public enum StringStretch {
    /// How many bytes of `bytes` from `start` on are neither quote nor backslash. O(n).
    public static func plainCount(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = bytes.baseAddress, start < bytes.count else { return 0 }
        return Int(cscan_unquoted_run(base + start, bytes.count - start))
    }
}
