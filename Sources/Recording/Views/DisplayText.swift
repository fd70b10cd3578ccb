/// Text from the wire, made harmless for a terminal.
///
/// Everything recorded is hostile input: an escape sequence in a tool's result must not move a person's
/// cursor.
/// Source: auth-security, AS-15 to AS-20 (what is shown is shown as text).
public enum DisplayText {
    /// `text` on one line, at most `limit` characters, with controls made visible.
    ///
    /// Line feeds become `⏎`, tabs a space, other controls their picture (U+2400 block); characters that turn
    /// the reading direction or are invisible become U+FFFD.
    public static func oneLine(_ text: String, limit: Int) -> String {
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            // One place is kept for the mark that says that more follows.
            if count == limit {
                result.unicodeScalars.removeLast()
                return result + "…"
            }
            result.unicodeScalars.append(shown(scalar))
            count += 1
        }
        return result
    }

    /// Bytes that need not be text.
    public static func oneLine(utf8: ArraySlice<UInt8>, limit: Int) -> String {
        // A character takes at most four bytes, so no more of the bytes can be needed.
        oneLine(String(decoding: utf8.prefix(limit * 4 + 4), as: UTF8.self), limit: limit)
    }

    /// `text` over several lines, controls but line feeds and tabs made visible.
    public static func block(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let keeps = scalar == "\n" || scalar == "\t"
            result.unicodeScalars.append(keeps ? scalar : shown(scalar))
        }
        return result
    }

    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x0A: "⏎"
        case 0x09: " "
        case 0x00..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
        case 0x7F: "\u{2421}"
        // C1 controls, among them the one-byte forms of escape sequences.
        case 0x80..<0xA0: "\u{FFFD}"
        // Line and paragraph separators, direction marks and isolates, zero width, BOM.
        case 0x061C, 0x2028, 0x2029, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: "\u{FFFD}"
        default: scalar
        }
    }
}
