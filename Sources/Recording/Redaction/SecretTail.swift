import Wire

/// How far a secret reaches from where it begins; can stop between any two bytes and go on.
struct SecretTail: Sendable, Equatable {
    enum Form: UInt8, Sendable {
        /// Letters, digits, dashes, underscores.
        case token
        /// The same and dots.
        case dotted
        /// The same, with `remaining` dots.
        case dots
        /// `remaining` bytes.
        case fixed
        /// Base64, with `\/` where JSON was written so.
        case base64
        /// What may stand unquoted behind an equals sign.
        case assigned
        /// Up to a quote with at most `remaining` backslashes before it.
        case quoted
        /// Up to the end of a PEM block.
        case key
        /// The digits of a number.
        case number
    }

    var form: Form
    var remaining: Int
    /// `quoted`: backslashes that were read and belong to the value only if no quote follows. `key`: bytes
    /// read.
    var count = 0

    init(_ form: Form, remaining: Int = 0) {
        self.form = form
        self.remaining = remaining
    }

    /// No key is longer: 16384 bits take 13 KB. Beyond it a text is no key.
    static let keyLimit = 32 << 10

    static func isBase64(_ byte: UInt8) -> Bool {
        SecretShapes.isTokenByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "~")
    }

    static func isAssigned(_ byte: UInt8) -> Bool {
        guard byte > 0x20 else { return false }
        switch byte {
        case 0x22, 0x27, 0x5C, UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "`"), UInt8(ascii: "]"),
            UInt8(ascii: "}"), 0x7F:
            return false
        default: return true
        }
    }

    static func isUserInfo(_ byte: UInt8) -> Bool {
        guard byte > 0x20 else { return false }
        switch byte {
        case 0x22, 0x27, 0x5C, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "}"):
            return false
        default: return true
        }
    }

    static func isNumber(_ byte: UInt8) -> Bool {
        byte &- 48 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
    }

    /// Reads on from `start`: up to where the secret goes, and whether it ends there. `end` equals `start`
    /// when the next bytes are not here yet, and when the secret is over.
    mutating func advance(
        in bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool
    ) -> (end: Int, isOver: Bool) {
        var at = start
        switch form {
        case .token: at = Self.run(bytes, at, SecretShapes.isTokenByte)
        case .dotted:
            at = Self.run(bytes, at) { SecretShapes.isTokenByte($0) || $0 == UInt8(ascii: ".") }
        case .assigned: at = Self.run(bytes, at, Self.isAssigned)
        case .number: at = Self.run(bytes, at, Self.isNumber)
        case .dots: at = dots(bytes, at)
        case .fixed:
            at = min(bytes.count, at + remaining)
            remaining -= at - start
            return (at, remaining == 0 || isLast && at == bytes.count)
        case .base64: return base64(bytes, at, isLast)
        case .quoted: return quoted(bytes, at, isLast)
        case .key: return key(bytes, at, isLast)
        }
        return (at, at < bytes.count || isLast)
    }

    private static func run(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ isPart: (UInt8) -> Bool
    ) -> Int {
        var at = start
        while at < bytes.count, isPart(bytes[at]) { at += 1 }
        return at
    }

    private mutating func dots(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var at = start
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "."), remaining > 0 {
                remaining -= 1
            } else if !SecretShapes.isTokenByte(bytes[at]) {
                break
            }
            at += 1
        }
        return at
    }

    private func base64(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ isLast: Bool
    ) -> (end: Int, isOver: Bool) {
        var at = start
        while true {
            at = Self.run(bytes, at, Self.isBase64)
            guard at < bytes.count else { return (at, isLast) }
            guard bytes[at] == 0x5C else { return (at, true) }
            guard at + 1 < bytes.count else { return (at, isLast) }
            guard bytes[at + 1] == UInt8(ascii: "/") else { return (at, true) }
            at += 2
        }
    }

    /// Stops at each run of backslashes and at the quote, which the caller reads.
    private func quoted(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ isLast: Bool
    ) -> (end: Int, isOver: Bool) {
        let end = start + StringStretch.plainCount(in: bytes, from: start)
        return (end, end == bytes.count && isLast)
    }

    private static let keyEnd = Array("-----END ".utf8)

    private mutating func key(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ isLast: Bool
    ) -> (end: Int, isOver: Bool) {
        var at = start
        defer { count += at - start }
        while at < bytes.count {
            guard count + at - start < Self.keyLimit else { return (at, true) }
            let byte = bytes[at]
            if byte == UInt8(ascii: "-"), count + at - start > 0 {
                let rest = UnsafeBufferPointer(rebasing: bytes[at...])
                guard rest.count >= 80 || isLast else { return (at, false) }
                if rest.starts(with: Self.keyEnd) {
                    let label = rest[Self.keyEnd.count...].prefix(60).prefix {
                        $0 != UInt8(ascii: "-") && $0 != 0x22 && $0 != 0x5C && $0 >= 0x20
                    }
                    let dashes = rest[label.endIndex...].prefix(5).prefix { $0 == UInt8(ascii: "-") }
                    at += dashes.endIndex
                    return (at, true)
                }
            } else if byte == 0x5C {
                guard at + 1 < bytes.count || isLast else { return (at, false) }
                // An escaped quote ends the text; both its bytes stay.
                guard at + 1 < bytes.count, bytes[at + 1] != 0x22 else { return (at, true) }
                at += 1
            } else if !Self.isBase64(byte), byte != UInt8(ascii: " "), byte != 0x0A, byte != 0x0D,
                byte != 0x09,
                byte != UInt8(ascii: ":"), byte != UInt8(ascii: ",")
            {
                return (at, true)
            }
            at += 1
        }
        return (at, isLast)
    }
}
