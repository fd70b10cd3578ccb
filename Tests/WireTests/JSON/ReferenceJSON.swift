/// A slow and plain reading of RFC 8259, to compare the grammar with.
struct ReferenceJSON {
    private var rest: ArraySlice<UInt8>

    static func isValid(_ text: [UInt8]) -> Bool {
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var reader = ReferenceJSON(rest: text[...])
        return reader.value() && reader.skipSpace() && reader.rest.isEmpty
    }

    private mutating func skipSpace() -> Bool {
        rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return true
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func value() -> Bool {
        _ = skipSpace()
        switch rest.first.map({ Character(UnicodeScalar($0)) }) {
        case "{":
            return list("{", "}") {
                $0.skipSpace() && $0.string() && $0.skipSpace() && $0.take(":") && $0.value()
            }
        case "[": return list("[", "]") { $0.value() }
        case "\"": return string()
        case "t": return take("true")
        case "f": return take("false")
        case "n": return take("null")
        default: return number()
        }
    }

    private mutating func list(_ open: String, _ close: String, _ item: (inout Self) -> Bool) -> Bool {
        guard take(open), skipSpace() else { return false }
        if take(close) { return true }
        while true {
            guard item(&self), skipSpace() else { return false }
            if take(close) { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst() {
            if byte == 0x22 { return true }
            if byte < 0x20 { return false }
            guard byte == 0x5C else { continue }
            guard let escape = rest.popFirst() else { return false }
            if escape == UInt8(ascii: "u") {
                let digits = rest.prefix(4)
                guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
                    return false
                }
                rest = rest.dropFirst(4)
            } else if !"\"\\/bfnrt".utf8.contains(escape) {
                return false
            }
        }
        return false
    }

    private mutating func digits() -> Int {
        let count = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
        rest = rest.dropFirst(count)
        return count
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), digits() == 0 { return false }
        if take("."), digits() == 0 { return false }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            if digits() == 0 { return false }
        }
        return true
    }
}
