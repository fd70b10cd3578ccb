/// One form for all texts of the same JSON value: equal bytes if and only if equal values.
///
/// Keys sorted by their UTF-8 bytes, of duplicates the last; no white space; strings with the fewest
/// escapes; numbers by value (`CanonicalNumber`). In the spirit of RFC 8785, but exact for any number.
public enum CanonicalJSON {
    /// The canonical form of `text`; nil when it is not JSON or over a limit of `JSONTree`.
    /// O(n log m), m the members of the largest object.
    public static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
        JSONTree(text).map { bytes(of: $0.root) }
    }

    /// The canonical form of one value.
    public static func bytes(of node: JSONTree.Node) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(node)
        return writer.bytes
    }

    /// The last of an object's members of each key, by key; keys in WTF-8, see `JSONText.unescapedBytes`.
    static func sortedMembers(of node: JSONTree.Node) -> [(key: [UInt8], value: JSONTree.Node)] {
        var members: [(key: [UInt8], value: JSONTree.Node)] = []
        for member in node.members {
            members.append((JSONText.unescapedBytes(member.keyText) ?? [], member.value))
        }
        let order = members.indices.sorted { left, right in
            if members[left].key == members[right].key { return left < right }
            return members[left].key.lexicographicallyPrecedes(members[right].key)
        }
        var sorted: [(key: [UInt8], value: JSONTree.Node)] = []
        for index in order {
            if sorted.last?.key == members[index].key { sorted.removeLast() }
            sorted.append(members[index])
        }
        return sorted
    }

    /// Appends a string token for text in WTF-8.
    static func quote(_ text: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        text.withUnsafeBufferPointer { buffer in
            var start = 0
            for at in buffer.indices where JSONText.isSurrogate(text, at: at) {
                JSONText.escape(UnsafeBufferPointer(rebasing: buffer[start..<at]), into: &bytes)
                let unit = 0xD000 | UInt16(text[at + 1] & 0x3F) << 6 | UInt16(text[at + 2] & 0x3F)
                bytes.append(contentsOf: "\\u".utf8)
                for shift in [12, 8, 4, 0] as [UInt16] {
                    bytes.append(JSONText.hexDigit(UInt8(truncatingIfNeeded: unit >> shift & 0xF)))
                }
                start = at + 3
            }
            JSONText.escape(UnsafeBufferPointer(rebasing: buffer[start...]), into: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Walks a tree with a stack of its own, as deep as `JSONTree.depthLimit`.
private struct CanonicalWriter {
    private enum Frame {
        case array(JSONTree.Children, isFirst: Bool)
        case object([(key: [UInt8], value: JSONTree.Node)], next: Int)
    }

    var bytes: [UInt8] = []
    private var frames: [Frame] = []

    mutating func write(_ node: JSONTree.Node) {
        begin(node)
        while let frame = frames.popLast() {
            switch frame {
            case .array(var rest, let isFirst):
                guard let child = rest.next() else {
                    bytes.append(UInt8(ascii: "]"))
                    continue
                }
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                frames.append(.array(rest, isFirst: false))
                begin(child)
            case .object(let members, let next):
                guard next < members.count else {
                    bytes.append(UInt8(ascii: "}"))
                    continue
                }
                if next > 0 { bytes.append(UInt8(ascii: ",")) }
                CanonicalJSON.quote(members[next].key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                frames.append(.object(members, next: next + 1))
                begin(members[next].value)
            }
        }
    }

    private mutating func begin(_ node: JSONTree.Node) {
        switch node.kind {
        case .array:
            bytes.append(UInt8(ascii: "["))
            frames.append(.array(node.children, isFirst: true))
        case .object:
            bytes.append(UInt8(ascii: "{"))
            frames.append(.object(CanonicalJSON.sortedMembers(of: node), next: 0))
        case .string: CanonicalJSON.quote(JSONText.unescapedBytes(node.text) ?? [], into: &bytes)
        case .number: bytes.append(contentsOf: CanonicalNumber(node.text).text)
        case .true, .false, .null: bytes.append(contentsOf: node.text)
        }
    }
}
