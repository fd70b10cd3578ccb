/// Appends values to a transport event's payload.
///
/// The encoding is part of the journal's format: integers are LEB128 (signed ones zigzagged first), texts
/// and lists carry their count. A later version only ever appends values; a reader ignores what follows
/// the values that it knows.
struct PayloadWriter {
    private(set) var bytes: [UInt8] = []

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func text(_ value: String) {
        unsigned(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}

/// Reads what a `PayloadWriter` wrote; nil wherever the bytes are short or do not fit the type.
struct PayloadReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func unsigned() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            let bits = UInt64(byte & 0x7F)
            guard shift < 64, (bits << shift) >> shift == bits else { return nil }
            value |= bits << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func signed() -> Int64? {
        unsigned().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// A count or a size: not negative, and small enough that sums of a few do not overflow.
    mutating func count() -> Int? {
        unsigned().flatMap { $0 <= UInt64(Int64.max >> 8) ? Int($0) : nil }
    }

    /// A text; bytes that are not UTF-8 (a path, a command) become U+FFFD.
    mutating func text() -> String? {
        guard let length = count(), length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return String(decoding: rest.prefix(length), as: UTF8.self)
    }
}
