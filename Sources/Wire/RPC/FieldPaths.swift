/// Paths of object keys to watch for while a message is scanned: `["params", "name"]`.
///
/// Built once, from constants; a path does not lead through arrays.
public struct FieldPaths: Sendable, Equatable {
    /// Keys of one path at most.
    public static let depthLimit = 4
    /// Bytes of one key at most; the scanner keeps a key that arrives in pieces up to six times this,
    /// because every byte may be escaped.
    public static let keyLimit = 128

    /// Watches nothing.
    public static let none = FieldPaths([])

    /// The paths, in the order given: a capture is called by its place here.
    public let paths: [[String]]
    let nodes: [Node]

    /// A place on the tree of all paths; node 0 is the message itself.
    struct Node: Sendable, Equatable {
        var key: [UInt8]
        var children: [Int] = []
        /// The path that ends here.
        var leaf: Int?
        /// The paths that end here or below.
        var leaves: [Int] = []
    }

    public init(_ paths: [[String]]) {
        var nodes = [Node(key: [])]
        for (leaf, path) in paths.enumerated() {
            precondition(!path.isEmpty && path.count <= FieldPaths.depthLimit, "A path has 1 to 4 keys.")
            var place = 0
            for key in path {
                let key = Array(key.utf8)
                precondition(key.count <= FieldPaths.keyLimit, "A watched key has at most 128 bytes.")
                if let child = nodes[place].children.first(where: { nodes[$0].key == key }) {
                    place = child
                } else {
                    nodes.append(Node(key: key))
                    nodes[place].children.append(nodes.count - 1)
                    place = nodes.count - 1
                }
                nodes[place].leaves.append(leaf)
            }
            precondition(nodes[place].leaf == nil, "A path is watched once.")
            nodes[place].leaf = leaf
        }
        precondition(nodes.count <= Int(Int16.max), "Watched paths are few.")
        self.paths = paths
        self.nodes = nodes
    }

    /// The child of `place` whose key is `key`, escapes resolved; nil when nothing is watched there.
    @inline(__always)
    func child(of place: Int, called key: UnsafeBufferPointer<UInt8>) -> Int? {
        guard place < nodes.count, !nodes[place].children.isEmpty else { return nil }
        return nodes[place].children.first { nodes[$0].key.elementsEqual(key) }
    }
}
