import CScan

/// Questions about bytes that should be UTF-8.
///
/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF. Source: RFC 3629 §4.
public enum UTF8Text {
    /// Whether `bytes` are valid UTF-8 from first to last. O(n).
    public static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        firstInvalid(in: bytes) == nil
    }

    /// The index in `bytes` where the first invalid or cut sequence begins, or nil. O(n).
    public static func firstInvalid(in bytes: ArraySlice<UInt8>) -> Int? {
        let offset = bytes.withUnsafeBufferPointer { invalidOffset(in: $0, from: 0) }
        return offset.map { bytes.startIndex + $0 }
    }

    /// The longest prefix of at most `limit` bytes that does not cut a character of valid UTF-8.
    public static func prefix(of bytes: ArraySlice<UInt8>, limit: Int) -> ArraySlice<UInt8> {
        guard bytes.count > limit else { return bytes }
        var end = bytes.startIndex + max(0, limit)
        // A sequence has at most three continuation bytes; more of them are not UTF-8 anyway.
        var steps = 0
        while end > bytes.startIndex, steps < 3, bytes[end] & 0xC0 == 0x80 {
            end -= 1
            steps += 1
        }
        return bytes[bytes.startIndex..<end]
    }

    /// The text of `bytes`, each invalid stretch replaced by U+FFFD. For eyes only: not reversible.
    public static func repaired(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The text of `bytes`, or nil when they are not valid UTF-8.
    public static func exact(_ bytes: ArraySlice<UInt8>) -> String? {
        String(validating: bytes, as: UTF8.self)
    }

    static func invalidOffset(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var at = start
        let count = bytes.count
        while at < count {
            at += Int(cscan_ascii_run(base + at, count - at))
            guard at < count else { return nil }
            var sequence = UTF8Sequence(first: base[at])
            let begin = at
            while sequence.isOpen {
                at += 1
                guard at < count else { return begin }
                sequence.push(base[at])
            }
            guard sequence.isComplete else { return begin }
            at += 1
        }
        return nil
    }
}

/// One multi-byte character, byte by byte, so that a scan can stop between any two.
///
/// Source: Unicode 15, table 3-7.
struct UTF8Sequence: Sendable, Equatable {
    /// Continuation bytes still to come; 0 when complete; `UTF8Sequence.broken` after a wrong byte.
    var remaining: UInt8
    /// What the next continuation byte may be.
    var lowest: UInt8
    var highest: UInt8

    static let broken: UInt8 = 0xFF

    /// The state after a first byte that is not ASCII.
    @inline(__always)
    init(first: UInt8) {
        lowest = 0x80
        highest = 0xBF
        switch first {
        case 0xC2...0xDF: remaining = 1
        case 0xE0: (remaining, lowest) = (2, 0xA0)
        case 0xED: (remaining, highest) = (2, 0x9F)
        case 0xE1...0xEF: remaining = 2
        case 0xF0: (remaining, lowest) = (3, 0x90)
        case 0xF1...0xF3: remaining = 3
        case 0xF4: (remaining, highest) = (3, 0x8F)
        default: remaining = UTF8Sequence.broken
        }
    }

    init(remaining: UInt8, lowest: UInt8, highest: UInt8) {
        self.remaining = remaining
        self.lowest = lowest
        self.highest = highest
    }

    @inline(__always)
    var isOpen: Bool { remaining &- 1 < 3 }
    @inline(__always)
    var isComplete: Bool { remaining == 0 }

    @inline(__always)
    mutating func push(_ byte: UInt8) {
        guard byte >= lowest, byte <= highest else {
            remaining = UTF8Sequence.broken
            return
        }
        remaining &-= 1
        lowest = 0x80
        highest = 0xBF
    }
}
