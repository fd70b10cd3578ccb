/// Writes text that comes in parts as the inside of a JSON string on one line.
///
/// Beside what JSON demands, U+2028, U+2029 and U+FEFF are escaped, because some tools end a line there or
/// drop them; so are DEL and no others, so that the text can be read in a diff.
struct FileTextEscaper {
    /// The first bytes of what may become one of the three: at most two.
    private var held: [UInt8] = []

    /// Appends what is decided.
    mutating func push(_ part: ArraySlice<UInt8>, into text: inout [UInt8]) {
        for byte in part {
            if held.isEmpty, byte != 0xE2, byte != 0xEF {
                FileTextEscaper.append(byte, into: &text)
                continue
            }
            held.append(byte)
            switch held {
            case [0xE2], [0xE2, 0x80], [0xEF], [0xEF, 0xBB]: continue
            case [0xE2, 0x80, 0xA8]: text += Array("\\u2028".utf8)
            case [0xE2, 0x80, 0xA9]: text += Array("\\u2029".utf8)
            case [0xEF, 0xBB, 0xBF]: text += Array("\\ufeff".utf8)
            default:
                // In valid UTF-8 a character that begins so ends here: nothing of it can begin another one.
                for byte in held { FileTextEscaper.append(byte, into: &text) }
            }
            held.removeAll(keepingCapacity: true)
        }
    }

    /// Appends the rest.
    mutating func finish(into text: inout [UInt8]) {
        for byte in held { FileTextEscaper.append(byte, into: &text) }
        held.removeAll()
    }

    /// JSON text of one line in which no character ends a line: the three can only stand inside strings,
    /// where an escape means the same.
    static func lineSafe(_ json: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var held: [UInt8] = []
        for byte in json {
            held.append(byte)
            switch held {
            case [0xE2], [0xE2, 0x80], [0xEF], [0xEF, 0xBB]: continue
            case [0xE2, 0x80, 0xA8]: text += Array("\\u2028".utf8)
            case [0xE2, 0x80, 0xA9]: text += Array("\\u2029".utf8)
            case [0xEF, 0xBB, 0xBF]: text += Array("\\ufeff".utf8)
            default: text += held
            }
            held.removeAll(keepingCapacity: true)
        }
        return text + held
    }

    private static let digits = Array("0123456789abcdef".utf8)

    @inline(__always)
    private static func append(_ byte: UInt8, into text: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C: text += [0x5C, byte]
        case 0x08: text += Array("\\b".utf8)
        case 0x09: text += Array("\\t".utf8)
        case 0x0A: text += Array("\\n".utf8)
        case 0x0C: text += Array("\\f".utf8)
        case 0x0D: text += Array("\\r".utf8)
        case 0x00..<0x20, 0x7F:
            text += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        default: text.append(byte)
        }
    }
}
