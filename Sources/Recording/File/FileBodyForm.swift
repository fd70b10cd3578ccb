import Wire

/// How a message's bytes stand in a line of a recording file.
enum FileBodyForm: String {
    /// The bytes themselves: valid JSON in valid UTF-8 that no line-based tool cuts or alters.
    case json = "msg"
    /// A JSON string: valid UTF-8.
    case text
    /// Base64: any other bytes.
    case base64 = "raw_b64"

    /// The form for a message that is at hand as a whole. O(n).
    static func of(_ bytes: ArraySlice<UInt8>) -> FileBodyForm {
        var scan = FileBodyScan()
        scan.push(bytes)
        return scan.form
    }
}

/// Decides the form of a message that comes in parts.
struct FileBodyScan {
    private var validity = EnvelopeScanner()
    private var hasBreaker = false
    /// The last two bytes, because a breaker may begin in one part and end in the next.
    private var tail: [UInt8] = []
    private var utf8 = UTF8Validity()

    /// Looks at the next part.
    mutating func push(_ part: ArraySlice<UInt8>) {
        validity.push(part)
        utf8.push(part)
        guard !hasBreaker else { return }
        let seam = tail + part.prefix(2)
        hasBreaker = FileBodyScan.hasBreaker(seam[...]) || FileBodyScan.hasBreaker(part)
        tail = Array((tail + part.suffix(2)).suffix(2))
    }

    /// The form, after the last part.
    var form: FileBodyForm {
        guard utf8.isValid else { return .base64 }
        guard !hasBreaker else { return .text }
        var validity = validity
        switch validity.finish().shape {
        case .foreign(.notJSON), .foreign(.invalidUTF8), .foreign(.tooDeep), .foreign(.empty): return .text
        case .foreign(.notRPC), .request, .notification, .response, .batch: return .json
        }
    }

    /// True when `bytes` hold LF, U+2028, U+2029 or U+FEFF: at each of them some tool ends the line or drops
    /// the character. Source: product.md, Data; JSON text sequences and JavaScript before ES2019.
    private static func hasBreaker(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            while place < bytes.count {
                switch bytes[place] {
                case 0x0A: return true
                case 0xE2 where place + 2 < bytes.count:
                    if bytes[place + 1] == 0x80, bytes[place + 2] & 0xFE == 0xA8 { return true }
                case 0xEF where place + 2 < bytes.count:
                    if bytes[place + 1] == 0xBB, bytes[place + 2] == 0xBF { return true }
                default: break
                }
                place += 1
            }
            return false
        }
    }
}

/// Whether bytes that come in parts are valid UTF-8.
struct UTF8Validity {
    private(set) var hasFault = false
    /// The unfinished character at the end of the last part: at most three bytes.
    private var pending: [UInt8] = []

    /// True when everything so far is valid and no character is cut.
    var isValid: Bool { !hasFault && pending.isEmpty }

    mutating func push(_ part: ArraySlice<UInt8>) {
        guard !hasFault else { return }
        var rest = part
        while !pending.isEmpty, let next = rest.popFirst() {
            pending.append(next)
            if UTF8Text.isValid(pending[...]) {
                pending = []
            } else if pending.count >= UTF8Validity.length(of: pending[0]) || next & 0xC0 != 0x80 {
                hasFault = true
                return
            }
        }
        guard pending.isEmpty, let fault = UTF8Text.firstInvalid(in: rest) else { return }
        // What is only cut is the first bytes of one character; the rest decides.
        let tail = rest[fault...]
        if tail.count < UTF8Validity.length(of: rest[fault]),
            tail.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 })
        {
            pending = Array(tail)
        } else {
            hasFault = true
        }
    }

    /// Bytes of the character that begins with `first`; 0 when none does.
    private static func length(of first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }
}
