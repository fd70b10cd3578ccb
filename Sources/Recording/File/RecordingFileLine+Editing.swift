import MCPSemantics
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

    /// The line as `message` is now, without a line feed; members that a redaction does not change keep their
    /// text and their order.
    ///
    /// Nil when the line holds no message. `text` is what redacts other texts of the line.
    func redacted(to message: MessageRecord, _ text: (ArraySlice<UInt8>) -> ArraySlice<UInt8>) -> [UInt8]? {
        guard case .message(let former) = content, let tree = JSONTree(self.text) else { return nil }
        var line = FileLineText()
        for entry in tree.root.members {
            switch entry.key {
            case "msg", "text", "raw_b64", "http", "redacted": break
            case "sse", "sse_b64":
                if let framing = message.framing, framing != former.framing {
                    line.add(framing)
                } else {
                    line.copy(entry)
                }
            case "name", "error": line.copy(entry, as: text(entry.value.text))
            default: line.copy(entry)
            }
        }
        if !message.redactions.isEmpty { line.add(message.redactions) }
        if case .inline(let bytes) = message.body {
            line.beginBody(FileBodyForm.of(bytes), isNote: message.kind == .http)
            line.addBody(bytes)
            line.endBody()
        }
        return Array(line.closed().dropLast())
    }
}

extension RecordingFileLine {
    /// The message's own bytes; nil when the line holds no message, or not its bytes.
    public var messageBody: ArraySlice<UInt8>? {
        guard case .message(let message) = content else { return nil }
        return switch message.body {
        case .verbatim(let bytes): bytes
        case .decoded(let bytes): bytes[...]
        case .omitted: nil
        }
    }

    /// The message's number, where the line holds a message and says it.
    public var sequence: Int64? {
        if case .message(let message) = content { message.place.sequence } else { nil }
    }

    /// The id of its session, where the line holds a message and says it: in a file of several.
    public var session: String? {
        if case .message(let message) = content { message.place.session } else { nil }
    }
}
