/// Base64 of bytes that come in pieces. Source: RFC 4648 §4.
struct Base64Encoder {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// At most two bytes that wait for a third.
    private var waiting: [UInt8] = []

    /// Appends the text of all whole groups of three bytes so far.
    mutating func push(_ bytes: ArraySlice<UInt8>, into text: inout [UInt8]) {
        for byte in bytes {
            waiting.append(byte)
            if waiting.count == 3 {
                append(waiting[0], waiting[1], waiting[2], into: &text)
                waiting.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Appends the rest with its padding.
    mutating func finish(into text: inout [UInt8]) {
        guard let first = waiting.first else { return }
        let isOne = waiting.count == 1
        append(first, isOne ? 0 : waiting[1], 0, into: &text)
        let padding = isOne ? 2 : 1
        text.removeLast(padding)
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: padding))
        waiting.removeAll()
    }

    private func append(_ a: UInt8, _ b: UInt8, _ c: UInt8, into text: inout [UInt8]) {
        let group = Int(a) << 16 | Int(b) << 8 | Int(c)
        for shift in [18, 12, 6, 0] { text.append(Base64Encoder.alphabet[group >> shift & 63]) }
    }
}

/// Base64 with padding. Source: RFC 4648 §4.
public enum Base64 {
    /// All of `bytes`, with padding.
    public static func encoded(_ bytes: some Collection<UInt8>) -> String {
        var encoder = Base64Encoder()
        var text: [UInt8] = []
        encoder.push(ArraySlice(bytes), into: &text)
        encoder.finish(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` stands for; nil for what is not base64 with its padding.
    static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group = 0
        var digits = 0
        var padding = 0
        for character in text {
            guard let value = digit(character) else {
                guard character == UInt8(ascii: "=") else { return nil }
                padding += 1
                continue
            }
            guard padding == 0 else { return nil }
            group = group << 6 | value
            digits += 1
            if digits % 4 == 0 {
                bytes += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
                group = 0
            }
        }
        switch (digits % 4, padding) {
        case (0, 0): break
        case (3, 1): bytes += [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
        case (2, 2): bytes.append(UInt8(group >> 4 & 255))
        default: return nil
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> Int? {
        switch character {
        case 65...90: Int(character) - 65
        case 97...122: Int(character) - 71
        case 48...57: Int(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
