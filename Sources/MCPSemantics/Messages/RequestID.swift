/// A JSON-RPC id as the JSON text that stood on the wire: `1`, `1.0` and `"1"` are three ids.
///
/// Source: JSON-RPC 2.0 §4; MCP basic, Requests (string or integer; anything else is kept as it came).
public struct RequestID: Sendable, Hashable {
    /// The JSON text of the id, quotes of a string included.
    public var text: String

    public init(_ text: String) { self.text = text }
}
