import Wire

/// What stands in the place of a secret: made of a keyed digest, so that equal values have equal placeholders
/// everywhere in a store, and nobody without the store's key learns anything from one.
///
/// *Shape*: in strings `[redacted:LABEL:DIGITS]`, with twelve hexadecimal digits; for numbers sixteen decimal
/// digits that begin with 7303 and leave 1 modulo 97, exact in a double.
public enum Placeholder {
    /// The label of a value that looks like nothing in particular.
    public static let plainLabel = "secret"
    static let head = Array("[redacted:".utf8)
    /// Hexadecimal digits shown: 48 bits tell the secrets of a store apart and say nothing about one.
    static let digitCount = 12
    /// Bytes of a label at most.
    static let labelLimit = 32
    /// Bytes of a placeholder at most.
    static let limit = 10 + labelLimit + 1 + digitCount + 1

    /// The placeholder for a string, or for a part of one.
    static func text(label: String, digest: [UInt8]) -> [UInt8] {
        head + label.utf8 + [UInt8(ascii: ":")] + SHA256.hex(digest.prefix(digitCount / 2)).utf8
            + [UInt8(ascii: "]")]
    }

    /// The placeholder for a number.
    static func number(digest: [UInt8]) -> [UInt8] {
        let value = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let stem = (numberStem + value % 10_000_000_000) * 100
        // ISO 7064 mod 97: the last two digits make the whole leave 1.
        let check = (98 - stem % 97) % 97
        return Array(String(stem + check).utf8)
    }

    private static let numberStem: UInt64 = 7303 * 10_000_000_000

    /// A placeholder inside of a text.
    public struct Place: Sendable, Hashable {
        /// In indices of the bytes that were searched.
        public var range: Range<Int>
        /// What tells one value from another: the digits.
        public var digits: String
    }

    /// The placeholders in `bytes`, in order. O(n).
    public static func places(in bytes: ArraySlice<UInt8>) -> [Place] {
        guard bytes.count >= limit - labelLimit else { return [] }
        var places: [Place] = []
        var rest = bytes
        let search = ByteSearch(head)
        while let start = search.firstIndex(in: rest) {
            if let place = place(in: bytes[start...]) {
                places.append(place)
                rest = bytes[place.range.upperBound...]
            } else {
                rest = bytes[(start + head.count)...]
            }
        }
        return places
    }

    /// True when `bytes` are one placeholder and nothing else.
    static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        place(in: bytes)?.range == bytes.startIndex..<bytes.endIndex
    }

    /// The digits of a number's placeholder; nil when `text` is another number.
    public static func numberDigits(_ text: some Collection<UInt8>) -> String? {
        guard text.count == 16, text.starts(with: "7303".utf8) else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard byte &- 48 < 10 else { return nil }
            value = value * 10 + UInt64(byte - 48)
        }
        return value % 97 == 1 ? String(decoding: text, as: UTF8.self) : nil
    }

    /// The placeholder at the beginning of `bytes`.
    private static func place(in bytes: ArraySlice<UInt8>) -> Place? {
        guard bytes.starts(with: head) else { return nil }
        let label = bytes.dropFirst(head.count).prefix(labelLimit + 1).prefix {
            ($0 &- 97) < 26 || ($0 &- 48) < 10 || $0 == UInt8(ascii: "-")
        }
        guard !label.isEmpty, label.count <= labelLimit, label.endIndex < bytes.endIndex,
            bytes[label.endIndex] == UInt8(ascii: ":")
        else { return nil }
        let digits = bytes[(label.endIndex + 1)...].prefix(digitCount).prefix {
            ($0 &- 48) < 10 || ($0 &- 97) < 6
        }
        guard digits.count == digitCount, digits.endIndex < bytes.endIndex,
            bytes[digits.endIndex] == UInt8(ascii: "]")
        else { return nil }
        return Place(
            range: bytes.startIndex..<digits.endIndex + 1, digits: String(decoding: digits, as: UTF8.self))
    }
}
