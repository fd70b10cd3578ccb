internal import CScan

extension JSONTree {
    /// One value of a tree.
    public struct Node: Sendable {
        let tree: JSONTree
        let place: Int

        /// What kind of value it is.
        public var kind: JSONKind { tree.tape[place].kind }

        /// Where its JSON text stands, in offsets from the text's first byte.
        public var range: Range<Int> { Int(tree.tape[place].start)..<Int(tree.tape[place].end) }

        /// Its JSON text, as it stands on the wire.
        public var text: ArraySlice<UInt8> { tree.slice(range) }

        /// Its JSON text as a `String`.
        public var textString: String { String(decoding: text, as: UTF8.self) }

        /// The text of a string, escapes resolved (`JSONText.unescape`); nil for any other value.
        public var stringValue: String? { kind == .string ? JSONText.unescape(text) : nil }

        /// The value of a number that is an integer in range, however it is written (`1`, `1.0`, `1e0`).
        public var intValue: Int? {
            guard kind == .number else { return nil }
            return Int(textString) ?? Int(String(decoding: CanonicalNumber(text).text, as: UTF8.self))
        }

        /// The value of a number, rounded to the nearest `Double`; nil for any other value.
        public var doubleValue: Double? { kind == .number ? Double(textString) : nil }

        /// The value of `true` or `false`; nil for any other value.
        public var boolValue: Bool? { kind == .true ? true : kind == .false ? false : nil }

        /// Whether it is `null`.
        public var isNull: Bool { kind == .null }

        /// The elements of an array, in order; nothing for any other value.
        public var children: Children { Children(tree: tree, place: place) }

        /// The members of an object, in order, duplicates included; nothing for any other value.
        public var members: Members { Members(tree: tree, place: place) }

        /// How many elements or members there are. O(n) in their number.
        public var childCount: Int {
            kind == .array
                ? children.reduce(0) { count, _ in count + 1 }
                : members.reduce(0) { count, _ in count + 1 }
        }

        /// The value of the last member called `key`; nil when there is none or this is no object.
        /// O(n) in the number of members.
        public subscript(key: String) -> Node? {
            var found: Node?
            for member in members where member.isCalled(key) { found = member.value }
            return found
        }

        /// The element at `index`; nil when there is none or this is no array. O(n) in `index`.
        public subscript(index: Int) -> Node? {
            guard index >= 0 else { return nil }
            var rest = index
            for child in children {
                if rest == 0 { return child }
                rest -= 1
            }
            return nil
        }

        /// The value that a JSON Pointer leads to, or nil. Source: RFC 6901.
        public func at(pointer: String) -> Node? {
            guard let steps = JSONPointer.steps(of: pointer) else { return nil }
            var node = self
            for step in steps {
                let next = node.kind == .array ? JSONPointer.index(of: step).flatMap { node[$0] } : node[step]
                guard let next else { return nil }
                node = next
            }
            return node
        }
    }

    /// One member of an object.
    public struct Member: Sendable {
        let tree: JSONTree
        let place: Int

        /// Where the key's token stands, quotes included, in offsets from the text's first byte.
        public var keyRange: Range<Int> { Int(tree.tape[place].start)..<Int(tree.tape[place].end) }

        /// The key's JSON text, quotes included.
        public var keyText: ArraySlice<UInt8> { tree.slice(keyRange) }

        /// The key, escapes resolved.
        public var key: String { JSONText.unescape(keyText) ?? "" }

        /// The member's value.
        public var value: Node { Node(tree: tree, place: place + 1) }

        /// Whether the key is `name`; cheaper than `key == name`.
        public func isCalled(_ name: String) -> Bool {
            // Bytes, not `String ==`: that takes canonically equivalent texts for the same key.
            guard tree.tape[place].isEscaped else {
                // The length alone tells most keys apart.
                guard keyRange.count - 2 == name.utf8.count else { return false }
                let key = keyText.dropFirst().dropLast()
                return name.utf8.withContiguousStorageIfAvailable { name in
                    key.withUnsafeBufferPointer { key in
                        guard let left = key.baseAddress, let right = name.baseAddress else { return true }
                        return cscan_equal(left, right, key.count) != 0
                    }
                } ?? key.elementsEqual(name.utf8)
            }
            return JSONText.unescape(keyText)?.utf8.elementsEqual(name.utf8) ?? false
        }
    }

    /// The elements of an array.
    public struct Children: Sequence, IteratorProtocol, Sendable {
        let tree: JSONTree
        private var place: Int
        private let end: Int

        init(tree: JSONTree, place: Int) {
            self.tree = tree
            self.place = place + 1
            end = tree.tape[place].kind == .array ? Int(tree.tape[place].next) : 0
        }

        /// The next element.
        public mutating func next() -> Node? {
            guard place < end else { return nil }
            defer { place = Int(tree.tape[place].next) }
            return Node(tree: tree, place: place)
        }
    }

    /// The members of an object.
    public struct Members: Sequence, IteratorProtocol, Sendable {
        let tree: JSONTree
        private var place: Int
        private let end: Int

        init(tree: JSONTree, place: Int) {
            self.tree = tree
            self.place = place + 1
            end = tree.tape[place].kind == .object ? Int(tree.tape[place].next) : 0
        }

        /// The next member.
        public mutating func next() -> Member? {
            guard place < end else { return nil }
            defer { place = Int(tree.tape[place + 1].next) }
            return Member(tree: tree, place: place)
        }
    }

    func slice(_ range: Range<Int>) -> ArraySlice<UInt8> {
        text[text.startIndex + range.lowerBound..<text.startIndex + range.upperBound]
    }
}
