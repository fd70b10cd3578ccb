import Wire

/// Values that a pattern of keys and indices leads to; `*` is any.
enum JSONPath {
    /// The values at `steps`, in order. A string that holds a JSON object or array is looked into too, when
    /// `readsText`: then ranges are those of the text inside. The tree's limit bounds the recursion.
    static func nodes(
        at steps: ArraySlice<String>, in node: JSONTree.Node, readsText: Bool = false
    ) -> [JSONTree.Node] {
        guard let step = steps.first else { return [node] }
        let rest = steps.dropFirst()
        switch node.kind {
        case .object:
            if step != "*" {
                return node[step].map { nodes(at: rest, in: $0, readsText: readsText) } ?? []
            }
            return node.members.flatMap { nodes(at: rest, in: $0.value, readsText: readsText) }
        case .array:
            return node.children.enumerated().flatMap { index, element in
                step == "*" || step == "\(index)" ? nodes(at: rest, in: element, readsText: readsText) : []
            }
        case .string:
            guard readsText, let inner = json(inTextOf: node) else { return [] }
            return nodes(at: steps, in: inner.root, readsText: true)
        case .number, .true, .false, .null: return []
        }
    }

    /// The object or array that a string holds as text.
    static func json(inTextOf node: JSONTree.Node) -> JSONTree? {
        guard let text = node.stringValue, let first = text.utf8.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        return JSONTree(Array(text.utf8)[...])
    }

    /// The text of a string or of a number; nil for anything else.
    static func scalarText(_ node: JSONTree.Node) -> String? {
        node.stringValue ?? (node.kind == .number ? node.textString : nil)
    }
}
