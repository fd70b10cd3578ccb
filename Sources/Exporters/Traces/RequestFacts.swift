internal import MCPSemantics
internal import Wire

/// What a span needs of the request's message and the exchange does not hold.
struct RequestFacts {
    var context: TraceContext?
    /// What was sent to the server in its place, with `--propagate`: the exchange's own span.
    var own: TraceContext?
    /// `_meta`'s protocol version (2026-07-28).
    var revision: String?
    /// With content only: a tool's arguments as JSON text.
    var arguments: String?
    /// With content only: a prompt's arguments.
    var variables: [(name: String, value: String)] = []

    /// Messages that are longer are not searched for all of this: a trace's parent in them is not found. As
    /// much as a collector takes at once.
    static let messageLimit = 64 << 20

    private static let searches = [ByteSearch("traceparent".utf8), ByteSearch("protocolVersion".utf8)]

    init() {}

    /// Reads the request of `exchange` in `message`, which may be a batch.
    init(_ message: ArraySlice<UInt8>, of exchange: Exchange, withContent: Bool) {
        let isOfInterest =
            withContent || RequestFacts.searches.contains { $0.firstIndex(in: message) != nil }
        guard isOfInterest, let tree = JSONTree(message) else { return }
        var root: JSONTree.Node? = tree.root
        if tree.root.kind == .array {
            root = nil
            for member in tree.root.children where member["id"]?.textString == exchange.id.text {
                if member["method"]?.stringValue == exchange.method { root = member }
            }
        }
        guard let params = root?["params"] else { return }
        if let meta = params["_meta"] {
            context = meta["traceparent"]?.stringValue.flatMap {
                TraceContext(traceParent: $0, state: meta["tracestate"]?.stringValue)
            }
            revision = meta[MetaKey.protocolVersion]?.stringValue
        }
        guard withContent, let arguments = params["arguments"] else { return }
        if exchange.method == "tools/call" {
            self.arguments = arguments.textString
        } else if exchange.method == "prompts/get" {
            for member in arguments.members {
                variables.append((member.key, member.value.stringValue ?? member.value.textString))
            }
        }
    }
}

extension JSONTree.Node {
    /// Of an answer itself; of a batch, its answer with that id.
    func answer(to id: RequestID) -> JSONTree.Node? {
        guard kind == .array else { return self }
        return children.first { $0["id"]?.textString == id.text }
    }
}
