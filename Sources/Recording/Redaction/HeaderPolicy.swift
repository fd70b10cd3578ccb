import MCPSemantics
import Wire

/// Which header fields of HTTP are recorded as they are. All others keep their name, and a placeholder stands
/// for the value.
public enum HeaderPolicy {
    /// Fields that say what a message is and nothing of who sends it, in lower case.
    private static let open: Set<String> = [
        "accept", "accept-encoding", "accept-language", "allow", "cache-control", "connection",
        "content-encoding", "content-length", "content-type", "date", "expect", "host", "keep-alive",
        "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "origin", "retry-after", "server",
        "te", "traceparent", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via",
        "x-accel-buffering",
    ]

    /// Whether the value of the field `name` is recorded.
    public static func isOpen(_ name: some StringProtocol) -> Bool { open.contains(name.lowercased()) }

    /// Whether the field `name` mirrors an argument of a tool, which is for the recorder to compare.
    public static func isMirrored(_ name: some StringProtocol) -> Bool { MirroredValue.isArgument(name) }

    /// The value of a field as it is recorded: by the allow-list, and an open value still without what looks
    /// like a secret in it. Of `authorization` the scheme stays.
    public static func recorded(
        _ value: ArraySlice<UInt8>, of name: some StringProtocol, by redactor: Redactor
    ) -> [UInt8] {
        if isOpen(name) {
            // What is wrapped would be hidden from the rules.
            if let wrapped = MirroredValue.bytes(in: String(decoding: value, as: UTF8.self)) {
                let clean = Array(redactor.redact(wrapped[...], in: RedactionContext(direction: nil)).bytes)
                return clean == wrapped ? Array(value) : Array(MirroredValue.wrapped(clean).utf8)
            }
            return Array(redactor.redact(value, in: RedactionContext(direction: nil)).bytes)
        }
        guard !value.isEmpty, !Placeholder.isText(value) else { return Array(value) }
        // The placeholder is that of the argument.
        if MirroredValue.isArgument(name),
            let wrapped = MirroredValue.bytes(in: String(decoding: value, as: UTF8.self))
        {
            guard !Placeholder.isText(wrapped[...]) else { return Array(value) }
            return Array(redactor.placeholder(for: wrapped).utf8)
        }
        let scheme = value.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.count < value.count, TextMask.isScheme(String(decoding: scheme, as: UTF8.self)) else {
            return Array(redactor.placeholder(for: value).utf8)
        }
        let credential = value[(scheme.endIndex + 1)...]
        if Placeholder.isText(credential) { return Array(value) }
        return scheme + [UInt8(ascii: " ")] + redactor.placeholder(for: credential).utf8
    }

    /// The value of a field that mirrors an argument, without what the rules find in an argument of that
    /// name: for a recorder that compares it with the body (`HTTPRecorder`).
    public static func mirrored(
        _ value: ArraySlice<UInt8>, of name: some StringProtocol, by redactor: Redactor
    ) -> [UInt8] {
        let sent = String(decoding: value, as: UTF8.self)
        let text = MirroredValue.decoded(sent)
        let argument = MirroredValue.argument(of: name)
        let message = message(argument, text)[...]
        // Which tool it is, is not known here: the rules of all tools apply.
        let context = RedactionContext(direction: .clientToServer, kind: .request)
        let redacted = redactor.redact(message, in: context).bytes
        guard let kept = MirroredArguments(of: message, recordedAs: redacted)?[text], kept != text else {
            return Array(value)
        }
        return Array((text == sent ? kept : MirroredValue.wrapped(Array(kept.utf8))).utf8)
    }

    /// A call with one argument.
    private static func message(_ argument: String, _ text: String) -> [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("params") {
                $0.object { $0.member("arguments") { $0.object { $0.member(argument, text) } } }
            }
        }
        return json.bytes
    }
}
