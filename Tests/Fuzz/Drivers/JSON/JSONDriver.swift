import Wire

/// JSON text: what one reader calls valid, all others take; rewriting keeps the value.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: start, count: count))[...]
    let isValid = JSONText.isValid(text)
    let canonical = CanonicalJSON.bytes(of: text)
    guard let tree = JSONTree(text) else { return 0 }
    precondition(isValid, "a tree of invalid text")
    guard let canonical else { preconditionFailure("valid text without a canonical form") }
    precondition(CanonicalJSON.bytes(of: canonical[...]) == canonical, "the canonical form is not its own")
    precondition(JSONDifference.between(text, text, limit: 10).isEmpty, "a text differs from itself")
    precondition(
        JSONDifference.between(text, canonical[...], limit: 10).isEmpty,
        "the canonical form has another value")
    if let lines = PrettyJSON.lines(of: text) {
        let pretty = Array(lines.joined(separator: "\n").utf8)
        precondition(CanonicalJSON.bytes(of: pretty[...]) == canonical, "pretty-printing changed the value")
    }
    walk(tree.root)
    return 0
}

private func walk(_ root: JSONTree.Node) {
    var pending = [root]
    while let node = pending.popLast() {
        _ = (node.stringValue, node.intValue, node.boolValue, node.textString)
        for member in node.members {
            _ = node[member.key]
            pending.append(member.value)
        }
        pending += node.children
    }
}
