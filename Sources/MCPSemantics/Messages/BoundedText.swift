import Wire

/// Texts for a digest out of JSON text, each bounded by `MessageDigest.textLimit`.
enum BoundedText {
    private static let limit = MessageDigest.textLimit

    /// The JSON text itself, cut on a character boundary.
    static func json(_ text: ArraySlice<UInt8>) -> String {
        String(decoding: UTF8Text.prefix(of: text, limit: limit), as: UTF8.self)
    }

    /// The JSON text itself; nil when it is over the limit or was cut before, because part of an object
    /// says nothing.
    static func wholeJSON(_ text: ArraySlice<UInt8>) -> String? {
        // Captures are cut on a character boundary, up to three bytes before the limit.
        guard text.count <= limit, text.count < limit - 3 || JSONText.isValid(text) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    /// What a string stands for, escapes resolved; nil when it is no string.
    static func string(_ token: ArraySlice<UInt8>) -> String? {
        guard token.first == 0x22 else { return nil }
        if token.count <= limit {
            if token.count >= 2, token.last == 0x22, !token.contains(0x5C) {
                return String(decoding: token.dropFirst().dropLast(), as: UTF8.self)
            }
            if let whole = JSONText.unescape(token) { return whole }
        }
        let head = withoutHalfEscape(UTF8Text.prefix(of: token, limit: limit))
        return JSONText.unescape((head + [0x22])[...])
    }

    /// What a string stands for; the JSON text of anything else.
    static func value(_ token: ArraySlice<UInt8>) -> String { string(token) ?? json(token) }

    /// The strings of an array; elements of other kinds are left out.
    static func strings(_ text: ArraySlice<UInt8>) -> [String] {
        guard text.count <= limit, let root = JSONTree(text)?.root else { return [] }
        return root.children.compactMap(\.stringValue)
    }

    /// `head` up to its last whole character or escape.
    private static func withoutHalfEscape(_ head: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var place = head.startIndex
        while place < head.endIndex {
            guard head[place] == 0x5C else {
                place += 1
                continue
            }
            let isUnicode = place + 1 < head.endIndex && head[place + 1] == UInt8(ascii: "u")
            let next = place + (isUnicode ? 6 : 2)
            guard next <= head.endIndex else { return head[..<place] }
            place = next
        }
        return head
    }
}
