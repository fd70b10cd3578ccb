/// A JSON text with an index of its values, to look into without decoding it.
///
/// Built in one pass without recursion; costs 16 bytes a value and key beside the text, which is kept,
/// not copied.
public struct JSONTree: Sendable {
    /// Deeper texts have no tree: whoever walks one may then recurse.
    public static let depthLimit = 512
    /// Values and keys of one tree at most, so that its index stays below 256 MiB; a message of the
    /// default limit of 256 MiB that has more is nothing a person reads.
    public static let nodeLimit = 1 << 24

    /// The text that the tree was made from.
    public let text: ArraySlice<UInt8>
    let tape: [Entry]

    /// One value or key.
    struct Entry: Sendable {
        /// Offsets in the text.
        var start: UInt32
        var end: UInt32
        /// The place on the tape after this entry and all that is inside it.
        var next: UInt32
        var kind: JSONKind
        /// For a key: whether it holds escapes.
        var isEscaped: Bool
    }

    /// Reads `text`: one JSON value, white space around it allowed. Nil when it is not JSON, not UTF-8,
    /// or over a limit (`depthLimit`, `nodeLimit`, 4 GiB). O(n).
    public init?(_ text: ArraySlice<UInt8>) {
        guard text.count < UInt32.max else { return nil }
        var grammar = JSONGrammar(depthLimit: JSONTree.depthLimit)
        var builder = TapeBuilder()
        // Messages have a value or key for every six to twelve bytes; the cap keeps a long text from
        // reserving what it may not need.
        builder.tape.reserveCapacity(min(text.count / 6 + 2, 4096))
        builder.open.reserveCapacity(8)
        text.withUnsafeBufferPointer { grammar.push($0, to: &builder) }
        grammar.finish(to: &builder)
        guard grammar.isComplete, !builder.isOverLimit else { return nil }
        self.text = text
        tape = builder.tape
    }

    /// The outermost value.
    public var root: Node { Node(tree: self, place: 0) }
}

/// Puts what the grammar tells on a tape.
private struct TapeBuilder: JSONEvents {
    var tape: [JSONTree.Entry] = []
    /// Places of the containers that are open, the outermost first; at most `JSONTree.depthLimit`.
    var open: [Int] = []
    var isOverLimit = false

    mutating func began(_ kind: JSONKind, at offset: Int, depth: Int) {
        if kind.isContainer { open.append(tape.count) }
        append(kind, at: offset)
    }

    mutating func ended(at offset: Int, depth: Int, in part: JSONPart) {
        guard !isOverLimit else { return }
        let place = open.count > depth ? open.removeLast() : tape.count - 1
        tape[place].end = UInt32(truncatingIfNeeded: offset)
        tape[place].next = UInt32(truncatingIfNeeded: tape.count)
    }

    mutating func keyBegan(at offset: Int, depth: Int) {
        append(.string, at: offset)
    }

    mutating func keyEnded(at offset: Int, depth: Int, isEscaped: Bool, in part: JSONPart) {
        guard !isOverLimit else { return }
        tape[tape.count - 1].end = UInt32(truncatingIfNeeded: offset)
        tape[tape.count - 1].next = UInt32(truncatingIfNeeded: tape.count)
        tape[tape.count - 1].isEscaped = isEscaped
    }

    private mutating func append(_ kind: JSONKind, at offset: Int) {
        guard tape.count < JSONTree.nodeLimit else {
            isOverLimit = true
            return
        }
        tape.append(
            JSONTree.Entry(
                start: UInt32(truncatingIfNeeded: offset), end: 0, next: 0, kind: kind, isEscaped: false))
    }
}
