/// A value that a header of MCP mirrors from a message's body: `Mcp-Name`, `Mcp-Param-…`.
///
/// What a header cannot hold stands in it as `=?base64?TEXT?=`.
/// Source: MCP 2026-07-28, basic/transports, *Value Encoding*.
enum MirroredValue {
    private static let opening = "=?base64?"
    private static let closing = "?="
    private static let argumentPrefix = "mcp-param-"

    /// Whether the header `name` mirrors an argument of a tool.
    static func isArgument(_ name: some StringProtocol) -> Bool {
        name.utf8.count > argumentPrefix.utf8.count && name.lowercased().hasPrefix(argumentPrefix)
    }

    /// What the header calls the argument; only the tool's schema says which one that is.
    static func argument(of name: some StringProtocol) -> String {
        String(name.dropFirst(argumentPrefix.count))
    }

    /// The value in the wrapping, or the text as it stands when there is none.
    static func decoded(_ text: String) -> String {
        guard let bytes = bytes(in: text), let value = String(validating: bytes, as: UTF8.self) else {
            return text
        }
        return value
    }

    /// What a wrapping holds; nil when `text` is none.
    static func bytes(in text: String) -> [UInt8]? {
        guard text.utf8.count >= opening.utf8.count + closing.utf8.count, text.hasPrefix(opening),
            text.hasSuffix(closing)
        else { return nil }
        return Base64.decoded(text.dropFirst(opening.count).dropLast(closing.count).utf8)
    }

    /// The wrapping of a value.
    static func wrapped(_ value: [UInt8]) -> String { opening + Base64.encoded(value) + closing }
}
