import Wire

extension RecordingFileLine {
    /// The line with another message body, without a line feed; its other members keep their text.
    ///
    /// Nil when the line holds no message. For `redact` and `verify --update`: an unchanged line is `text`.
    public func replacingBody(with body: ArraySlice<UInt8>) -> [UInt8]? {
        guard case .message = content else { return nil }
        var line = FileLineText()
        line.beginBody(FileBodyForm.of(body))
        line.addBody(body)
        line.endBody()
        // `{` and the body member.
        let member = line.bytes.dropFirst()
        var head: [UInt8]
        if let key = FileLineParser.bodyKey(in: text), let brace = text.lastIndex(of: UInt8(ascii: "}")),
            brace >= key.afterColon, JSONText.isValid(text[key.afterColon..<brace])
        {
            head = Array(text[..<key.start])
        } else {
            guard let tree = JSONTree(text) else { return nil }
            head = [UInt8(ascii: "{")]
            for entry in tree.root.members where !["msg", "text", "raw_b64"].contains(entry.key) {
                head +=
                    Array(entry.keyText) + [UInt8(ascii: ":")] + Array(entry.value.text) + [UInt8(ascii: ",")]
            }
        }
        return head + member + [UInt8(ascii: "}")]
    }
}
