import Wire

/// JSON: trees, canonical forms, differences, layouts and splices agree with each other.
///
/// *Shape* of an input: two JSON texts with a record separator (0x1E) between them, or one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let halves = input.split(separator: 0x1E, maxSplits: 1, omittingEmptySubsequences: false)
    let left = halves[0]
    let right = halves.count > 1 ? halves[1] : left
    let forms = [left, right].map { checkForms(of: $0) }

    let differences = JSONDifference.between(left, right, limit: 50)
    if let a = forms[0], let b = forms[1] {
        require(differences.isEmpty == (a == b), "differences and canonical forms disagree")
    }
    for difference in differences {
        require(JSONPointer.steps(of: difference.pointer) != nil, "a pointer cannot be read")
    }
    checkText(left)
    checkSplice(left, right)
    return 0
}

/// The canonical form of `text`, or nil when it has none.
private func checkForms(of text: ArraySlice<UInt8>) -> [UInt8]? {
    guard let tree = JSONTree(text) else {
        require(CanonicalJSON.bytes(of: text) == nil, "a form without a tree")
        return nil
    }
    require(JSONText.isValid(text), "a tree of an invalid text")
    let form = CanonicalJSON.bytes(of: tree.root)
    require(CanonicalJSON.bytes(of: form[...]) == form, "a form is not its own form")
    let layout = Array(PrettyJSON.lines(of: tree.root).joined(separator: "\n").utf8)
    require(CanonicalJSON.bytes(of: layout[...]) == form, "a layout changes the value")
    visit(tree.root)
    return form
}

private func visit(_ node: JSONTree.Node) {
    require(JSONText.isValid(node.text), "a node's text is not JSON")
    _ = (node.intValue, node.doubleValue, node.boolValue, node.stringValue)
    var count = 0
    for child in node.children {
        count += 1
        if count < 20 { visit(child) }
    }
    for member in node.members {
        count += 1
        if count < 20 { visit(member.value) }
        require(node[member.key] != nil, "a member cannot be found by its key")
    }
    require(node.childCount == count, "children are miscounted")
}

private func checkText(_ bytes: ArraySlice<UInt8>) {
    var quoted: [UInt8] = []
    JSONText.quote(utf8: bytes, into: &quoted)
    require(JSONText.isValid(quoted[...]), "a quoted text is not JSON")
    let back = JSONText.unescape(quoted[...])
    require(back.map { $0.utf8.elementsEqual(UTF8Text.repaired(bytes).utf8) } == true, "quoting loses text")
    let isExact = String(validating: bytes, as: UTF8.self) != nil
    require(UTF8Text.isValid(bytes) == isExact, "UTF-8 is misjudged")
    _ = CanonicalNumber(bytes)
}

private func checkSplice(_ text: ArraySlice<UInt8>, _ edits: ArraySlice<UInt8>) {
    var splice = JSONSplice()
    var expected = text.count
    for (from, size) in zip(edits, edits.dropFirst()).prefix(6) {
        splice.replace(Int(from)..<Int(from) + Int(size & 7), with: [size])
        expected += 1 - Int(size & 7)
    }
    if let result = splice.applied(to: text) { require(result.count == expected, "a splice miscounts") }
}
