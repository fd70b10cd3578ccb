/// JSON laid out in lines for a person. Only white space changes: numbers, strings, the order of keys and
/// duplicate keys stay as they are on the wire.
public enum PrettyJSON {
    /// `text` in lines, `indent` blanks a level; empty containers stay on their line. Nil when `text` is
    /// not JSON or over a limit of `JSONTree`.
    public static func lines(of text: ArraySlice<UInt8>, indent: Int = 2) -> [String]? {
        JSONTree(text).map { lines(of: $0.root, indent: indent) }
    }

    /// One value in lines; as above.
    public static func lines(of node: JSONTree.Node, indent: Int = 2) -> [String] {
        var layout = PrettyLayout(indent: max(0, indent))
        layout.write(node)
        return layout.lines
    }
}

private struct PrettyLayout {
    private enum Frame {
        case array(JSONTree.Children, isFirst: Bool)
        case object(JSONTree.Members, isFirst: Bool)
    }

    let indent: Int
    var lines: [String] = []
    private var line: [UInt8] = []
    private var frames: [Frame] = []

    init(indent: Int) { self.indent = indent }

    mutating func write(_ node: JSONTree.Node) {
        begin(node)
        while let frame = frames.popLast() {
            switch frame {
            case .array(var rest, let isFirst):
                guard let child = rest.next() else {
                    close("]", isEmpty: isFirst)
                    continue
                }
                next(isFirst, .array(rest, isFirst: false))
                begin(child)
            case .object(var rest, let isFirst):
                guard let member = rest.next() else {
                    close("}", isEmpty: isFirst)
                    continue
                }
                next(isFirst, .object(rest, isFirst: false))
                line.append(contentsOf: member.keyText)
                line.append(contentsOf: ": ".utf8)
                begin(member.value)
            }
        }
        endLine()
    }

    private mutating func begin(_ node: JSONTree.Node) {
        switch node.kind {
        case .array:
            line.append(UInt8(ascii: "["))
            frames.append(.array(node.children, isFirst: true))
        case .object:
            line.append(UInt8(ascii: "{"))
            frames.append(.object(node.members, isFirst: true))
        case .string, .number, .true, .false, .null:
            line.append(contentsOf: node.text)
        }
    }

    /// Starts the line of the next element or member of `frame`.
    private mutating func next(_ isFirst: Bool, _ frame: Frame) {
        if !isFirst { line.append(UInt8(ascii: ",")) }
        frames.append(frame)
        endLine()
    }

    private mutating func close(_ bracket: String, isEmpty: Bool) {
        if !isEmpty { endLine() }
        line.append(contentsOf: bracket.utf8)
    }

    /// Ends the line and begins the next one at the level of the open containers.
    private mutating func endLine() {
        lines.append(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
        line.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * frames.count))
    }
}
