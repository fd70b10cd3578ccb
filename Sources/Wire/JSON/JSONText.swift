import CScan

/// JSON tokens as text: quoting what is ours, reading what is theirs.
public enum JSONText {
    /// Appends `text` as a JSON string token, quotes included, to `bytes`.
    ///
    /// Escapes only what must be: quote, backslash, and the controls below U+0020.
    public static func quote(_ text: String, into bytes: inout [UInt8]) {
        var text = text
        bytes.append(0x22)
        text.withUTF8 { escape($0, into: &bytes) }
        bytes.append(0x22)
    }

    /// Appends `utf8` as a JSON string token; invalid stretches become U+FFFD, so the token is always JSON.
    public static func quote(utf8: ArraySlice<UInt8>, into bytes: inout [UInt8]) {
        guard UTF8Text.isValid(utf8) else { return quote(UTF8Text.repaired(utf8), into: &bytes) }
        bytes.append(0x22)
        utf8.withUnsafeBufferPointer { escape($0, into: &bytes) }
        bytes.append(0x22)
    }

    /// `text` as a JSON string token, quotes included.
    public static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        quote(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func escape(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        guard let base = text.baseAddress else { return }
        var at = 0
        while at < text.count {
            var run = Int(cscan_plain_run(base + at, text.count - at))
            // Non-ASCII stands for itself too.
            while at + run < text.count, base[at + run] >= 0x80 { run += 1 }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[at..<at + run]))
            at += run
            guard at < text.count else { return }
            if base[at] < 0x80, cscan_is_plain(base[at]) == 0 {
                escape(byte: base[at], into: &bytes)
                at += 1
            }
        }
    }

    private static func escape(byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(0x5C)
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 0xF))
        }
    }

    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
