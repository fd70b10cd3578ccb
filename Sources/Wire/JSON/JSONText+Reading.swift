import CScan

/// Reading their tokens.
extension JSONText {
    /// How deep a text may be nested to count as valid here, as in `EnvelopeScanner`.
    public static let depthLimit = 1024

    /// Whether `text` is one JSON value, white space around it allowed, in valid UTF-8 and not nested
    /// deeper than `depthLimit`. O(n).
    public static func isValid(_ text: ArraySlice<UInt8>) -> Bool {
        var grammar = JSONGrammar(depthLimit: depthLimit)
        var events = NoJSONEvents()
        text.withUnsafeBufferPointer { grammar.push($0, to: &events) }
        grammar.finish(to: &events)
        return grammar.isComplete
    }

    /// The text that a string token stands for; nil when `stringToken` is not one, quotes included.
    ///
    /// A lone surrogate escape becomes U+FFFD, because no Swift text can hold it.
    public static func unescape(_ stringToken: ArraySlice<UInt8>) -> String? {
        guard var bytes = unescapedBytes(stringToken) else { return nil }
        replaceSurrogates(in: &bytes)
        return String(validating: bytes, as: UTF8.self)
    }

    /// As `unescape`, in bytes. A lone surrogate is coded in three bytes as if it were a character
    /// (WTF-8), so that different tokens' texts stay different.
    static func unescapedBytes(_ stringToken: ArraySlice<UInt8>) -> [UInt8]? {
        guard stringToken.count >= 2, stringToken.first == 0x22, stringToken.last == 0x22 else { return nil }
        return stringToken.withUnsafeBufferPointer { token -> [UInt8]? in
            unescapedBytes(inside: UnsafeBufferPointer(rebasing: token[1..<token.count - 1]))
        }
    }

    /// The same for what stands between the quotes; nil when an escape is wrong or a quote or control
    /// stands bare.
    static func unescapedBytes(inside: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let base = inside.baseAddress else { return [] }
        var result: [UInt8] = []
        result.reserveCapacity(inside.count)
        var at = 0
        while at < inside.count {
            let byte = base[at]
            if byte == 0x5C {
                guard let next = appendEscape(inside, at + 1, to: &result) else { return nil }
                at = next
            } else if byte >= 0x80 {
                result.append(byte)
                at += 1
            } else {
                let run = Int(cscan_plain_run(base + at, inside.count - at))
                guard run > 0 else { return nil }
                result.append(contentsOf: UnsafeBufferPointer(rebasing: inside[at..<at + run]))
                at += run
            }
        }
        return result
    }

    /// Appends what the escape whose backslash stands before `at` means; returns the place after it.
    private static func appendEscape(
        _ text: UnsafeBufferPointer<UInt8>, _ at: Int, to result: inout [UInt8]
    ) -> Int? {
        guard at < text.count else { return nil }
        switch text[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(text[at])
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(text, at + 1) else { return nil }
            let next = at + 5
            if unit & 0xFC00 == 0xD800, next + 1 < text.count, text[next] == 0x5C,
                text[next + 1] == UInt8(ascii: "u"), let low = codeUnit(text, next + 2),
                low & 0xFC00 == 0xDC00
            {
                append(scalar: 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, to: &result)
                return next + 6
            }
            append(scalar: unit, to: &result)
            return next
        default: return nil
        }
        return at + 1
    }

    private static func codeUnit(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt32? {
        guard at + 4 <= text.count else { return nil }
        var unit: UInt32 = 0
        for place in at..<at + 4 {
            guard let digit = hexValue(text[place]) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private static func append(scalar: UInt32, to result: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift) & 0x3F) }
        switch scalar {
        case 0..<0x80:
            result.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            result.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            result.append(tail(0))
        case 0x800..<0x10000:
            result.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            result.append(tail(6))
            result.append(tail(0))
        default:
            result.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            result.append(tail(12))
            result.append(tail(6))
            result.append(tail(0))
        }
    }

    /// Whether a WTF-8 surrogate (ED A0…BF xx) begins at `at`.
    static func isSurrogate(_ bytes: [UInt8], at: Int) -> Bool {
        at + 2 < bytes.count && bytes[at] == 0xED && bytes[at + 1] >= 0xA0
    }

    private static func replaceSurrogates(in bytes: inout [UInt8]) {
        var at = 0
        while let found = bytes[at...].firstIndex(of: 0xED) {
            if isSurrogate(bytes, at: found) {
                (bytes[found], bytes[found + 1], bytes[found + 2]) = (0xEF, 0xBF, 0xBD)
            }
            at = found + 1
        }
    }

    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
