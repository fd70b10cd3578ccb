import Wire

/// The arguments of a call, each with what is recorded of it: headers of MCP (`Mcp-Param-…`) repeat some of
/// them, and are recorded in the same way.
///
/// Which argument a header repeats is said by the tool's schema alone, and the header's name is not the
/// argument's. So a header is compared with all of them, by its value.
/// Source: MCP 2026-07-28, basic/transports, *Custom Headers from Tool Parameters*.
struct MirroredArguments: Sendable {
    /// What is recorded of each value: by the text of a string, by the JSON text of a number or a boolean.
    private var recorded: [String: String] = [:]

    /// Reads the arguments of the request `body`, of which `redacted` is put on record. Nil when it has none.
    init?(of body: ArraySlice<UInt8>, recordedAs redacted: ArraySlice<UInt8>) {
        guard let sent = JSONTree(body)?.root["params"]?["arguments"],
            let kept = JSONTree(redacted)?.root["params"]?["arguments"]
        else { return nil }
        var pairs = [(sent, kept)]
        while let (sent, kept) = pairs.popLast() {
            switch sent.kind {
            case .object:
                // Redaction changes values and neither names nor how many there are.
                pairs += zip(sent.members, kept.members).map { ($0.value, $1.value) }
            case .string, .number, .true, .false: take(sent, as: kept)
            case .array, .null: break
            }
        }
    }

    private mutating func take(_ sent: JSONTree.Node, as kept: JSONTree.Node) {
        let text = kept.stringValue ?? kept.textString
        var names = [sent.stringValue ?? sent.textString]
        // A header writes an integer in digits alone, however the body writes it.
        if let integer = sent.intValue { names.append(String(integer)) }
        // Of equal values one that is secret makes all of them so.
        let isKept = kept.text.elementsEqual(sent.text)
        for name in names where recorded[name] == nil || recorded[name] == name {
            recorded[name] = isKept ? name : text
        }
    }

    /// What is recorded of a header with the value `text`, unwrapped; nil when it repeats no argument.
    subscript(text: String) -> String? { recorded[text] }
}

extension HTTPRequestHead {
    /// The head with its mirrored arguments as they are recorded in the body.
    ///
    /// One that repeats nothing of the body has a placeholder: no rule knows what it is. So has every one
    /// when `arguments` is nil: the body is not known, or nothing of payloads is recorded.
    func recorded(with arguments: MirroredArguments?, by redactor: Redactor?) -> HTTPRequestHead {
        var head = self
        for (index, field) in fields.enumerated() where MirroredValue.isArgument(field.name) {
            guard field.form != .masked, !field.value.isEmpty else { continue }
            let text = MirroredValue.decoded(field.value)
            // Of a value that was cut it is not known what it repeats.
            let known = field.form == .clear ? arguments?[text] : nil
            guard known != text else { continue }
            let kept =
                known ?? redactor?.placeholder(for: text.utf8) ?? CommandMask.placeholder
            let isWrapped = text != field.value
            head.fields[index] = HTTPField(
                name: field.name, value: isWrapped ? MirroredValue.wrapped(Array(kept.utf8)) : kept,
                form: .masked, size: field.size)
        }
        return head
    }
}
