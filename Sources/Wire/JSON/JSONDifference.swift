/// Where two JSON values differ, for a person to read.
public enum JSONDifference {
    /// One place that differs.
    public struct Difference: Sendable, Hashable {
        /// A JSON Pointer; empty when the values differ as a whole.
        public var pointer: String
        /// The JSON text on each side as it is written there; nil where that side has nothing. Cut after
        /// `JSONDifference.textLimit` bytes, and then it ends in `…`.
        public var left: String?
        public var right: String?

        public init(pointer: String, left: String?, right: String?) {
            self.pointer = pointer
            self.left = left
            self.right = right
        }
    }

    /// Bytes of one text that are kept: more than a person reads in a line, enough for any argument.
    public static let textLimit = 64 << 10

    /// The places where `a` and `b` differ, in the order of `a` and then what only `b` has; at most
    /// `limit` of them.
    ///
    /// Numbers are compared as numbers, strings as text, objects without regard to order (of duplicates
    /// the last counts), arrays place by place. Texts that are not JSON differ as a whole unless their
    /// bytes are the same.
    public static func between(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>, limit: Int) -> [Difference] {
        guard let left = JSONTree(a), let right = JSONTree(b) else {
            guard limit > 0, !a.elementsEqual(b) else { return [] }
            return [Difference(pointer: "", left: excerpt(of: a), right: excerpt(of: b))]
        }
        return between(left.root, right.root, limit: limit)
    }

    /// The places where two values differ; as above.
    public static func between(_ a: JSONTree.Node, _ b: JSONTree.Node, limit: Int) -> [Difference] {
        var comparison = Comparison(limit: limit)
        comparison.compare(a, b)
        return comparison.differences
    }

    fileprivate static func excerpt(of text: ArraySlice<UInt8>) -> String {
        let start = UTF8Text.repaired(UTF8Text.prefix(of: text, limit: textLimit))
        return text.count > textLimit ? start + "…" : start
    }
}

/// Walks two trees side by side with a stack of its own.
private struct Comparison {
    /// A pair of values that is still to be compared; one may be missing.
    private struct Pair {
        var pointer: String
        var left: JSONTree.Node?
        var right: JSONTree.Node?
    }

    let limit: Int
    var differences: [JSONDifference.Difference] = []
    private var pairs: [Pair] = []

    init(limit: Int) { self.limit = limit }

    mutating func compare(_ left: JSONTree.Node, _ right: JSONTree.Node) {
        pairs = [Pair(pointer: "", left: left, right: right)]
        while differences.count < limit, let pair = pairs.popLast() {
            guard let left = pair.left, let right = pair.right else {
                report(pair)
                continue
            }
            switch (left.kind, right.kind) {
            case (.object, .object): pushMembers(left, right, under: pair.pointer)
            case (.array, .array): pushElements(left, right, under: pair.pointer)
            default: if !areEqual(left, right) { report(pair) }
            }
        }
    }

    private mutating func report(_ pair: Pair) {
        differences.append(
            JSONDifference.Difference(
                pointer: pair.pointer, left: pair.left.map { JSONDifference.excerpt(of: $0.text) },
                right: pair.right.map { JSONDifference.excerpt(of: $0.text) }))
    }

    private func areEqual(_ left: JSONTree.Node, _ right: JSONTree.Node) -> Bool {
        guard left.kind == right.kind else { return false }
        if left.text.elementsEqual(right.text) { return true }
        switch left.kind {
        case .number: return CanonicalNumber(left.text) == CanonicalNumber(right.text)
        case .string: return JSONText.unescapedBytes(left.text) == JSONText.unescapedBytes(right.text)
        case .object, .array, .true, .false, .null: return true
        }
    }

    private mutating func pushElements(_ left: JSONTree.Node, _ right: JSONTree.Node, under pointer: String) {
        if left.text.elementsEqual(right.text) { return }
        var lefts = left.children
        var rights = right.children
        var found: [Pair] = []
        while true {
            let pair = (lefts.next(), rights.next())
            if pair.0 == nil, pair.1 == nil { break }
            found.append(Pair(pointer: "\(pointer)/\(found.count)", left: pair.0, right: pair.1))
        }
        pairs += found.reversed()
    }

    private mutating func pushMembers(_ left: JSONTree.Node, _ right: JSONTree.Node, under pointer: String) {
        if left.text.elementsEqual(right.text) { return }
        var lefts = lastMembers(of: left)
        var rights = lastMembers(of: right)
        var found: [Pair] = []
        for member in left.members {
            let key = JSONText.unescapedBytes(member.keyText) ?? []
            guard let value = lefts.removeValue(forKey: key) else { continue }
            found.append(pair(key, value, rights.removeValue(forKey: key), under: pointer))
        }
        for member in right.members {
            let key = JSONText.unescapedBytes(member.keyText) ?? []
            guard let value = rights.removeValue(forKey: key) else { continue }
            found.append(pair(key, nil, value, under: pointer))
        }
        pairs += found.reversed()
    }

    private func pair(
        _ key: [UInt8], _ left: JSONTree.Node?, _ right: JSONTree.Node?, under pointer: String
    ) -> Pair {
        Pair(
            pointer: JSONPointer.appending(UTF8Text.repaired(key[...]), to: pointer), left: left, right: right
        )
    }

    private func lastMembers(of node: JSONTree.Node) -> [[UInt8]: JSONTree.Node] {
        var last: [[UInt8]: JSONTree.Node] = [:]
        for member in node.members { last[JSONText.unescapedBytes(member.keyText) ?? []] = member.value }
        return last
    }
}
