import Wire

/// Where a message's fields stand in its bytes: one place for each `MessageField`.
struct FieldRanges: ~Copyable {
    private let ranges: UnsafeMutableBufferPointer<Range<Int>>

    /// Calls `body` with no field found yet; the memory is the stack's.
    static func withNoneFound<Value>(_ body: (borrowing FieldRanges) -> Value) -> Value {
        withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: MessageField.allCases.count) {
            $0.initialize(repeating: absent)
            return body(FieldRanges(ranges: $0))
        }
    }

    /// The field's JSON text, or nil when it is absent.
    subscript(_ field: MessageField) -> Range<Int>? {
        let range = ranges[field.rawValue]
        return range == FieldRanges.absent ? nil : range
    }

    func set(_ field: Int, to range: Range<Int>) { ranges[field] = range }

    /// Of duplicate keys the last counts: the fields at and under the key are absent again.
    func forget(_ fields: [Int]) {
        for field in fields { ranges[field] = FieldRanges.absent }
    }

    /// No value is empty text.
    private static let absent = 0..<0
}

/// Walks through the objects of a JSON text and notes where the fields' values stand.
///
/// The text was found valid before; if it is not JSON the walk ends somewhere, without a trap.
/// Values that no field is in are stepped over without looking at their grammar.
struct FieldWalk {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var place: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) {
        self.bytes = bytes
        self.place = place
    }

    /// Walks the object that begins here, whose place in the tree of fields is `node`.
    ///
    /// Recursive to the depth of that tree, four.
    mutating func object(_ node: FieldTree.Node, into ranges: borrowing FieldRanges) {
        guard current == 0x7B else { return }
        place += 1
        while true {
            skipWhitespace()
            guard current == 0x22 else { break }
            let key = takeString()
            skipWhitespace()
            guard current == 0x3A else { break }
            place += 1
            skipWhitespace()
            let start = place
            if let child = FieldTree.child(of: node, key.isEscaped, bytes, key.inside) {
                ranges.forget(child.leaves)
                if child.children.isEmpty || current != 0x7B {
                    skipValue()
                } else {
                    object(child, into: ranges)
                }
                if let field = child.field { ranges.set(field, to: start..<max(start, place)) }
            } else {
                skipValue()
            }
            skipWhitespace()
            guard current == 0x2C else { break }
            place += 1
        }
        if current == 0x7D { place += 1 }
    }

    /// The byte here; 0, which begins nothing, at the end.
    private var current: UInt8 { place < bytes.count ? bytes[place] : 0 }

    private mutating func skipWhitespace() {
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    }

    /// Steps over the string that begins here.
    private mutating func takeString() -> (inside: Range<Int>, isEscaped: Bool) {
        place += 1
        let start = place
        var isEscaped = false
        while place < bytes.count {
            skipPlain()
            guard place < bytes.count else { break }
            if bytes[place] == 0x22 {
                place += 1
                return (start..<place - 1, isEscaped)
            }
            // A backslash and the byte after it, which may be a quote.
            isEscaped = true
            place = min(place + 2, bytes.count)
        }
        return (start..<max(start, place), isEscaped)
    }

    /// Steps to the next quote or backslash: the first bytes here, since most strings are short.
    private mutating func skipPlain() {
        let near = min(bytes.count, place + FieldWalk.shortString)
        while place < near {
            if bytes[place] == 0x22 || bytes[place] == 0x5C { return }
            place += 1
        }
        place = bytes.endOfUnquoted(from: place)
    }

    /// Longer than most keys and names.
    private static let shortString = 12

    private mutating func skipValue() {
        switch current {
        case 0x22: _ = takeString()
        case 0x7B, 0x5B: skipContainer()
        default:
            // A number, true, false or null: ends before what may follow a value.
            while place < bytes.count {
                let byte = bytes[place]
                if byte == 0x2C || byte == 0x7D || byte == 0x5D || byte <= 0x20 { break }
                place += 1
            }
        }
    }

    private mutating func skipContainer() {
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x22:
                _ = takeString()
                continue
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
            place += 1
            if depth == 0 { return }
        }
    }
}

/// The tree of all paths of `MessageField`.
enum FieldTree {
    /// A key on the way to a field.
    final class Node: Sendable {
        let key: [UInt8]
        let children: [Node]
        /// The field whose path ends here.
        let field: Int?
        /// The fields whose paths end here or below.
        let leaves: [Int]

        init(key: [UInt8], children: [Node], field: Int?) {
            self.key = key
            self.children = children
            self.field = field
            leaves = (field.map { [$0] } ?? []) + children.flatMap(\.leaves)
        }
    }

    static let params = node("params", below: ["params"])
    static let result = node("result", below: ["result"])
    static let error = node("error", below: ["error"])

    /// The child of `node` with the key that stands at `range`; nil when no field is there.
    @inline(__always)
    static func child(
        of node: Node, _ isEscaped: Bool, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Node? {
        if isEscaped { return escapedChild(of: node, bytes, range) }
        let key = UnsafeBufferPointer(rebasing: bytes[range])
        for child in node.children where child.key.count == key.count && child.key.elementsEqual(key) {
            return child
        }
        return nil
    }

    private static func escapedChild(
        of node: Node, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Node? {
        let token = [0x22] + bytes[range] + [0x22]
        guard let key = JSONText.unescape(token[...]) else { return nil }
        return node.children.first { $0.key.elementsEqual(key.utf8) }
    }

    private static func node(_ key: String, below path: [String]) -> Node {
        var keys: [String] = []
        var field: Int?
        for candidate in MessageField.allCases where candidate.path.starts(with: path) {
            guard candidate.path.count > path.count else {
                field = candidate.rawValue
                continue
            }
            let next = candidate.path[path.count]
            if !keys.contains(next) { keys.append(next) }
        }
        return Node(key: Array(key.utf8), children: keys.map { node($0, below: path + [$0]) }, field: field)
    }
}
